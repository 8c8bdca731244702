output "cluster_id" {
  description = "Identifier of the cluster."
  value       = terraform_data.cluster.output.id
}

output "endpoint" {
  description = "Where the cluster's API answers."
  value       = terraform_data.cluster.output.endpoint
}

output "join_token" {
  description = "What a node shows to join."
  value       = sha256("join ${terraform_data.cluster.output.id}")
  sensitive   = true
}
