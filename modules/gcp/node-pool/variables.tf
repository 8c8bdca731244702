variable "name" {
  description = "Name of the pool, unique within its cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.name))
    error_message = "A name has at most 12 lower-case letters and digits, and begins with a letter."
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

variable "cluster_id" {
  description = "Cluster that the nodes join."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of the nodes."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "A pool needs at least one subnet."
  }
}

variable "node_identity" {
  description = "Who the nodes are, as the cluster says."
  type        = string
  nullable    = false
}

variable "size" {
  description = "Size of a node: small, medium, large or xlarge."
  type        = string
  default     = "medium"
  nullable    = false

  validation {
    condition     = contains(["small", "medium", "large", "xlarge"], var.size)
    error_message = "A node is small, medium, large or xlarge."
  }
}

variable "minimum" {
  description = "Fewest nodes."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.minimum >= 0 && floor(var.minimum) == var.minimum
    error_message = "The minimum is a whole number."
  }
}

variable "maximum" {
  description = "Most nodes."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.maximum >= 1 && floor(var.maximum) == var.maximum
    error_message = "The maximum is a whole number from 1."
  }
}

variable "disk_gb" {
  description = "Size of a node's disk in GB."
  type        = number
  default     = 64
  nullable    = false

  validation {
    condition     = var.disk_gb >= 32 && var.disk_gb <= 1024
    error_message = "A disk has 32 to 1024 GB."
  }
}

variable "spot" {
  description = "Spare capacity: cheaper, and taken back at any time."
  type        = bool
  default     = false
  nullable    = false
}

variable "labels" {
  description = "Labels of the nodes in Kubernetes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "taints" {
  description = "Taints of the nodes in Kubernetes."
  type        = list(object({ key = string, value = string, effect = string }))
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for taint in var.taints : contains(["NoSchedule", "PreferNoSchedule", "NoExecute"], taint.effect)])
    error_message = "An effect is NoSchedule, PreferNoSchedule or NoExecute."
  }
}

variable "tags" {
  description = "Tags that everything carries; labels where the cloud calls them so."
  type        = map(string)
  default     = {}
  nullable    = false
}
