# How tight the estates of this repository pin their versions.
#
# Providers of AWS are locked for one platform and without `zh:`, as they come from a mirror. Those of Azure and Google are bounded and not
# locked: their packages could not be had where the estate was written. Lock them before the first init.
#
# An estate with a history of its own adds `follows = "staging"` to prod and `follows = "dev"` to staging: what is promoted was tried before.

pins {
  providers = "bounded"
  tools     = "bounded"
  sources   = "tag"
  platforms = ["linux_amd64"]
  zh        = false

  environment "prod" {
    paths   = ["live/platforms/prod/**"]
    modules = "exact"
  }

  environment "staging" {
    paths = ["live/platforms/staging/**"]
  }

  environment "dev" {
    paths = ["live/platforms/dev/**"]
  }

  # The demo takes its modules from this checkout and has no providers.
  environment "demo" {
    paths   = ["live/dev/**", "live/staging/**", "live/prod/**", "live/clouds/**"]
    tools   = "any"
    sources = "any"
  }

  exempt "pin/lock-present" {
    paths   = ["live/platforms/*/azure/**", "live/platforms/*/gcp/**"]
    reason  = "the packages of azurerm and google could not be had where the estate was written: lock them before the first init"
    expires = "2027-06-30"
  }
}
