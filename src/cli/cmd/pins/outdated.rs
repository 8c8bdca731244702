//! `pins outdated`: which pins lag behind what registries and repositories have. The one command of `pins` that asks
//! anybody, and only for versions.

use super::{policy, survey};
use crate::cli::args::PinsOutdatedArgs;
use crate::cli::cmd::table::table;
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind as FailureKind, Warning, exit};
use crate::diag::Code;
use crate::host::parallel::in_order;
use crate::pins::inventory::Kind;
use crate::pins::list::{module_of, pins_of};
use crate::pins::outdated::{Asked, Standing, compare, questions};
use crate::pins::{Address, Site, Survey};
use crate::provider::ProviderAddress;
use crate::provider::address::TERRAFORM_REGISTRY;
use crate::provider::code::Dialect;
use crate::source::{self, RegistrySource, SourceError, tags};
use serde_json::json;

/// So many are asked at the same time.
const AT_ONCE: usize = 16;

/// Asks and compares. What one registry does not answer hides no other.
///
/// # Errors
/// Somebody did not answer: told after the others.
pub(super) fn run(args: &PinsOutdatedArgs, context: &Context) -> Result<u8, Failure> {
    let policy = policy(context)?;
    let survey = survey(context)?;
    units::diagnose(context, &survey.faults);
    let asked: Vec<(Asked, Question)> = questions(&pins_of(&survey, &policy))
        .into_iter()
        .filter_map(|asked| Some((question(context, &survey, &asked)?, asked)))
        .map(|(question, asked)| (asked, question))
        .collect();
    let answers = in_order(&asked, AT_ONCE, |(_, question)| question.ask(context));
    let (mut standings, mut failed) = (Vec::new(), Vec::new());
    for ((asked, _), answer) in asked.iter().zip(answers) {
        match answer {
            Ok(versions) => standings.push(compare(asked, &versions)),
            Err(error) => failed.push((asked.name.as_str(), error)),
        }
    }
    let text = if args.json { in_json(&standings, &failed) } else { for_people(&standings, failed.len()) };
    context.screen.print(&text)?;
    finish(context, &failed)
}

/// Whom to ask.
enum Question {
    Provider { host: String, provider: String },
    Module(RegistrySource),
    Git(source::address::GitSource),
}

impl Question {
    fn ask(&self, context: &Context) -> Result<Vec<String>, SourceError> {
        match self {
            Self::Provider { host, provider } => context.fetcher.provider_versions(host, provider),
            Self::Module(module) => context.fetcher.versions(module),
            Self::Git(git) => tags::tags(&context.session.env, git, &context.session.root),
        }
    }
}

fn question(context: &Context, survey: &Survey, asked: &Asked) -> Option<Question> {
    match asked.kind {
        Kind::Tool => None,
        Kind::Provider => {
            let address = ProviderAddress::parse(&asked.name, TERRAFORM_REGISTRY).ok()?;
            let provider = format!("{}/{}", address.namespace(), address.kind());
            Some(Question::Provider { host: address.host().to_owned(), provider })
        }
        Kind::Module => {
            let is_meant = |site: &&Site| module_of(site).is_some_and(|(name, ..)| name == asked.name);
            let site = survey.sites.iter().find(is_meant)?;
            let default_host = || {
                let dialect =
                    site.units.first().and_then(|unit| survey.units.get(*unit)).map(|unit| unit.dialect);
                let tool = dialect.map_or("terraform", Dialect::program);
                context.fetcher.default_registry(tool)
            };
            let module = |host: Option<&String>, module: &str| RegistrySource {
                host: Some(host.cloned().unwrap_or_else(default_host)),
                module: module.to_owned(),
                version: None,
            };
            match &site.address {
                Address::Registry(found) => {
                    Some(Question::Module(module(found.host.as_ref(), &found.module)))
                }
                Address::Source(found) => match &found.kind {
                    source::Kind::Registry(found) => {
                        Some(Question::Module(module(found.host.as_ref(), &found.module)))
                    }
                    source::Kind::Git(git) => Some(Question::Git(git.clone())),
                    _ => None,
                },
                Address::Bad(_) => None,
            }
        }
    }
}

fn in_json(standings: &[Standing], failed: &[(&str, SourceError)]) -> String {
    let failed: Vec<_> =
        failed.iter().map(|(name, error)| json!({ "name": name, "error": error.to_string() })).collect();
    let text = serde_json::to_string_pretty(&json!({ "pins": standings, "failed": failed }));
    text.unwrap_or_default() + "\n"
}

/// `failed`: how many pins nothing is known of; they are told apart.
fn for_people(standings: &[Standing], failed: usize) -> String {
    let behind: Vec<&Standing> = standings.iter().filter(|standing| standing.outdated).collect();
    if behind.is_empty() {
        return match standings.len() {
            known if failed > 0 => {
                format!("{} of {} pins are known to be the newest.\n", known, known + failed)
            }
            0 => "Nothing is pinned that a registry or a repository would know.\n".to_owned(),
            1 => "The one pin is the newest.\n".to_owned(),
            all => format!("All {all} pins are the newest.\n"),
        };
    }
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let rows: Vec<[String; 4]> = behind
        .iter()
        .map(|standing| {
            let current =
                if standing.current.is_empty() { "-".to_owned() } else { standing.current.join(", ") };
            [standing.name.clone(), current, shown(&standing.allowed), shown(&standing.latest)]
        })
        .collect();
    table(["NAME", "PINNED TO", "ALLOWED", "NEWEST"], &rows)
}

fn finish(context: &Context, failed: &[(&str, SourceError)]) -> Result<u8, Failure> {
    for (name, error) in failed {
        let warning = Warning::new(format!("{name}: {error}"));
        context.warn_of(&match error.hint() {
            Some(hint) => warning.hint(hint),
            None => warning,
        });
    }
    match failed.len() {
        0 => Ok(exit::SUCCESS),
        1 => Err(Failure::new(FailureKind::Machine, "the versions of 1 pin are not known")
            .coded(Code::UnknownModule)),
        many => Err(Failure::new(FailureKind::Machine, format!("the versions of {many} pins are not known"))
            .coded(Code::UnknownModule)),
    }
}
