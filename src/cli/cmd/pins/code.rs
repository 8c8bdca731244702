//! The code of units, and their lock files: what a unit needs is what its module and all that this calls say together.
//! Fetches nothing: a module that is not on this machine is a fault.

use crate::cli::context::Context;
use crate::config::unit::{Generate, IfExists};
use crate::config::{LoadedUnit, load_checked, working_dir};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::host::{env, fs, parallel};
use crate::pins::relock::{Lockable, OldLock};
use crate::provider::Platform;
use crate::provider::address::default_host;
use crate::provider::code::{Dialect, Fetched, Generated, Modules, Root, Tree, Unchecked, Why, syntax_of};
use crate::provider::lock_file::{FILE_NAME, Header, parse};
use crate::provider::needed::needs_of;
use crate::source::Layout;
use std::path::{Path, PathBuf};

/// A unit with its code.
pub(super) struct UnitCode {
    pub loaded: LoadedUnit,
    pub layout: Layout,
    pub tree: Tree,
    /// The name of its terraform or tofu.
    pub tool: String,
}

/// Reads the code and the lock files of units.
pub(super) struct Reading<'a> {
    pub context: &'a Context,
    modules: Modules,
}

impl<'a> Reading<'a> {
    pub fn new(context: &'a Context) -> Self {
        Self { context, modules: Modules::new(context.session.files.sources.clone()) }
    }

    /// The units of these files, each ready to be locked or with its faults.
    pub fn lockables(&self, paths: &[PathBuf], platforms: &[Platform]) -> Vec<Result<Lockable, Diagnostics>> {
        parallel::in_order(paths, env::parallelism(), |path| {
            let unit = self.unit(path)?;
            self.lockable(&unit, platforms)
        })
    }

    /// The code of one unit.
    ///
    /// # Errors
    /// Every fault of its file or its modules.
    pub fn unit(&self, config_path: &Path) -> Result<UnitCode, Diagnostics> {
        let session = &self.context.session;
        let loaded = load_checked(session, config_path)?;
        let written = loaded.config.terraform.as_ref().and_then(|terraform| terraform.source.as_ref());
        let span = written.map(|source| source.span);
        let source = working_dir::address(session, &loaded.dir, written.map(|source| source.value.as_str()))
            .map_err(|error| vec![*working_dir::source_fault(&error, span)])?;
        let own = loaded.config.download_dir.as_ref().map(|dir| dir.value.as_str());
        let layout = working_dir::layout(session, &loaded.dir, (&source, own));
        let module = match source.module_dir() {
            Some(module) if fs::is_dir(&module) => module,
            _ if fs::is_dir(&layout.working_dir) => layout.working_dir.clone(),
            _ => return Err(vec![not_here(span, &source.to_string())]),
        };
        let tool = self.tool(&loaded);
        let tree = self.tree(&loaded, (&module, &layout), &tool)?;
        Ok(UnitCode { loaded, layout, tree, tool })
    }

    fn tool(&self, loaded: &LoadedUnit) -> String {
        let named = loaded.config.terraform_binary.as_deref();
        self.context.tools.of_unit(named).map_or_else(|_| "terraform".to_owned(), |tool| tool.name)
    }

    fn tree(
        &self,
        loaded: &LoadedUnit,
        (module, layout): (&Path, &Layout),
        tool: &str,
    ) -> Result<Tree, Diagnostics> {
        let data_dir = Path::new(loaded.env.get_filled("TF_DATA_DIR").unwrap_or(".terraform"));
        let fetched = match Fetched::load(&layout.working_dir, data_dir) {
            Ok(None) => Fetched::load(&loaded.dir, data_dir),
            found => found,
        };
        let fetched = fetched.map_err(|fault| vec![*fault])?;
        let dialect = if tool.contains("tofu") { Dialect::Tofu } else { Dialect::Terraform };
        let generated = generated(loaded, module);
        let root = Root { dir: module, dialect, generated: &generated, fetched: fetched.as_ref() };
        let tree = self.modules.tree(&root);
        let mut faults: Diagnostics = tree.all_faults().cloned().collect();
        faults.extend(tree.unchecked.iter().map(|unchecked| unread(&tree, unchecked)));
        if faults.is_empty() { Ok(tree) } else { Err(faults) }
    }

