//! Whether `terraform init` must run first, who may run it at the same time, and what it leaves for the unit.

use super::command::TerraformCommand;
use super::prepare::Prepared;
use crate::diag::SourceMap;
use crate::hcl::ast::{Block, Body};
use crate::hcl::parse::parse_body;
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use crate::provider::{InitContext, InitDecision, Tool, lock_file, needs_init, record_init};
use std::path::{Path, PathBuf};

const LOCK_FILE: &str = ".terraform.lock.hcl";

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
    bodies(dir).is_none_or(|bodies| {
        let blocks = bodies.iter().flat_map(|body| body.blocks_of("terraform"));
        let mut backends = blocks.flat_map(|block| block.body.blocks_of("backend"));
        backends.any(|block| block.labels.first().is_some_and(|label| &*label.name == backend))
    })
}

/// Where terraform keeps what init fetched and noted.
#[must_use]
pub fn data_dir(working_dir: &Path, env: &Env) -> PathBuf {
    working_dir.join(env.get_filled("TF_DATA_DIR").unwrap_or(".terraform"))
}

/// The `backend` or `cloud` block of a module, if it has one; `None` outside when its files do not say it plainly.
#[must_use]
pub fn backend_block(dir: &Path) -> Option<Option<Block>> {
    let bodies = bodies(dir)?;
    let blocks =
        bodies.iter().flat_map(|body| body.blocks_of("terraform")).flat_map(|block| &block.body.blocks);
    Some(blocks.into_iter().find(|block| matches!(&*block.kind.name, "backend" | "cloud")).cloned())
}

/// The module's files; `None` if one cannot be read, or is JSON.
fn bodies(dir: &Path) -> Option<Vec<Body>> {
    let sources = SourceMap::default();
    let mut bodies = Vec::new();
    for entry in fs::read_dir(dir).ok()? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".tf.json") || name.ends_with(".tofu.json") {
            return None;
        }
        if name.ends_with(".tf") || name.ends_with(".tofu") {
            let path = entry.path();
            let text = fs::read_text(&path).ok()?;
            let file = sources.add(&path, text.as_str().into());
            bodies.push(parse_body(&text, file).0?);
        }
    }
    Some(bodies)
}

/// Whether this init might write a package into a plugin cache that others write too. terraform does not lock that
/// cache, so such inits go one by one.
#[must_use]
pub fn may_write_plugin_cache(working_dir: &Path, env: &Env) -> bool {
    let Some(cache) = env.get_filled("TF_PLUGIN_CACHE_DIR") else { return false };
    let cache = working_dir.join(cache);
    match fs::read_text(&working_dir.join(LOCK_FILE)) {
        Ok(lock) => {
            let is_there = |package: &PathBuf| fs::is_dir(&cache.join(package));
            !lock_file::packages(&lock).is_some_and(|packages| packages.iter().all(is_there))
        }
        Err(_) => needs_providers(working_dir),
    }
}

/// Whether a module may need any provider but the built-in one.
fn needs_providers(dir: &Path) -> bool {
    let Some(bodies) = bodies(dir) else { return true };
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
    use crate::host::env::Env;
    use crate::host::fs::{Access, create_dir_all, write_atomic};
    use std::path::Path;

    const LOCK: &str = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.4\"\n}\n";

    #[test]
    fn only_inits_that_may_write_the_cache_wait() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let write =
            |name: &str, text: &str| write_atomic(&dir.join(name), text.as_bytes(), Access::Shared).unwrap();
        let mut env = Env::default();
        write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        assert!(!may_write_plugin_cache(dir, &env), "no cache");
        env.set("TF_PLUGIN_CACHE_DIR", dir.join("cache"));
        assert!(!may_write_plugin_cache(dir, &env), "nothing to fetch");
        write("main.tf", "resource \"null_resource\" \"a\" {}\n");
        assert!(may_write_plugin_cache(dir, &env), "not locked");
        write(".terraform.lock.hcl", LOCK);
        assert!(may_write_plugin_cache(dir, &env), "not fetched");
        create_dir_all(&dir.join(Path::new("cache/registry.terraform.io/hashicorp/null/3.2.4"))).unwrap();
        assert!(!may_write_plugin_cache(dir, &env), "all there");
    }
}
