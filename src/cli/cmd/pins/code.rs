//! The code of units, and their lock files: what a unit needs is what its module and all that this calls say together.
//! Fetches nothing: a module that is not on this machine is a fault.

use crate::cli::context::Context;
use crate::config::pinned::{GeneratedCode, PinnedUnit, load_pinned};
use crate::config::working_dir;
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::host::listings::Listings;
use crate::host::{env, fs, parallel};
use crate::pins::relock::{Lockable, OldLock};
use crate::pins::{self, FoundModule, Lack, Policy, ToolTelling};
use crate::provider::Platform;
use crate::provider::code::{Dialect, Generated, Modules, Root, Tree, Unchecked, Why, syntax_of};
use crate::provider::lock_file::{FILE_NAME, Header, parse};
use crate::provider::needed::needs_of;
use std::path::{Path, PathBuf};

/// A unit with its code.
pub(super) struct UnitCode {
    pub pinned: PinnedUnit,
    pub module: FoundModule,
    pub tree: Tree,
    pub dialect: Dialect,
}

/// Reads the code and the lock files of units.
pub(super) struct Reading<'a> {
    pub context: &'a Context,
    modules: Modules,
}

/// For which platforms units are locked: those of the command line, else those that the policy wants, else the one that we
/// run on.
pub(super) struct Platforms<'a> {
    pub given: &'a [Platform],
    pub policy: &'a Policy,
}

impl Platforms<'_> {
    fn of_unit(&self, dir: &Path) -> Vec<Platform> {
        if !self.given.is_empty() {
            return self.given.to_vec();
        }
        let demands = self.policy.demands_of(self.policy.environment_of(dir));
        let wanted: Vec<Platform> =
            demands.platforms.iter().filter_map(|text| Platform::parse(text)).collect();
        if wanted.is_empty() { vec![Platform::own()] } else { wanted }
    }
}

impl<'a> Reading<'a> {
    pub fn new(context: &'a Context) -> Self {
        Self { context, modules: Modules::new(context.session.files.sources.clone()) }
    }

    /// The units of these files, each ready to be locked or with its faults.
    pub fn lockables(
        &self,
        paths: &[PathBuf],
        platforms: &Platforms<'_>,
    ) -> Vec<Result<Lockable, Diagnostics>> {
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
        let pinned = load_pinned(session, config_path);
        if !pinned.faults.is_empty() {
            return Err(pinned.faults);
        }
        let span = pinned.source.as_ref().map(|source| source.span);
        let module =
            FoundModule::of_unit(session, &pinned, None).map_err(|lack| vec![not_found(span, lack)])?;
        let named = pinned.terraform_binary.as_ref().and_then(|binary| binary.as_text());
        let locked = self.lock_file(&pinned.dir.join(FILE_NAME))?.and_then(|old| old.lock.tool());
        let telling = ToolTelling { dir: &pinned.dir, named, locked };
        let dialect = super::dialect(self.context, &telling);
        let tree = self.tree(&pinned, &module, dialect)?;
        Ok(UnitCode { pinned, module, tree, dialect })
    }

    fn tree(&self, pinned: &PinnedUnit, module: &FoundModule, dialect: Dialect) -> Result<Tree, Diagnostics> {
        let fetched = module.fetched(&self.context.session).map_err(|fault| vec![*fault])?;
        let generated = laid_over(pinned, &module.dir)?;
        let root = Root { dir: &module.dir, dialect, generated: &generated, fetched: fetched.as_ref() };
        let tree = self.modules.tree(&root);
        let mut faults: Diagnostics = tree.all_faults().cloned().collect();
        faults.extend(tree.unchecked.iter().map(|unchecked| unread(&tree, unchecked)));
        if faults.is_empty() { Ok(tree) } else { Err(faults) }
    }

    /// What there is to lock of a unit.
    ///
    /// # Errors
    /// What is wrong with its lock file.
    pub fn lockable(&self, unit: &UnitCode, platforms: &Platforms<'_>) -> Result<Lockable, Diagnostics> {
        let path = unit.pinned.dir.join(FILE_NAME);
        // A run of a unit without a lock file takes that of the module, and so does its new one.
        let old = match (self.lock_file(&path)?, unit.module.lock_file(&unit.pinned)) {
            (None, Some(of_module)) => self.lock_file(&of_module)?,
            (own, _) => own,
        };
        Ok(Lockable {
            name: self.shown(&unit.pinned.dir),
            old,
            path,
            needs: needs_of(&unit.tree, unit.dialect.registry()),
            header: Header::of_tool(unit.dialect.program()),
            platforms: platforms.of_unit(&unit.pinned.dir),
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

/// The files that will be laid over the module; one that only a run tells is a fault.
fn laid_over(pinned: &PinnedUnit, module: &Path) -> Result<Vec<Generated>, Diagnostics> {
    let stays = |code: &GeneratedCode| code.yields && fs::exists(&module.join(&code.path));
    let is_code = |code: &GeneratedCode| {
        let name = fs::clean(Path::new(&code.path)).display().to_string();
        !name.contains('/') && syntax_of(&name).is_some()
    };
    for code in pinned.generated.iter().filter(|code| !stays(code) && is_code(code)) {
        if let Err(why) = &code.contents.text {
            return Err(vec![unclear(Some(code.contents.span), why)]);
        }
    }
    Ok(pins::laid_over(module, (&pinned.dir, &pinned.generated), &Listings::default()))
}

/// Something that only a run of the unit tells.
fn unclear(span: Option<Span>, why: &str) -> Diagnostic {
    let fault = Diagnostic::error(Code::ModuleNotHere, "what the unit needs is only known when it runs");
    span.into_iter()
        .fold(fault, |fault, span| fault.at(span, why))
        .hint("write it so that files alone tell it, or lock this unit with `terrace run providers lock`")
}

/// A module that is not found.
fn not_found(span: Option<Span>, lack: Lack) -> Diagnostic {
    let away = match lack {
        Lack::Unknown(why) => return unclear(span, &why),
        Lack::Address(error) => return *working_dir::source_fault(&error, span),
        Lack::Away(away) => away,
    };
    let fault = Diagnostic::error(
        Code::ModuleNotHere,
        format!("the module {} is not on this machine, so that nobody knows what it needs", away.source),
    );
    span.into_iter()
        .fold(fault, |fault, span| fault.at(span, away.to_string()))
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
