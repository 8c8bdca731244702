# Who spoke to whom, for 90 days, encrypted with a key of its own.

locals {
  flow_logs     = var.flow_logs ? 1 : 0
  flow_log_name = "/network/${var.name}/flows"
  flow_log_arn  = "arn:${data.aws_partition.current.partition}:logs:${var.region}:${var.account}:log-group:${local.flow_log_name}"
}

data "aws_iam_policy_document" "flow_log_key" {
  count = local.flow_logs

  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.account}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [local.flow_log_arn]
    }
  }
}

resource "aws_kms_key" "flow_log" {
  count = local.flow_logs

  description         = "Flow logs of ${var.name}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.flow_log_key[0].json
  tags                = var.tags
}

resource "aws_cloudwatch_log_group" "flow_log" {
  count = local.flow_logs

  name              = local.flow_log_name
  retention_in_days = 90
  kms_key_id        = aws_kms_key.flow_log[0].arn
  tags              = var.tags
}

data "aws_iam_policy_document" "flow_log_trust" {
  count = local.flow_logs

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account]
    }
  }
}

data "aws_iam_policy_document" "flow_log" {
  count = local.flow_logs

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${local.flow_log_arn}:*"]
  }
}

resource "aws_iam_role" "flow_log" {
  count = local.flow_logs

  name               = "${var.name}-${var.region}-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.flow_log_trust[0].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "flow_log" {
  count = local.flow_logs

  name   = "write"
  role   = aws_iam_role.flow_log[0].id
  policy = data.aws_iam_policy_document.flow_log[0].json
}

resource "aws_flow_log" "this" {
  count = local.flow_logs

  vpc_id               = aws_vpc.this.id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow_log[0].arn
  iam_role_arn         = aws_iam_role.flow_log[0].arn
  tags                 = merge(var.tags, { Name = var.name })
}
