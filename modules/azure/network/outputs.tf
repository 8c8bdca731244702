output "network_id" {
  description = "Identifier of the network."
  value       = azurerm_virtual_network.this.id
}

output "node_subnet_ids" {
  description = "Subnets for nodes, without addresses of their own to the outside."
  value       = [azurerm_subnet.node.id]

  # A cluster without a way out never becomes ready.
  depends_on = [
    azurerm_nat_gateway_public_ip_association.egress,
    azurerm_subnet_nat_gateway_association.node,
  ]
}

output "ingress_subnet_ids" {
  description = "Subnets for what is reached from outside."
  value       = [azurerm_subnet.ingress.id]
}

output "egress_addresses" {
  description = "Addresses that the outside sees, for its lists of friends."
  value       = azurerm_public_ip.egress[*].ip_address
}
