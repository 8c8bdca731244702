output "zone_id" {
  description = "Identifier of the zone, for grants."
  value       = aws_route53_zone.this.arn
}

output "domain" {
  description = "Domain that the zone answers for."
  value       = var.domain
}

output "name_servers" {
  description = "Servers to delegate the domain to; none for a private zone."
  value       = local.private ? tolist([]) : aws_route53_zone.this.name_servers
}
