# States in S3, locked by an object beside each. Credentials are the AWS SDK's own to find.

locals {
  name     = "aws"
  region   = "eu-west-1"
  cidr     = "10.50.0.0/16"
  zones    = ["eu-west-1a", "eu-west-1b"]
  endpoint = get_env("CLOUDS_S3_ENDPOINT", "")

  # For a store that is not Amazon's.
  elsewhere = {
    endpoints                   = { s3 = local.endpoint }
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
  }
}

remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = merge(
    {
      bucket       = get_env("CLOUDS_S3_BUCKET", "acme-states")
      key          = "${path_relative_to_include("cloud")}/terraform.tfstate"
      region       = local.region
      use_lockfile = true
      encrypt      = true
    },
    { for name, value in local.elsewhere : name => value if local.endpoint != "" },
  )
}

inputs = {
  tags = { cloud = local.name, region = local.region }
}
