//! `--format json`: everything that a check found as one object. `docs/pins-report.schema.json` describes it; a member that
//! is there keeps its meaning, and `version` grows if one has to change.

use super::account::{Account, Entry, Excuse, Gap, Place, Trouble};
use serde_json::{Map, Value, json};

/// Of the format.
pub const VERSION: u64 = 1;

/// The object, with a line break at its end.
#[must_use]
pub fn render(account: &Account) -> String {
    let counts = account.counts();
    let object = json!({
        "version": VERSION,
        "tool": { "name": "terrace", "version": env!("CARGO_PKG_VERSION") },
        "summary": {
            "units": account.units,
            "errors": counts.errors,
            "warnings": counts.warnings,
            "exempt": counts.exempt,
            "unchecked": counts.unchecked,
            "faults": counts.faults,
        },
        "findings": account.entries.iter().map(finding).collect::<Vec<_>>(),
        "unchecked": account.gaps.iter().map(unchecked).collect::<Vec<_>>(),
        "faults": account.troubles.iter().map(fault).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn finding(entry: &Entry) -> Value {
    let mut object = Map::new();
    object.insert("rule".to_owned(), entry.rule.into());
    object.insert("severity".to_owned(), entry.level.word().into());
    object.insert("message".to_owned(), entry.message.as_str().into());
    object.insert("hint".to_owned(), entry.hint.as_deref().into());
    put_place(&mut object, entry.place.as_ref());
    object.insert("units".to_owned(), entry.units.clone().into());
    object.insert("environment".to_owned(), entry.environment.as_deref().into());
    object.insert("related".to_owned(), entry.related.iter().map(related).collect::<Vec<_>>().into());
    object.insert("fingerprint".to_owned(), entry.fingerprint.as_str().into());
    object.insert("fixable".to_owned(), entry.is_fixable.into());
    object.insert("exempt".to_owned(), entry.excuse.as_ref().map_or(Value::Null, exempt));
    Value::Object(object)
}

fn related((place, text): &(Place, String)) -> Value {
    let mut object = Map::new();
    object.insert("text".to_owned(), text.as_str().into());
    put_place(&mut object, Some(place));
    Value::Object(object)
}

fn exempt(excuse: &Excuse) -> Value {
    json!({ "reason": excuse.reason, "expires": excuse.expires })
}

fn unchecked(gap: &Gap) -> Value {
    let mut object = Map::new();
    object.insert("reason".to_owned(), gap.reason.as_str().into());
    put_place(&mut object, gap.place.as_ref());
    object.insert("units".to_owned(), gap.units.clone().into());
    Value::Object(object)
}

fn fault(trouble: &Trouble) -> Value {
    let mut object = Map::new();
    object.insert("code".to_owned(), trouble.code.into());
    object.insert("message".to_owned(), trouble.message.as_str().into());
    object.insert("hint".to_owned(), trouble.hint.as_deref().into());
    put_place(&mut object, trouble.place.as_ref());
    Value::Object(object)
}

/// `file`, `start` and `end`; null where there is none.
fn put_place(object: &mut Map<String, Value>, place: Option<&Place>) {
    object.insert("file".to_owned(), place.map(|place| place.file.as_str()).into());
    let region = place.and_then(|place| place.region);
    let point = |at: Option<crate::diag::Position>| {
        at.map_or(Value::Null, |at| json!({ "line": at.line, "column": at.column }))
    };
    object.insert("start".to_owned(), point(region.map(|region| region.start)));
    object.insert("end".to_owned(), point(region.map(|region| region.end)));
}
