include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = "deep"
}

include "env" {
  path           = find_in_parent_folders("env.hcl")
  merge_strategy = "deep"
}

include "region" {
  path           = find_in_parent_folders("region.hcl")
  merge_strategy = "deep"
}

include "unit" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/_units/app.hcl"
  merge_strategy = "deep"
}

inputs = {
  image  = "registry.example.com/acme/worker:2.4.0"
  public = false
}
