# Where the images of an environment are.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
  mocks    = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/registry?ref=${local.cloud.name}-registry-v${local.versions.registry}"
}

dependency "cluster" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/cluster"

  mock_outputs                            = local.mocks.cluster
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  repositories = ["apps/api", "apps/web", "apps/worker", "manifests"]
  readers      = { nodes = dependency.cluster.outputs.node_identity }
}
