//! One estate, many filters. Expectations are what the reference selects in the same estate, except where said.

use super::{Candidates, Changed, Filter, Needs, evaluate, exclude_line, needs, parse_filter, parse_lines};
use super::{exclude_dir, include_dir, include_external, reading};
use crate::graph::dag::Links;
use crate::graph::unit::{Component, Components, Kind, Place};
use crate::host::fs::{clean, relative};
use std::path::Path;
use std::sync::Arc;

const ROOT: &str = "/r/live";

/// Path, dependencies, files read; all as seen from the root.
const UNITS: [(&str, &[&str], &[&str]); 21] = [
    ("prod/vpc", &[], &["common.hcl"]),
    ("prod/db", &["prod/vpc"], &["common.hcl"]),
    ("prod/app", &["prod/db", "prod/vpc", "../shared/dns"], &["common.hcl"]),
    ("prod/cache", &["prod/vpc"], &[]),
    ("prod/eu/edge", &["prod/app"], &[]),
    ("dev/vpc", &[], &["dev/dev.hcl", "../modules/vpc/main.tf"]),
    ("dev/db", &["dev/vpc"], &["dev/dev.hcl"]),
    ("dev/app", &["dev/db"], &["../root.hcl"]),
    ("dev/my app", &[], &[]),
    (".hid/h", &[], &[]),
    ("legacy", &[], &[]),
    ("legacy/sub", &[], &[]),
    ("odd/we[ird]", &[], &[]),
    ("odd/a=b", &[], &[]),
    ("odd/x.y", &[], &[]),
    ("stacks/s1", &[], &[]),
    ("../shared/dns", &["../shared/zone"], &[]),
    ("../shared/zone", &[], &[]),
    ("../consumer/x", &["prod/app"], &[]),
    ("../consumer/y", &["../consumer/x"], &[]),
    ("../liveish/k", &["prod/db"], &[]),
];

const SOURCES: [(&str, &str); 3] = [
    ("prod/vpc", "git::https://example.com/terraform-aws-modules/vpc.git//mod?ref=v1"),
    ("prod/db", "github.com/acme/db?ref=v1"),
    ("dev/vpc", "../../../modules/vpc"),
];

const ALL: &str = ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,\
    prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,stacks/s1";

fn component(path: &str, files: &[&str]) -> Component {
    let root = Path::new(ROOT);
    let place = match path {
        "../shared/dns" | "../shared/zone" => Place::External,
        _ if path.starts_with("..") => Place::OutsideDependent,
        _ => Place::Inside,
    };
    Component {
        kind: if path == "stacks/s1" { Kind::Stack } else { Kind::Unit },
        path: clean(&root.join(path)),
        place,
        reading: files.iter().map(|file| Arc::from(clean(&root.join(file)))).collect(),
        source: SOURCES.iter().find(|(unit, _)| *unit == path).map(|(_, source)| (*source).to_owned()),
    }
}

fn estate() -> (Components, Links) {
    let components: Components = UNITS.iter().map(|(path, _, files)| component(path, files)).collect();
    let find = |path: &str| components.find(&clean(&Path::new(ROOT).join(path))).unwrap();
    let mut links = Links::default();
    for (path, dependencies, _) in UNITS {
        for dependency in dependencies {
            links.add(find(path), find(dependency), None);
        }
    }
    (components, links)
}

pub(super) fn select(filters: &[Filter]) -> String {
    let (components, links) = estate();
    let roots = [Path::new(ROOT).to_path_buf()];
    let find = |path: &str| components.find(&clean(&roots[0].join(path))).unwrap();
    let range = |from: &str, to: &str| Changed { from: from.to_owned(), to: to.to_owned() };
    let changed = [
        (range("main", "HEAD"), vec![find("prod/vpc"), find("dev/app")]),
        (range("v1", "v2"), vec![find("prod/vpc"), find("legacy")]),
    ];
    let changed = changed.into_iter().collect();
    let candidates = Candidates { components: &components, links: &links, roots: &roots, changed: &changed };
    let selected = evaluate(&filters.iter().collect::<Vec<_>>(), &candidates);
    let name =
        |id: &crate::graph::unit::UnitId| relative(&roots[0], components.path(*id)).display().to_string();
    selected.iter().map(name).collect::<Vec<_>>().join(",")
}

