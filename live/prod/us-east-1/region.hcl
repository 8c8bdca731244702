# What holds for every unit of the region.

locals {
  name  = "us-east-1"
  cidr  = "10.31.0.0/16"
  zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
}

inputs = {
  tags = { region = local.name }
}
