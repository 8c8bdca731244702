//! Where terraform's own settings say that packages come from: `provider_installation`, and the folders that are looked
//! into unasked. Reads files and asks nobody. A file that cannot be read is passed over: terraform itself complains.

use super::plugin_cache::settings_files;
use crate::diag::SourceMap;
use crate::hcl::ast::{Block, Body, Expr, ExprKind};
use crate::hcl::parse::{json_blocks, parse_body, parse_json_body};
use crate::host::env::Env;
use crate::host::fs;
use std::path::{Path, PathBuf};

/// A way to packages, and the providers that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub kind: WayKind,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

/// Which kind of way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WayKind {
    Folder(PathBuf),
    Server(String),
    /// The registry that a provider's address names.
    Registry,
}

const BLOCK: &str = "provider_installation";

/// The ways in order; relative paths start from where terraform runs. `None` where the settings say nothing of it.
#[must_use]
pub fn find_ways(env: &Env, working_dir: &Path) -> Option<Vec<Way>> {
    let texts = settings_files(env, working_dir);
    let mut found = texts.into_iter().rev().filter_map(|path| ways_in(&path, &fs::read_text(&path).ok()?));
    let ways = found.next()?;
    let absolute = |way: Way| match way.kind {
        WayKind::Folder(path) => Way { kind: WayKind::Folder(working_dir.join(path)), ..way },
        _ => way,
    };
    Some(ways.into_iter().map(absolute).collect())
}

/// The folders that terraform looks into where its settings say nothing, as far as they are there.
#[must_use]
pub fn implied_folders(env: &Env, working_dir: &Path) -> Vec<PathBuf> {
    let home = env.home_dir().map(|home| home.join(".terraform.d/plugins"));
    let data = env.data_dir().map(|data| data.join("terraform/plugins"));
    let all = [Some(working_dir.join("terraform.d/plugins")), home, data];
    all.into_iter().flatten().filter(|folder| fs::is_dir(folder)).collect()
}

fn ways_in(path: &Path, text: &str) -> Option<Vec<Way>> {
    let file = SourceMap::default().add(path, text.into());
    if path.extension().is_some_and(|ending| ending == "json") {
        let body = parse_json_body(text, file).0?;
        let blocks = json_blocks(body.find_attribute(BLOCK)?, 0);
        let attributes = blocks.iter().flat_map(|block| &block.body.attributes);
        let ways = attributes.flat_map(|attribute| json_blocks(attribute, 0));
        return Some(ways.filter_map(|block| way_of(&block)).collect());
    }
    let body = parse_body(text, file).0?;
    let block = body.blocks_of(BLOCK).next()?;
    Some(block.body.blocks.iter().filter_map(way_of).collect())
}

fn way_of(block: &Block) -> Option<Way> {
    let kind = match &*block.kind.name {
        "filesystem_mirror" => WayKind::Folder(text_of(&block.body, "path")?.into()),
        "network_mirror" => WayKind::Server(text_of(&block.body, "url")?),
        "direct" => WayKind::Registry,
        _ => return None,
    };
    let list = |name: &str| block.body.find_attribute(name).map(|it| texts(&it.expr)).unwrap_or_default();
    Some(Way { kind, include: list("include"), exclude: list("exclude") })
}

fn text_of(body: &Body, name: &str) -> Option<String> {
    body.find_attribute(name)?.expr.as_text().map(str::to_owned)
}

fn texts(expr: &Expr) -> Vec<String> {
    match &expr.kind {
        ExprKind::Tuple(items) => items.iter().filter_map(Expr::as_text).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Way, WayKind, find_ways};
    use crate::host::env::Env;
    use crate::host::fs::{self, Access};
    use std::path::Path;

    fn ways(name: &str, text: &str) -> Option<Vec<Way>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write_atomic(&path, text.as_bytes(), Access::Shared).unwrap();
        let mut env = Env::default();
        env.set("TF_CLI_CONFIG_FILE", &path);
        find_ways(&env, Path::new("/w"))
    }

    #[test]
    fn ways_are_read_from_both_syntaxes() {
        let hcl = "provider_installation {\n  filesystem_mirror {\n    path    = \"m\"\n    include = [\"acme/*\"]\n  }\n  network_mirror { url = \"https://m.example/\" }\n  direct {\n    exclude = [\"acme/*\"]\n  }\n}\n";
        let json = r#"{"provider_installation": [{
            "filesystem_mirror": {"path": "m", "include": ["acme/*"]},
            "network_mirror": {"url": "https://m.example/"},
            "direct": {"exclude": ["acme/*"]}}]}"#;
        let acme = || vec!["acme/*".to_owned()];
        let want = vec![
            Way { kind: WayKind::Folder("/w/m".into()), include: acme(), exclude: Vec::new() },
            Way {
                kind: WayKind::Server("https://m.example/".to_owned()),
                include: Vec::new(),
                exclude: Vec::new(),
            },
            Way { kind: WayKind::Registry, include: Vec::new(), exclude: acme() },
        ];
        assert_eq!(ways("rc", hcl), Some(want.clone()));
        assert_eq!(ways("rc.json", json), Some(want));
        assert_eq!(ways("rc", "plugin_cache_dir = \"/c\"\n"), None);
    }
}
