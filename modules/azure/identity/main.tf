# An identity that one service account of one cluster can take, and nothing but what its grants say. Entra trusts the
# issuer of the cluster itself: there is no provider in between.

locals {
  roles = {
    dns-edit      = "DNS Zone Contributor"
    key-decrypt   = "Key Vault Crypto User"
    metrics-write = "Monitoring Metrics Publisher"
    registry-read = "AcrPull"
    secret-read   = "Key Vault Secrets User"
  }
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-identity"
  location = var.region
  tags     = var.tags
}

resource "azurerm_user_assigned_identity" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_federated_identity_credential" "this" {
  name                = "${var.namespace}-${var.service_account}"
  resource_group_name = azurerm_resource_group.this.name
  parent_id           = azurerm_user_assigned_identity.this.id
  issuer              = var.issuer
  subject             = "system:serviceaccount:${var.namespace}:${var.service_account}"
  audience            = ["api://AzureADTokenExchange"]
}

resource "azurerm_role_assignment" "grant" {
  for_each = var.grants

  scope                = each.value.resource
  role_definition_name = local.roles[each.value.capability]
  principal_id         = azurerm_user_assigned_identity.this.principal_id
  principal_type       = "ServicePrincipal"
}
