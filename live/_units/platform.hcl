# What every application of a region relies on.

locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//platform"
}

dependency "cluster" {
  config_path = "${get_terragrunt_dir()}/../cluster"

  mock_outputs = {
    cluster_id = "cls-mock"
    endpoint   = "https://mock.clusters.example.com"
    join_token = "mock"
  }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  cluster_id = dependency.cluster.outputs.cluster_id
  endpoint   = dependency.cluster.outputs.endpoint
  join_token = dependency.cluster.outputs.join_token
  domain     = local.env.domain
  components = {
    ingress      = { version = "4.12.1", replicas = local.env.replicas }
    certificates = { version = "1.17.0" }
    monitoring   = { version = "0.82.0", enabled = local.env.name != "dev" }
  }
}
