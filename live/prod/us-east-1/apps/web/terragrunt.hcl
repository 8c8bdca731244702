include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = "deep"
}

include "env" {
  path           = find_in_parent_folders("env.hcl")
  expose         = true
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

# The site calls the API under its public name.
dependency "api" {
  config_path = "../api"

  mock_outputs                            = { url = "api.mock.example" }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  image = "registry.example.com/acme/web:5.1.2"
  settings = {
    API_URL = "https://${dependency.api.outputs.url}"
    SITE    = "${include.env.locals.domain} (${include.env.locals.name})"
  }
}
