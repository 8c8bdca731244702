//! A lock file as text.

use super::{Header, LockFile, ProviderLock};
use crate::hcl::show::quote_hcl;
use std::fmt;

/// As the tool writes it, to the last byte.
impl fmt::Display for LockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tool = match self.header {
            Header::Terraform => "terraform",
            Header::Tofu => "tofu",
        };
        writeln!(f, "# This file is maintained automatically by \"{tool} init\".")?;
        writeln!(f, "# Manual edits may be lost in future updates.")?;
        for (address, lock) in &self.providers {
            writeln!(f, "\nprovider \"{address}\" {{\n{lock}}}")?;
        }
        Ok(())
    }
}

/// What stands between the braces.
impl fmt::Display for ProviderLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.constraints.is_empty() {
            writeln!(f, "  version = \"{}\"", self.version)?;
        } else {
            writeln!(f, "  version     = \"{}\"", self.version)?;
            writeln!(f, "  constraints = \"{}\"", self.constraints)?;
        }
        if self.hashes.is_empty() {
            return Ok(());
        }
        writeln!(f, "  hashes = [")?;
        for hash in &self.hashes {
            writeln!(f, "    {},", quote_hcl(hash.as_str()))?;
        }
        writeln!(f, "  ]")
    }
}
