# Who spoke to whom, for 90 days. The watcher is the one that Azure makes with the first network of a region.

locals {
  flow_logs = var.flow_logs ? 1 : 0
}

data "azurerm_network_watcher" "this" {
  count = local.flow_logs

  name                = "NetworkWatcher_${var.region}"
  resource_group_name = "NetworkWatcherRG"

  depends_on = [azurerm_virtual_network.this]
}

resource "azurerm_storage_account" "flow_log" {
  count = local.flow_logs

  name                            = substr("flows${sha1("${var.account}/${var.name}/${var.region}")}", 0, 24)
  location                        = azurerm_resource_group.this.location
  resource_group_name             = azurerm_resource_group.this.name
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  tags                            = var.tags

  network_rules {
    default_action = "Deny"
    bypass         = ["AzureServices"]
  }
}

resource "azurerm_network_watcher_flow_log" "this" {
  count = local.flow_logs

  name                 = var.name
  network_watcher_name = data.azurerm_network_watcher.this[0].name
  resource_group_name  = data.azurerm_network_watcher.this[0].resource_group_name
  target_resource_id   = azurerm_virtual_network.this.id
  storage_account_id   = azurerm_storage_account.flow_log[0].id
  enabled              = true
  version              = 2
  tags                 = var.tags

  retention_policy {
    enabled = true
    days    = 90
  }
}
