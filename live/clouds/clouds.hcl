# What holds for every unit of the three clouds.

locals {
  company = "acme"
}

terraform_version_constraint  = ">= 1.6"
terragrunt_version_constraint = "~> 1.1"

# Their states are in buckets, so they run only where `CLOUDS` says that there are some: `just clouds` sets it, and all
# that is read from the environment beside it, to emulators on this machine.
exclude {
  if      = get_env("CLOUDS", "") == ""
  actions = ["all"]
}

terraform {
  extra_arguments "wait_for_the_lock" {
    commands  = get_terraform_commands_that_need_locking()
    arguments = ["-lock-timeout=5m"]
  }
}

inputs = {
  tags = {
    company    = local.company
    managed_by = "terraform"
    unit       = path_relative_to_include("clouds")
  }
}
