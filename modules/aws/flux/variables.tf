variable "name" {
  description = "Name of the bootstrap, unique within the account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "A name has 3 to 24 lower-case letters, digits and dashes, and begins with a letter."
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

variable "repository" {
  description = "Git repository that the cluster follows."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(https|ssh)://", var.repository))
    error_message = "The repository is an https or ssh address."
  }
}

variable "revision" {
  description = "Git reference that it follows."
  type        = string
  default     = "refs/heads/main"
  nullable    = false

  validation {
    condition     = startswith(var.revision, "refs/")
    error_message = "The revision is a full reference, such as refs/heads/main."
  }
}

variable "path" {
  description = "Folder of the repository that describes the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = !startswith(var.path, "/") && !strcontains(var.path, "..")
    error_message = "The path is relative and stays in the repository."
  }
}

variable "pull_secret" {
  description = "Secret in the cluster with the credentials of the repository; null for a public one."
  type        = string
  default     = null
}

variable "flux_version" {
  description = "Release of Flux, exact."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^2\\.[0-9]+\\.[0-9]+$", var.flux_version))
    error_message = "The release is written like 2.6.4."
  }
}

variable "artifacts" {
  description = "Repositories of the registry that it reads artifacts from: their ids, under names of your own."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
