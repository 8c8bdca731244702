//! Whether `terraform init` must run first, who may run it at the same time, and what it leaves for the unit.

use super::command::TerraformCommand;
use super::prepare::Prepared;
use crate::diag::SourceMap;
use crate::hcl::ast::{Block, Body, Expr, ExprKind, ObjectItem, ObjectKey};
use crate::hcl::parse::parse_body;
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use crate::provider::init::data_dir_name;
use crate::provider::package_hash::Scheme;
use crate::provider::{InitContext, InitDecision, LockFile, Tool, lock_file, needs_init, record_init};
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = lock_file::FILE_NAME;

/// Whether a command works without init.
#[must_use]
pub fn goes_without(command: &str) -> bool {
    matches!(command, "init" | "version" | "fmt" | "login" | "logout")
}

/// Whether init must run, and why. `args` are those that our own init would get.
pub fn decide(prepared: &Prepared, env: &Env, args: &[String]) -> InitDecision {
    needs_init(&context(prepared, env, args))
}

/// Notes that an init went well. Without the note the next run initialises again, which does no harm.
pub fn record(prepared: &Prepared, env: &Env, args: &[String]) {
    let _ = record_init(&context(prepared, env, args));
}

fn context<'a>(prepared: &'a Prepared, env: &'a Env, args: &'a [String]) -> InitContext<'a> {
    let tool = Tool { path: &prepared.tool.program, version: &prepared.tool.version };
    InitContext { working_dir: &prepared.working_dir, env, tool, args }
}

/// Whether an init did all that ours would do.
#[must_use]
pub fn is_complete(command: &TerraformCommand) -> bool {
    let is_off = |flag: &str| command.has_flag(flag) && !command.is_on(flag);
    !is_off("backend")
        && !is_off("get")
        && !["help", "h", "from-module"].iter().any(|flag| command.has_flag(flag))
}

/// Whether the module declares this backend, in whatever syntax.
#[must_use]
pub fn declares_backend(dir: &Path, backend: &str) -> bool {
    bodies(dir, &[]).is_none_or(|bodies| {
        let blocks = bodies.iter().flat_map(|body| body.blocks_of("terraform"));
        let mut backends = blocks.flat_map(|block| block.body.blocks_of("backend"));
        backends.any(|block| block.labels.first().is_some_and(|label| &*label.name == backend))
    })
}

/// Where terraform keeps what init fetched and noted.
#[must_use]
pub fn data_dir(working_dir: &Path, env: &Env) -> PathBuf {
    working_dir.join(data_dir_name(env))
}

/// The `backend` or `cloud` block of a module, if it has one; `None` outside when its files do not say it plainly.
#[must_use]
pub fn backend_block(dir: &Path, generated: &[Generated]) -> Option<Option<Block>> {
    let bodies = bodies(dir, generated)?;
    let blocks =
        bodies.iter().flat_map(|body| body.blocks_of("terraform")).flat_map(|block| &block.body.blocks);
    Some(blocks.into_iter().find(|block| matches!(&*block.kind.name, "backend" | "cloud")).cloned())
}

/// A file that a unit generates, by its name in the working directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    pub name: String,
    pub text: String,
}

/// The module's files, those that are generated first; `None` if one cannot be read, or is JSON.
fn bodies(dir: &Path, generated: &[Generated]) -> Option<Vec<Body>> {
    let mut files: Vec<(String, Option<&str>)> =
        generated.iter().map(|file| (file.name.clone(), Some(file.text.as_str()))).collect();
    for entry in fs::read_dir(dir).ok()? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !generated.iter().any(|file| file.name == name) {
            files.push((name, None));
        }
    }
    let ends = |name: &str, endings: [&str; 2]| endings.iter().any(|ending| name.ends_with(ending));
    if files.iter().any(|(name, _)| ends(name, [".tf.json", ".tofu.json"])) {
        return None;
    }
    let sources = SourceMap::default();
    let parsed = files.iter().filter(|(name, _)| ends(name, [".tf", ".tofu"])).map(|(name, text)| {
        let path = dir.join(name);
        let text = text.map_or_else(|| fs::read_text(&path).ok(), |text| Some(text.to_owned()))?;
        parse_body(&text, sources.add(&path, text.as_str().into())).0
    });
    parsed.collect()
}

/// Whether this init might write a package into a plugin cache that others write too. terraform does not lock that
/// cache, so such inits go one by one.
#[must_use]
pub fn may_write_plugin_cache(working_dir: &Path, cache: &Path, tool: &str) -> bool {
    let Ok(lock) = fs::read_text(&working_dir.join(LOCK_FILE)) else { return needs_providers(working_dir) };
    let Some(lock) = LockFile::of_sound(&lock) else { return true };
    // terraform takes a package from the cache only if the lock file has the sum of its folder.
    if !lock.providers.values().all(|locked| locked.has(Scheme::Files)) {
        return true;
    }
    let packages = lock.packages();
    let is_there = |package: &PathBuf| fs::is_dir(&cache.join(package));
    !packages.iter().all(is_there) || !is_of_tool(&packages, tool) || !covers(&packages, working_dir)
}

