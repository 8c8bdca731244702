# A network with one subnet for nodes and one for load balancers; Google's subnets span all zones of a region. The way out
# is one gateway without a zone: `zones` and `single_egress` say how many addresses it has.

locals {
  egress = var.single_egress ? 1 : var.zones

  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_compute_network" "this" {
  project                 = var.account
  name                    = var.name
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}

resource "google_compute_subnetwork" "this" {
  for_each = {
    node    = cidrsubnet(var.cidr, 1, 0)
    ingress = cidrsubnet(var.cidr, 8, 240)
  }

  project                  = var.account
  region                   = var.region
  name                     = "${var.name}-${each.key}"
  network                  = google_compute_network.this.id
  ip_cidr_range            = each.value
  private_ip_google_access = true

  dynamic "log_config" {
    for_each = var.flow_logs ? ["flows"] : []

    content {
      aggregation_interval = "INTERVAL_5_MIN"
      flow_sampling        = 0.5
      metadata             = "INCLUDE_ALL_METADATA"
    }
  }
}

resource "google_compute_address" "egress" {
  count = local.egress

  project = var.account
  region  = var.region
  name    = "${var.name}-egress-${count.index + 1}"
  labels  = local.labels
}

resource "google_compute_router" "this" {
  project = var.account
  region  = var.region
  name    = var.name
  network = google_compute_network.this.id
}

resource "google_compute_router_nat" "this" {
  project                            = var.account
  region                             = var.region
  name                               = var.name
  router                             = google_compute_router.this.name
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = google_compute_address.egress[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.this["node"].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
