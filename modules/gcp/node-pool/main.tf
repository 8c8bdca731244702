# A pool of nodes over the zones of its cluster, out of reach of what runs on them. Its subnet is the cluster's: GKE has one
# for all pools.

locals {
  machine_types = {
    small  = "e2-standard-2"
    medium = "e2-standard-4"
    large  = "e2-standard-8"
    xlarge = "e2-standard-16"
  }

  effects = {
    NoSchedule       = "NO_SCHEDULE"
    PreferNoSchedule = "PREFER_NO_SCHEDULE"
    NoExecute        = "NO_EXECUTE"
  }

  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_container_node_pool" "this" {
  project            = var.account
  location           = var.region
  cluster            = basename(var.cluster_id)
  name               = var.name
  initial_node_count = ceil(var.minimum / 3)

  autoscaling {
    total_min_node_count = var.minimum
    total_max_node_count = var.maximum
    location_policy      = var.spot ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    max_surge       = 1
    max_unavailable = 0
  }

  node_config {
    machine_type    = local.machine_types[var.size]
    image_type      = "COS_CONTAINERD"
    disk_type       = "pd-balanced"
    disk_size_gb    = var.disk_gb
    spot            = var.spot
    service_account = var.node_identity
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    labels          = var.labels
    resource_labels = local.labels
    metadata        = { disable-legacy-endpoints = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    dynamic "taint" {
      for_each = var.taints

      content {
        key    = taint.value.key
        value  = taint.value.value
        effect = local.effects[taint.value.effect]
      }
    }
  }

  lifecycle {
    # The autoscaler decides between the two.
    ignore_changes = [initial_node_count]

    precondition {
      condition     = var.minimum <= var.maximum
      error_message = "The minimum of a pool cannot exceed its maximum."
    }
  }
}
