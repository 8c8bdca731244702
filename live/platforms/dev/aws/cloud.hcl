# Where the environment is in AWS.

locals {
  name    = "aws"
  account = "210000000001"
  region  = "eu-west-1"
  cidr    = "10.61.0.0/16"
  admins  = ["arn:aws:iam::210000000001:role/platform-admin"]
}
