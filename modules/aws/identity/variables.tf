variable "name" {
  description = "Name of the identity, unique within the account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{5,29}$", var.name))
    error_message = "A name has 6 to 30 lower-case letters, digits and dashes, and begins with a letter."
  }
}

variable "account" {
  description = "AWS account, Azure subscription or GCP project that holds it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "An AWS account has 12 digits."
  }
}

variable "region" {
  description = "Region of the cloud that it lives in."
  type        = string
  nullable    = false
}

variable "identity_provider" {
  description = "What vouches for workloads, as the cluster says."
  type        = string
  nullable    = false
}

variable "issuer" {
  description = "Issuer of their tokens, an https address."
  type        = string
  nullable    = false

  validation {
    condition     = startswith(var.issuer, "https://")
    error_message = "The issuer is an https address."
  }
}

variable "namespace" {
  description = "Namespace of the workload."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "A namespace is a DNS label."
  }
}

variable "service_account" {
  description = "Service account of the workload."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.service_account))
    error_message = "A service account is a DNS label."
  }
}

variable "grants" {
  description = "What it may do, each with the resource that it may do it to."
  type        = map(object({ capability = string, resource = string }))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for grant in var.grants : contains(["dns-edit", "key-decrypt", "metrics-write", "registry-read", "secret-read"], grant.capability)])
    error_message = "A capability is dns-edit, key-decrypt, metrics-write, registry-read or secret-read."
  }

  validation {
    condition     = alltrue([for grant in var.grants : grant.resource != "" && grant.resource != "*"])
    error_message = "A grant names one resource."
  }
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
