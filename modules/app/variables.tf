variable "name" {
  description = "Name of the application."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "A name has 2 to 31 lower-case letters, digits and dashes, and begins with a letter."
  }
}

variable "cluster_id" {
  description = "Cluster that the application runs in."
  type        = string
}

variable "domain" {
  description = "Domain that public applications get their names from."
  type        = string
}

variable "image" {
  description = "Container image with its tag."
  type        = string
}

variable "replicas" {
  description = "How many copies run."
  type        = number
  default     = 1

  validation {
    condition     = var.replicas >= 1 && floor(var.replicas) == var.replicas
    error_message = "At least one whole copy runs."
  }
}

variable "public" {
  description = "Whether it gets a host name."
  type        = bool
  default     = true
}

variable "settings" {
  description = "Settings that the application reads from its environment."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags that every resource carries."
  type        = map(string)
  default     = {}
}
