# A network with one subnet for nodes and one for load balancers; Azure spreads a subnet over all zones of a region. The
# way out is one gateway, as a subnet has one: `zones` and `single_egress` say how many addresses it has.

locals {
  egress = var.single_egress ? 1 : var.zones
}

resource "azurerm_resource_group" "this" {
  name     = "${var.name}-network"
  location = var.region
  tags     = var.tags
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = [var.cidr]
  tags                = var.tags
}

# No group of rules of ours: AKS keeps its own on the nodes, with what its services open.
resource "azurerm_subnet" "node" {
  name                            = "node"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.cidr, 1, 0)]
  default_outbound_access_enabled = false
  service_endpoints               = ["Microsoft.ContainerRegistry", "Microsoft.KeyVault", "Microsoft.Storage"]
}

resource "azurerm_subnet" "ingress" {
  name                            = "ingress"
  resource_group_name             = azurerm_resource_group.this.name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(var.cidr, 8, 240)]
  default_outbound_access_enabled = false
}

resource "azurerm_network_security_group" "ingress" {
  name                = "${var.name}-ingress"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = var.tags

  security_rule {
    name                       = "web"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_address_prefix      = "Internet"
    source_port_range          = "*"
    destination_address_prefix = "*"
    destination_port_ranges    = ["80", "443"]
  }
}

resource "azurerm_subnet_network_security_group_association" "ingress" {
  subnet_id                 = azurerm_subnet.ingress.id
  network_security_group_id = azurerm_network_security_group.ingress.id
}

resource "azurerm_public_ip" "egress" {
  count = local.egress

  name                = "${var.name}-egress-${count.index + 1}"
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
  tags                = var.tags
}

resource "azurerm_nat_gateway" "this" {
  name                = var.name
  location            = azurerm_resource_group.this.location
  resource_group_name = azurerm_resource_group.this.name
  sku_name            = "Standard"
  tags                = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "egress" {
  count = local.egress

  nat_gateway_id       = azurerm_nat_gateway.this.id
  public_ip_address_id = azurerm_public_ip.egress[count.index].id
}

resource "azurerm_subnet_nat_gateway_association" "node" {
  subnet_id      = azurerm_subnet.node.id
  nat_gateway_id = azurerm_nat_gateway.this.id
}
