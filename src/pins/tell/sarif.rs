//! `--format sarif`: SARIF 2.1.0, as code scanning services read it.

use super::account::{Account, Entry, Excuse, Gap, Level, Place, RuleInfo, Trouble};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor, Result as Finding,
    ResultLevel, Run, Sarif, Suppression, Tool, ToolComponent,
};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What addresses are relative to: whoever reads the file knows where the sources lie.
const ROOT: &str = "%SRCROOT%";
/// The name of our fingerprint; its number grows if the way to make one changes.
const FINGERPRINT: &str = "terracePin/v1";

/// The log, with a line break at its end.
#[must_use]
pub fn render(account: &Account, exit_code: u8) -> String {
    let driver = ToolComponent::builder()
        .name("terrace")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(account.rules.iter().map(rule).collect::<Vec<_>>())
        .build();
    let bases = ArtifactLocation::builder()
        .description(message("the top of the repository, or the estate's root outside of one"))
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!("unicodeCodePoints"))
        .original_uri_base_ids(BTreeMap::from([(ROOT.to_owned(), bases)]))
        .invocations(vec![invocation(account, exit_code)])
        .results(results(account))
        .build();
    let log = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    let value = serde_json::to_value(&log).unwrap_or(Value::Null);
    format!("{value:#}\n")
}

/// The page of a rule: `pin/source-ref` has `pin-source-ref.md`.
fn help_uri(name: &str) -> String {
    format!("{}/blob/HEAD/docs/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), name.replace('/', "-"))
}

fn rule(info: &RuleInfo) -> ReportingDescriptor {
    let page = MultiformatMessageString::builder().text(info.page).markdown(info.page).build();
    let tags = vec!["pins".to_owned(), "supply-chain".to_owned()];
    ReportingDescriptor::builder()
        .id(info.name)
        .name(camel(info.name))
        .short_description(MultiformatMessageString::builder().text(info.summary).build())
        .help(page)
        .help_uri(help_uri(info.name))
        .default_configuration(ReportingConfiguration::builder().level(json!(info.level.word())).build())
        .properties(PropertyBag::builder().tags(tags).build())
        .build()
}

/// `pin/source-ref` as `PinSourceRef`.
fn camel(name: &str) -> String {
    let parts = name.split(['/', '-']);
    parts
        .filter_map(|part| part.split_at_checked(1))
        .map(|(first, rest)| format!("{}{rest}", first.to_uppercase()))
        .collect()
}

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text).build()
}

/// What could not be looked at is told beside the results: it is no fault.
fn invocation(account: &Account, exit_code: u8) -> Invocation {
    let faults = account.troubles.iter().map(fault);
    let notes: Vec<Notification> = faults.chain(account.gaps.iter().map(note)).collect();
    Invocation::builder()
        .execution_successful(account.troubles.is_empty())
        .exit_code(i64::from(exit_code))
        .tool_execution_notifications(notes)
        .build()
}

fn note(gap: &Gap) -> Notification {
    Notification::builder()
        .level(json!("note"))
        .message(message(format!("unchecked: {}", gap.reason)))
        .locations(gap.place.iter().map(location).collect::<Vec<_>>())
        .build()
}

fn fault(trouble: &Trouble) -> Notification {
    Notification::builder()
        .level(json!("error"))
        .message(message(format!("{}: {}", trouble.code, trouble.message)))
        .locations(trouble.place.iter().map(location).collect::<Vec<_>>())
        .build()
}

fn results(account: &Account) -> Vec<Finding> {
    // All results have suppressions, or none has.
    let are_some_excused = account.entries.iter().any(|entry| entry.excuse.is_some());
    let results = account.entries.iter().map(|entry| {
        let mut found = result(entry, account);
        found.suppressions = are_some_excused.then(|| entry.excuse.iter().map(suppression).collect());
        found
    });
    results.collect()
}

fn result(entry: &Entry, account: &Account) -> Finding {
    let index = account.rules.iter().position(|rule| rule.name == entry.rule);
    let level = match entry.level {
        Level::Error => ResultLevel::Error,
        Level::Warning => ResultLevel::Warning,
    };
    let mut found = Finding::builder()
        .rule_id(entry.rule)
        .level(level)
        .message(message(entry.whole_message()))
        .locations(entry.place.iter().map(location).collect::<Vec<_>>())
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), entry.fingerprint.clone())]))
        .build();
    found.rule_index = index.and_then(|index| i64::try_from(index).ok());
    found.properties = properties(entry);
    if !entry.related.is_empty() {
        found.related_locations = Some(entry.related.iter().map(related).collect());
    }
    found
}

fn properties(entry: &Entry) -> Option<PropertyBag> {
    let mut members: BTreeMap<String, Value> = BTreeMap::new();
    if !entry.units.is_empty() {
        members.insert("units".to_owned(), json!(entry.units));
    }
    if let Some(environment) = &entry.environment {
        members.insert("environment".to_owned(), json!(environment));
    }
    (!members.is_empty()).then(|| PropertyBag::builder().additional_properties(members).build())
}

fn suppression(excuse: &Excuse) -> Suppression {
    let mut justification = excuse.reason.clone();
    if let Some(day) = &excuse.expires {
        justification = format!("{justification} (until {day})");
    }
    let mut suppression = Suppression::builder()
        .kind(json!("external"))
        .status(json!("accepted"))
        .justification(justification)
        .build();
    suppression.location = excuse.place.as_ref().map(location);
    suppression
}

fn related((place, text): &(Place, String)) -> Location {
    let mut location = location(place);
    location.message = Some(message(text.as_str()));
    location
}

fn location(place: &Place) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri_of(&place.file)).uri_base_id(ROOT).build();
    let mut physical = PhysicalLocation::builder().artifact_location(artifact).build();
    physical.region = place.region.map(|region| {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Region::builder()
            .start_line(number(region.start.line))
            .start_column(number(region.start.column))
            .end_line(number(region.end.line))
            .end_column(number(region.end.column))
            .build()
    });
    Location::builder().physical_location(physical).build()
}

/// A path as a relative reference: what is no plain letter or digit is written in percents.
fn uri_of(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
