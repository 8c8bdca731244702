variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "release" {
  description = "Kubernetes release, major and minor."
  type        = string

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.release))
    error_message = "The release is written like 1.33."
  }
}

variable "network_id" {
  description = "Network that the cluster lives in."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets for the nodes."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "A cluster needs at least one subnet."
  }
}

variable "pools" {
  description = "Pools of nodes by name."
  type = map(object({
    size    = string
    minimum = optional(number, 1)
    maximum = optional(number, 3)
  }))

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.minimum <= pool.maximum])
    error_message = "A pool's minimum cannot exceed its maximum."
  }
}

variable "tags" {
  description = "Tags that every resource carries."
  type        = map(string)
  default     = {}
}
