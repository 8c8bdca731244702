# A network over several zones: nodes in private subnets, load balancers in public ones, one way out for each zone.

data "aws_partition" "current" {}

data "aws_availability_zones" "available" {
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones        = slice(sort(data.aws_availability_zones.available.names), 0, var.zones)
  zone_index   = { for index, zone in local.zones : zone => index }
  egress_zones = var.single_egress ? slice(local.zones, 0, 1) : local.zones
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = var.name })
}

# Whatever forgets to name a security group gets this one, which lets nothing through.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-nothing" })
}

resource "aws_subnet" "node" {
  for_each = local.zone_index

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 3, each.value)
  tags              = merge(var.tags, { Name = "${var.name}-node-${each.key}", "kubernetes.io/role/internal-elb" = "1" })
}

resource "aws_subnet" "ingress" {
  for_each = local.zone_index

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 8, 240 + each.value)
  tags              = merge(var.tags, { Name = "${var.name}-ingress-${each.key}", "kubernetes.io/role/elb" = "1" })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = var.name })
}

resource "aws_eip" "egress" {
  for_each = toset(local.egress_zones)

  domain = "vpc"
  tags   = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.egress_zones)

  allocation_id = aws_eip.egress[each.key].id
  subnet_id     = aws_subnet.ingress[each.key].id
  tags          = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route_table" "ingress" {
  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-ingress" })
}

resource "aws_route" "ingress" {
  route_table_id         = aws_route_table.ingress.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "ingress" {
  for_each = aws_subnet.ingress

  subnet_id      = each.value.id
  route_table_id = aws_route_table.ingress.id
}

resource "aws_route_table" "node" {
  for_each = local.zone_index

  vpc_id = aws_vpc.this.id
  tags   = merge(var.tags, { Name = "${var.name}-node-${each.key}" })
}

resource "aws_route" "egress" {
  for_each = local.zone_index

  route_table_id         = aws_route_table.node[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.single_egress ? local.zones[0] : each.key].id
}

resource "aws_route_table_association" "node" {
  for_each = aws_subnet.node

  subnet_id      = each.value.id
  route_table_id = aws_route_table.node[each.key].id
}

# Layers of images come from S3: they need not go through a gateway that is paid by the gigabyte.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for zone in local.zones : aws_route_table.node[zone].id]
  tags              = merge(var.tags, { Name = "${var.name}-s3" })
}
