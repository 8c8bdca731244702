# The public zone of an environment in a cloud.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/dns?ref=${local.cloud.name}-dns-v${local.versions.dns}"
}

inputs = {
  domain = "${local.cloud.name}.${local.env.domain}"
}
