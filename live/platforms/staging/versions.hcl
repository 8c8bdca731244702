# What the environment runs: the one file that a promotion changes. A version of a module is a tag of its repository.

locals {
  modules = {
    aws = {
      network       = "1.1.0"
      cluster       = "1.0.0"
      node-pool     = "1.0.0"
      identity      = "1.0.0"
      dns           = "1.0.0"
      registry      = "1.0.0"
      observability = "1.0.0"
      flux          = "1.0.0"
    }
    azure = {
      network       = "1.1.0"
      cluster       = "1.0.0"
      node-pool     = "1.0.0"
      identity      = "1.0.0"
      dns           = "1.0.0"
      registry      = "1.0.0"
      observability = "1.0.0"
      flux          = "1.0.0"
    }
    gcp = {
      network       = "1.1.0"
      cluster       = "1.0.0"
      node-pool     = "1.0.0"
      identity      = "1.0.0"
      dns           = "1.0.0"
      registry      = "1.0.0"
      observability = "1.0.0"
      flux          = "1.0.0"
    }
  }

  kubernetes = "1.33"
  flux       = { version = "2.6.4", operator = "0.24.0" }
}
