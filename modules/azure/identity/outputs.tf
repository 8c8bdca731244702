output "identity" {
  description = "The identity, as the cloud names it."
  value       = azurerm_user_assigned_identity.this.client_id
}

output "annotations" {
  description = "What the service account is annotated with."
  value       = { "azure.workload.identity/client-id" = azurerm_user_assigned_identity.this.client_id }
}
