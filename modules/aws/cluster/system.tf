# The pool that add-ons run on: some of them are not there before a node is.

module "system" {
  source = "../node-pool"

  name          = "system"
  account       = var.account
  region        = var.region
  cluster_id    = aws_eks_cluster.this.name
  subnet_ids    = var.subnet_ids
  node_identity = aws_iam_role.node.arn
  size          = "small"
  minimum       = var.system_nodes
  maximum       = var.system_nodes + 1
  labels        = { pool = "system" }
  tags          = var.tags

  depends_on = [
    aws_eks_addon.daemon,
    aws_iam_role_policy_attachment.node,
  ]
}
