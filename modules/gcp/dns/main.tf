# A zone: public, signed and with a word on who may issue certificates, or private to some networks. Zones are in no region.

locals {
  private = length(var.network_ids) > 0

  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_dns_managed_zone" "this" {
  project     = var.account
  name        = replace(var.domain, ".", "-")
  description = var.name
  dns_name    = "${var.domain}."
  visibility  = local.private ? "private" : "public"
  labels      = local.labels

  dynamic "dnssec_config" {
    for_each = local.private ? [] : ["signed"]

    content {
      state = "on"
    }
  }

  dynamic "private_visibility_config" {
    for_each = local.private ? ["private"] : []

    content {
      dynamic "networks" {
        for_each = var.network_ids

        content {
          network_url = networks.value
        }
      }
    }
  }
}

resource "google_dns_record_set" "authorities" {
  count = !local.private && length(var.certificate_authorities) > 0 ? 1 : 0

  project      = var.account
  managed_zone = google_dns_managed_zone.this.name
  name         = google_dns_managed_zone.this.dns_name
  type         = "CAA"
  ttl          = 3600
  rrdatas      = [for authority in var.certificate_authorities : "0 issue \"${authority}\""]
}
