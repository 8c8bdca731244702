//! A state that only terraform reaches: a private folder that holds nothing but its backend, initialised. Nothing ever
//! runs in the unit's own directory.

use super::backend::backend_text;
use super::outputs::{OutputError, Target};
use super::whereabouts::{Asked, Declaration};
use crate::custody::passage::Far;
use crate::host::env::Env;
use crate::host::fs::{self, Access};
use crate::host::process::{Captured, Invocation};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder, and how terraform runs in it. Whoever made the folder removes it.
#[derive(Debug)]
pub struct Passage {
    program: PathBuf,
    env: Env,
    folder: PathBuf,
    place: String,
}

impl Passage {
    /// Declares the backend in an empty folder and initialises it. Blocks.
    ///
    /// # Errors
    /// When there is no terraform, or it refuses.
    pub fn open((target, asked): (&Target, &Asked), place: &str, folder: &Path) -> Result<Self, OutputError> {
        let (name, text) = backend_declaration(asked, place)?;
        let write = |name: &str, bytes: &[u8]| {
            let written = fs::write_atomic(&folder.join(name), bytes, Access::Private);
            written.map_err(|error| OutputError::File(Arc::new(error)))
        };
        write(name, text.as_bytes())?;
        if let Ok(lock) = fs::read(&target.working_dir.join(".terraform.lock.hcl")) {
            write(".terraform.lock.hcl", &lock)?;
        }
        let mut env = target.env.clone();
        env.remove("TF_DATA_DIR");
        if let Some(workspace) = &asked.workspace {
            env.set("TF_WORKSPACE", workspace);
        }
        let program = target.tool.as_ref().map_err(Clone::clone)?.program.clone();
        let this = Self { program, env, folder: folder.to_path_buf(), place: place.to_owned() };
        this.run("init for reading the state", &["init", "-get=false", "-input=false", "-no-color"])?;
        Ok(this)
    }

    /// What a command says. `step` is its name in a failure.
    ///
    /// # Errors
    /// When it cannot be started, or fails.
    pub fn run(&self, step: &'static str, args: &[&str]) -> Result<Vec<u8>, OutputError> {
        let invocation = Invocation {
            program: self.program.clone(),
            args: args.iter().map(Into::into).collect(),
            cwd: self.folder.clone(),
            env: self.env.clone(),
        };
        let captured = invocation.capture().map_err(|error| OutputError::Process(Arc::new(error)))?;
        if captured.code == 0 { Ok(captured.stdout) } else { Err(self.failed(step, &captured)) }
    }

    fn failed(&self, step: &'static str, captured: &Captured) -> OutputError {
        let said = super::tail::strip_ansi(&String::from_utf8_lossy(&captured.stderr));
        let said = super::tail::last_lines(&said).join("\n");
        OutputError::Terraform { place: self.place.clone(), step, code: captured.code, said }
    }
}

impl Far for Passage {
    fn address(&self) -> String {
        self.place.clone()
    }

    fn pull(&self) -> Result<Vec<u8>, String> {
        let pulled = self.run("state pull", &["state", "pull"]);
        pulled.map_err(|error| error.to_string())
    }

    fn push(&self, state: &[u8]) -> Result<(), String> {
        const FILE: &str = "moved.tfstate";
        let written = fs::write_atomic(&self.folder.join(FILE), state, Access::Private);
        written.map_err(|error| error.to_string())?;
        let pushed = self.run("state push", &["state", "push", FILE]);
        pushed.map(|_| ()).map_err(|error| error.to_string())
    }
}

fn backend_declaration(asked: &Asked, place: &str) -> Result<(&'static str, String), OutputError> {
    match &asked.declaration {
        Declaration::Unit(remote) => {
            let text = backend_text(remote);
            let said = "a setting of remote_state is not known".to_owned();
            let unknown = OutputError::Terraform { place: place.to_owned(), step: "backend", code: 1, said };
            Ok(("backend.tf", text.map_err(|_| unknown)?))
        }
        Declaration::Json(json) => Ok(("backend.tf.json", json.to_string())),
    }
}
