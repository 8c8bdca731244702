# What holds for every unit of the environment.

locals {
  name   = "prod"
  domain = "acme.example"
  pools = {
    general = { size = "large", minimum = 3, maximum = 12 }
    batch   = { size = "xlarge", minimum = 0, maximum = 6 }
  }
  replicas = 3
}

inputs = {
  tags = { env = local.name }
}
