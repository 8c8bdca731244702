# Where the environment is in Google Cloud.

locals {
  name    = "gcp"
  account = "acme-platform-staging"
  region  = "europe-west1"
  cidr    = "10.82.0.0/16"
  admins  = ["platform-admins@acme.example"]
}
