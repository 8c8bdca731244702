variable "name" {
  description = "Name of the network, unique within the account."
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

variable "cidr" {
  description = "Address range of the whole network, a /16."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "The cidr must be an IPv4 range of 16 bits, such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "Over how many zones it is spread."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = contains([1, 2, 3], var.zones)
    error_message = "A network is spread over 1, 2 or 3 zones."
  }
}

variable "single_egress" {
  description = "One way out for all zones: cheaper, and gone with its zone."
  type        = bool
  default     = false
  nullable    = false
}

variable "flow_logs" {
  description = "Whether a record of the connections is kept."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
