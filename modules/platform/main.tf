# What every application relies on: ingress, certificates, monitoring, each a switchable component.

locals {
  enabled = { for name, component in var.components : name => component if component.enabled }
}

resource "terraform_data" "component" {
  for_each = local.enabled

  input = {
    cluster  = var.cluster_id
    name     = each.key
    version  = each.value.version
    replicas = each.value.replicas
    tags     = merge(var.tags, { component = each.key })
  }
}

resource "terraform_data" "domain" {
  input = {
    zone     = var.domain
    endpoint = var.endpoint
  }

  lifecycle {
    precondition {
      condition     = contains(keys(local.enabled), "ingress")
      error_message = "Without the ingress component nothing answers for the domain."
    }
  }
}
