# Azure: states in a container of the environment's subscription, locked by a lease on each. The login is Entra's, for the
# states too: there are no keys of accounts.

locals {
  env   = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
}

remote_state {
  backend = "azurerm"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    subscription_id      = local.cloud.account
    resource_group_name  = "acme-${local.env.name}-states"
    storage_account_name = "acme${local.env.name}states"
    container_name       = "states"
    key                  = "${path_relative_to_include("cloud")}/terraform.tfstate"
    use_azuread_auth     = true
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<-EOT
    provider "azurerm" {
      subscription_id     = "${local.cloud.account}"
      storage_use_azuread = true

      features {}
    }
  EOT
}
