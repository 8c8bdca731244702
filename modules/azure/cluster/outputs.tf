output "cluster_id" {
  description = "Identifier of the cluster, for its pools."
  value       = azurerm_kubernetes_cluster.this.id
}

output "endpoint" {
  description = "Where its API answers."
  value       = "https://${local.private ? azurerm_kubernetes_cluster.this.private_fqdn : azurerm_kubernetes_cluster.this.fqdn}:443"
}

output "ca_certificate" {
  description = "Certificate of its API, in base64."
  value       = nonsensitive(azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate)
}

output "identity_provider" {
  description = "What vouches for workloads of the cluster, for identities."
  value       = azurerm_kubernetes_cluster.this.id
}

output "issuer" {
  description = "Issuer of the tokens of workloads."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "node_identity" {
  description = "Who the nodes are, for pools and registries."
  value       = azurerm_kubernetes_cluster.this.kubelet_identity[0].object_id
}
