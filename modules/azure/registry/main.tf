# A registry without keys and anonymous readers, pulled from by the nodes of a cluster. Its repositories come to be with the
# first push. What ACR locks are images, by whoever pushes them: it has no `immutable_tags` to set.

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-registry"
  location = var.region
  tags     = var.tags
}

resource "azurerm_container_registry" "this" {
  name                     = substr("${replace(var.name, "-", "")}${sha1("${var.account}/${var.region}")}", 0, 32)
  location                 = azurerm_resource_group.this.location
  resource_group_name      = azurerm_resource_group.this.name
  sku                      = "Premium"
  admin_enabled            = false
  anonymous_pull_enabled   = false
  zone_redundancy_enabled  = true
  retention_policy_in_days = var.untagged_days
  tags                     = var.tags
}

resource "azurerm_role_assignment" "reader" {
  for_each = var.readers

  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = each.value
  principal_type       = "ServicePrincipal"
}
