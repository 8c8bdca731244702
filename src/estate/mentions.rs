//! Which configuration files may read a file of some name, told from their texts alone: parsing and evaluating a large
//! estate takes far longer than looking for a name in it. It names too many rather than too few.
//!
//! A file reads another by a path that ends in its name, and a name stands somewhere as it is: in the file, or in one that
//! is read by the file. Where a name is put together from pieces, any file may be meant.

use crate::host::env::parallelism;
use crate::host::fs;
use crate::host::parallel::in_order;
use regex::bytes::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Texts that may mean a file of any name: a name that begins or ends with what is put in, or is nothing else; a search.
const OPEN: &str = r#"(?:\}|%[sdvq])[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]+"|"(?:[-_][A-Za-z0-9_.-]*)?\.[A-Za-z0-9_-]+"|/\$\{[^}"]*\}"\s*[,)]|fileset\(|mark_glob_as_read\("#;

/// Texts that read the unit file of a folder above, or of some folder, without its name.
const UNNAMED: &str = r"find_in_parent_folders\(\s*\)|read_terragrunt_config\([^\n]*";

/// The endings of configuration files.
const ENDINGS: [&[u8]; 2] = [b".hcl", b".hcl.json"];

/// The configuration files of an estate as texts.
pub(super) struct Texts {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Texts {
    /// Reads those among the files that are configuration.
    pub(super) fn read(files: impl Iterator<Item = PathBuf>) -> Self {
        let is_config = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            ENDINGS.iter().any(|ending| name.ends_with(ending)) && name != LOCK_FILE
        };
        let paths: Vec<PathBuf> = files.filter(is_config).collect();
        let texts = in_order(&paths, parallelism(), |path| fs::read(path).unwrap_or_default());
        Self { files: paths.into_iter().zip(texts).collect() }
    }

    /// The files that may read one of these names, directly or through another.
    pub(super) fn readers(&self, names: BTreeSet<Vec<u8>>, unit_files: &[&str]) -> BTreeSet<&Path> {
        let (mut known, mut new, mut found) = (BTreeSet::new(), names, BTreeSet::new());
        while !new.is_empty() {
            let Some(names) = Names::of(&new, unit_files) else { break };
            known.append(&mut new);
            let readers =
                self.files.iter().filter(|(path, text)| !found.contains(&**path) && names.are_in(text));
            for path in readers.map(|(path, _)| &**path).collect::<Vec<&Path>>() {
                found.insert(path);
                let name = path.file_name().map(|name| name.as_encoded_bytes().to_vec());
                new.extend(name.filter(|name| !known.contains(name)));
            }
        }
        found
    }
}

const LOCK_FILE: &[u8] = b".terraform.lock.hcl";

/// Names to look for, with whatever may stand for them.
struct Names {
    written: Regex,
    unnamed: Option<Regex>,
}

impl Names {
    fn of(names: &BTreeSet<Vec<u8>>, unit_files: &[&str]) -> Option<Self> {
        // A name that is no text stands nowhere as it is.
        let texts = names.iter().filter_map(|name| std::str::from_utf8(name).ok());
        let parts: Vec<String> = texts.map(regex::escape).chain([OPEN.to_owned()]).collect();
        let is_unit_file = |name: &Vec<u8>| unit_files.iter().any(|file| file.as_bytes() == &name[..]);
        let unnamed = if names.iter().any(is_unit_file) { Some(Regex::new(UNNAMED).ok()?) } else { None };
        Some(Self { written: Regex::new(&parts.join("|")).ok()?, unnamed })
    }

    fn are_in(&self, text: &[u8]) -> bool {
        self.written.is_match(text)
            || self.unnamed.as_ref().is_some_and(|unnamed| reads_unnamed(unnamed, text))
    }
}

/// A call that names a configuration file reads no folder's.
fn reads_unnamed(unnamed: &Regex, text: &[u8]) -> bool {
    let names_a_file = |call: &[u8]| call.windows(4).any(|part| part == b".hcl");
    unnamed.find_iter(text).any(|call| !names_a_file(call.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::Texts;
    use std::path::{Path, PathBuf};

    fn readers(name: &str, files: &[(&str, &str)]) -> String {
        let files =
            files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())).collect();
        let texts = Texts { files };
        let found = texts.readers([name.as_bytes().to_vec()].into(), &["terragrunt.hcl"]);
        found.into_iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_is_found_where_it_stands_and_where_it_is_made() {
        let unit = |text: &str| readers("env.hcl", &[("/u/terragrunt.hcl", text)]);
        for text in [
            r#"path = find_in_parent_folders("env.hcl")"#,
            r#"x = file("${get_repo_root()}/${local.name}.hcl")"#,
            r#"x = file("${get_repo_root()}/${local.name}")"#,
            r#"x = file(format("%s.hcl", local.name))"#,
            r#"x = join("", [local.name, ".hcl"])"#,
            r#"x = fileset("..", "*")"#,
        ] {
            assert_eq!(unit(text), "/u/terragrunt.hcl", "{text}");
        }
        for text in [
            r#"path = find_in_parent_folders("root.hcl")"#,
            r#"x = "${get_repo_root()}/common.hcl""#,
            r#"arguments = ["-no-color", "-lock=false", "../x", ".."]"#,
            r#"config_path = "../${local.name}""#,
        ] {
            assert_eq!(unit(text), "", "{text}");
        }
    }

    #[test]
    fn who_reads_a_reader_reads_it_too() {
        let files = [
            ("/root.hcl", r#"read_terragrunt_config(find_in_parent_folders("env.hcl"))"#),
            ("/a/terragrunt.hcl", r#"find_in_parent_folders("root.hcl")"#),
            ("/b/terragrunt.hcl", "inputs = {}"),
        ];
        assert_eq!(readers("env.hcl", &files), "/a/terragrunt.hcl /root.hcl");
        assert_eq!(readers("terragrunt.hcl", &files), "", "nobody reads the file of a unit");
    }

    #[test]
    fn the_file_of_a_unit_is_read_without_its_name() {
        for text in ["find_in_parent_folders( )", r#"read_terragrunt_config("../a")"#] {
            assert_eq!(readers("terragrunt.hcl", &[("/b/x.hcl", text)]), "/b/x.hcl", "{text}");
        }
        assert!(
            Texts::read([PathBuf::from("/nowhere/x.hcl")].into_iter())
                .files
                .iter()
                .all(|(path, text)| { path == Path::new("/nowhere/x.hcl") && text.is_empty() })
        );
    }
}
