# A cluster over the zones of a region, with private nodes, an API for the network and named ranges only, and its secrets
# encrypted. GKE keeps the core add-ons itself.

locals {
  pool = "${var.account}.svc.id.goog"

  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_container_cluster" "this" {
  project    = var.account
  location   = var.region
  name       = var.name
  network    = var.network_id
  subnetwork = var.subnet_ids[0]

  min_master_version  = var.release
  networking_mode     = "VPC_NATIVE"
  datapath_provider   = "ADVANCED_DATAPATH"
  deletion_protection = var.protected
  resource_labels     = local.labels

  # Its own first pool goes at once: pools are parts of their own.
  initial_node_count       = 1
  remove_default_node_pool = true

  node_config {
    service_account = google_service_account.node.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
  }

  release_channel {
    channel = "REGULAR"
  }

  ip_allocation_policy {
    services_ipv4_cidr_block = var.service_cidr
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = length(var.api_cidrs) == 0
  }

  master_authorized_networks_config {
    gcp_public_cidrs_access_enabled = false

    dynamic "cidr_blocks" {
      for_each = toset(var.api_cidrs)

      content {
        cidr_block   = cidr_blocks.value
        display_name = cidr_blocks.value
      }
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  workload_identity_config {
    workload_pool = local.pool
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = google_kms_crypto_key.this.id
  }

  addons_config {
    gce_persistent_disk_csi_driver_config {
      enabled = contains(var.addons, "block-storage")
    }

    gcp_filestore_csi_driver_config {
      enabled = contains(var.addons, "file-storage")
    }
  }

  logging_config {
    enable_components = ["APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "SYSTEM_COMPONENTS", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["APISERVER", "CONTROLLER_MANAGER", "SCHEDULER", "SYSTEM_COMPONENTS"]

    managed_prometheus {
      enabled = true
    }
  }

  security_posture_config {
    mode               = "BASIC"
    vulnerability_mode = "VULNERABILITY_BASIC"
  }

  lifecycle {
    # They were the first pool's.
    ignore_changes = [initial_node_count, node_config]
  }

  depends_on = [google_kms_crypto_key_iam_member.gke]
}

# Add-ons and Flux run here; workloads have pools of their own.
module "system" {
  source = "../node-pool"

  name          = "system"
  account       = var.account
  region        = var.region
  cluster_id    = google_container_cluster.this.id
  subnet_ids    = var.subnet_ids
  node_identity = google_service_account.node.email
  size          = "small"
  minimum       = var.system_nodes
  maximum       = var.system_nodes + 1
  labels        = { pool = "system" }
  tags          = var.tags

  depends_on = [google_project_iam_member.node]
}
