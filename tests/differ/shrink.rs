//! Makes a differing estate smaller: without whole files, then without whole members, then without lines, for as long
//! as it still differs.

use super::estate::Estate;

/// How many smaller estates are tried before it is small enough.
const PATIENCE: usize = 60;

pub fn shrink(estate: &Estate, differs: impl Fn(&Estate) -> bool) -> Estate {
    let mut best = estate.clone();
    let mut left = PATIENCE;
    let mut attempt = |candidate: Estate, best: &mut Estate| {
        if left == 0 || candidate.units.is_empty() {
            return false;
        }
        left -= 1;
        let smaller = differs(&candidate);
        if smaller {
            *best = candidate;
        }
        smaller
    };
    for unit in estate.units.iter().rev() {
        let mut candidate = best.clone();
        candidate.units.retain(|known| known != unit);
        candidate.files.retain(|path, _| !path.starts_with(&format!("{unit}/")));
        attempt(candidate, &mut best);
    }
    for path in estate.files.keys() {
        if !best.files.contains_key(path) || path.ends_with("/terragrunt.hcl") {
            continue;
        }
        let mut candidate = best.clone();
        candidate.files.remove(path);
        attempt(candidate, &mut best);
    }
    for path in best.files.keys().cloned().collect::<Vec<_>>() {
        let mut at = 0;
        while at < members(&best.files[&path]).len() {
            let mut kept = members(&best.files[&path]);
            kept.remove(at);
            let mut candidate = best.clone();
            candidate.files.insert(path.clone(), kept.concat());
            if !attempt(candidate, &mut best) {
                at += 1;
            }
        }
    }
    best
}

/// The members of a file, which are parted by blank lines.
fn members(text: &str) -> Vec<String> {
    text.split_inclusive("\n\n").map(str::to_owned).collect()
}
