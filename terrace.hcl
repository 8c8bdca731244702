# How tight the estates of this repository pin their versions, and what is let off.

pins {
  environment "prod" {
    paths     = ["live/platforms/prod/**"]
    modules   = "exact"
    providers = "bounded"
    tools     = "bounded"
    sources   = "tag"
    platforms = ["linux_amd64"]
    zh        = false
    follows   = "staging"
  }

  environment "staging" {
    paths     = ["live/platforms/staging/**"]
    providers = "bounded"
    tools     = "bounded"
    sources   = "tag"
    platforms = ["linux_amd64"]
    zh        = false
    follows   = "dev"
  }

  environment "dev" {
    paths     = ["live/platforms/dev/**"]
    providers = "bounded"
    tools     = "bounded"
    sources   = "tag"
    platforms = ["linux_amd64"]
    zh        = false
  }

  # The demo takes its modules from this checkout and has no providers.
  environment "demo" {
    paths   = ["live/dev/**", "live/staging/**", "live/prod/**", "live/clouds/**"]
    sources = "any"
  }
}
