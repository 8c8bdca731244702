//! Which of a module's versions is the highest. Pure.

use std::cmp::Ordering;

/// The highest version that is no prerelease. What is no version is passed over.
#[must_use]
pub(super) fn newest(versions: &[String]) -> Option<&str> {
    let parsed = versions.iter().filter_map(|text| Some((parse(text)?, text.as_str())));
    let releases: Vec<(Parsed<'_>, &str)> = parsed.filter(|(version, _)| version.1.is_empty()).collect();
    releases.into_iter().max_by(|(a, _), (b, _)| compare(&a.0, &b.0)).map(|(_, text)| text)
}

/// Numbers and prerelease.
type Parsed<'a> = (Vec<u64>, &'a str);

fn parse(text: &str) -> Option<Parsed<'_>> {
    let plain = text.trim().trim_start_matches('v');
    let plain = plain.split('+').next()?;
    let (numbers, prerelease) = plain.split_once('-').unwrap_or((plain, ""));
    let numbers: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
    Some((numbers.ok()?, prerelease))
}

/// Missing numbers count as zero.
fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let length = a.len().max(b.len());
    let at = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
    (0..length).map(|i| at(a, i).cmp(&at(b, i))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn the_highest_release_is_taken() {
        for (versions, want) in [
            (&["1.0.0", "1.10.0", "1.9.9", "2.0.0-rc1"][..], Some("1.10.0")),
            (&["v1.2", "1.2.1+build", "odd"], Some("1.2.1+build")),
            (&["1.0.0-beta1"], None),
            (&[], None),
        ] {
            let versions: Vec<String> = versions.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(newest(&versions), want, "{versions:?}");
        }
    }
}
