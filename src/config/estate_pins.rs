//! `pins` of `terrace.hcl`: how tight each environment pins its versions, and what is let off for which reason. Knows the
//! words, not the rules.

use super::estate_file::Reading;
use super::evaluation::{Evaluation, fault_at};
use crate::diag::{Code, Diagnostic, Diagnostics, Span, closest};
use crate::graph::glob::CopyGlob;
use crate::hcl::ast::Block;
use crate::hcl::{Data, Fault, Value};
use crate::host::clock;
use std::time::{Duration, SystemTime};

/// How tight a version is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tight {
    /// Any constraint will do, as long as there is one.
    Any,
    /// There is an upper end.
    Bounded,
    /// One version.
    Exact,
}

impl Tight {
    /// The words for it, as they are written.
    pub const WORDS: [&str; 3] = ["any", "bounded", "exact"];

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "any" => Some(Self::Any),
            "bounded" => Some(Self::Bounded),
            "exact" => Some(Self::Exact),
            _ => None,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Bounded => "bounded",
            Self::Exact => "exact",
        }
    }
}

/// What the reference of a source must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceRef {
    /// Anything but the name of a branch.
    Any,
    /// A tag or a commit.
    Tag,
    /// A commit.
    Commit,
}

impl SourceRef {
    /// The words for it, as they are written.
    pub const WORDS: [&str; 3] = ["any", "tag", "commit"];

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "any" => Some(Self::Any),
            "tag" => Some(Self::Tag),
            "commit" => Some(Self::Commit),
            _ => None,
        }
    }
}

/// What becomes of things that cannot be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUnchecked {
    /// They are counted and listed.
    Allow,
    /// They are violations.
    Deny,
}

impl WhenUnchecked {
    /// The words for it, as they are written.
    pub const WORDS: [&str; 2] = ["allow", "deny"];

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// What an environment demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Versions of registry modules that are called.
    pub modules: Tight,
    /// Constraints on providers.
    pub providers: Tight,
    /// Constraints on terraform itself.
    pub tools: Tight,
    pub sources: SourceRef,
    /// Those that lock files have hashes for, as `linux_amd64`; empty: any one will do.
    pub platforms: Vec<String>,
    /// Whether lock files have `zh:` hashes, which only a registry gives.
    pub zh: bool,
    pub unchecked: WhenUnchecked,
    /// The host that providers come from; `None`: that of the tool.
    pub registry: Option<String>,
    /// The environment whose pins come first: what is pinned here was pinned there before.
    pub follows: Option<String>,
}

impl Default for Demands {
    fn default() -> Self {
        Self {
            modules: Tight::Bounded,
            providers: Tight::Bounded,
            tools: Tight::Any,
            sources: SourceRef::Tag,
            platforms: Vec::new(),
            zh: false,
            unchecked: WhenUnchecked::Allow,
            registry: None,
            follows: None,
        }
    }
}

/// Paths below the estate's root.
#[derive(Clone, Debug)]
pub struct Paths {
    pub written: Vec<String>,
    globs: Vec<CopyGlob>,
}

impl Paths {
    /// Whether a path relative to the estate's root is one of them, or lies below one.
    #[must_use]
    pub fn cover(&self, path: &str) -> bool {
        self.globs.iter().any(|glob| glob.covers(path))
    }
}

/// `environment "prod" { … }`
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: String,
    pub paths: Paths,
    pub demands: Demands,
    pub span: Span,
}

/// `exempt "pin/source-ref" { … }`
#[derive(Clone, Debug)]
pub struct Exempt {
    /// The name of a rule.
    pub rule: String,
    pub rule_span: Span,
    /// `None`: everywhere.
    pub paths: Option<Paths>,
    pub reason: String,
    pub expires: Option<Expiry>,
    pub span: Span,
}

/// The last day of an exemption.
#[derive(Clone, Debug)]
pub struct Expiry {
    pub written: String,
    /// The first moment after it.
    pub end: SystemTime,
    pub span: Span,
}

