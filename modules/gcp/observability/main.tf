# Where logs and alerts of the platform go; metrics are the project's, and have no place of their own.

locals {
  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_logging_project_bucket_config" "this" {
  project        = var.account
  location       = var.region
  bucket_id      = var.name
  retention_days = var.retention_days
  description    = "Logs of ${var.name}"
}

resource "google_logging_project_sink" "this" {
  project     = var.account
  name        = var.name
  description = "What containers say goes to a bucket of its own"
  destination = "logging.googleapis.com/${google_logging_project_bucket_config.this.id}"
  filter      = "resource.type=\"k8s_container\""

  unique_writer_identity = true
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = var.account
  display_name = each.value
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = local.labels
}
