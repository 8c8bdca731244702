# Who a workload is; its unit file says which, and what it may do.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
  mocks    = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/identity?ref=${local.cloud.name}-identity-v${local.versions.identity}"
}

dependency "cluster" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/cluster"

  mock_outputs                            = local.mocks.cluster
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name              = "acme-${local.env.name}-${basename(get_terragrunt_dir())}"
  identity_provider = dependency.cluster.outputs.identity_provider
  issuer            = dependency.cluster.outputs.issuer
  service_account   = basename(get_terragrunt_dir())
}
