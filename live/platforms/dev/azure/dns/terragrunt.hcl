include "platform" {
  path           = find_in_parent_folders("platforms.hcl")
  merge_strategy = "deep"
}

include "cloud" {
  path           = find_in_parent_folders("azure.hcl")
  merge_strategy = "deep"
}

include "unit" {
  path           = "${dirname(find_in_parent_folders("platforms.hcl"))}/_units/dns.hcl"
  merge_strategy = "deep"
}
