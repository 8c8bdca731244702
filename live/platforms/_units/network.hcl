# The network of an environment in a cloud.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/network?ref=${local.cloud.name}-network-v${local.versions.network}"
}

inputs = {
  cidr          = local.cloud.cidr
  zones         = local.env.zones
  single_egress = local.env.single_egress
}
