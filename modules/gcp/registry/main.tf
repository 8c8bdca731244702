# One repository of Artifact Registry, pulled from by the nodes of a cluster; what others call repositories are paths in it.

locals {
  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_artifact_registry_repository" "this" {
  project                = var.account
  location               = var.region
  repository_id          = var.name
  description            = "Images of ${var.name}"
  format                 = "DOCKER"
  cleanup_policy_dry_run = false
  labels                 = local.labels

  docker_config {
    immutable_tags = var.immutable_tags
  }

  cleanup_policies {
    id     = "untagged"
    action = "DELETE"

    condition {
      tag_state  = "UNTAGGED"
      older_than = "${var.untagged_days}d"
    }
  }
}

resource "google_artifact_registry_repository_iam_member" "reader" {
  for_each = var.readers

  project    = var.account
  location   = var.region
  repository = google_artifact_registry_repository.this.name
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${each.value}"
}
