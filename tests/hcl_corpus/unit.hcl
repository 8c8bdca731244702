include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

include "env" { path = find_in_parent_folders("env.hcl") }

terraform {
  source = "git::https://example.org/modules.git//network?ref=v1.2.3"

  extra_arguments "lock" {
    commands  = concat(get_terraform_commands_that_need_locking(), ["init"])
    arguments = ["-lock-timeout=${get_env("LOCK", "5m")}"]
  }
  before_hook "fmt" {
    commands = ["plan", "apply"]
    execute  = ["sh", "-c", "terraform fmt -check || echo \"not formatted\""]
  }
}

dependency "vpc" {
  config_path = "../vpc"
  mock_outputs = {
    id      = "vpc-0"
    subnets = ["a", "b"]
    nested  = { deep = { deeper = [{ x = 1 }, { x = 2 }] } }
  }
  mock_outputs_allowed_terraform_commands = ["plan", "validate"]
}

dependencies { paths = ["../a", "../b"] }

exclude {
  if      = !include.root.locals.on || include.root.locals.env == "dev" && false
  actions = ["all"]
}

inputs = {
  vpc_id   = dependency.vpc.outputs.id
  xs       = dependency.vpc.outputs.nested.deep.deeper[*].x
  ys       = dependency.vpc.outputs.nested.deep.deeper.*.x
  first    = dependency.vpc.outputs.subnets.0
  by_name  = { for k, v in dependency.vpc.outputs.nested : upper(k) => v... if v != null }
  instance = include.root.locals.env == "prod" ? "large" : "small"
  policy   = jsonencode({ Version = "2012-10-17", Statement = [] })
  "quoted key" = -1.5e3 % 7 + 2 * (3 - 4) / 5
}
