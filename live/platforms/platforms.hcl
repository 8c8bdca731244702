# What holds for every unit of the platforms, whatever the cloud and the environment.

locals {
  company = "acme"
  env     = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud   = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
}

# Who goes over to OpenTofu locks the providers again: it has a registry of its own.
terraform_binary              = "terraform"
terraform_version_constraint  = ">= 1.6.0, < 2.0.0"
terragrunt_version_constraint = "~> 1.1"

# They cost money, so a cloud takes part in runs only where it is named: `PLATFORMS="aws gcp" terrace run --all plan`.
exclude {
  if      = !contains(split(" ", get_env("PLATFORMS", "")), local.cloud.name)
  actions = ["all"]
}

terraform {
  extra_arguments "wait_for_the_lock" {
    commands  = get_terraform_commands_that_need_locking()
    arguments = ["-lock-timeout=5m"]
  }
}

inputs = {
  name    = "${local.company}-${local.env.name}"
  account = local.cloud.account
  region  = local.cloud.region
  tags = {
    company    = local.company
    env        = local.env.name
    managed_by = "terraform"
    unit       = path_relative_to_include("platform")
  }
}
