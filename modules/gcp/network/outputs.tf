output "network_id" {
  description = "Identifier of the network."
  value       = google_compute_network.this.id
}

output "node_subnet_ids" {
  description = "Subnets for nodes, without addresses of their own to the outside."
  value       = [google_compute_subnetwork.this["node"].id]

  # A node without a way out never becomes ready.
  depends_on = [google_compute_router_nat.this]
}

output "ingress_subnet_ids" {
  description = "Subnets for what is reached from outside."
  value       = [google_compute_subnetwork.this["ingress"].id]
}

output "egress_addresses" {
  description = "Addresses that the outside sees, for its lists of friends."
  value       = google_compute_address.egress[*].address
}
