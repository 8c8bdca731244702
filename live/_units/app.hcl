# An application: its unit file adds image and settings.

locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//app"
}

dependency "cluster" {
  config_path = "${get_terragrunt_dir()}/../../cluster"

  mock_outputs                            = { cluster_id = "cls-mock" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

dependency "platform" {
  config_path = "${get_terragrunt_dir()}/../../platform"

  mock_outputs                            = { domain = "mock.example" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name       = basename(get_terragrunt_dir())
  cluster_id = dependency.cluster.outputs.cluster_id
  domain     = dependency.platform.outputs.domain
  replicas   = local.env.replicas
  settings   = { LOG_LEVEL = local.env.name == "prod" ? "info" : "debug" }
}