/// `pins { … }`
#[derive(Clone, Debug, Default)]
pub struct PinsBlock {
    /// Where no environment says otherwise.
    pub defaults: Demands,
    /// The first whose paths cover a unit is the unit's.
    pub environments: Vec<Environment>,
    pub exemptions: Vec<Exempt>,
}

/// The members that make demands.
pub(super) const DEMANDS: [&str; 9] =
    ["modules", "providers", "tools", "sources", "platforms", "zh", "unchecked", "registry", "follows"];

/// Reads the block.
///
/// # Errors
/// Every fault in it.
pub(super) fn read(evaluation: &Evaluation<'_>, block: &Block) -> Result<PinsBlock, Diagnostics> {
    let mut faults: Diagnostics = Vec::new();
    let top = Members { reading: Reading { evaluation, block }, faults: &mut faults };
    let mut pins = PinsBlock { defaults: top.demands(&Demands::default()), ..PinsBlock::default() };
    for block in block.body.blocks_of("environment") {
        let members = Members { reading: Reading { evaluation, block }, faults: &mut faults };
        pins.environments.extend(members.environment(&pins.defaults));
    }
    for block in block.body.blocks_of("exempt") {
        let members = Members { reading: Reading { evaluation, block }, faults: &mut faults };
        pins.exemptions.extend(members.exemption());
    }
    for (index, environment) in pins.environments.iter().enumerate() {
        if let Some(first) = pins.environments[..index].iter().find(|other| other.name == environment.name) {
            let text = format!("a second environment \"{}\"", environment.name);
            faults.push(
                fault_at(Code::DuplicateBlock, environment.span, text).label(first.span, "the first one"),
            );
        }
    }
    if faults.is_empty() { Ok(pins) } else { Err(faults) }
}

/// The members of one block; what is wrong with them is collected.
struct Members<'m> {
    reading: Reading<'m>,
    faults: &'m mut Diagnostics,
}

