output "url" {
  description = "Host, and path if any, that images are pushed below."
  value       = "${var.account}.dkr.ecr.${var.region}.${data.aws_partition.current.dns_suffix}/${var.name}"
}

output "repository_urls" {
  description = "Address of each repository."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "repository_ids" {
  description = "Identifier of each repository, for grants."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.arn }
}
