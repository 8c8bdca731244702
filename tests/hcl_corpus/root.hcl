# Settings that every unit of the estate shares.
locals {
  # Read the files on the way up, nearest last.
  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  region  = read_terragrunt_config(find_in_parent_folders("region.hcl", "${get_terragrunt_dir()}/none.hcl"))

  account_id = local.account.locals.account_id /* twelve digits */
  name       = try(local.region.locals.name, "eu-central-1")
  tags = merge(
    local.account.locals.tags,
    { region = local.name, "managed by" = "terrace", (local.name) : true },
    length(local.account.locals.extra) > 0 ? local.account.locals.extra[0] : {},
  )
  parsed = regex("^(?P<env>[a-z]+)/(?P<region>[a-z0-9-]+)/.*$", path_relative_to_include())
}

remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    encrypt = true
    bucket  = "states-${local.account_id}-${local.name}"
    key     = "${path_relative_to_include()}/terraform.tfstate"
    region  = local.name
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<-EOF
    provider "aws" {
      region = "${local.name}"
      allowed_account_ids = ["${local.account_id}"]
      %{ if local.account_id != "1" ~}
      assume_role {
        role_arn = "arn:aws:iam::${local.account_id}:role/$${literal}"
      }
      %{ endif ~}
    }
  EOF
}

inputs = merge(local.tags, local.account.locals, {
  zones = [for i in range(3) : "${local.name}${["a", "b", "c"][i]}"]
})
