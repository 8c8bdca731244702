//! `live/platforms` and its modules in a folder of their own, beside a repository of the modules with the tags that the
//! environments pin. Git is told that the repository's address is that folder, so that nothing here needs a network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use terrace::diag::SourceMap;
use terrace::hcl::ast::{Body, Expr};
use terrace::hcl::eval::{Bare, eval};
use terrace::hcl::json::to_json;
use terrace::hcl::parse::parse_body;

use super::space::TestSpace;

pub const CLOUDS: [&str; 3] = ["aws", "azure", "gcp"];

/// In the order of a promotion.
pub const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

pub const PARTS: [&str; 8] =
    ["network", "cluster", "node-pool", "identity", "dns", "registry", "observability", "flux"];

/// The address that the units name.
const REPOSITORY: &str = "https://git.acme.example/platform/modules.git";

/// A file or folder of the project.
pub fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of HCL, parsed.
pub fn body(path: &Path) -> Body {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file = SourceMap::default().add(path, text.as_str().into());
    let (body, faults) = parse_body(&text, file);
    assert!(faults.is_empty(), "{} is understood", path.display());
    body.expect("a body")
}

/// The value of an expression that needs nothing but itself.
pub fn plain(expr: &Expr) -> serde_json::Value {
    let value = eval(expr, &Bare).unwrap_or_else(|fault| panic!("{}", fault.summary));
    serde_json::from_str(&to_json(&value).expect("JSON").to_string()).expect("JSON")
}

/// What an environment pins: versions of modules, by cloud and part.
pub fn pinned(environment: &str) -> BTreeMap<(String, String), String> {
    let body = body(&shipped(&format!("live/platforms/{environment}/versions.hcl")));
    let locals = body.blocks_of("locals").next().expect("locals");
    let modules = plain(&locals.body.find_attribute("modules").expect("modules").expr);
    let clouds: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_value(modules).expect("versions");
    let one = |(cloud, parts): (String, BTreeMap<String, String>)| {
        parts.into_iter().map(move |(part, version)| ((cloud.clone(), part), version))
    };
    clouds.into_iter().flat_map(one).collect()
}

/// The rows of a part's two tables in the README of the modules: variables, and outputs with their types.
pub fn told(part: &str) -> [Vec<Vec<String>>; 2] {
    let readme = std::fs::read_to_string(shipped("modules/README.md")).expect("the README");
    let heading = format!("\n### {part}\n");
    let (_, rest) = readme.split_once(&heading).unwrap_or_else(|| panic!("{part} has a section"));
    let section = rest.split("\n### ").next().expect("its text");
    let tables = section.split("\n| output |").collect::<Vec<_>>();
    assert_eq!(tables.len(), 2, "{part} has two tables");
    [tables[0], tables[1]].map(|table| {
        let rows = table.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
            .collect()
    })
}

/// The estate, with `git` knowing where its modules are.
pub fn platforms() -> TestSpace {
    let space = TestSpace::new();
    for folder in ["live", "modules"] {
        space.tool("cp", &["-a", &shipped(folder).to_string_lossy(), "."]);
    }
    space.tool("find", &["live", "-name", ".terragrunt-cache", "-prune", "-exec", "rm", "-rf", "{}", "+"]);
    let base = space.root().parent().expect("a parent").to_owned();
    let repository = base.join("modules.git").to_string_lossy().into_owned();
    let moved = format!("[url \"file://{repository}\"]\n\tinsteadOf = {REPOSITORY}\n");
    std::fs::write(base.join("home/.gitconfig"), moved).expect("git's settings");
    tagged(&space, &repository);
    space
}

fn tagged(space: &TestSpace, repository: &str) {
    space.tool("cp", &["-a", &shipped("modules").to_string_lossy(), repository]);
    let git = |args: &[&str]| space.tool("git", &[&["-C", repository], args].concat());
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    git(&[&who[..], &["commit", "-q", "-m", "modules"]].concat());
    for ((cloud, part), version) in ENVIRONMENTS.iter().flat_map(|environment| pinned(environment)) {
        git(&["tag", "-f", &format!("{cloud}-{part}-v{version}")]);
    }
}
