# A pool of nodes over all zones, with encrypted hosts. Its nodes are who the cluster's are: AKS has one identity for all.

locals {
  vm_sizes = {
    small  = "Standard_D2s_v5"
    medium = "Standard_D4s_v5"
    large  = "Standard_D8s_v5"
    xlarge = "Standard_D16s_v5"
  }

  # What AKS puts on spot nodes anyway: unsaid, it would be a change in every plan.
  spot_labels = var.spot ? { "kubernetes.azure.com/scalesetpriority" = "spot" } : {}
  spot_taints = var.spot ? ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"] : []
}

resource "azurerm_kubernetes_cluster_node_pool" "this" {
  name                    = var.name
  kubernetes_cluster_id   = var.cluster_id
  vnet_subnet_id          = var.subnet_ids[0]
  vm_size                 = local.vm_sizes[var.size]
  zones                   = ["1", "2", "3"]
  mode                    = "User"
  os_sku                  = "AzureLinux"
  os_disk_size_gb         = var.disk_gb
  host_encryption_enabled = true
  node_public_ip_enabled  = false
  auto_scaling_enabled    = true
  min_count               = var.minimum
  max_count               = var.maximum
  priority                = var.spot ? "Spot" : "Regular"
  eviction_policy         = var.spot ? "Delete" : null
  spot_max_price          = var.spot ? -1 : null
  node_labels             = merge(local.spot_labels, var.labels)
  node_taints             = concat(local.spot_taints, [for taint in var.taints : "${taint.key}=${taint.value}:${taint.effect}"])
  tags                    = var.tags

  # Spot nodes are not surged: AKS refuses it.
  dynamic "upgrade_settings" {
    for_each = var.spot ? [] : ["surge"]

    content {
      max_surge = "33%"
    }
  }

  lifecycle {
    # The autoscaler decides between the two.
    ignore_changes = [node_count]

    precondition {
      condition     = var.minimum <= var.maximum
      error_message = "The minimum of a pool cannot exceed its maximum."
    }
  }
}
