//! `pins list`: what is pinned to what, where, and how far environments differ.

use super::{policy, survey};
use crate::cli::args::PinsListArgs;
use crate::cli::cmd::table::{columns, table};
use crate::cli::cmd::units;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, exit};
use crate::pins::inventory::{Kind, NOWHERE, Pin, Spread, spreads};
use crate::pins::list::pins_of;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Lists.
///
/// # Errors
/// A filter that cannot be understood, a faulty policy.
pub(super) fn run(args: &PinsListArgs, context: &Context) -> Result<u8, Failure> {
    let policy = policy(context)?;
    let survey = survey(context)?;
    units::diagnose(context, &survey.faults);
    let pins = pins_of(&survey, &policy);
    let skew = spreads(&pins);
    if args.json {
        let text = serde_json::to_string_pretty(&json!({ "pins": pins, "skew": skew })).unwrap_or_default();
        context.screen.print(&format!("{text}\n"))?;
        return Ok(exit::SUCCESS);
    }
    let names: Vec<&str> = policy.environments().map(|environment| policy.name_of(environment)).collect();
    let sections = [
        section("Tools", &pins, Kind::Tool),
        section("Providers", &pins, Kind::Provider),
        section("Modules", &pins, Kind::Module),
        by_environment(&skew, &names),
    ];
    let told: Vec<String> = sections.into_iter().flatten().collect();
    let text = if told.is_empty() { "Nothing is pinned here.\n".to_owned() } else { told.join("\n") };
    context.screen.print(&text)?;
    Ok(exit::SUCCESS)
}

/// The pins of a kind: those of one thing to one version are a line.
fn section(title: &str, pins: &[Pin], kind: Kind) -> Option<String> {
    let mut lines: BTreeMap<(&str, &str), Vec<&Pin>> = BTreeMap::new();
    for pin in pins.iter().filter(|pin| pin.kind == kind) {
        lines.entry((&pin.name, pin.shown())).or_default().push(pin);
    }
    let rows: Vec<[String; 4]> = lines
        .into_iter()
        .map(|((name, pinned), pins)| {
            let units: BTreeSet<&str> = pins.iter().filter_map(|pin| pin.unit.as_deref()).collect();
            [name.to_owned(), pinned.to_owned(), units.len().to_string(), places(&pins)]
        })
        .collect();
    let text = table(["NAME", "PINNED TO", "UNITS", "WHERE"], &rows);
    (!rows.is_empty()).then(|| format!("{title}\n{text}"))
}

/// The first place, and how many more there are.
fn places(pins: &[&Pin]) -> String {
    let all: BTreeSet<(&str, Option<usize>)> = pins.iter().map(|pin| (pin.file.as_str(), pin.line)).collect();
    let Some((file, line)) = all.first() else { return String::new() };
    let first = line.map_or_else(|| (*file).to_owned(), |line| format!("{file}:{line}"));
    match all.len() {
        1 => first,
        many => format!("{first} and {} more", many - 1),
    }
}

/// A row for each provider and module, a column for each environment.
fn by_environment(skew: &[Spread], names: &[&str]) -> Option<String> {
    let used: BTreeSet<&str> =
        skew.iter().flat_map(|row| row.environments.keys()).map(String::as_str).collect();
    let named = names.iter().map(|name| if name.is_empty() { NOWHERE } else { *name });
    let names: Vec<&str> = named.filter(|name| used.contains(name)).collect();
    if names.is_empty() || names == [NOWHERE] {
        return None;
    }
    let cell = |row: &Spread, name: &str| {
        let versions = row.environments.get(name);
        let versions = versions.into_iter().flatten();
        let told: Vec<String> = match versions.clone().count() {
            0 => return NOWHERE.to_owned(),
            1 => versions.map(|(version, _)| version.clone()).collect(),
            _ => versions.map(|(version, count)| format!("{version} ({count})")).collect(),
        };
        told.join(", ")
    };
    let lines: Vec<Vec<String>> = skew
        .iter()
        .map(|row| {
            let mark = if row.is_skewed { "differs" } else { "" };
            let cells = names.iter().map(|name| cell(row, name));
            [row.name.clone()].into_iter().chain(cells).chain([mark.to_owned()]).collect()
        })
        .collect();
    let heading: Vec<&str> = ["NAME"].into_iter().chain(names).collect();
    let all: Vec<Vec<&str>> = std::iter::once(heading)
        .chain(lines.iter().map(|line| line.iter().map(String::as_str).collect()))
        .collect();
    Some(format!("By environment\n{}", columns(&all)))
}
