variable "name" {
  description = "Name of the observability of the platform, unique within the account."
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

variable "retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([30, 60, 90, 180, 365], var.retention_days)
    error_message = "Logs are kept 30, 60, 90, 180 or 365 days."
  }
}

variable "alert_emails" {
  description = "Who hears of alerts."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", email))])
    error_message = "Each is an address of e-mail."
  }
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
