//! `pin/lock-hashes`: packages can be checked on every platform that the environment names, and no hash is twice or broken.

use super::locks::{self, Locking};
use crate::diag::{Code, Span};
use crate::pins::finding::{Finding, Fix};
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::LockText;
use crate::provider::lock_file::{Places, ProviderLock};
use crate::provider::package_hash::Scheme;
use std::collections::HashSet;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for locking in locks::each(rule, cx) {
        let LockText::Read { lock, faults, .. } = &locking.unit.lock else { continue };
        let broken = faults.iter().filter(|fault| fault.code == Code::LockHash);
        findings.extend(broken.map(|fault| locking.of_fault(fault)));
        for (address, entry) in &lock.providers {
            let Some(places) = &entry.places else { continue };
            let name = locking.short(address);
            repeated(&locking, places, findings);
            findings.extend(too_few(&locking, &name, (entry, places)));
            findings.extend(without_zip(&locking, &name, (entry, places)));
        }
    }
}

fn repeated(locking: &Locking<'_>, places: &Places, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (hash, span) in places.each_hash.iter().filter(|(hash, _)| !seen.insert(hash)) {
        let finding = locking.at(*span, "the hash stands twice".to_owned()).about(hash.as_str());
        let fix = locking.cx.survey.texts.get(span.file).map(|file| {
            Fix::one("take the second one out".to_owned(), whole_element(*span, &file.text), String::new())
        });
        findings.push(finding.fix(fix).hint("one of them is enough; `--fix` takes the second one out"));
    }
}

/// An element of a list with the comma behind it, and its line if it stands alone there.
fn whole_element(span: Span, text: &str) -> Span {
    let (start, end) = (span.start as usize, span.end as usize);
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let after = text.get(end..).unwrap_or_default();
    let comma = blanks(after);
    let end = if after[comma..].starts_with(',') { end + comma + 1 } else { end };
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let is_first = text.get(line..start).is_some_and(|before| before.trim().is_empty());
    let rest = text.get(end..).unwrap_or_default();
    let gap = blanks(rest);
    let line_break = ["\r\n", "\n"].into_iter().find(|sign| rest[gap..].starts_with(sign));
    match line_break {
        Some(sign) if is_first => Span::new(span.file, line, end + gap + sign.len()),
        _ => Span::new(span.file, start, end + gap),
    }
}

/// Which hash is of which platform cannot be seen; how many there are, can.
fn too_few(locking: &Locking<'_>, name: &str, (entry, places): (&ProviderLock, &Places)) -> Option<Finding> {
    let platforms = &locking.demands().platforms;
    let wanted = platforms.len().max(1);
    let have = entry.hashes.iter().filter(|hash| hash.scheme() == Scheme::Files).count();
    if have >= wanted {
        return None;
    }
    let message = match have {
        0 => format!("{name} has no `h1:` hash"),
        _ => format!("{name} has {have} of {wanted} `h1:` hashes"),
    };
    let (label, hint) = match platforms.as_slice() {
        [] => (
            "no package of a mirror or a cache can be checked".to_owned(),
            "`terrace pins lock` adds it".to_owned(),
        ),
        all => {
            let wants = locking.cx.policy.wants(locking.environment);
            let flags = all.iter().map(|platform| format!(" --platform {platform}")).collect::<String>();
            (
                format!("{wants} one for each of {}", all.join(", ")),
                format!("`terrace pins lock{flags}` adds what is missing"),
            )
        }
    };
    let at = places.hashes.unwrap_or(places.header);
    Some(locking.at(at, message).under(label).about(name).hint(hint))
}

fn without_zip(
    locking: &Locking<'_>,
    name: &str,
    (entry, places): (&ProviderLock, &Places),
) -> Option<Finding> {
    if !locking.demands().zh || entry.has(Scheme::Zip) {
        return None;
    }
    let wants = locking.cx.policy.wants(locking.environment);
    let at = places.hashes.unwrap_or(places.header);
    let finding = locking.at(at, format!("{name} has no `zh:` hash")).under(format!("{wants} them"));
    Some(
        finding
            .about(format!("{name} zh"))
            .hint("a registry gives them, and no mirror of files does: lock it where one can be reached"),
    )
}

#[cfg(test)]
mod tests {
    use super::whole_element;
    use crate::diag::{SourceMap, Span};
    use std::path::Path;

    #[test]
    fn an_element_goes_with_its_comma_and_its_line() {
        for (text, want) in [
            ("[\n  \"a\",\n  \"b\",\n]\n", "[\n  \"a\",\n]\n"),
            ("[\n  \"a\",\n  \"b\"\n]\n", "[\n  \"a\",\n]\n"),
            ("[\r\n  \"a\",\r\n  \"b\",\r\n]\r\n", "[\r\n  \"a\",\r\n]\r\n"),
            ("[\"a\", \"b\"]", "[\"a\", ]"),
            ("[\"b\", \"a\"]", "[\"a\"]"),
            ("[\n  \"a\", \"b\", \n]", "[\n  \"a\", \n]"),
        ] {
            let at = text.find("\"b\"").unwrap();
            let file = SourceMap::default().add(Path::new("x"), text.into());
            let span = whole_element(Span::new(file, at, at + 3), text);
            let left = format!("{}{}", &text[..span.start as usize], &text[span.end as usize..]);
            assert_eq!(left, want, "{text}");
        }
    }
}
