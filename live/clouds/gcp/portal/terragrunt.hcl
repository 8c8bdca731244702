# One page for all three: it runs in one cloud and reads what the others put out.

include "clouds" {
  path           = find_in_parent_folders("clouds.hcl")
  merge_strategy = "deep"
}

include "cloud" {
  path           = find_in_parent_folders("cloud.hcl")
  merge_strategy = "deep"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//app"
}

dependency "here" {
  config_path = "../cluster"

  mock_outputs                            = { cluster_id = "cls-mock" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

dependency "aws" {
  config_path = "../../aws/cluster"

  mock_outputs                            = { endpoint = "https://aws.mock.example" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

dependency "azure" {
  config_path = "../../azure/cluster"

  mock_outputs                            = { endpoint = "https://azure.mock.example" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name       = "portal"
  image      = "registry.example.com/acme/portal:1.0.0"
  cluster_id = dependency.here.outputs.cluster_id
  domain     = "clouds.acme.example"
  settings = {
    AWS   = dependency.aws.outputs.endpoint
    AZURE = dependency.azure.outputs.endpoint
  }
}
