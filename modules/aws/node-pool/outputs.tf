output "pool_id" {
  description = "Identifier of the pool."
  value       = aws_eks_node_group.this.id
}

output "node_identity" {
  description = "Who the nodes are."
  value       = aws_eks_node_group.this.node_role_arn
}
