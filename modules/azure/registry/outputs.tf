output "url" {
  description = "Host, and path if any, that images are pushed below."
  value       = azurerm_container_registry.this.login_server
}

output "repository_urls" {
  description = "Address of each repository."
  value       = { for name in var.repositories : name => "${azurerm_container_registry.this.login_server}/${name}" }
}

output "repository_ids" {
  description = "Identifier of each repository, for grants."
  value       = { for name in var.repositories : name => azurerm_container_registry.this.id }
}
