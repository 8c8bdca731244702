# What holds for the environment in every cloud.

locals {
  name          = "dev"
  domain        = "dev.acme.example"
  zones         = 2
  single_egress = true
  protected     = false

  # Who may speak to the API of the clusters from outside: the offices.
  api_cidrs = ["198.51.100.0/24"]

  retention_days = 30
  alert_emails   = []

  pools = {
    general = { size = "small", minimum = 1, maximum = 3, spot = true }
  }
}
