output "url" {
  description = "Where the application answers; null when it only works in the background."
  value       = one(terraform_data.route[*].output.host)
}

output "image" {
  description = "The image that runs."
  value       = terraform_data.deployment.output.image
}
