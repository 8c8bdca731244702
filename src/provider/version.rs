//! Version numbers: any count of segments, a prerelease, build metadata. Knows nothing of constraints.

use std::cmp::Ordering;
use std::fmt;

/// A version. Metadata never counts in a comparison, missing segments count as zero.
#[derive(Clone, Debug)]
pub struct Version {
    segments: Vec<u64>,
    prerelease: String,
    metadata: String,
}

/// A text that is no version or constraint, and where it stops being one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct VersionError {
    /// Byte offset into the text.
    pub at: usize,
    pub problem: &'static str,
}

/// How a prerelease may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attached {
    /// `1.2.0-beta`
    ByDash,
    /// `1.2beta` too, as constraints allow.
    Loosely,
}

impl Version {
    /// Reads `1.2.3`, `v1.2`, `1.2.3-beta.1+build`.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        Self::parse_as(text, Attached::ByDash)
    }

    pub(super) fn parse_as(text: &str, attached: Attached) -> Result<Self, VersionError> {
        let start = usize::from(text.starts_with('v'));
        let numbers = &text[start..];
        let end = start + numbers.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(numbers.len());
        let segments = parse_segments(&text[start..end], start)?;
        let (prerelease, metadata) = match text[end..].split_once('+') {
            Some((prerelease, metadata)) => (prerelease, Some(metadata)),
            None => (&text[end..], None),
        };
        let prerelease = parse_prerelease(prerelease, attached)
            .ok_or(VersionError { at: end, problem: "this is no prerelease: write -beta or -rc.1" })?;
        if metadata.is_some_and(|metadata| !are_identifiers(metadata)) {
            return Err(VersionError { at: text.len(), problem: "this is no build metadata" });
        }
        let metadata = metadata.unwrap_or_default().to_owned();
        Ok(Self { segments, prerelease: prerelease.to_owned(), metadata })
    }

    /// The numbers alone.
    #[must_use]
    pub fn core(&self) -> Self {
        Self { segments: self.segments.clone(), prerelease: String::new(), metadata: String::new() }
    }

    /// The numbers as written.
    #[must_use]
    pub fn segments(&self) -> &[u64] {
        &self.segments
    }

    #[must_use]
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// Whether it is the same to the last sign.
    pub(super) fn is_written_like(&self, other: &Self) -> bool {
        self.segments == other.segments
            && self.prerelease == other.prerelease
            && self.metadata == other.metadata
    }

    /// A version of these numbers.
    pub(super) fn release(numbers: [u64; 3]) -> Self {
        Self { segments: numbers.to_vec(), prerelease: String::new(), metadata: String::new() }
    }

    pub(super) fn zero() -> Self {
        Self::release([0, 0, 0])
    }

    /// The next release.
    pub(super) fn next(&self) -> Self {
        let mut segments = self.segments.clone();
        segments.resize(segments.len().max(3), 0);
        if let Some(last) = segments.last_mut() {
            *last = last.saturating_add(1);
        }
        Self { segments, ..Self::zero() }
    }

    /// Its first three numbers, zeroes in the place of missing ones.
    pub(super) fn triple(&self) -> [u64; 3] {
        let at = |i: usize| self.segments.get(i).copied().unwrap_or(0);
        [at(0), at(1), at(2)]
    }

    /// What stands behind the numbers.
    pub(super) fn suffix(&self) -> String {
        let part =
            |sign: &str, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
        part("-", &self.prerelease) + &part("+", &self.metadata)
    }

    /// The order of semver, which providers' versions follow to the letter; `Ord` is that of modules and tools.
    #[must_use]
    pub fn precedence(&self, other: &Self) -> Ordering {
        let by_numbers = self.compare_segments(other);
        let by_release = || self.prerelease.is_empty().cmp(&other.prerelease.is_empty());
        let by_parts = || {
            let (left, right) = (self.prerelease.split('.'), other.prerelease.split('.'));
            let differing = left.clone().zip(right.clone()).map(|(a, b)| compare_parts(a, b));
            let first = differing.into_iter().find(|order| order.is_ne());
            first.unwrap_or_else(|| left.count().cmp(&right.count()))
        };
        by_numbers.then_with(by_release).then_with(by_parts)
    }

    /// Whether it is the same version to the last letter, build metadata included.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.precedence(other).is_eq() && self.metadata == other.metadata
    }

    pub(super) fn compare_segments(&self, other: &Self) -> Ordering {
        let count = self.segments.len().max(other.segments.len());
        let at = |segments: &[u64], i: usize| segments.get(i).copied().unwrap_or(0);
        (0..count)
            .map(|i| at(&self.segments, i).cmp(&at(&other.segments, i)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn parse_segments(text: &str, start: usize) -> Result<Vec<u64>, VersionError> {
    let mut at = start;
    let mut segments = Vec::new();
    for part in text.split('.') {
        let problem = if part.is_empty() { "a number is missing here" } else { "this number is too large" };
        segments.push(part.parse::<u64>().map_err(|_| VersionError { at, problem })?);
        at += part.len() + 1;
    }
    Ok(segments)
}

fn parse_prerelease(text: &str, attached: Attached) -> Option<&str> {
    if text.is_empty() {
        return Some(text);
    }
    let dashed = text.strip_prefix('-').filter(|rest| are_identifiers(rest));
    match attached {
        Attached::ByDash => dashed,
        Attached::Loosely => {
            dashed.or_else(|| Some(text).filter(|text| !text.starts_with('.') && are_identifiers(text)))
        }
    }
}

fn are_identifiers(text: &str) -> bool {
    let is_one = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-~".contains(&b))
    };
    text.split('.').all(is_one)
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers first; then a release is above its prereleases.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.compare_segments(other);
        if order.is_ne() || self.prerelease == other.prerelease {
            return order;
        }
        match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, _) => Ordering::Greater,
            (_, true) => Ordering::Less,
            _ => compare_prereleases(&self.prerelease, &other.prerelease),
        }
    }
}

