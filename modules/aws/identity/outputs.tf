output "identity" {
  description = "The identity, as the cloud names it."
  value       = aws_iam_role.this.arn
}

output "annotations" {
  description = "What the service account is annotated with."
  value       = { "eks.amazonaws.com/role-arn" = aws_iam_role.this.arn }
}
