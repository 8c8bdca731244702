# Where the environment is in Google Cloud.

locals {
  name    = "gcp"
  account = "acme-platform-prod"
  region  = "europe-west1"
  cidr    = "10.83.0.0/16"
  admins  = ["platform-admins@acme.example"]
}
