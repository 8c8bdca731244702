# States in a container of Azure Storage, locked by a lease on each. The key is in ARM_ACCESS_KEY, or there is a login.

locals {
  name          = "azure"
  region        = "westeurope"
  cidr          = "10.51.0.0/16"
  zones         = ["westeurope-1", "westeurope-2"]
  metadata_host = get_env("CLOUDS_AZURE_METADATA_HOST", "")
}

remote_state {
  backend = "azurerm"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = merge(
    {
      storage_account_name = get_env("CLOUDS_AZURE_ACCOUNT", "acmestates")
      container_name       = get_env("CLOUDS_AZURE_CONTAINER", "states")
      key                  = "${path_relative_to_include("cloud")}/terraform.tfstate"
    },
    # For an Azure that is not the public one.
    { for name in ["metadata_host"] : name => local.metadata_host if local.metadata_host != "" },
  )
}

inputs = {
  tags = { cloud = local.name, region = local.region }
}
