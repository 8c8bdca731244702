# What stands in for outputs of units that are not applied yet, in the form that Azure gives them.

locals {
  network = {
    network_id         = "${local.group}/Microsoft.Network/virtualNetworks/mock"
    node_subnet_ids    = ["${local.group}/Microsoft.Network/virtualNetworks/mock/subnets/node"]
    ingress_subnet_ids = ["${local.group}/Microsoft.Network/virtualNetworks/mock/subnets/ingress"]
    egress_addresses   = ["192.0.2.1"]
  }
  cluster = {
    cluster_id        = "${local.group}/Microsoft.ContainerService/managedClusters/mock"
    endpoint          = "https://mock.azmk8s.example"
    ca_certificate    = "bW9jaw=="
    identity_provider = "${local.group}/Microsoft.ContainerService/managedClusters/mock"
    issuer            = "https://mock.oic.example/"
    node_identity     = "00000000-0000-0000-0000-000000000000"
  }
  dns = {
    zone_id      = "${local.group}/Microsoft.Network/dnsZones/mock.example"
    domain       = "mock.example"
    name_servers = ["ns.mock.example"]
  }
  registry = {
    url             = "mock.azurecr.example"
    repository_urls = { manifests = "mock.azurecr.example/manifests" }
    repository_ids  = { manifests = "${local.group}/Microsoft.ContainerRegistry/registries/mock" }
  }
  observability = {
    logs_id           = "${local.group}/Microsoft.OperationalInsights/workspaces/mock"
    metrics_id        = "${local.group}/Microsoft.Insights/dataCollectionRules/mock"
    metrics_write_url = "https://mock.metrics.example/api/v1/write"
    alert_channels    = ["${local.group}/Microsoft.Insights/actionGroups/mock"]
  }

  account = "00000000-0000-0000-0000-000000000000"
  group   = "/subscriptions/${local.account}/resourceGroups/mock/providers"
}
