//! Whether conditions on a version can all hold, and which two of them cannot. Pure; knows no language of constraints.

use super::version::Version;

/// One condition.
pub(super) trait Condition {
    fn bound(&self) -> &Version;
}

/// Conditions that no version meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction<T> {
    /// Two that exclude each other; one that no version meets stands for both.
    Pair(T, T),
    /// All of them together, though any two could hold.
    Together,
}

impl<T> Contradiction<T> {
    pub(super) fn map<U>(self, of: impl Fn(T) -> U) -> Contradiction<U> {
        match self {
            Self::Pair(first, second) => Contradiction::Pair(of(first), of(second)),
            Self::Together => Contradiction::Together,
        }
    }
}

/// The first contradiction, as indices; `None` if some version meets all conditions. `allow` says whether a version meets
/// a choice of conditions: what one says about prereleases may depend on the others.
///
/// A version that meets them is looked for only where it may be: at a bound, just above one, or at zero. The least one
/// that meets conditions lies nowhere else.
pub(super) fn find<C: Condition>(
    conditions: &[C],
    allow: impl Fn(&[&C], &Version) -> bool,
) -> Option<Contradiction<usize>> {
    let meets = |chosen: &[&C]| {
        let candidates = chosen.iter().flat_map(|condition| candidates(condition.bound()));
        candidates.chain([Version::zero()]).any(|version| allow(chosen, &version))
    };
    if meets(&conditions.iter().collect::<Vec<_>>()) {
        return None;
    }
    let pairs = (0..conditions.len()).flat_map(|second| (0..=second).map(move |first| (first, second)));
    let mut clashing = pairs.filter(|(first, second)| !meets(&[&conditions[*first], &conditions[*second]]));
    Some(
        clashing.next().map_or(Contradiction::Together, |(first, second)| Contradiction::Pair(first, second)),
    )
}

fn candidates(bound: &Version) -> [Version; 4] {
    [bound.clone(), bound.core(), bound.next(), Version::zero().next()]
}
