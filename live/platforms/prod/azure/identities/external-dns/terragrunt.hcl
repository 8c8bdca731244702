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

dependency "dns" {
  config_path = "../../dns"

  mock_outputs                            = local.mocks.dns
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

# It keeps the names of what is reached from outside.
inputs = {
  namespace = "dns"
  grants    = { dns = { capability = "dns-edit", resource = dependency.dns.outputs.zone_id } }
}
