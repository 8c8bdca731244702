use super::account::{Account, Entry, Excuse, Gap, Level, Place, Region, RuleInfo, Surveyor, Trouble};
use super::{github, json, junit, sarif};
use crate::diag::{Position, SourceMap, Span};
use serde_json::Value;
use std::path::Path;

const RULES: [RuleInfo; 2] = [
    RuleInfo {
        name: "pin/source-ref",
        summary: "sources are held by a tag or a commit",
        level: Level::Error,
        page: "# pin/source-ref\n",
    },
    RuleInfo { name: "pin/ci-refs", summary: "CI is held", level: Level::Warning, page: "# pin/ci-refs\n" },
];

fn place(file: &str, (line, column): (usize, usize)) -> Place {
    let start = Position { line, column };
    let end = Position { line, column: column + 4 };
    Place { file: file.to_owned(), region: Some(Region { start, end }) }
}

fn entry(rule: &'static str, level: Level, message: &str) -> Entry {
    Entry {
        rule,
        level,
        message: message.to_owned(),
        hint: Some("write `?ref=v1.2.3`".to_owned()),
        place: Some(place("live/a b/ü#%.hcl", (3, 5))),
        related: vec![(place("root.hcl", (1, 1)), "the other one".to_owned())],
        units: vec!["live/a b".to_owned()],
        environment: Some("prod".to_owned()),
        fingerprint: "0011".to_owned(),
        excuse: None,
        is_fixable: false,
    }
}

/// One of each kind, with texts that every format has to escape.
fn account() -> Account {
    let hostile = "50% of <a href=\"x\">, 'b' & ]]>:\r\n\u{1}\u{fffe}\u{7f} ::error::x";
    let excuse = Excuse {
        reason: "vendor ships \"no\" tags, <yet>".to_owned(),
        expires: Some("2027-01-31".to_owned()),
        place: Some(place("terrace.hcl", (7, 3))),
    };
    Account {
        rules: RULES.to_vec(),
        units: 3,
        entries: vec![
            entry("pin/source-ref", Level::Error, hostile),
            Entry { excuse: Some(excuse), ..entry("pin/source-ref", Level::Error, "exempt one") },
            Entry { place: None, ..entry("pin/ci-refs", Level::Warning, "warned, only") },
        ],
        gaps: vec![Gap {
            reason: "the module is not on the disk".to_owned(),
            place: Some(Place { file: "live/x/terragrunt.hcl".to_owned(), region: None }),
            units: Vec::new(),
        }],
        troubles: vec![Trouble {
            code: "TRC0101",
            message: "a <stray> brace".to_owned(),
            hint: None,
            place: Some(place("live/y/terragrunt.hcl", (9, 1))),
        }],
    }
}

fn schema_faults(schema: &str, document: &str) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("schema.json", read(schema)).unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    schemas.validate(&read(document), index).err().map(|error| format!("{error:#}"))
}

const SARIF_SCHEMA: &str = include_str!("../../../tests/data/sarif/sarif-schema-2.1.0.json");
const OUR_SCHEMA: &str = include_str!("../../../docs/pins-report.schema.json");

