# A cluster in the private subnets of a network, with its pools of nodes.

resource "terraform_data" "cluster" {
  input = {
    id         = "cls-${substr(sha1(var.name), 0, 10)}"
    name       = var.name
    release    = var.release
    network_id = var.network_id
    subnet_ids = sort(var.subnet_ids)
    endpoint   = "https://${var.name}.clusters.example.com"
    tags       = var.tags
  }
}

resource "terraform_data" "pool" {
  for_each = var.pools

  input = {
    cluster = terraform_data.cluster.input.id
    name    = each.key
    size    = each.value.size
    minimum = each.value.minimum
    maximum = each.value.maximum
    tags    = merge(var.tags, { pool = each.key })
  }
}
