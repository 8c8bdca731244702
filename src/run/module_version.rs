//! Which registry a module comes from, and which of its versions meets `terraform.version`. Knows the registry only
//! through the fetcher.

use crate::provider::{Constraints, Version};
use crate::source::{Fetcher, Kind, RegistrySource, Source, SourceError};

/// The source with its registry and its version settled; `constraint` is the attribute's.
///
/// # Errors
/// When the constraint is none, does not belong to the source, or is met by nothing. Blocks while the registry is
/// asked.
pub fn settle(
    fetcher: &Fetcher,
    source: Source,
    (tool, constraint): (&str, Option<&str>),
) -> Result<Source, SourceError> {
    let host = fetcher.default_registry(tool);
    let Some(constraint) = constraint else { return Ok(source.settled(&host, None)) };
    let odd =
        |problem: &str| SourceError::BadAddress { address: source.to_string(), problem: problem.to_owned() };
    let Kind::Registry(module) = &source.kind else {
        return Err(odd("`version` is for modules of a registry, whose address starts with tfr://"));
    };
    if module.version.is_some() {
        return Err(odd("its version is named twice, in the address and by `version`"));
    }
    let constraints = Constraints::parse(constraint).map_err(|error| SourceError::BadConstraint {
        constraint: constraint.to_owned(),
        problem: error.to_string(),
    })?;
    let module =
        RegistrySource { host: Some(module.host.clone().unwrap_or_else(|| host.clone())), ..module.clone() };
    let versions = fetcher.versions(&module)?;
    let chosen = newest(&versions, &constraints).ok_or_else(|| SourceError::NoFittingVersion {
        module: module.module.clone(),
        constraint: constraint.to_owned(),
    })?;
    Ok(source.settled(&host, Some(chosen)))
}

/// The highest version that is allowed, as the registry spells it.
fn newest<'a>(versions: &'a [String], constraints: &Constraints) -> Option<&'a str> {
    let parsed = versions.iter().filter_map(|text| Some((Version::parse(text).ok()?, text)));
    let allowed = parsed.filter(|(version, _)| constraints.allows(version));
    allowed.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, text)| text.as_str())
}

#[cfg(test)]
mod tests {
    use super::newest;
    use crate::provider::Constraints;

    #[test]
    fn the_highest_version_that_is_allowed_is_taken() {
        let versions = ["1.0.0", "1.10.0", "1.2.0", "2.0.0-rc1", "odd"].map(str::to_owned);
        for (constraint, want) in [
            ("~> 1.0", Some("1.10.0")),
            ("< 1.10", Some("1.2.0")),
            ("1.0.0", Some("1.0.0")),
            (">= 1.0", Some("1.10.0")),
            ("2.0.0-rc1", Some("2.0.0-rc1")),
            ("~> 7.0", None),
        ] {
            let constraints = Constraints::parse(constraint).unwrap();
            assert_eq!(newest(&versions, &constraints), want, "{constraint}");
        }
    }
}
