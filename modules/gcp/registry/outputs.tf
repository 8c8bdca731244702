locals {
  url = "${var.region}-docker.pkg.dev/${var.account}/${google_artifact_registry_repository.this.repository_id}"
}

output "url" {
  description = "Host, and path if any, that images are pushed below."
  value       = local.url
}

output "repository_urls" {
  description = "Address of each repository."
  value       = { for name in var.repositories : name => "${local.url}/${name}" }
}

output "repository_ids" {
  description = "Identifier of each repository, for grants."
  value       = { for name in var.repositories : name => google_artifact_registry_repository.this.id }
}