fn check(cases: &[(&[&str], &str)]) {
    let mut wrong = Vec::new();
    for (queries, want) in cases {
        let filters: Vec<Filter> = queries
            .iter()
            .map(|query| parse_filter(query).unwrap_or_else(|e| panic!("{}", e.render())))
            .collect();
        let got = select(&filters);
        if got != *want {
            wrong.push(format!("{queries:?}: got {got}, want {want}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join(
            "
"
        )
    );
}

#[test]
#[rustfmt::skip]
fn selections() {
    check(&[
        (&["vpc"], "dev/vpc,prod/vpc"),
        (&["v*"], "dev/vpc,prod/vpc"),
        (&[" my app "], "dev/my app"),
        (&["my*"], "dev/my app"),
        (&["*"], ALL),
        (&["?pp"], "dev/app,prod/app"),
        (&["{app,db}"], ""),
        (&["./prod"], ""),
        (&["./prod/*"], "prod/app,prod/cache,prod/db,prod/vpc"),
        (&["./prod/**"], "prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["./prod/vpc/"], "prod/vpc"),
        (&["prod/vpc"], "prod/vpc"),
        (&["*/vpc"], "dev/vpc,prod/vpc"),
        (&["**/vpc"], "dev/vpc,prod/vpc"),
        (&["./**/vpc"], "dev/vpc,prod/vpc"),
        (&["/prod/vpc"], ""),
        (&["{prod/vpc}"], "prod/vpc"),
        (&["{./prod/*}"], "prod/app,prod/cache,prod/db,prod/vpc"),
        (&["{vpc}"], ""),
        (&[r"{odd/we\[ird\]}"], "odd/we[ird]"),
        (&["{odd/we[ird]}"], ""),
        (&["{odd/a=b}"], "odd/a=b"),
        (&["x.y"], "odd/x.y"),
        (&["./legacy"], "legacy"),
        (&["./legacy/**"], "legacy/sub"),
        (&["./legacy*"], "legacy"),
        (&["./legacy**"], "legacy,legacy/sub"),
        (&["../shared/dns"], ""),
        (&["../live/prod/vpc"], ""),
        (&["./prod/../dev/vpc"], "dev/vpc"),
        (&["./prod//vpc"], "prod/vpc"),
        (&["**"], ALL),
        (&["./prod/v?c"], "prod/vpc"),
        (&["./PROD/*"], ""),
        (&["{ ./prod/[a-d]* }"], "prod/app,prod/cache,prod/db"),
        (&[r"v\pc"], "dev/vpc,prod/vpc"),
        (&["name=vpc"], "dev/vpc,prod/vpc"),
        (&["name = v*"], "dev/vpc,prod/vpc"),
        (&["type=unit"], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["type=stack"], "stacks/s1"),
        (&["external=true"], ""),
        (&["external=false"], ALL),
        (&["reading=common.hcl"], "prod/app,prod/db,prod/vpc"),
        (&["reading=./common.hcl"], "prod/app,prod/db,prod/vpc"),
        (&["reading=*.hcl"], "prod/app,prod/db,prod/vpc"),
        (&["reading=**.hcl"], "dev/app,dev/db,dev/vpc,prod/app,prod/db,prod/vpc"),
        (&["reading=dev/*"], "dev/db,dev/vpc"),
        (&["reading=../root.hcl"], "dev/app"),
        (&["reading=root.hcl"], ""),
        (&["reading=**/root.hcl"], "dev/app"),
        (&["reading=../modules/**"], "dev/vpc"),
        (&["source=*"], ""),
        (&["source=**"], "dev/vpc,prod/db,prod/vpc"),
        (&["source=**terraform-aws-modules**"], "prod/vpc"),
        (&["source=*terraform-aws-modules*"], ""),
        (&["source=github.com/acme/db*"], "prod/db"),
        (&["source=../**"], "dev/vpc"),
        (&["!vpc"], ".hid/h,dev/app,dev/db,dev/my app,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,stacks/s1"),
        (&["!!vpc"], "dev/vpc,prod/vpc"),
        (&["! !!vpc"], ".hid/h,dev/app,dev/db,dev/my app,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,stacks/s1"),
        (&["!./prod/**"], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,stacks/s1"),
        (&["!type=stack"], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["vpc|./prod/**"], "prod/vpc"),
        (&["vpc | !./prod/**"], "dev/vpc"),
        (&["!./prod/** | vpc"], "dev/vpc"),
        (&["!./prod/** | !vpc"], ".hid/h,dev/app,dev/db,dev/my app,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,stacks/s1"),
        (&["./prod/** | !name=vpc | !name=db"], "prod/app,prod/cache,prod/eu/edge"),
        (&["!type=stack | type=stack"], ""),
        (&["./prod/db..."], "prod/db,prod/vpc"),
        (&["./prod/app..."], "prod/app,prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["...db"], "../consumer/x,../consumer/y,dev/app,dev/db,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["...{./prod/db}"], "../consumer/x,../consumer/y,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["^vpc"], ""),
        (&["^./prod/*..."], "prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["...^vpc"], "../consumer/x,../consumer/y,dev/app,dev/db,prod/app,prod/cache,prod/db,prod/eu/edge,../liveish/k"),
        (&["^{./prod/app}..."], "prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["1...{./prod/vpc}"], "prod/app,prod/cache,prod/db,prod/vpc"),
        (&["2 ... {./prod/vpc}"], "../consumer/x,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,../liveish/k"),
        (&["{./prod/app}...1"], "prod/app,prod/db,prod/vpc,../shared/dns"),
        (&["{./prod/app} ... 2"], "prod/app,prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["0...{./prod/vpc}"], "../consumer/x,../consumer/y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,../liveish/k"),
        (&["99999999999999999999...{./prod/db}"], "../consumer/x,../consumer/y,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["!...{./prod/db}"], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/cache,prod/vpc,stacks/s1"),
        (&["!{./prod/app}..."], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/cache,prod/eu/edge,stacks/s1"),
        (&["{./**}..."], ".hid/h,dev/app,dev/db,dev/my app,dev/vpc,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,stacks/s1,../shared/dns,../shared/zone"),
        (&["{./**}... | external=true"], "../shared/dns,../shared/zone"),
        (&["...{./prod/app} | external=true"], ""),
        (&["./prod/** | app..."], "prod/app,prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["./prod/** | ...vpc"], "../consumer/x,../consumer/y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,../liveish/k"),
        (&["{./prod/app}... | ./prod/**"], "prod/app,prod/db,prod/vpc"),
        (&["{./prod/app}... | !./prod/**"], "../shared/dns,../shared/zone"),
        (&["{./prod/app}... | ./**"], "prod/app,prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["type=unit... | zone"], "../shared/zone"),
        (&["name=app..."], "dev/app,dev/db,dev/vpc,prod/app,prod/db,prod/vpc,../shared/dns,../shared/zone"),
        (&["...name=db"], "../consumer/x,../consumer/y,dev/app,dev/db,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["{../shared/dns}..."], ""),
        (&["...dns"], ""),
        (&["zone"], ""),
        (&["!{./prod/app}... | !./dev/**"], ".hid/h,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/cache,prod/eu/edge,stacks/s1"),
        (&["!vpc | ...db"], "../consumer/x,../consumer/y,dev/app,dev/db,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["dev/** | !...{./dev/db}"], "dev/my app,dev/vpc"),
        (&["vpc", "db"], "dev/db,dev/vpc,prod/db,prod/vpc"),
        (&["!vpc", "!db"], ".hid/h,dev/app,dev/my app,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/eu/edge,stacks/s1"),
        (&["vpc", "!./prod/**"], "dev/vpc"),
        (&["!./prod/**", "vpc", "db"], "dev/db,dev/vpc"),
        (&["vpc", "!vpc"], ""),
        (&["./prod/** | !vpc", "!db"], "prod/app,prod/cache,prod/eu/edge"),
        (&["!!vpc", "!db"], "dev/vpc,prod/vpc"),
        (&["...^{./prod/db}", "{./prod/db}"], "../consumer/x,../consumer/y,prod/app,prod/db,prod/eu/edge,../liveish/k"),
        (&["{./prod/app}...", "!external=true"], "prod/app,prod/db,prod/vpc"),
        (&["{./prod/app}...", "!../shared/**"], "prod/app,prod/db,prod/vpc"),
        (&["{./prod/app}...", "!./**"], ""),
        (&["{./prod/app}...", "!dns"], "prod/app,prod/db,prod/vpc,../shared/zone"),
        (&["{./**}...", "!./dev/**"], ".hid/h,legacy,legacy/sub,odd/a=b,odd/we[ird],odd/x.y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,stacks/s1,../shared/dns,../shared/zone"),
        (&["!{./prod/app}...", "vpc"], "dev/vpc,prod/vpc"),
        (&["./nothing", "!vpc"], ""),
        (&["./dev/**", "!...{./dev/db}"], "dev/my app,dev/vpc"),
        (&["./prod/**", "!1...{./prod/db}"], "prod/cache,prod/eu/edge,prod/vpc"),
        (&["!type=stack | type=stack", "!vpc"], ""),
        (&["(.)...{./prod/vpc}"], "prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["(./prod/eu)...{./prod/vpc}"], "prod/vpc"),
        (&["{./prod/app}...(.)"], "prod/app,prod/db,prod/vpc"),
        (&["(..)...{./prod/vpc}"], "../consumer/x,../consumer/y,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc,../liveish/k"),
        (&["{./prod/app}...(./prod)"], "prod/app,prod/db,prod/vpc"),
        (&["(prod)...{./prod/vpc}"], "prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["(nope)...vpc"], "dev/vpc,prod/vpc"),
        (&["(.)...^{./prod/db}...(.)"], "prod/app,prod/eu/edge,prod/vpc"),
        (&["!./prod/** | vpc", "db"], "dev/db,dev/vpc"),
        (&["./prod/** | !vpc", "vpc"], "prod/app,prod/cache,prod/db,prod/eu/edge"),
        (&["./prod/** | !vpc", "reading=**"], "dev/app,dev/db,prod/app,prod/cache,prod/db,prod/eu/edge"),
        (&["./prod/** | !vpc", "db..."], "dev/db,dev/vpc,prod/app,prod/cache,prod/db,prod/eu/edge,prod/vpc"),
        (&["./dev/** | !external=false", "./prod/*"], ""),
        (&["./dev/** | !type=stack", "type=stack"], "dev/app,dev/db,dev/my app,dev/vpc"),
        (&["./dev/** | !source=**modules**", "./prod/*"], "dev/app,dev/db,dev/my app,prod/app,prod/cache,prod/db,prod/vpc"),
        (&["{./dev/app}... | !vpc", "vpc"], "dev/app,dev/db,dev/vpc"),
        (&["{./dev/app}... | !vpc | !db", "vpc..."], "dev/app,dev/vpc,prod/vpc"),
        (&["./dev/** | !{./prod/vpc}", "...{./prod/vpc} | db"], "dev/app,dev/db,dev/my app,dev/vpc,prod/db"),
    ]);
}

/// Where the reference selects nothing, falls over or forgets some, we select what the filter says.
#[test]
fn selections_beyond_the_reference() {
    check(&[
        (&[".hid/h"], ".hid/h"),
        (&["...reading=dev/dev.hcl"], "dev/app,dev/db,dev/vpc"),
        (&["...source=**/vpc"], "dev/app,dev/db,dev/vpc"),
        (
            &["...{./prod/app}..."],
            "../consumer/x,../consumer/y,prod/app,prod/db,prod/eu/edge,prod/vpc,../shared/dns,../shared/zone",
        ),
        (&["1...{./prod/app}...1"], "../consumer/x,prod/app,prod/db,prod/eu/edge,prod/vpc,../shared/dns"),
        (&["1...db...2"], "dev/app,dev/db,dev/vpc,prod/app,prod/db,prod/vpc,../liveish/k"),
        (&["./prod/**", "!...{./prod/db}"], "prod/cache,prod/vpc"),
        (&["{./prod/app}...", "!...{../shared/zone}"], "prod/db,prod/vpc"),
    ]);
}

#[test]
fn legacy_flags() {
    let every = [ALL, ",../shared/dns,../shared/zone"].concat();
    for (filters, want) in [
        (vec![include_dir("legacy")], "legacy"),
        (vec![include_dir("vpc")], ""),
        (vec![include_dir("odd/a=b")], "odd/a=b"),
        (vec![include_dir("{prod,dev}/vpc")], "dev/vpc,prod/vpc"),
        (vec![include_dir("prod/*"), exclude_dir("prod/app")], "prod/cache,prod/db,prod/vpc"),
        (vec![reading("common.hcl"), exclude_dir("prod/app")], "prod/db,prod/vpc"),
        (vec![include_dir("prod/*"), exclude_line("db")], "prod/app,prod/cache,prod/vpc"),
        (vec![exclude_line("!./prod/vpc")], "prod/vpc"),
        (vec![include_external()], &every),
    ] {
        let filters: Vec<Filter> = filters.into_iter().map(Result::unwrap).collect();
        let texts: Vec<&str> = filters.iter().map(|filter| filter.text.as_str()).collect();
        assert_eq!(select(&filters), want, "{texts:?}");
    }
}

#[test]
fn files_of_filters() {
    let filters = parse_lines("# all of dev\n\n  ./dev/*  \r\n\t\n  # and\n!vpc", parse_filter).unwrap();
    assert_eq!(select(&filters), "dev/app,dev/db,dev/my app");
    let errors = parse_lines("a\nb|\n#\n{c", exclude_line).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn changes() {
    check(&[
        (&["[main...HEAD]"], "dev/app,prod/vpc"),
        (&["[main]"], "dev/app,prod/vpc"),
        (&["[ v1 ... v2 ]"], "legacy,prod/vpc"),
        (&["[other]"], ""),
        (&["[main] | ./prod/**"], "prod/vpc"),
        (&["./prod/** | [main]"], "prod/vpc"),
        (&["[main] | !vpc"], "dev/app"),
        (&["[main] | [v1...v2]"], "prod/vpc"),
        (&["[main]", "[v1...v2]"], "dev/app,legacy,prod/vpc"),
        (&["[main]", "!./dev/**"], "prod/vpc"),
        (&["./prod/*", "![main]"], "prod/app,prod/cache,prod/db"),
        (&["./prod/* | ![main]"], "prod/app,prod/cache,prod/db"),
        (&["...^[v1...v2]", "!../**"], "prod/app,prod/cache,prod/db,prod/eu/edge"),
        (&["1...[v1...v2]"], "legacy,prod/app,prod/cache,prod/db,prod/vpc"),
        (&["[main]..."], "dev/app,dev/db,dev/vpc,prod/vpc"),
        (&["(./prod)...^[main]"], "prod/app,prod/cache,prod/db,prod/eu/edge"),
    ]);
}

#[test]
fn ranges_say_where_to_look() {
    for (query, about, ranges) in [
        ("vpc | db", false, ""),
        ("[a...b]", true, "a..b"),
        ("![a]", false, "a..HEAD"),
        ("vpc | ![a]", false, "a..HEAD"),
        ("...[a]... | [b...c]", true, "a..HEAD b..c"),
        ("!...[a]", false, "a..HEAD"),
        ("!!x | [HEAD~1...feature/x]", true, "HEAD~1..feature/x"),
    ] {
        let filter = parse_filter(query).unwrap();
        let found: Vec<String> =
            filter.ranges().iter().map(|range| format!("{}..{}", range.from, range.to)).collect();
        assert_eq!((filter.is_about_changes(), found.join(" ").as_str()), (about, ranges), "{query}");
    }
}

#[test]
fn a_filter_says_what_must_be_known() {
    let none = Needs::default();
    for (query, want) in [
        ("./a/** | !b", none),
        ("a...", Needs { links: true, ..none }),
        ("!...a", Needs { links: true, outside_dependents: true, ..none }),
        ("reading=x | source=y", Needs { reading: true, source: true, ..none }),
        ("...[main]", Needs { links: true, outside_dependents: true, changes: true, ..none }),
    ] {
        assert_eq!(needs(&[parse_filter(query).unwrap()]), want, "{query}");
    }
}
