output "cluster_id" {
  description = "Identifier of the cluster, for its pools."
  value       = google_container_cluster.this.id
}

output "endpoint" {
  description = "Where its API answers."
  value       = "https://${google_container_cluster.this.endpoint}"
}

output "ca_certificate" {
  description = "Certificate of its API, in base64."
  value       = google_container_cluster.this.master_auth[0].cluster_ca_certificate
}

output "identity_provider" {
  description = "What vouches for workloads of the cluster, for identities."
  value       = google_container_cluster.this.workload_identity_config[0].workload_pool
}

output "issuer" {
  description = "Issuer of the tokens of workloads."
  value       = "https://container.googleapis.com/v1/${google_container_cluster.this.id}"
}

output "node_identity" {
  description = "Who the nodes are, for pools and registries."
  value       = google_service_account.node.email

  # A node that starts before its role is there never becomes ready.
  depends_on = [google_project_iam_member.node]
}
