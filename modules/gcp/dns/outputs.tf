output "zone_id" {
  description = "Identifier of the zone, for grants."
  value       = google_dns_managed_zone.this.id
}

output "domain" {
  description = "Domain that the zone answers for."
  value       = var.domain
}

output "name_servers" {
  description = "Servers to delegate the domain to; none for a private zone."
  value       = local.private ? tolist([]) : google_dns_managed_zone.this.name_servers
}
