# What stands in for outputs of units that are not applied yet, in the form that AWS gives them.

locals {
  network = {
    network_id         = "vpc-00000000000000000"
    node_subnet_ids    = ["subnet-00000000000000001", "subnet-00000000000000002"]
    ingress_subnet_ids = ["subnet-00000000000000003", "subnet-00000000000000004"]
    egress_addresses   = ["192.0.2.1"]
  }
  cluster = {
    cluster_id        = "mock"
    endpoint          = "https://mock.eks.example"
    ca_certificate    = "bW9jaw=="
    identity_provider = "arn:aws:iam::${local.account}:oidc-provider/mock.eks.example/id/MOCK"
    issuer            = "https://mock.eks.example/id/MOCK"
    node_identity     = "arn:aws:iam::${local.account}:role/mock"
  }
  dns = {
    zone_id      = "arn:aws:route53:::hostedzone/MOCK"
    domain       = "mock.example"
    name_servers = ["ns.mock.example"]
  }
  registry = {
    url             = "mock.dkr.ecr.example/mock"
    repository_urls = { manifests = "mock.dkr.ecr.example/mock/manifests" }
    repository_ids  = { manifests = "arn:aws:ecr:eu-west-1:${local.account}:repository/mock/manifests" }
  }
  observability = {
    logs_id           = "arn:aws:logs:eu-west-1:${local.account}:log-group:/mock"
    metrics_id        = "arn:aws:aps:eu-west-1:${local.account}:workspace/ws-mock"
    metrics_write_url = "https://mock.aps.example/api/v1/remote_write"
    alert_channels    = ["arn:aws:sns:eu-west-1:${local.account}:mock"]
  }

  account = "000000000000"
}
