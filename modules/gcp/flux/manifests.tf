# The instance that the Flux operator makes of this: the controllers, their identities, and the repository.

locals {
  sync = {
    kind = "GitRepository"
    url  = var.repository
    ref  = var.revision
    path = var.path
  }

  instance = {
    apiVersion = "fluxcd.controlplane.io/v1"
    kind       = "FluxInstance"
    metadata   = { name = "flux", namespace = local.namespace }
    spec = {
      distribution = { version = var.flux_version, registry = "ghcr.io/fluxcd" }
      components   = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"]
      cluster      = { type = "gcp", multitenant = true, networkPolicy = true, domain = "cluster.local" }
      sync         = merge(local.sync, { for name in ["pullSecret"] : name => var.pull_secret if var.pull_secret != null })
      kustomize = {
        patches = [for name, identity in module.identity : {
          target = { kind = "ServiceAccount", name = name }
          patch = yamlencode({
            apiVersion = "v1"
            kind       = "ServiceAccount"
            metadata   = { name = name, annotations = identity.annotations }
          })
        }]
      }
    }
  }
}
