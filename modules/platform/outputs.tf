output "domain" {
  description = "Domain below which applications get their names."
  value       = terraform_data.domain.output.zone
}

output "components" {
  description = "Installed components with their versions."
  value       = { for name, component in terraform_data.component : name => component.output.version }
}
