# Where the environment is in AWS.

locals {
  name    = "aws"
  account = "210000000003"
  region  = "eu-west-1"
  cidr    = "10.63.0.0/16"
  admins  = ["arn:aws:iam::210000000003:role/platform-admin"]
}
