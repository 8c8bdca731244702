# What makes the cluster follow its repository.

locals {
  env      = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
  cloud    = read_terragrunt_config(find_in_parent_folders("cloud.hcl")).locals
  versions = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.modules[local.cloud.name]
  mocks    = read_terragrunt_config("${dirname(find_in_parent_folders("platforms.hcl"))}/_mocks/${local.cloud.name}.hcl").locals
  flux     = read_terragrunt_config(find_in_parent_folders("versions.hcl")).locals.flux
}

terraform {
  source = "git::https://git.acme.example/platform/modules.git//${local.cloud.name}/flux?ref=${local.cloud.name}-flux-v${local.versions.flux}"

  after_hook "operator" {
    commands = ["apply"]
    if       = feature.bootstrap_flux.value
    execute = [
      "helm", "upgrade", "flux-operator", "oci://ghcr.io/controlplaneio-fluxcd/charts/flux-operator", "--version", local.flux.operator,
      "--install", "--namespace", "flux-system", "--create-namespace", "--wait",
    ]
  }

  after_hook "instance" {
    commands = ["apply"]
    if       = feature.bootstrap_flux.value
    execute  = ["sh", "-c", "\"$TG_CTX_TF_PATH\" output -raw manifests | kubectl apply --server-side --filename -"]
  }
}

# Terraform makes what the cloud holds; the cluster is spoken to only when asked, with the kubeconfig of whoever asks:
# `terrace apply --feature bootstrap_flux=true`. Once is enough: from then on Flux keeps itself.
feature "bootstrap_flux" {
  default = false
}

dependency "cluster" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/cluster"

  mock_outputs                            = local.mocks.cluster
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

dependency "registry" {
  config_path = "${dirname(find_in_parent_folders("cloud.hcl"))}/registry"

  mock_outputs                            = local.mocks.registry
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}

inputs = {
  identity_provider = dependency.cluster.outputs.identity_provider
  issuer            = dependency.cluster.outputs.issuer
  repository        = "https://git.acme.example/platform/fleet.git"
  path              = "clusters/${local.env.name}/${local.cloud.name}"
  pull_secret       = "flux-system"
  flux_version      = local.flux.version
  artifacts         = { manifests = dependency.registry.outputs.repository_ids["manifests"] }
}
