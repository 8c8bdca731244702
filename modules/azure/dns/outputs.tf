output "zone_id" {
  description = "Identifier of the zone, for grants."
  value       = local.private ? azurerm_private_dns_zone.this[0].id : azurerm_dns_zone.this[0].id
}

output "domain" {
  description = "Domain that the zone answers for."
  value       = var.domain
}

output "name_servers" {
  description = "Servers to delegate the domain to; none for a private zone."
  value       = local.private ? tolist([]) : sort(azurerm_dns_zone.this[0].name_servers)
}
