# A service account that one service account of one cluster can take, and nothing but what its grants say. The pool of the
# project vouches for all its clusters, whatever their issuer; service accounts are in no region, and have no labels.

locals {
  of = { for capability in ["dns-edit", "key-decrypt", "metrics-write", "registry-read", "secret-read"] :
    capability => { for name, grant in var.grants : name => grant.resource if grant.capability == capability }
  }
}

resource "google_service_account" "this" {
  project      = var.account
  account_id   = var.name
  display_name = "${var.namespace}/${var.service_account}"
}

resource "google_service_account_iam_member" "workload" {
  service_account_id = google_service_account.this.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.identity_provider}[${var.namespace}/${var.service_account}]"
}

# projects/PROJECT/managedZones/NAME
resource "google_dns_managed_zone_iam_member" "edit" {
  for_each = local.of.dns-edit

  project      = split("/", each.value)[1]
  managed_zone = split("/", each.value)[3]
  role         = "roles/dns.admin"
  member       = google_service_account.this.member
}

# To find its zone among the others.
resource "google_project_iam_member" "zones" {
  count = length(local.of.dns-edit) > 0 ? 1 : 0

  project = var.account
  role    = "roles/dns.reader"
  member  = google_service_account.this.member
}

resource "google_kms_crypto_key_iam_member" "decrypt" {
  for_each = local.of.key-decrypt

  crypto_key_id = each.value
  role          = "roles/cloudkms.cryptoKeyDecrypter"
  member        = google_service_account.this.member
}

# Metrics are a project's: projects/PROJECT
resource "google_project_iam_member" "metrics" {
  for_each = local.of.metrics-write

  project = split("/", each.value)[1]
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.this.member
}

# projects/PROJECT/locations/LOCATION/repositories/NAME
resource "google_artifact_registry_repository_iam_member" "read" {
  for_each = local.of.registry-read

  project    = split("/", each.value)[1]
  location   = split("/", each.value)[3]
  repository = split("/", each.value)[5]
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.this.member
}

# projects/PROJECT/secrets/NAME
resource "google_secret_manager_secret_iam_member" "read" {
  for_each = local.of.secret-read

  project   = split("/", each.value)[1]
  secret_id = split("/", each.value)[3]
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this.member
}
