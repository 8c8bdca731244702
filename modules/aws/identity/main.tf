# A role that one service account of one cluster can take, and nothing but what its grants say. IAM has no regions, and a role
# is made where its provider is: the region is part of its name, the account is not asked for.

locals {
  issuer = trimprefix(var.issuer, "https://")

  # What each capability comes to on its resource, and what it needs that has none.
  capabilities = {
    dns-edit = {
      on       = ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"]
      anywhere = ["route53:ListHostedZones", "route53:GetChange"]
    }
    key-decrypt = {
      on       = ["kms:Decrypt", "kms:DescribeKey"]
      anywhere = []
    }
    metrics-write = {
      on       = ["aps:RemoteWrite"]
      anywhere = []
    }
    registry-read = {
      on       = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages"]
      anywhere = ["ecr:GetAuthorizationToken"]
    }
    secret-read = {
      on       = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
      anywhere = []
    }
  }

  granted  = { for name, grant in var.grants : name => merge(grant, local.capabilities[grant.capability]) }
  anywhere = sort(distinct(flatten([for grant in values(local.granted) : grant.anywhere])))
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.identity_provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${var.service_account}"]
    }
  }
}

data "aws_iam_policy_document" "grants" {
  dynamic "statement" {
    for_each = local.granted

    content {
      actions   = statement.value.on
      resources = [statement.value.resource]
    }
  }

  dynamic "statement" {
    for_each = length(local.anywhere) > 0 ? ["anywhere"] : []

    content {
      actions   = local.anywhere
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-${var.region}"
  description        = "${var.namespace}/${var.service_account}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "grants" {
  count = length(var.grants) > 0 ? 1 : 0

  name   = "grants"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.grants.json
}
