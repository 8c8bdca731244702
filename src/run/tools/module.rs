//! The `required_version` that a local module states, as terraform reads it before anything else. Each folder is read once.

use crate::config::unit::Placed;
use crate::diag::SourceMap;
use crate::hcl::ast::{Body, ExprKind};
use crate::hcl::parse::parse_body;
use crate::host::fs;
use crate::provider::Flavour;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Constraints as written.
type Required = Arc<Vec<Placed<String>>>;

/// What modules require of their tool.
#[derive(Debug)]
pub struct Modules {
    sources: Arc<SourceMap>,
    known: Mutex<HashMap<(PathBuf, Flavour), Required>>,
}

impl Modules {
    #[must_use]
    pub fn new(sources: Arc<SourceMap>) -> Self {
        Self { sources, known: Mutex::default() }
    }

    /// Every `required_version` of the folder's files.
    #[must_use]
    pub fn required(&self, dir: &Path, flavour: Flavour) -> Required {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let required = known.entry((dir.to_path_buf(), flavour));
        Arc::clone(required.or_insert_with(|| Arc::new(self.read(dir, flavour))))
    }

    fn read(&self, dir: &Path, flavour: Flavour) -> Vec<Placed<String>> {
        let names = fs::read_dir(dir).unwrap_or_default();
        let mut names: Vec<String> =
            names.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        let paths = names.iter().filter(|name| belongs(name, &names, flavour)).map(|name| dir.join(name));
        paths.flat_map(|path| self.of_file(&path)).collect()
    }

    fn of_file(&self, path: &Path) -> Vec<Placed<String>> {
        let Some(text) = fs::read_text(path).ok().filter(|text| text.contains("required_version")) else {
            return Vec::new();
        };
        let file = self.sources.add(path, text.as_str().into());
        parse_body(&text, file).0.map(|body| in_body(&body)).unwrap_or_default()
    }
}

/// A file of OpenTofu takes the place of terraform's of the same name.
fn belongs(name: &str, all: &[String], flavour: Flavour) -> bool {
    if name.starts_with('.') {
        return false;
    }
    match (name.strip_suffix(".tf"), name.strip_suffix(".tofu"), flavour) {
        (Some(_), _, Flavour::Terraform) | (_, Some(_), Flavour::Tofu) => true,
        (Some(stem), _, Flavour::Tofu) => !all.contains(&format!("{stem}.tofu")),
        _ => false,
    }
}

fn in_body(body: &Body) -> Vec<Placed<String>> {
    let attributes =
        body.blocks_of("terraform").filter_map(|block| block.body.find_attribute("required_version"));
    let texts = attributes.filter_map(|attribute| match &attribute.expr.kind {
        ExprKind::String(text) => Some(Placed { value: text.to_string(), span: attribute.expr.span }),
        _ => None,
    });
    texts.collect()
}