/// The two tools take the same provider from different registries, and one's lock says nothing to the other.
fn is_of_tool(packages: &[PathBuf], tool: &str) -> bool {
    let (own, other) = match tool {
        "tofu" => ("registry.opentofu.org", "registry.terraform.io"),
        _ => ("registry.terraform.io", "registry.opentofu.org"),
    };
    let has = |host: &str| packages.iter().any(|package| package.starts_with(host));
    has(own) || !has(other)
}

/// Whether a lock file knows every provider that the module itself names; a new one is not in it yet.
fn covers(packages: &[PathBuf], dir: &Path) -> bool {
    let Some(bodies) = bodies(dir, &[]) else { return false };
    let is_locked =
        |name: &str| packages.iter().any(|package| package.iter().nth(2).is_some_and(|kind| kind == name));
    let required = bodies.iter().flat_map(|body| body.blocks_of("terraform"));
    let mut required = required.flat_map(|block| block.body.blocks_of("required_providers"));
    required.all(|block| {
        block.body.attributes.iter().all(|attribute| match source_of(&attribute.expr) {
            Some(source) => {
                source.starts_with("terraform.io/builtin/")
                    || is_locked(source.rsplit('/').next().unwrap_or_default())
            }
            None => is_locked(&attribute.name.name),
        })
    })
}

fn source_of(expr: &Expr) -> Option<&str> {
    let ExprKind::Object(items) = &expr.kind else { return None };
    let is_source =
        |item: &&ObjectItem| matches!(&item.key, ObjectKey::Bare(name) if &*name.name == "source");
    match &items.iter().find(is_source)?.value.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

/// Whether a module may need any provider but the built-in one.
fn needs_providers(dir: &Path) -> bool {
    let Some(bodies) = bodies(dir, &[]) else { return true };
    let blocks = || bodies.iter().flat_map(|body| &body.blocks);
    blocks().any(|block| match &*block.kind.name {
        "module" | "provider" => true,
        "resource" | "data" | "ephemeral" => {
            let kind = block.labels.first().map_or("", |label| &*label.name);
            !kind.starts_with("terraform_")
        }
        "terraform" => block.body.blocks_of("required_providers").next().is_some(),
        _ => false,
    })
}

/// Brings the lock file home, so that it can be committed: after init and `providers lock`.
///
/// # Errors
/// When the disk refuses.
pub fn keep_lock_file(prepared: &Prepared) -> Result<(), FileError> {
    let terraform = prepared.ready.config.terraform.as_ref();
    if terraform.and_then(|terraform| terraform.copy_terraform_lock_file) == Some(false) {
        return Ok(());
    }
    let here = prepared.working_dir.join(LOCK_FILE);
    let home = prepared.ready.dir.join(LOCK_FILE);
    if here == home || !fs::is_file(&here) {
        return Ok(());
    }
    let bytes = fs::read(&here)?;
    if fs::read(&home).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::write_to_named(&home, &bytes, Access::Shared)
}

#[cfg(test)]
mod tests {
    use super::may_write_plugin_cache;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use std::path::Path;

    const LOCK: &str = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.4\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n";

    #[test]
    fn only_inits_that_may_write_the_cache_wait() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let write =
            |name: &str, text: &str| write_atomic(&dir.join(name), text.as_bytes(), Access::Shared).unwrap();
        let cache = &dir.join("cache");
        write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        assert!(!may_write_plugin_cache(dir, cache, "terraform"), "nothing to fetch");
        write("main.tf", "resource \"null_resource\" \"a\" {}\n");
        assert!(may_write_plugin_cache(dir, cache, "terraform"), "not locked");
        write(".terraform.lock.hcl", LOCK);
        assert!(may_write_plugin_cache(dir, cache, "terraform"), "not fetched");
        create_dir_all(&dir.join(Path::new("cache/registry.terraform.io/hashicorp/null/3.2.4"))).unwrap();
        assert!(!may_write_plugin_cache(dir, cache, "terraform"), "all there");
        assert!(may_write_plugin_cache(dir, cache, "tofu"), "locked for the other tool");
        let required = |name: &str| format!("terraform {{\n  required_providers {{\n    {name}\n  }}\n}}\n");
        write("versions.tf", &required("x = { source = \"hashicorp/null\" }"));
        assert!(!may_write_plugin_cache(dir, cache, "terraform"), "still all there");
        write("versions.tf", &required("random = { source = \"hashicorp/random\" }"));
        assert!(may_write_plugin_cache(dir, cache, "terraform"), "another one is needed");
        write("versions.tf", "");
        write(".terraform.lock.hcl", &LOCK.replace("h1:", "zh:"));
        assert!(may_write_plugin_cache(dir, cache, "terraform"), "nothing to compare the cached folder with");
    }
}
