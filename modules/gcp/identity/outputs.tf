output "identity" {
  description = "The identity, as the cloud names it."
  value       = google_service_account.this.email
}

output "annotations" {
  description = "What the service account is annotated with."
  value       = { "iam.gke.io/gcp-service-account" = google_service_account.this.email }
}
