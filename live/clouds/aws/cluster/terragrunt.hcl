include "clouds" {
  path           = find_in_parent_folders("clouds.hcl")
  merge_strategy = "deep"
}

include "cloud" {
  path           = find_in_parent_folders("cloud.hcl")
  expose         = true
  merge_strategy = "deep"
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//cluster"
}

dependency "network" {
  config_path = "../network"

  mock_outputs = {
    network_id      = "net-mock"
    private_subnets = { for zone in include.cloud.locals.zones : zone => "sub-mock-${zone}" }
  }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  name       = "clouds-${include.cloud.locals.name}"
  release    = "1.33"
  network_id = dependency.network.outputs.network_id
  subnet_ids = values(dependency.network.outputs.private_subnets)
  pools      = { general = { size = "small", minimum = 1, maximum = 2 } }
}
