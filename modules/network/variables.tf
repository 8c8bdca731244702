variable "name" {
  description = "Name of the network, unique within an account."
  type        = string
}

variable "region" {
  description = "Region that the network lives in."
  type        = string
}

variable "cidr" {
  description = "Address range of the whole network, a /16."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr)) && endswith(var.cidr, "/16")
    error_message = "The cidr must be an IPv4 range of 16 bits, such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones; each gets a private and a public subnet."
  type        = list(string)

  validation {
    condition     = length(var.zones) > 0 && length(var.zones) == length(distinct(var.zones))
    error_message = "Name at least one zone, and each of them once."
  }
}

variable "single_gateway" {
  description = "One gateway for all zones: cheaper, and gone with its zone."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags that every resource carries."
  type        = map(string)
  default     = {}
}
