output "pool_id" {
  description = "Identifier of the pool."
  value       = azurerm_kubernetes_cluster_node_pool.this.id
}

output "node_identity" {
  description = "Who the nodes are."
  value       = var.node_identity
}
