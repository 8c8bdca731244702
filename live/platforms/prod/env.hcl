# What holds for the environment in every cloud.

locals {
  name          = "prod"
  domain        = "prod.acme.example"
  zones         = 3
  single_egress = false
  protected     = true

  # Who may speak to the API of the clusters from outside: nobody.
  api_cidrs = []

  retention_days = 365
  alert_emails   = ["oncall@acme.example", "platform@acme.example"]

  pools = {
    general = { size = "large", minimum = 3, maximum = 12, spot = false }
    batch   = { size = "xlarge", minimum = 0, maximum = 6, spot = true }
  }
}
