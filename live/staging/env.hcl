# What holds for every unit of the environment.

locals {
  name   = "staging"
  domain = "staging.acme.example"
  pools = {
    general = { size = "small", minimum = 1, maximum = 3 }
  }
  replicas = 2
}

inputs = {
  tags = { env = local.name }
}
