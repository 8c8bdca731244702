output "network_id" {
  description = "Identifier of the network."
  value       = terraform_data.network.output.id
}

output "private_subnets" {
  description = "Identifiers of the private subnets, by zone."
  value       = { for zone in var.zones : zone => terraform_data.subnet["private-${zone}"].output.id }
}

output "public_subnets" {
  description = "Identifiers of the public subnets, by zone."
  value       = { for zone in var.zones : zone => terraform_data.subnet["public-${zone}"].output.id }
}
