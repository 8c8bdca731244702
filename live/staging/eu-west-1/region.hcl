# What holds for every unit of the region.

locals {
  name  = "eu-west-1"
  cidr  = "10.20.0.0/16"
  zones = ["eu-west-1a", "eu-west-1b"]
}

inputs = {
  tags = { region = local.name }
}
