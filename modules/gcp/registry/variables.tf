variable "name" {
  description = "Name of the registry, unique within the account."
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
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.account))
    error_message = "A project is named by its id: 6 to 30 lower-case letters, digits and dashes."
  }
}

variable "region" {
  description = "Region of the cloud that it lives in."
  type        = string
  nullable    = false
}

variable "repositories" {
  description = "Names of the repositories."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "A repository has lower-case letters and digits, with single dots, dashes, underscores or slashes between them."
  }
}

variable "readers" {
  description = "Who pulls images, under names of your own: identities of nodes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "immutable_tags" {
  description = "Whether a tag means the same image for ever."
  type        = bool
  default     = true
  nullable    = false
}

variable "untagged_days" {
  description = "After how many days an image without a tag is deleted."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.untagged_days >= 1 && var.untagged_days <= 365
    error_message = "From 1 to 365 days."
  }
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
