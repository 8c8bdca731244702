//! What is demanded where: the `pins` block of terrace.hcl, or what is sensible without one.

use super::rule::{RULES, find_rule};
use crate::config::EstateFile;
use crate::config::estate_pins::{Demands, Exempt, PinsBlock};
use crate::diag::{Code, Diagnostic, Diagnostics, Span, closest};
use crate::host::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names an environment of a policy; the one without a name is that of all paths that no other covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId(usize);

/// The demands on an estate.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The estate's root: paths of the policy start here.
    pub root: PathBuf,
    pub pins: PinsBlock,
    /// Whether there is a `pins` block at all.
    pub is_written: bool,
}

impl Policy {
    /// The policy of an estate; without a `pins` block everything is as by default.
    ///
    /// # Errors
    /// An exemption from a rule that does not exist, an environment that follows none.
    pub fn of(file: Option<&EstateFile>, root: &Path) -> Result<Self, Diagnostics> {
        let pins = file.and_then(|file| file.pins.clone());
        let policy = Self {
            root: file.map_or(root, |file| &file.dir).to_path_buf(),
            is_written: pins.is_some(),
            pins: pins.unwrap_or_default(),
        };
        let mut faults: Diagnostics = policy.pins.exemptions.iter().filter_map(unknown_rule).collect();
        faults.extend(policy.strange_followers());
        if faults.is_empty() { Ok(policy) } else { Err(faults) }
    }

    fn strange_followers(&self) -> Diagnostics {
        let names = || self.pins.environments.iter().map(|known| known.name.as_str());
        let odd = self.pins.environments.iter().filter_map(|environment| {
            let follows = environment.demands.follows.as_deref()?;
            let is_other = names().any(|name| name == follows) && follows != environment.name;
            (!is_other).then(|| {
                let text =
                    format!("\"{}\" follows \"{follows}\", which is no other environment", environment.name);
                let fault = Diagnostic::error(Code::UnknownWord, text).at(environment.span, "");
                match closest(follows, names()) {
                    Some(near) if near != environment.name => fault.hint(format!("did you mean \"{near}\"?")),
                    _ => fault,
                }
            })
        });
        odd.collect()
    }

    /// A path as the policy's patterns see it.
    #[must_use]
    pub fn relative(&self, path: &Path) -> String {
        fs::relative(&self.root, path).to_string_lossy().replace('\\', "/")
    }

    /// The environment of a folder.
    #[must_use]
    pub fn environment_of(&self, dir: &Path) -> EnvironmentId {
        let path = self.relative(dir);
        let found = self.pins.environments.iter().position(|environment| environment.paths.cover(&path));
        EnvironmentId(found.unwrap_or(self.pins.environments.len()))
    }

    /// Every environment, the one without a name last.
    pub fn environments(&self) -> impl Iterator<Item = EnvironmentId> {
        (0..=self.pins.environments.len()).map(EnvironmentId)
    }

    /// The name of an environment; empty where none has been given.
    #[must_use]
    pub fn name_of(&self, environment: EnvironmentId) -> &str {
        self.pins.environments.get(environment.0).map_or("", |known| &known.name)
    }

    #[must_use]
    pub fn demands_of(&self, environment: EnvironmentId) -> &Demands {
        self.pins.environments.get(environment.0).map_or(&self.pins.defaults, |known| &known.demands)
    }

    /// The environment whose pins come before those of this one.
    #[must_use]
    pub fn follows(&self, environment: EnvironmentId) -> Option<EnvironmentId> {
        let name = self.pins.environments.get(environment.0)?.demands.follows.as_deref()?;
        let earlier = self.pins.environments.iter().position(|known| known.name == name)?;
        (earlier != environment.0).then_some(EnvironmentId(earlier))
    }

    /// Where an environment is written.
    #[must_use]
    pub fn span_of(&self, environment: EnvironmentId) -> Option<Span> {
        self.pins.environments.get(environment.0).map(|known| known.span)
    }

    /// Who demands something, for messages: `"prod" wants`.
    #[must_use]
    pub fn wants(&self, environment: EnvironmentId) -> String {
        match self.name_of(environment) {
            "" if self.is_written => "the policy wants".to_owned(),
            "" => "it takes".to_owned(),
            name => format!("\"{name}\" wants"),
        }
    }

    /// The exemption in force for a rule at one of these places: the file of a finding, or all folders that it concerns.
    #[must_use]
    pub fn exemption(&self, rule: &str, (file, dirs): (&Path, &[&Path]), now: SystemTime) -> Option<usize> {
        let file = self.relative(file);
        let is_met = |exempt: &Exempt| {
            let Some(paths) = &exempt.paths else { return true };
            paths.cover(&file) || !dirs.is_empty() && dirs.iter().all(|dir| paths.cover(&self.relative(dir)))
        };
        self.pins.exemptions.iter().position(|exempt| {
            exempt.rule == rule && exempt.expires.as_ref().is_none_or(|day| now < day.end) && is_met(exempt)
        })
    }
}

fn unknown_rule(exempt: &Exempt) -> Option<Diagnostic> {
    if find_rule(&exempt.rule).is_some() {
        return None;
    }
    let text = format!("there is no rule \"{}\"", exempt.rule);
    let fault = Diagnostic::error(Code::UnknownWord, text).at(exempt.rule_span, "");
    Some(match closest(&exempt.rule, RULES.iter().map(|rule| rule.name)) {
        Some(near) => fault.hint(format!("did you mean \"{near}\"?")),
        None => fault.hint(format!(
            "the rules are {}",
            RULES.iter().map(|rule| rule.name).collect::<Vec<_>>().join(", ")
        )),
    })
}
