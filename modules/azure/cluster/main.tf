# A cluster whose API is private or open to named ranges only, entered by Entra's groups alone, with its secrets encrypted.
# AKS keeps the core add-ons itself.

locals {
  private = length(var.api_cidrs) == 0
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-cluster"
  location = var.region
  tags     = var.tags
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-cluster"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_role_assignment" "network" {
  count = length(var.subnet_ids)

  scope                = var.subnet_ids[count.index]
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  name                    = var.name
  location                = azurerm_resource_group.this.location
  resource_group_name     = azurerm_resource_group.this.name
  node_resource_group     = "${var.name}-nodes"
  dns_prefix              = var.name
  kubernetes_version      = var.release
  sku_tier                = "Standard"
  private_cluster_enabled = local.private

  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"
  azure_policy_enabled      = true
  local_account_disabled    = true
  run_command_enabled       = false
  oidc_issuer_enabled       = true
  workload_identity_enabled = true
  tags                      = var.tags

  dynamic "api_server_access_profile" {
    for_each = local.private ? [] : ["public"]

    content {
      authorized_ip_ranges = var.api_cidrs
    }
  }

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admins
  }

  # Add-ons and Flux run here; workloads have pools of their own.
  default_node_pool {
    name                        = "system"
    vm_size                     = "Standard_D2s_v5"
    vnet_subnet_id              = var.subnet_ids[0]
    zones                       = [for zone in range(1, var.system_nodes + 1) : tostring(zone)]
    auto_scaling_enabled        = true
    min_count                   = var.system_nodes
    max_count                   = var.system_nodes + 1
    host_encryption_enabled     = true
    os_sku                      = "AzureLinux"
    temporary_name_for_rotation = "rotation"
    node_labels                 = { pool = "system" }
    tags                        = var.tags

    upgrade_settings {
      max_surge = "33%"
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }

  key_management_service {
    key_vault_key_id         = azurerm_key_vault_key.this.id
    key_vault_network_access = "Public"
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "userAssignedNATGateway"
    service_cidr        = var.service_cidr
    dns_service_ip      = cidrhost(var.service_cidr, 10)
  }

  storage_profile {
    disk_driver_enabled         = contains(var.addons, "block-storage")
    file_driver_enabled         = contains(var.addons, "file-storage")
    snapshot_controller_enabled = contains(var.addons, "block-storage")
  }

  lifecycle {
    # The autoscaler decides between minimum and maximum.
    ignore_changes = [default_node_pool[0].node_count]
  }

  depends_on = [
    azurerm_role_assignment.key,
    azurerm_role_assignment.network,
  ]
}

resource "azurerm_management_lock" "this" {
  count = var.protected ? 1 : 0

  name       = "protected"
  scope      = azurerm_kubernetes_cluster.this.id
  lock_level = "CanNotDelete"
  notes      = "A cluster of a protected environment"
}
