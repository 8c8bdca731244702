//! `pin/tool-files`: files for version managers agree with each other and with what the code and the unit ask for.

use super::names;
use crate::diag::{Diagnostics, SourceMap, Span};
use crate::host::fs;
use crate::pins::remark::Remark;
use crate::provider::tool_files::{NAMES, ToolPin, Wanted, parse};
use crate::provider::{Constraints, Flavour, Version};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the files of one folder pin.
#[derive(Debug, Default)]
pub struct Folder {
    pub pins: Vec<ToolPin>,
    pub faults: Diagnostics,
}

impl Folder {
    /// The first pin of a tool, which is the one that counts.
    #[must_use]
    pub fn pin_of(&self, flavour: Flavour) -> Option<&ToolPin> {
        self.pins.iter().find(|pin| pin.flavour == flavour)
    }
}

/// The folders that were looked at, each once.
#[derive(Debug)]
pub struct ToolBook {
    sources: Arc<SourceMap>,
    /// Nothing above it is looked at.
    top: PathBuf,
    known: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

impl ToolBook {
    #[must_use]
    pub fn new(top: &Path, sources: Arc<SourceMap>) -> Self {
        Self { sources, top: top.to_path_buf(), known: Mutex::default() }
    }

    /// The folders that have a say in what runs in `dir`, the nearest first.
    #[must_use]
    pub fn folders(&self, dir: &Path) -> Vec<Arc<Folder>> {
        let above = dir.ancestors().take_while(|folder| folder.starts_with(&self.top));
        above.map(|folder| self.folder(folder)).collect()
    }

    /// Every folder that was looked at and has such a file.
    #[must_use]
    pub fn all(&self) -> Vec<(PathBuf, Arc<Folder>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of_use = |folder: &Folder| !folder.pins.is_empty() || !folder.faults.is_empty();
        let found = known.iter().filter(|(_, folder)| is_of_use(folder));
        let mut all: Vec<_> = found.map(|(path, folder)| (path.clone(), folder.clone())).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }

    fn folder(&self, path: &Path) -> Arc<Folder> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let read = Arc::new(self.read(path));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_path_buf()).or_insert(read).clone()
    }

    fn read(&self, folder: &Path) -> Folder {
        let mut read = Folder::default();
        for name in NAMES {
            let path = folder.join(name);
            let Ok(text) = fs::read_text(&path) else { continue };
            let file = self.sources.add(&path, text.as_str().into());
            let (pins, faults) = parse(name, &text, file);
            read.pins.extend(pins);
            read.faults.extend(faults);
        }
        read
    }
}

/// What a folder's files say against each other, and what is no version in them.
#[must_use]
pub fn of_folder(folder: &Folder) -> Vec<Remark> {
    let mut found: Vec<Remark> =
        folder.faults.iter().filter_map(|fault| Remark::of_fault(names::TOOL_FILES, fault)).collect();
    for (index, pin) in folder.pins.iter().enumerate() {
        let earlier = folder.pins[..index].iter().filter(|other| other.flavour == pin.flavour);
        if let Some(other) = earlier.into_iter().find(|other| !agree(&pin.wanted, &other.wanted)) {
            let program = pin.flavour.program();
            let message =
                format!("`{}` and `{}` are both asked for as the version of {program}", other.text, pin.text);
            found.push(
                Remark::at(names::TOOL_FILES, pin.span, message)
                    .related(other.span, "the other file says this")
                    .hint("which one counts depends on who reads them: let them say the same, or keep one"),
            );
        }
    }
    found
}

/// A constraint on the tool, and where it stands.
#[derive(Clone, Debug)]
pub struct ToolConstraint {
    pub constraints: Constraints,
    pub text: String,
    pub span: Span,
}

/// What speaks against the pin that governs a unit.
#[must_use]
pub fn of_unit(folders: &[Arc<Folder>], flavour: Flavour, constraints: &[ToolConstraint]) -> Option<Remark> {
    let pin = folders.iter().find_map(|folder| folder.pin_of(flavour))?;
    let against: Vec<_> = constraints.iter().filter(|one| !may_be(&pin.wanted, &one.constraints)).collect();
    let first = against.first()?;
    let message = format!(
        "{} is pinned to `{}`, and `{}` does not allow that",
        pin.flavour.program(),
        pin.text,
        first.text
    );
    let remark = Remark::at(names::TOOL_FILES, pin.span, message);
    let remark = against.iter().fold(remark, |remark, one| remark.related(one.span, "it is asked for here"));
    Some(remark.hint("pin a version that every constraint allows"))
}

