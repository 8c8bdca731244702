# The cluster in the network.

locals {
  env        = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud      = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions   = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
  mocks      = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
  kubernetes = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.kubernetes
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/cluster?ref=${local.cloud.name}-cluster-v${local.versions.cluster}"
}

dependency "network" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/network"

  mock_outputs                            = local.mocks.network
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  release      = local.kubernetes
  network_id   = dependency.network.outputs.network_id
  subnet_ids   = dependency.network.outputs.node_subnet_ids
  api_cidrs    = local.env.api_cidrs
  system_nodes = local.env.zones
  admins       = local.cloud.admins
  protected    = local.env.protected
}
