# The key that the secrets of the cluster are encrypted with.

data "google_project" "this" {
  project_id = var.account
}

resource "google_kms_key_ring" "this" {
  project  = var.account
  location = var.region
  name     = "${var.name}-cluster"
}

resource "google_kms_crypto_key" "this" {
  name            = "secrets"
  key_ring        = google_kms_key_ring.this.id
  rotation_period = "7776000s"
  labels          = local.labels
}

resource "google_kms_crypto_key_iam_member" "gke" {
  crypto_key_id = google_kms_crypto_key.this.id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:service-${data.google_project.this.number}@container-engine-robot.iam.gserviceaccount.com"
}
