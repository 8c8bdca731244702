# Where the environment is in Azure; its administrators are a group in Entra.

locals {
  name    = "azure"
  account = "00000000-0000-4000-8000-000000000002"
  region  = "westeurope"
  cidr    = "10.72.0.0/16"
  admins  = ["00000000-0000-4000-9000-000000000002"]
}
