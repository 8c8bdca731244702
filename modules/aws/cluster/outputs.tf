output "cluster_id" {
  description = "Identifier of the cluster, for its pools."
  value       = aws_eks_cluster.this.name

  # Nobody puts nodes or workloads into a cluster that its administrators cannot enter.
  depends_on = [aws_eks_access_policy_association.admin]
}

output "endpoint" {
  description = "Where its API answers."
  value       = aws_eks_cluster.this.endpoint
}

output "ca_certificate" {
  description = "Certificate of its API, in base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "identity_provider" {
  description = "What vouches for workloads of the cluster, for identities."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "issuer" {
  description = "Issuer of the tokens of workloads."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "node_identity" {
  description = "Who the nodes are, for pools and registries."
  value       = aws_iam_role.node.arn

  # A node that starts before its policies are there never becomes ready.
  depends_on = [aws_iam_role_policy_attachment.node]
}
