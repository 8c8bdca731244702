# One application on the platform: a deployment, and a host name unless it only works in the background.

locals {
  host = var.public ? "${var.name}.${var.domain}" : null
}

resource "terraform_data" "deployment" {
  input = {
    cluster  = var.cluster_id
    name     = var.name
    image    = var.image
    replicas = var.replicas
    settings = var.settings
    tags     = merge(var.tags, { app = var.name })
  }
}

resource "terraform_data" "route" {
  count = var.public ? 1 : 0

  input = {
    host   = local.host
    target = terraform_data.deployment.input.name
  }
}
