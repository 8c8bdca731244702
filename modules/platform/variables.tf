variable "cluster_id" {
  description = "Cluster to install into."
  type        = string
}

variable "endpoint" {
  description = "Where the cluster's API answers."
  type        = string

  validation {
    condition     = startswith(var.endpoint, "https://")
    error_message = "The endpoint must be an https address."
  }
}

variable "join_token" {
  description = "What the installer shows to the cluster."
  type        = string
  sensitive   = true
}

variable "domain" {
  description = "Domain below which applications get their names."
  type        = string
}

variable "components" {
  description = "Components by name; a disabled one is not installed."
  type = map(object({
    version  = string
    enabled  = optional(bool, true)
    replicas = optional(number, 1)
  }))
}

variable "tags" {
  description = "Tags that every resource carries."
  type        = map(string)
  default     = {}
}
