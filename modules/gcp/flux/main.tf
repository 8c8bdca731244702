# What the cloud holds for Flux, and what the cluster is given once so that it follows its repository from then on.
# Kubernetes itself is not spoken to from here: see `manifests`.

locals {
  namespace = "flux-system"

  controllers = {
    kustomize-controller = { sops = { capability = "key-decrypt", resource = google_kms_crypto_key.sops.id } }
    source-controller    = { for name, id in var.artifacts : name => { capability = "registry-read", resource = id } }
  }

  # Labels have fewer letters than tags elsewhere.
  labels = { for name, value in var.tags : replace(lower(name), "/[^a-z0-9_-]/", "-") => replace(lower(value), "/[^a-z0-9_-]/", "-") }
}

resource "google_kms_key_ring" "sops" {
  project  = var.account
  location = var.region
  name     = "${var.name}-flux"
}

resource "google_kms_crypto_key" "sops" {
  name            = "sops"
  key_ring        = google_kms_key_ring.sops.id
  rotation_period = "7776000s"
  labels          = local.labels
}

module "identity" {
  source   = "../identity"
  for_each = local.controllers

  name              = "${var.name}-${trimsuffix(each.key, "-controller")}"
  account           = var.account
  region            = var.region
  identity_provider = var.identity_provider
  issuer            = var.issuer
  namespace         = local.namespace
  service_account   = each.key
  grants            = each.value
  tags              = var.tags
}
