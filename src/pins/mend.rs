//! `--fix`: the changes that findings carry, put together by file. Reads what is written now, and writes nothing itself.

use super::finding::{Edit, Finding};
use crate::diag::SourceMap;
use std::collections::BTreeMap;
use std::path::PathBuf;

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

/// What can be mended, and how many findings have to wait for the next time: two changes of one piece exclude each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mending {
    pub files: Vec<Mended>,
    pub postponed: usize,
}

/// Puts together the changes of all findings that count.
#[must_use]
pub fn mend(findings: &[Finding], texts: &SourceMap) -> Mending {
    let mut mending = Mending::default();
    let mut files: BTreeMap<PathBuf, Changes> = BTreeMap::new();
    for fix in findings.iter().filter(|finding| finding.exempt.is_none()).filter_map(|it| it.fix.as_ref()) {
        let mut is_whole = true;
        let placed: Vec<(PathBuf, &Edit)> = fix
            .edits
            .iter()
            .filter_map(|edit| {
                let file = texts.get(edit.span.file)?;
                let changes = files.entry(file.path.clone()).or_insert_with(|| Changes::of(&file.text));
                is_whole &= changes.old == *file.text && changes.has_room_for(edit);
                Some((file.path.clone(), edit))
            })
            .collect();
        if !is_whole || placed.len() != fix.edits.len() {
            mending.postponed += 1;
            continue;
        }
        for (path, edit) in placed {
            if let Some(changes) = files.get_mut(&path) {
                changes.add(edit, &fix.title);
            }
        }
    }
    mending.files = files.into_iter().filter_map(|(path, changes)| changes.apply(path)).collect();
    mending
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