/// Part by part, numbers below words. Where one is at its end, the other's next part decides: a number makes
/// that one greater, a word makes it less.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => compare_parts(a, b),
            (None, Some(b)) => b.parse::<u64>().map_or(Ordering::Greater, |_| Ordering::Less),
            (Some(a), None) => a.parse::<u64>().map_or(Ordering::Less, |_| Ordering::Greater),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

/// At least three segments, as tools print it.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let padded = self
            .segments
            .iter()
            .copied()
            .chain(std::iter::repeat_n(0, 3_usize.saturating_sub(self.segments.len())));
        let numbers: Vec<String> = padded.map(|number| number.to_string()).collect();
        f.write_str(&numbers.join("."))?;
        f.write_str(&self.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_print_with_three_segments() {
        for (given, want) in [
            ("1", "1.0.0"),
            ("v1.2", "1.2.0"),
            ("01.2.3.4", "1.2.3.4"),
            ("1.2.3-rc.1+b", "1.2.3-rc.1+b"),
            ("1.2.3--x", "1.2.3--x"),
        ] {
            assert_eq!(Version::parse(given).unwrap().to_string(), want, "{given}");
        }
    }

    #[test]
    fn other_texts_are_refused_where_they_go_wrong() {
        for (given, at) in [
            ("", 0),
            ("a", 0),
            ("V1.2.3", 0),
            (" 1.2.3", 0),
            ("-1", 0),
            ("1.", 2),
            ("1..2", 2),
            ("1.2.x", 4),
            ("1.2.3-", 5),
            ("1.2.3 ", 5),
            ("1.2.3+", 6),
            ("1.2beta1", 3),
            ("1.2.3~x", 5),
            ("1.2.3-a..b", 5),
            ("1.99999999999999999999", 2),
        ] {
            assert_eq!(Version::parse(given).unwrap_err().at, at, "{given}");
        }
    }
}
