# What holds for the environment in every cloud.

locals {
  name          = "staging"
  domain        = "staging.acme.example"
  zones         = 3
  single_egress = true
  protected     = false

  # Who may speak to the API of the clusters from outside: the offices.
  api_cidrs = ["198.51.100.0/24"]

  retention_days = 30
  alert_emails   = ["platform@acme.example"]

  pools = {
    general = { size = "medium", minimum = 1, maximum = 4, spot = false }
  }
}
