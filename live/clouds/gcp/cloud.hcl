# States in a bucket of Google Cloud Storage, locked by an object beside each. Credentials are Google's own to find.

locals {
  name     = "gcp"
  region   = "europe-west1"
  cidr     = "10.52.0.0/16"
  zones    = ["europe-west1-b", "europe-west1-c"]
  endpoint = get_env("CLOUDS_GCS_ENDPOINT", "")
}

remote_state {
  backend = "gcs"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = merge(
    {
      bucket = get_env("CLOUDS_GCS_BUCKET", "acme-states")
      prefix = path_relative_to_include("cloud")
    },
    # For a store that is not Google's.
    { for name in ["storage_custom_endpoint"] : name => local.endpoint if local.endpoint != "" },
  )
}

inputs = {
  tags = { cloud = local.name, region = local.region }
}
