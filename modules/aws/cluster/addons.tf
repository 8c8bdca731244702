# What AWS installs and keeps up to date. Without `core` the cluster keeps what EKS puts into it at its birth.

locals {
  core    = contains(var.addons, "core")
  drivers = { block-storage = "aws-ebs-csi-driver", file-storage = "aws-efs-csi-driver" }
  policies = {
    block-storage = "AmazonEBSCSIDriverPolicy"
    file-storage  = "AmazonEFSCSIDriverPolicy"
  }
  accounts = { block-storage = "ebs-csi-controller-sa", file-storage = "efs-csi-controller-sa" }
  wanted   = { for name, driver in local.drivers : name => driver if contains(var.addons, name) }
  issuer   = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
}

# On every node, and needed by the first.
resource "aws_eks_addon" "daemon" {
  for_each = toset(local.core ? ["kube-proxy", "vpc-cni"] : [])

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  tags                        = var.tags
}

resource "aws_eks_addon" "dns" {
  count = local.core ? 1 : 0

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = "coredns"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  tags                        = var.tags

  depends_on = [module.system]
}

data "aws_iam_policy_document" "driver_trust" {
  for_each = local.wanted

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.this.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = ["system:serviceaccount:kube-system:${local.accounts[each.key]}"]
    }
  }
}

resource "aws_iam_role" "driver" {
  for_each = local.wanted

  name               = "${var.name}-${var.region}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.driver_trust[each.key].json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "driver" {
  for_each = local.wanted

  role       = aws_iam_role.driver[each.key].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/${local.policies[each.key]}"
}

resource "aws_eks_addon" "driver" {
  for_each = local.wanted

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value
  service_account_role_arn    = aws_iam_role.driver[each.key].arn
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  tags                        = var.tags

  depends_on = [
    aws_iam_role_policy_attachment.driver,
    module.system,
  ]
}
