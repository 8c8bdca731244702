# What holds for every unit: where its state lives, which versions it needs, how its things are tagged.

locals {
  company = "acme"
}

terraform_version_constraint  = ">= 1.6"
terragrunt_version_constraint = "~> 1.1"

remote_state {
  backend = "local"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    path = "${get_parent_terragrunt_dir("root")}/.state/${path_relative_to_include("root")}/terraform.tfstate"
  }
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
    unit       = path_relative_to_include("root")
  }
}
