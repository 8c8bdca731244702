# A zone: public with a word on who may issue certificates, or private to some networks. Zones are in no region, their
# group is.

locals {
  private = length(var.network_ids) > 0
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-dns"
  location = var.region
  tags     = var.tags
}

resource "azurerm_dns_zone" "this" {
  count = local.private ? 0 : 1

  name                = var.domain
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_dns_caa_record" "authorities" {
  count = !local.private && length(var.certificate_authorities) > 0 ? 1 : 0

  name                = "@"
  zone_name           = azurerm_dns_zone.this[0].name
  resource_group_name = azurerm_resource_group.this.name
  ttl                 = 3600
  tags                = var.tags

  dynamic "record" {
    for_each = var.certificate_authorities

    content {
      flags = 0
      tag   = "issue"
      value = record.value
    }
  }
}

resource "azurerm_private_dns_zone" "this" {
  count = local.private ? 1 : 0

  name                = var.domain
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  count = length(var.network_ids)

  name                  = basename(var.network_ids[count.index])
  resource_group_name   = azurerm_resource_group.this.name
  private_dns_zone_name = azurerm_private_dns_zone.this[0].name
  virtual_network_id    = var.network_ids[count.index]
  tags                  = var.tags
}
