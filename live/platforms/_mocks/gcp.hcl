# What stands in for outputs of units that are not applied yet, in the form that Google Cloud gives them.

locals {
  network = {
    network_id         = "projects/${local.account}/global/networks/mock"
    node_subnet_ids    = ["projects/${local.account}/regions/europe-west1/subnetworks/mock-node"]
    ingress_subnet_ids = ["projects/${local.account}/regions/europe-west1/subnetworks/mock-ingress"]
    egress_addresses   = ["192.0.2.1"]
  }
  cluster = {
    cluster_id        = "projects/${local.account}/locations/europe-west1/clusters/mock"
    endpoint          = "https://192.0.2.2"
    ca_certificate    = "bW9jaw=="
    identity_provider = "${local.account}.svc.id.goog"
    issuer            = "https://container.googleapis.com/v1/projects/${local.account}/locations/europe-west1/clusters/mock"
    node_identity     = "mock@${local.account}.iam.gserviceaccount.com"
  }
  dns = {
    zone_id      = "projects/${local.account}/managedZones/mock"
    domain       = "mock.example"
    name_servers = ["ns.mock.example"]
  }
  registry = {
    url             = "europe-west1-docker.pkg.dev/${local.account}/mock"
    repository_urls = { manifests = "europe-west1-docker.pkg.dev/${local.account}/mock/manifests" }
    repository_ids  = { manifests = "projects/${local.account}/locations/europe-west1/repositories/mock" }
  }
  observability = {
    logs_id           = "projects/${local.account}/locations/europe-west1/buckets/mock"
    metrics_id        = "projects/${local.account}"
    metrics_write_url = "https://monitoring.googleapis.com/v1/projects/${local.account}/location/global/prometheus/api/v1/write"
    alert_channels    = ["projects/${local.account}/notificationChannels/1"]
  }

  account = "acme-mock"
}