#[test]
fn sarif_is_what_its_schema_says() {
    for account in [account(), Account { rules: RULES.to_vec(), ..Account::default() }] {
        assert_eq!(schema_faults(SARIF_SCHEMA, &sarif::render(&account, 0)), None);
    }
    assert!(schema_faults(SARIF_SCHEMA, r#"{"version": "2.1.0", "runs": [{"results": []}]}"#).is_some());
}

#[test]
fn sarif_says_where_and_why_and_what_is_let_off() {
    let log: Value = serde_json::from_str(&sarif::render(&account(), 3)).unwrap();
    let run = &log["runs"][0];
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "pin/source-ref");
    assert!(rule["helpUri"].as_str().unwrap().ends_with("/docs/rules/pin-source-ref.md"), "{rule}");
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    let results = run["results"].as_array().unwrap();
    let where_is = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(where_is["artifactLocation"]["uri"], "live/a%20b/%C3%BC%23%25.hcl");
    assert_eq!(where_is["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!(where_is["region"]["endColumn"], 9);
    assert_eq!(results[0]["partialFingerprints"]["terracePin/v1"], "0011");
    assert_eq!((&results[0]["ruleIndex"], &results[2]["ruleIndex"]), (&0.into(), &1.into()));
    assert_eq!(results[0]["suppressions"].as_array().map(Vec::len), Some(0), "all have some, or none has");
    let let_off = &results[1]["suppressions"][0];
    assert_eq!(let_off["justification"], "vendor ships \"no\" tags, <yet> (until 2027-01-31)");
    assert_eq!(let_off["status"], "accepted");
    let notes = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(
        (&notes[0]["level"], &run["invocations"][0]["executionSuccessful"]),
        (&"error".into(), &false.into())
    );
    let note = &notes[1];
    assert_eq!(note["message"]["text"], "unchecked: the module is not on the disk");
    assert_eq!(run["invocations"][0]["exitCode"], 3);
    let clean: Value = serde_json::from_str(&sarif::render(&Account::default(), 0)).unwrap();
    assert_eq!(clean["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn json_is_what_our_schema_says() {
    for account in [account(), Account::default()] {
        assert_eq!(schema_faults(OUR_SCHEMA, &json::render(&account)), None);
    }
    let object: Value = serde_json::from_str(&json::render(&account())).unwrap();
    assert_eq!(object["summary"]["errors"], 1);
    assert_eq!(object["summary"]["warnings"], 1);
    assert_eq!((&object["summary"]["exempt"], &object["summary"]["unchecked"]), (&1.into(), &1.into()));
    assert_eq!(object["findings"][1]["exempt"]["expires"], "2027-01-31");
    assert_eq!(object["findings"][2]["file"], Value::Null);
    assert_eq!((&object["summary"]["faults"], &object["faults"][0]["code"]), (&1.into(), &"TRC0101".into()));
}

#[test]
fn junit_is_well_formed_whatever_the_texts_say() {
    let document = junit::render(&account());
    let mut reader = quick_xml::Reader::from_str(&document);
    reader.config_mut().check_end_names = true;
    let (mut tags, mut message) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let value = quick_xml::escape::unescape(std::str::from_utf8(&attribute.value).unwrap())
                        .unwrap()
                        .into_owned();
                    if (name.as_str(), attribute.key.as_ref()) == ("failure", b"message") {
                        message = value;
                    }
                }
                tags.push(name);
            }
            _ => {}
        }
    }
    assert_eq!(message, "50% of <a href=\"x\">, 'b' & ]]>:\r\n\u{fffd}\u{fffd}\u{7f} ::error::x");
    assert_eq!(tags.iter().filter(|tag| *tag == "skipped").count(), 2);
    assert!(
        document.contains(
            "<testsuites name=\"terrace pins\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"2\""
        ),
        "{document}"
    );
    assert!(!document.contains(['\u{1}', '\u{fffe}']), "{document}");
}

#[test]
fn annotations_of_github_stay_one_line_each() {
    let text = github::render(&account());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[0].starts_with("::error file=live/y/terragrunt.hcl,line=9,"), "{text}");
    let lines = &lines[1..];
    assert_eq!(
        lines[0],
        "::error file=live/a b/ü#%25.hcl,line=3,endLine=3,col=5,endColumn=9,title=pin/source-ref::50%25 of <a href=\"x\">, 'b' & ]]>:%0D%0A\u{1}\u{fffe}\u{7f} ::error::x; write `?ref=v1.2.3`"
    );
    assert!(lines[1].starts_with("::notice file="), "an exemption is no error: {text}");
    assert_eq!(lines[2], "::warning title=pin/ci-refs::warned, only; write `?ref=v1.2.3`");
    assert_eq!(lines[4], "::notice title=pins::units: 3, errors: 1, warnings: 1, exempt: 1, unchecked: 1");
    let odd = Place { file: "a,b:c\n%.hcl".to_owned(), region: None };
    let mut account =
        Account { entries: vec![entry("pin/ci-refs", Level::Error, "x")], ..Account::default() };
    account.entries[0].place = Some(odd);
    assert!(github::render(&account).starts_with("::error file=a%2Cb%3Ac%0A%25.hcl,title="));
}

#[test]
fn paths_start_at_the_top_of_the_repository() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("repo");
    let estate = root.join("infra/live");
    crate::host::fs::create_dir_all(&estate).unwrap();
    let sources = SourceMap::default();
    let file = sources.add(&estate.join("x.hcl"), "a = 1\nbé = 2\n".into());
    let shown = || {
        let surveyor = Surveyor::new(&estate, &sources);
        (surveyor.place(Span::new(file, 6, 9)).unwrap().show(), surveyor.path(&estate))
    };
    assert_eq!(shown(), ("x.hcl:2:1".to_owned(), ".".to_owned()));
    crate::host::fs::create_dir_all(&root.join(".git")).unwrap();
    assert_eq!(shown(), ("infra/live/x.hcl:2:1".to_owned(), "infra/live".to_owned()));
    let place = Surveyor::new(Path::new("/elsewhere"), &sources).place(Span::new(file, 6, 9)).unwrap();
    assert_eq!(place.region.unwrap().end, Position { line: 2, column: 3 });
}
