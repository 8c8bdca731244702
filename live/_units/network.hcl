# The network of a region, the same in every environment but for its size.

locals {
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  region = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//network"
}

inputs = {
  name           = local.env.name
  region         = local.region.name
  cidr           = local.region.cidr
  zones          = local.region.zones
  single_gateway = local.env.name != "prod"
}
