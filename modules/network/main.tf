# A network with one private and one public subnet in each zone.
# `terraform_data` stands in for the provider's resources, so that the platform runs anywhere.

locals {
  zone_index = { for index, zone in var.zones : zone => index }

  private_subnets = { for zone, index in local.zone_index : zone => cidrsubnet(var.cidr, 4, index) }
  public_subnets  = { for zone, index in local.zone_index : zone => cidrsubnet(var.cidr, 8, 240 + index) }
}

resource "terraform_data" "network" {
  input = {
    id   = "net-${substr(sha1("${var.name}/${var.region}"), 0, 10)}"
    name = var.name
    cidr = var.cidr
    tags = var.tags
  }
}

resource "terraform_data" "subnet" {
  for_each = merge(
    { for zone, cidr in local.private_subnets : "private-${zone}" => cidr },
    { for zone, cidr in local.public_subnets : "public-${zone}" => cidr },
  )

  input = {
    id      = "sub-${substr(sha1("${var.name}/${each.key}"), 0, 10)}"
    network = terraform_data.network.input.id
    cidr    = each.value
    tags    = merge(var.tags, { subnet = each.key })
  }
}

resource "terraform_data" "gateway" {
  count = var.single_gateway ? 1 : length(var.zones)

  input = {
    id   = "gw-${substr(sha1("${var.name}/${count.index}"), 0, 10)}"
    zone = var.zones[count.index]
  }
}
