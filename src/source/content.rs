//! What a fetch delivers: a folder of this run, or a tree of the store. Read only, shared by all who asked.

use super::copy::deliver;
use super::error::SourceError;
use super::glob::Glob;
use super::store::Tree;
use super::tree::{Delivery, Folder, read_checkout};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The content of a source.
#[derive(Debug)]
pub(super) struct Content {
    place: Place,
    /// Where a tree was laid out for somebody who wants to look into it.
    laid_out: Mutex<Option<PathBuf>>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Tree(Tree),
}

impl Content {
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { place: Place::Folder(folder), laid_out: Mutex::default() }
    }

    pub fn of_tree(tree: Tree) -> Self {
        Self { place: Place::Tree(tree), laid_out: Mutex::default() }
    }

    /// What is to be copied, and how.
    pub fn read(&self, delivery: Delivery) -> Result<Folder, SourceError> {
        match &self.place {
            Place::Folder(folder) => read_checkout(folder, delivery),
            Place::Tree(tree) => Ok(tree.read(delivery)?),
        }
    }

    /// A folder with the content; a tree is laid out in the one that `make` gives, once.
    pub fn folder(
        &self,
        make: impl FnOnce() -> Result<PathBuf, SourceError>,
    ) -> Result<PathBuf, SourceError> {
        let tree = match &self.place {
            Place::Folder(folder) => return Ok(folder.clone()),
            Place::Tree(tree) => tree,
        };
        let mut laid_out = self.laid_out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*laid_out {
            return Ok(folder.clone());
        }
        let folder = make()?;
        deliver(&tree.read(Delivery::Link)?, &folder)?;
        *laid_out = Some(folder.clone());
        Ok(folder)
    }
}

/// Copies a part of a folder, which may be a pattern that one folder fits. A link that leads out of the part becomes
/// the file that it leads to.
pub(super) fn cut(
    (root, part): (&Path, &str),
    (into, delivery): (&Path, Delivery),
) -> Result<(), SourceError> {
    let missing = || SourceError::MissingSubdir { address: String::new(), subdir: part.to_owned() };
    let found = find_part(root, part)?.ok_or_else(missing)?;
    let (root, real) = (fs::canonicalize(root)?, fs::canonicalize(&found)?);
    if !real.starts_with(&root) {
        return Err(missing());
    }
    let mut folder = read_checkout(&real, delivery)?;
    follow_outward(&mut folder, (&real, &real), (&root, delivery))?;
    deliver(&folder, into)
}

/// The one folder that fits the path or pattern.
fn find_part(root: &Path, part: &str) -> Result<Option<PathBuf>, SourceError> {
    let mut found = vec![root.to_path_buf()];
    for step in part.split('/').filter(|step| !step.is_empty()) {
        let mut next = Vec::new();
        if step.contains(['*', '?', '[']) {
            let glob = Glob::new(step)?;
            for folder in &found {
                let names = fs::list_dir(folder)?.into_iter();
                let names = names.filter(|(name, _)| glob.is_match(&[&name.to_string_lossy()]));
                next.extend(names.map(|(name, _)| folder.join(name)));
            }
        } else {
            next.extend(found.iter().map(|folder| folder.join(step)));
        }
        next.retain(|path| fs::is_dir(path));
        found = next;
    }
    Ok(if found.len() == 1 { found.pop() } else { None })
}

fn follow_outward(
    folder: &mut Folder,
    (here, part): (&Path, &Path),
    (root, delivery): (&Path, Delivery),
) -> Result<(), SourceError> {
    for link in std::mem::take(&mut folder.links) {
        let leads_to = fs::canonicalize(&here.join(&link.name));
        match leads_to {
            Ok(target) if !target.starts_with(part) && target.starts_with(root) && fs::is_file(&target) => {
                let meta = fs::metadata(&target)?;
                let file = super::tree::File { name: link.name, from: target, meta, delivery };
                folder.files.push(file);
            }
            _ => folder.links.push(link),
        }
    }
    folder.folders.iter_mut().try_for_each(|inner| {
        let here = here.join(&inner.name);
        follow_outward(inner, (&here, part), (root, delivery))
    })
}
