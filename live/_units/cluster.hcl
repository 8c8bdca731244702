# The cluster of a region.

locals {
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  region = read_terragrunt_config(find_in_parent_folders("region.hcl")).locals
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//cluster"
}

dependency "network" {
  config_path = "${get_terragrunt_dir()}/../network"

  mock_outputs = {
    network_id      = "net-mock"
    private_subnets = { for zone in local.region.zones : zone => "sub-mock-${zone}" }
  }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name       = "${local.env.name}-${local.region.name}"
  release    = "1.33"
  network_id = dependency.network.outputs.network_id
  subnet_ids = values(dependency.network.outputs.private_subnets)
  pools      = local.env.pools
}
