# What holds for every unit of the environment.

locals {
  name   = "dev"
  domain = "dev.acme.example"
  pools = {
    general = { size = "small", minimum = 1, maximum = 2 }
  }
  replicas = 1
}

inputs = {
  tags = { env = local.name }
}
