output "network_id" {
  description = "Identifier of the network."
  value       = aws_vpc.this.id
}

output "node_subnet_ids" {
  description = "Subnets for nodes, without addresses of their own to the outside."
  value       = [for zone in local.zones : aws_subnet.node[zone].id]
}

output "ingress_subnet_ids" {
  description = "Subnets for what is reached from outside."
  value       = [for zone in local.zones : aws_subnet.ingress[zone].id]
}

output "egress_addresses" {
  description = "Addresses that the outside sees, for its lists of friends."
  value       = [for zone in local.egress_zones : aws_eip.egress[zone].public_ip]
}
