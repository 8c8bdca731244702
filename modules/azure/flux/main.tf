# What the cloud holds for Flux, and what the cluster is given once so that it follows its repository from then on.
# Kubernetes itself is not spoken to from here: see `manifests`.

locals {
  namespace = "flux-system"

  controllers = {
    kustomize-controller = { sops = { capability = "key-decrypt", resource = azurerm_key_vault_key.sops.resource_versionless_id } }
    source-controller    = { for name, id in var.artifacts : name => { capability = "registry-read", resource = id } }
  }
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-flux"
  location = var.region
  tags     = var.tags
}

resource "azurerm_key_vault" "sops" {
  name                       = substr("kv${sha1("${var.account}/${var.name}/${var.region}/flux")}", 0, 24)
  location                   = azurerm_resource_group.this.location
  resource_group_name        = azurerm_resource_group.this.name
  tenant_id                  = data.azurerm_client_config.current.tenant_id
  sku_name                   = "standard"
  rbac_authorization_enabled = true
  purge_protection_enabled   = true
  soft_delete_retention_days = 90
  tags                       = var.tags
}

resource "azurerm_role_assignment" "keeper" {
  scope                = azurerm_key_vault.sops.id
  role_definition_name = "Key Vault Crypto Officer"
  principal_id         = data.azurerm_client_config.current.object_id
}

resource "azurerm_key_vault_key" "sops" {
  name         = "sops"
  key_vault_id = azurerm_key_vault.sops.id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["decrypt", "encrypt"]
  tags         = var.tags

  depends_on = [azurerm_role_assignment.keeper]
}

module "identity" {
  source   = "../identity"
  for_each = local.controllers

  name              = "${var.name}-${trimsuffix(each.key, "-controller")}"
  account           = var.account
  region            = var.region
  identity_provider = var.identity_provider
  issuer            = var.issuer
  namespace         = local.namespace
  service_account   = each.key
  grants            = each.value
  tags              = var.tags
}