/// Whether some version can be what both want. What cannot be known is not held against anybody.
fn agree(a: &Wanted, b: &Wanted) -> bool {
    match (a, b) {
        (Wanted::Exact(version), other) | (other, Wanted::Exact(version)) => other.allows(version),
        (Wanted::Series(a), Wanted::Series(b)) => a.iter().zip(b).all(|(a, b)| a == b),
        (Wanted::Within(constraints), Wanted::Within(other)) => {
            Constraints::contradiction(&[constraints, other]).is_none()
        }
        (Wanted::Series(numbers), Wanted::Within(constraints))
        | (Wanted::Within(constraints), Wanted::Series(numbers)) => series_meets(numbers, constraints),
        _ => true,
    }
}

/// Whether a version that is wanted may meet a constraint.
fn may_be(wanted: &Wanted, constraints: &Constraints) -> bool {
    match wanted {
        Wanted::Exact(version) => constraints.allows_core(version),
        Wanted::Series(numbers) => series_meets(numbers, constraints),
        Wanted::Within(others) => Constraints::contradiction(&[others, constraints]).is_none(),
        _ => true,
    }
}

/// A series is the constraint that only its last number may not change.
fn series_meets(numbers: &[u64], constraints: &Constraints) -> bool {
    let text = numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    if numbers.len() >= 3 {
        return Version::parse(&text).is_ok_and(|version| constraints.allows(&version));
    }
    let series = Constraints::parse(&format!("~> {text}.0"));
    series.map_or(true, |series| Constraints::contradiction(&[&series, constraints]).is_none())
}

#[cfg(test)]
mod tests {
    use super::{ToolBook, ToolConstraint, of_folder, of_unit};
    use crate::diag::SourceMap;
    use crate::host::fs::{self, Access};
    use crate::provider::{Constraints, Flavour};
    use std::path::Path;
    use std::sync::Arc;

    fn write(dir: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
        }
    }

    #[test]
    fn files_of_a_folder_agree() {
        for (files, want) in [
            (&[(".terraform-version", "1.5.7\n"), (".tool-versions", "terraform 1.5.7\n")][..], 0),
            (&[(".terraform-version", "1.5.7\n"), (".tool-versions", "terraform 1.5.6\n")], 1),
            (&[(".terraform-version", "1.5.7\n"), (".tool-versions", "opentofu 1.9.0\n")], 0),
            (&[(".terraform-version", "1.5.7\n"), ("mise.toml", "[tools]\nterraform = \"1.5\"\n")], 0),
            (&[(".terraform-version", "1.5.7\n"), ("mise.toml", "[tools]\nterraform = \"1.6\"\n")], 1),
            (&[(".terraform-version", ">= 1.6\n"), ("mise.toml", "[tools]\nterraform = \"1.5\"\n")], 1),
            (&[(".terraform-version", "latest\n"), (".tool-versions", "terraform 1.5.6\n")], 0),
            (&[(".terraform-version", "../evil\n")], 1),
            (
                &[("mise.toml", "[tools]\nterraform = \"{{ env.X }}\"\n"), (".terraform-version", "1.5.7\n")],
                0,
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), files);
            let book = ToolBook::new(dir.path(), Arc::new(SourceMap::default()));
            let found = of_folder(&book.folders(dir.path())[0]);
            assert_eq!(found.len(), want, "{files:?}: {found:?}");
        }
    }

    #[test]
    fn the_nearest_pin_meets_every_constraint() {
        let dir = tempfile::tempdir().unwrap();
        let unit = dir.path().join("live/prod");
        write(
            dir.path(),
            &[
                (".terraform-version", "1.5.7\n"),
                ("live/prod/.tool-versions", "terraform 1.9.2\nopentofu 1.8\n"),
            ],
        );
        let sources = Arc::new(SourceMap::default());
        let book = ToolBook::new(dir.path(), sources.clone());
        let span = crate::diag::Span::new(sources.add(Path::new("x.tf"), "x".into()), 0, 1);
        let of = |dir: &Path, flavour, text: &str| {
            let constraints = Constraints::parse(text).unwrap();
            let all = [ToolConstraint { constraints, text: text.to_owned(), span }];
            of_unit(&book.folders(dir), flavour, &all).map(|remark| remark.message)
        };
        assert_eq!(of(&unit, Flavour::Terraform, "~> 1.9.0"), None);
        let said = of(&unit, Flavour::Terraform, "< 1.6").unwrap();
        assert_eq!(said, "terraform is pinned to `1.9.2`, and `< 1.6` does not allow that");
        assert!(of(dir.path(), Flavour::Terraform, ">= 1.6").is_some());
        assert_eq!(of(dir.path(), Flavour::Tofu, ">= 1.6"), None, "nothing pins it there");
        assert_eq!(of(&unit, Flavour::Tofu, ">= 1.8.3"), None);
        assert!(of(&unit, Flavour::Tofu, ">= 1.9").is_some());
        assert_eq!(book.all().len(), 2);
    }
}