impl Members<'_> {
    fn demands(mut self, base: &Demands) -> Demands {
        self.demands_over(base)
    }

    fn demands_over(&mut self, base: &Demands) -> Demands {
        let tight = |word: &str| Tight::parse(word);
        Demands {
            modules: self.word(("modules", &Tight::WORDS), tight).unwrap_or(base.modules),
            providers: self.word(("providers", &Tight::WORDS), tight).unwrap_or(base.providers),
            tools: self.word(("tools", &Tight::WORDS), tight).unwrap_or(base.tools),
            sources: self.word(("sources", &SourceRef::WORDS), SourceRef::parse).unwrap_or(base.sources),
            platforms: self.platforms().unwrap_or_else(|| base.platforms.clone()),
            zh: self.flag("zh").unwrap_or(base.zh),
            unchecked: self
                .word(("unchecked", &WhenUnchecked::WORDS), WhenUnchecked::parse)
                .unwrap_or(base.unchecked),
            registry: self.text("registry").map(|(text, _)| text).or_else(|| base.registry.clone()),
            follows: self.text("follows").map(|(text, _)| text).or_else(|| base.follows.clone()),
        }
    }

    fn environment(mut self, defaults: &Demands) -> Option<Environment> {
        let block = self.reading.block;
        let demands = self.demands_over(defaults);
        let paths = self.paths();
        let name = block.labels.first()?.name.to_string();
        Some(Environment { name, paths: paths?, demands, span: block.header })
    }

    fn exemption(mut self) -> Option<Exempt> {
        let block = self.reading.block;
        let paths = block.body.find_attribute("paths").map(|_| self.paths());
        let reason = self.text("reason");
        let expires = block.body.find_attribute("expires").map(|_| self.expiry());
        let rule = block.labels.first()?;
        Some(Exempt {
            rule: rule.name.to_string(),
            rule_span: rule.span,
            paths: paths.map_or(Some(None), |paths| paths.map(Some))?,
            reason: reason?.0,
            expires: expires.map_or(Some(None), |expires| expires.map(Some))?,
            span: block.header,
        })
    }

    fn value(&mut self, name: &str) -> Option<(Value, Span)> {
        match self.reading.value(name) {
            Ok(found) => found,
            Err(fault) => {
                self.faults.push(*fault);
                None
            }
        }
    }

    fn keep<T>(&mut self, found: Result<T, Fault>) -> Option<T> {
        found.map_err(|fault| self.faults.push(*fault)).ok()
    }

    fn word<T>(&mut self, (name, words): (&str, &[&str]), parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (value, span) = self.value(name)?;
        let found = value.as_str().and_then(parse).ok_or_else(|| {
            let text = format!("`{name}` is one of {}", words.join(", "));
            let meant = value.as_str().and_then(|word| closest(word, words.iter().copied()));
            let hint = format!("write `{name} = \"{}\"`", meant.unwrap_or(words[1]));
            Box::new(fault_at(Code::UnknownWord, span, text).hint(hint))
        });
        self.keep(found)
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        let (value, span) = self.value(name)?;
        let found = value.as_bool().ok_or_else(|| {
            Box::new(fault_at(Code::WrongType, span, format!("`{name}` must be true or false")))
        });
        self.keep(found)
    }

    /// A text that says something.
    fn text(&mut self, name: &str) -> Option<(String, Span)> {
        let (value, span) = self.value(name)?;
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
        let found = text.map(|text| (text.to_owned(), span)).ok_or_else(|| {
            Box::new(fault_at(Code::WrongType, span, format!("`{name}` must be a text that says something")))
        });
        self.keep(found)
    }

    fn texts(&mut self, name: &str) -> Option<(Vec<String>, Span)> {
        let (value, span) = self.value(name)?;
        let texts = value.items().and_then(|items| {
            items
                .iter()
                .map(|item| match &item.data {
                    Data::String(text) if !text.is_empty() => Some(text.to_string()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
        });
        let found = texts.map(|texts| (texts, span)).ok_or_else(|| {
            Box::new(fault_at(Code::WrongType, span, format!("`{name}` must be a list of texts")))
        });
        self.keep(found)
    }

    fn paths(&mut self) -> Option<Paths> {
        let (written, span) = self.texts("paths")?;
        if written.is_empty() {
            let fault = fault_at(Code::WrongType, span, "`paths` names nothing");
            self.faults.push(
                fault.hint("write `paths = [\"live/prod/**\"]`, relative to the folder of terrace.hcl"),
            );
            return None;
        }
        let mut globs = Vec::with_capacity(written.len());
        for path in &written {
            // A folder stands for itself and for all below it.
            let folder = path.strip_suffix("/**").unwrap_or(path);
            match CopyGlob::parse(folder) {
                Ok(glob) => globs.push(glob),
                Err(error) => {
                    let text = format!("`{path}` is no pattern of paths: {error}");
                    self.faults.push(fault_at(Code::MalformedPattern, span, text));
                }
            }
        }
        (globs.len() == written.len()).then_some(Paths { written, globs })
    }

    fn platforms(&mut self) -> Option<Vec<String>> {
        let (platforms, span) = self.texts("platforms")?;
        let is_one = |text: &String| {
            text.split_once('_').is_some_and(|(os, arch)| {
                let is_word = |part: &str| {
                    !part.is_empty()
                        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                };
                is_word(os) && is_word(arch)
            })
        };
        if let Some(odd) = platforms.iter().find(|platform| !is_one(platform)) {
            let fault = fault_at(Code::WrongType, span, format!("`{odd}` is no platform"));
            self.faults.push(fault.hint("write the system and the processor, as in `linux_amd64`"));
            return None;
        }
        Some(platforms)
    }

    fn expiry(&mut self) -> Option<Expiry> {
        let (written, span) = self.text("expires")?;
        let day =
            (written.len() == 10).then(|| clock::parse_rfc3339(&format!("{written}T00:00:00Z"))).flatten();
        let found = day
            .map(|day| Expiry { end: day + Duration::from_secs(86_400), written, span })
            .ok_or_else(|| {
                let fault: Diagnostic = fault_at(Code::WrongType, span, "`expires` must be a day");
                Box::new(fault.hint("write year, month and day, as in `expires = \"2027-01-31\"`"))
            });
        self.keep(found)
    }
}
