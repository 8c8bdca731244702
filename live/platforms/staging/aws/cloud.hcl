# Where the environment is in AWS.

locals {
  name    = "aws"
  account = "210000000002"
  region  = "eu-west-1"
  cidr    = "10.62.0.0/16"
  admins  = ["arn:aws:iam::210000000002:role/platform-admin"]
}
