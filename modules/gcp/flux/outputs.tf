output "manifests" {
  description = "What the cluster is given once: documents of YAML."
  value       = yamlencode(local.instance)
}

output "sops_key" {
  description = "Key that secrets in the repository are encrypted for."
  value       = google_kms_crypto_key.sops.id
}

output "identities" {
  description = "Identity of each controller that has one."
  value       = { for name, identity in module.identity : name => identity.identity }
}
