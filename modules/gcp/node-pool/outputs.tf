output "pool_id" {
  description = "Identifier of the pool."
  value       = google_container_node_pool.this.id
}

output "node_identity" {
  description = "Who the nodes are."
  value       = var.node_identity
}
