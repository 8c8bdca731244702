# What the cloud holds for Flux, and what the cluster is given once so that it follows its repository from then on.
# Kubernetes itself is not spoken to from here: see `manifests`.

locals {
  namespace = "flux-system"

  controllers = {
    kustomize-controller = { sops = { capability = "key-decrypt", resource = aws_kms_key.sops.arn } }
    source-controller    = { for name, id in var.artifacts : name => { capability = "registry-read", resource = id } }
  }
}

resource "aws_kms_key" "sops" {
  description             = "Secrets in the repository of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}

resource "aws_kms_alias" "sops" {
  name          = "alias/${var.name}-sops"
  target_key_id = aws_kms_key.sops.key_id
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
