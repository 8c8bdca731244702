output "logs_id" {
  description = "Where logs go."
  value       = google_logging_project_bucket_config.this.id
}

output "metrics_id" {
  description = "Where metrics go, for grants."
  value       = "projects/${var.account}"
}

output "metrics_write_url" {
  description = "Address that Prometheus writes to."
  value       = "https://monitoring.googleapis.com/v1/projects/${var.account}/location/global/prometheus/api/v1/write"
}

output "alert_channels" {
  description = "Where alerts are sent."
  value       = [for email in sort(var.alert_emails) : google_monitoring_notification_channel.email[email].id]
}
