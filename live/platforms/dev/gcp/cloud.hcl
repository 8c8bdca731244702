# Where the environment is in Google Cloud.

locals {
  name    = "gcp"
  account = "acme-platform-dev"
  region  = "europe-west1"
  cidr    = "10.81.0.0/16"
  admins  = ["platform-admins@acme.example"]
}
