variable "name" {
  description = "Name of the zone, unique within the account."
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
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.account))
    error_message = "A subscription is named by its id, such as 00000000-0000-0000-0000-000000000000."
  }
}

variable "region" {
  description = "Region of the cloud that it lives in."
  type        = string
  nullable    = false
}

variable "domain" {
  description = "Domain that the zone answers for."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "A domain is written in lower case and without a dot at its end."
  }
}

variable "network_ids" {
  description = "Networks that see a private zone; none makes it public."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "certificate_authorities" {
  description = "Who may issue certificates below a public domain."
  type        = set(string)
  default     = ["letsencrypt.org"]
  nullable    = false
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
