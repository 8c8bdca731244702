# Where logs, metrics and alerts of an environment go.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/observability?ref=${local.cloud.name}-observability-v${local.versions.observability}"
}

inputs = {
  retention_days = local.env.retention_days
  alert_emails   = local.env.alert_emails
}
