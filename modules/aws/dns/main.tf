# A zone: public with a word on who may issue certificates, or private to some networks. Route 53 has no regions; a
# private zone needs the region of its networks.

locals {
  private = length(var.network_ids) > 0
}

resource "aws_route53_zone" "this" {
  name    = var.domain
  comment = var.name
  tags    = var.tags

  dynamic "vpc" {
    for_each = toset(var.network_ids)

    content {
      vpc_id     = vpc.value
      vpc_region = var.region
    }
  }
}

resource "aws_route53_record" "authorities" {
  count = !local.private && length(var.certificate_authorities) > 0 ? 1 : 0

  zone_id = aws_route53_zone.this.zone_id
  name    = var.domain
  type    = "CAA"
  ttl     = 3600
  records = [for authority in var.certificate_authorities : "0 issue \"${authority}\""]
}
