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
  source = "${dirname(find_in_parent_folders("root.hcl"))}/../modules//network"
}

inputs = {
  name   = "clouds"
  region = include.cloud.locals.region
  cidr   = include.cloud.locals.cidr
  zones  = include.cloud.locals.zones
}
