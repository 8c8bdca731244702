# Google Cloud: states in a bucket of the environment's project, locked by an object beside each.

locals {
  env   = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
}

remote_state {
  backend = "gcs"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    project  = local.cloud.account
    location = local.cloud.region
    bucket   = "${local.cloud.account}-states"
    prefix   = path_relative_to_include("cloud")
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "google" {
      project = "${local.cloud.account}"
      region  = "${local.cloud.region}"
    }
  EOT
}