    /// What there is to lock of a unit.
    ///
    /// # Errors
    /// What is wrong with its lock file.
    pub fn lockable(&self, unit: &UnitCode, platforms: &[Platform]) -> Result<Lockable, Diagnostics> {
        let path = unit.loaded.dir.join(FILE_NAME);
        Ok(Lockable {
            name: self.shown(&unit.loaded.dir),
            old: self.lock_file(&path)?,
            path,
            needs: needs_of(&unit.tree, default_host(&unit.tool)),
            header: Header::of_tool(&unit.tool),
            platforms: platforms.to_vec(),
        })
    }

    /// How a folder is shown.
    pub fn shown(&self, dir: &Path) -> String {
        fs::relative(&self.context.session.root, dir).display().to_string()
    }

    /// A lock file; `None` if there is none.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn lock_file(&self, path: &Path) -> Result<Option<OldLock>, Diagnostics> {
        let text = match fs::read_text(path) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(vec![Diagnostic::error(Code::FileUnreadable, error.to_string())]),
        };
        let file = self.context.session.files.sources.add(path, text.as_str().into());
        let (lock, faults) = parse(&text, file);
        if faults.iter().any(Diagnostic::is_error) { Err(faults) } else { Ok(Some(OldLock { text, lock })) }
    }
}

/// The files that will be laid over the module: the unit's own and those that it generates.
fn generated(loaded: &LoadedUnit, module: &Path) -> Vec<Generated> {
    let mut files = Vec::new();
    if loaded.dir != module {
        let names = fs::list_dir(&loaded.dir).unwrap_or_default();
        let names = names.into_iter().filter_map(|(name, _)| name.into_string().ok());
        for name in names.filter(|name| syntax_of(name).is_some()) {
            if let Ok(text) = fs::read_text(&loaded.dir.join(&name)) {
                files.push(Generated { name, text: text.into() });
            }
        }
    }
    let is_written = |block: &&Generate| {
        let yields = block.if_exists == IfExists::Skip;
        !block.disable && !(yields && fs::exists(&module.join(&block.path)))
    };
    for block in loaded.config.generate.iter().filter(is_written) {
        files.retain(|file| file.name != block.path);
        if !block.path.contains('/') && syntax_of(&block.path).is_some() {
            files.push(Generated { name: block.path.clone(), text: block.contents.as_str().into() });
        }
    }
    files
}

/// A module that was never fetched.
fn not_here(span: Option<Span>, source: &str) -> Diagnostic {
    let fault = Diagnostic::error(
        Code::ModuleNotHere,
        format!("the module {source} is not on this machine, so that nobody knows what it needs"),
    );
    span.into_iter()
        .fold(fault, |fault, span| fault.at(span, "never fetched"))
        .hint("run `terrace run init` for this unit once, which fetches it")
}

/// A called module about which nothing is known.
fn unread(tree: &Tree, unchecked: &Unchecked) -> Diagnostic {
    let (why, hint) = match unchecked.why {
        Why::NotFetched => {
            ("is not on this machine", "run `terrace run init` for this unit once, which fetches it")
        }
        Why::OtherFetched => (
            "is on this machine as it was asked for before",
            "run `terrace run init` for this unit, which fetches it anew",
        ),
        Why::Computed => ("has a source that is no plain text", "write the source as a plain text"),
        Why::NoSource => ("has no source", "give it a `source`"),
        Why::TooDeep => {
            ("is called too deep down, as if in a circle", "look for modules that call each other")
        }
    };
    let call = tree.call(unchecked.at);
    let name = call.map_or("", |call| &call.name.name);
    let fault = Diagnostic::error(Code::ModuleNotHere, format!("the module `{name}` {why}"));
    let span = call.map(|call| call.source.as_ref().map_or(call.header, |source| source.span));
    span.into_iter().fold(fault, |fault, span| fault.at(span, "what it needs is not known")).hint(hint)
}
