//! `--fix`: the changes that findings carry, put together by file. Reads what is written now, and writes nothing itself.

use super::finding::{Edit, Finding};
use crate::diag::SourceMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    pub path: PathBuf,
    /// As it was when it was checked.
    pub old: String,
    pub new: String,
    /// What is done, each once.
    pub titles: Vec<String>,
}

/// Puts together the changes of all findings that count. Two changes of one piece exclude each other: the second has to wait
/// for the next time.
#[must_use]
pub fn mend(findings: &[Finding], texts: &SourceMap) -> Vec<Mended> {
    let mut files: BTreeMap<PathBuf, Changes> = BTreeMap::new();
    for fix in findings.iter().filter(|finding| finding.exempt.is_none()).filter_map(|it| it.fix.as_ref()) {
        let mut is_whole = true;
        let placed: Vec<(PathBuf, &Edit)> = fix
            .edits
            .iter()
            .filter_map(|edit| {
                let file = texts.get(edit.span.file).filter(|file| !is_fetched(&file.path))?;
                let changes = files.entry(file.path.clone()).or_insert_with(|| Changes::of(&file.text));
                is_whole &= changes.old == *file.text && changes.has_room_for(edit);
                Some((file.path.clone(), edit))
            })
            .collect();
        if !is_whole || placed.len() != fix.edits.len() {
            continue;
        }
        for (path, edit) in placed {
            if let Some(changes) = files.get_mut(&path) {
                changes.add(edit, &fix.title);
            }
        }
    }
    files.into_iter().filter_map(|(path, changes)| changes.apply(path)).collect()
}

/// Whether a file lies where terraform or we put what was fetched: nobody mends it there.
fn is_fetched(path: &Path) -> bool {
    path.components()
        .any(|part| matches!(part.as_os_str().to_str(), Some(".terraform" | ".terragrunt-cache")))
}

struct Changes {
    old: String,
    /// By where they start; they do not overlap.
    edits: BTreeMap<usize, (usize, String)>,
    titles: Vec<String>,
}

impl Changes {
    fn of(text: &str) -> Self {
        Self { old: text.to_owned(), edits: BTreeMap::new(), titles: Vec::new() }
    }

    /// Whether nothing else changes the piece, or the very same is done to it.
    fn has_room_for(&self, edit: &Edit) -> bool {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        if self.edits.get(&start).is_some_and(|(known, text)| *known == end && *text == edit.text) {
            return true;
        }
        !self.edits.iter().any(|(from, (to, _))| *from < end.max(start + 1) && start < (*to).max(from + 1))
    }

    fn add(&mut self, edit: &Edit, title: &str) {
        self.edits.insert(edit.span.start as usize, (edit.span.end as usize, edit.text.clone()));
        if !self.titles.iter().any(|known| known == title) {
            self.titles.push(title.to_owned());
        }
    }

    fn apply(self, path: PathBuf) -> Option<Mended> {
        let mut new = String::with_capacity(self.old.len());
        let mut at = 0;
        for (start, (end, text)) in &self.edits {
            new.push_str(self.old.get(at..*start)?);
            new.push_str(text);
            at = *end;
        }
        new.push_str(self.old.get(at..)?);
        (new != self.old).then_some(Mended { path, old: self.old, new, titles: self.titles })
    }
}

#[cfg(test)]
mod tests {
    use super::mend;
    use crate::diag::{SourceMap, Span};
    use crate::pins::finding::{Edit, Finding, Fix, Place};
    use crate::pins::rule::RULES;
    use std::path::Path;

    /// A finding that replaces these pieces.
    fn finding(edits: &[(Span, &str)]) -> Finding {
        let place = Place { file: "x".into(), span: None };
        let edits = edits.iter().map(|(span, text)| Edit { span: *span, text: (*text).to_owned() }).collect();
        Finding::new(&RULES[0], place, "x").fix(Some(Fix { title: "change it".to_owned(), edits }))
    }

    #[test]
    fn changes_of_one_file_are_put_together() {
        let texts = SourceMap::default();
        let file = texts.add(Path::new("/e/a.hcl"), "one two three".into());
        let at = |start, end| Span::new(file, start, end);
        let mended = |findings: &[Finding]| {
            mend(findings, &texts).into_iter().map(|file| file.new).collect::<Vec<_>>()
        };
        let (first, last) = (finding(&[(at(8, 13), "3")]), finding(&[(at(0, 3), "1")]));
        assert_eq!(mended(&[first.clone(), last.clone(), first.clone()]), ["1 two 3"]);
        let across = finding(&[(at(2, 5), "x"), (at(12, 13), "y")]);
        assert_eq!(
            mended(&[last.clone(), across.clone()]),
            ["1 two three"],
            "all of a change or nothing of it"
        );
        assert_eq!(mended(&[across]), ["onxwo threy"]);
        let exempt = Finding { exempt: Some(0), ..last };
        assert_eq!(mended(&[exempt]), [""; 0]);
        let away = texts.add(Path::new("/e/.terragrunt-cache/a.tf"), "one".into());
        assert_eq!(mended(&[finding(&[(Span::new(away, 0, 3), "1")])]), [""; 0]);
    }
}
