include "platform" {
  path           = find_in_parent_folders("platforms.hcl")
  merge_strategy = "deep"
}

include "cloud" {
  path           = find_in_parent_folders("azure.hcl")
  merge_strategy = "deep"
}

include "unit" {
  path           = "${dirname(find_in_parent_folders("platforms.hcl"))}/_units/identity.hcl"
  merge_strategy = "deep"
}

locals {
  cloud = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  mocks = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
}

dependency "observability" {
  config_path = "../../observability"

  mock_outputs                            = local.mocks.observability
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

# It sends the metrics of the cluster.
inputs = {
  namespace = "monitoring"
  grants    = { observability = { capability = "metrics-write", resource = dependency.observability.outputs.metrics_id } }
}
