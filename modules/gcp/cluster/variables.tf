variable "name" {
  description = "Name of the cluster, unique within the account."
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

variable "release" {
  description = "Kubernetes release, major and minor."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.release))
    error_message = "The release is written like 1.33."
  }
}

variable "network_id" {
  description = "Network that it lives in."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of its nodes."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "A cluster needs at least one subnet."
  }
}

variable "service_cidr" {
  description = "Address range of the services in it, outside of the network's."
  type        = string
  default     = "172.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.service_cidr))
    error_message = "The service_cidr must be an IPv4 range."
  }
}

variable "api_cidrs" {
  description = "Ranges that may speak to its API from outside; none keeps the API within the network."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.api_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "Each is an IPv4 range, and none is the whole internet."
  }
}

variable "system_nodes" {
  description = "Nodes of the pool that add-ons run on."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = contains([1, 2, 3], var.system_nodes)
    error_message = "The pool of the add-ons has 1, 2 or 3 nodes."
  }
}

variable "admins" {
  description = "Who administers it: ARNs of IAM principals, ids of Entra groups, Google groups."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "addons" {
  description = "What the cloud installs and keeps up to date: core, block-storage, file-storage."
  type        = set(string)
  default     = ["core", "block-storage"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.addons, ["core", "block-storage", "file-storage"])) == 0
    error_message = "There are core, block-storage and file-storage."
  }
}

variable "protected" {
  description = "Whether it is guarded against deletion."
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
