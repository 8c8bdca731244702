# AWS: states in a bucket of the environment's account, locked by an object beside each. Whoever runs it has a session in
# that account, from wherever: another account is refused.

locals {
  env   = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
}

remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    bucket       = "acme-${local.env.name}-states-${local.cloud.account}"
    key          = "${path_relative_to_include("cloud")}/terraform.tfstate"
    region       = local.cloud.region
    encrypt      = true
    use_lockfile = true
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "aws" {
      region              = "${local.cloud.region}"
      allowed_account_ids = ["${local.cloud.account}"]
    }
  EOT
}
