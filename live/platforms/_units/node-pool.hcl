# A pool of nodes, named by its folder; its size is the environment's.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
  mocks    = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
  name     = basename(get_terragrunt_dir())
  pool     = local.env.pools[local.name]
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/node-pool?ref=${local.cloud.name}-node-pool-v${local.versions.node-pool}"
}

dependency "network" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/network"

  mock_outputs                            = local.mocks.network
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

dependency "cluster" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/cluster"

  mock_outputs                            = local.mocks.cluster
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name          = local.name
  cluster_id    = dependency.cluster.outputs.cluster_id
  subnet_ids    = dependency.network.outputs.node_subnet_ids
  node_identity = dependency.cluster.outputs.node_identity
  size          = local.pool.size
  minimum       = local.pool.minimum
  maximum       = local.pool.maximum
  spot          = local.pool.spot
  labels        = { pool = local.name }
}
