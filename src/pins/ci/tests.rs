use super::{CiPins, Kind, is_ci_file, kind_of, read_text};
use crate::diag::SourceMap;
use std::path::Path;

/// What is loose in a text, as it is written there, `?` before what is unclear.
fn loose(path: &str, text: &str) -> Vec<String> {
    let sources = SourceMap::default();
    let mut pins = CiPins::default();
    read_text(kind_of(path).unwrap(), (Path::new(path), text), &sources, &mut pins);
    assert_eq!(pins.faults, [], "{path}");
    let shown = |start: u32, end: u32| text[start as usize..end as usize].to_owned();
    let unclear = pins.unclear.iter().map(|one| format!("?{}", shown(one.span.start, one.span.end)));
    let loose = pins.loose.iter().map(|one| shown(one.span.start, one.span.end));
    unclear.chain(loose).collect()
}

const COMMIT: &str = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";

#[test]
fn actions_are_held_by_commits() {
    let text = format!(
        "on: push
jobs:
  build:
    steps:
      - uses: actions/checkout@{COMMIT} # v4.1.0
      - uses: actions/setup-go@v5
      - uses: \"acme/mono/sub/dir@main\"
      - uses: acme/bare
      - uses: ./.github/actions/own
      - uses: docker://alpine@sha256:{digest}
      - uses: docker://alpine:3.20
      - uses: acme/${{{{ matrix.x }}}}@v1
      - uses: acme/short@{short}
      - run: echo uses no@thing
  call:
    uses: acme/flows/.github/workflows/ci.yml@v1.2.3
  own:
    uses: ./.github/workflows/own.yml
",
        digest = &COMMIT.repeat(2)[..64],
        short = &COMMIT[..7],
    );
    let found = loose(".github/workflows/ci.yml", &text);
    let short = format!("acme/short@{}", &COMMIT[..7]);
    let want = [
        "?acme/${{ matrix.x }}@v1",
        "actions/setup-go@v5",
        "\"acme/mono/sub/dir@main\"",
        "acme/bare",
        "docker://alpine:3.20",
        &short,
        "acme/flows/.github/workflows/ci.yml@v1.2.3",
    ];
    assert_eq!(found, want);
}

#[test]
fn composite_actions_have_steps_and_docker_actions_an_image() {
    let composite = "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n    - run: x\n";
    assert_eq!(loose("action.yml", composite), ["a/b@v1"]);
    assert_eq!(loose(".github/actions/x/action.yaml", composite), ["a/b@v1"]);
    let image = "runs:\n  using: docker\n  image: docker://alpine:3\n";
    assert_eq!(loose("action.yml", image), ["docker://alpine:3"]);
    assert_eq!(loose("action.yml", "runs:\n  using: docker\n  image: Dockerfile\n"), [""; 0]);
}

#[test]
fn hooks_are_no_branches() {
    let text = format!(
        "repos:
- repo: https://example.com/a
  rev: v1.2.3
- repo: https://example.com/b
  rev: main
- repo: https://example.com/c
  rev: {COMMIT}  # frozen: v1
- repo: https://example.com/d
  hooks: []
- repo: https://example.com/e
  rev: {short}
- repo: local
- repo: meta
- {{repo: https://example.com/f, rev: \"1.x\"}}
",
        short = &COMMIT[..8],
    );
    assert_eq!(loose(".pre-commit-config.yaml", &text), ["main", "https://example.com/d", "\"1.x\""]);
}

#[test]
fn includes_of_gitlab_are_held() {
    let text = format!(
        "spec: {{}}
---
include:
  - local: /ci/own.yml
  - /ci/own.yml
  - template: Auto-DevOps.gitlab-ci.yml
  - project: acme/ci
    ref: v1.2.0
    file: a.yml
  - project: acme/main
    ref: main
  - project: acme/none
  - project: acme/var
    ref: $CI_REF
  - remote: https://example.com/x.yml
  - remote: https://example.com/y.yml
    integrity: sha256-abc
  - https://example.com/-/raw/{COMMIT}/z.yml
  - component: $CI_SERVER_FQDN/acme/scan/job@1.0.0
  - component: gitlab.com/acme/scan/job@~latest
  - component: gitlab.com/acme/scan/job@1.0
child:
  trigger:
    include:
      project: acme/child
      ref: HEAD
"
    );
    let want = [
        "?$CI_REF",
        "main",
        "acme/none",
        "https://example.com/x.yml",
        "gitlab.com/acme/scan/job@~latest",
        "gitlab.com/acme/scan/job@1.0",
        "HEAD",
    ];
    assert_eq!(loose(".gitlab-ci.yml", &text), want);
    assert_eq!(
        loose(".gitlab-ci.yml", "include: https://example.com/x.yml\n"),
        ["https://example.com/x.yml"]
    );
}

#[test]
fn odd_files_are_no_trouble() {
    for text in ["", "- a\n- b\n", "jobs: 3\n", "jobs:\n  a:\n    steps: x\n", "jobs: {a: {uses: [1]}}\n"] {
        assert_eq!(loose(".github/workflows/x.yml", text), [""; 0], "{text}");
    }
    let mut pins = CiPins::default();
    let text = "jobs: [\n";
    read_text(Kind::Workflow, (Path::new("x.yml"), text), &SourceMap::default(), &mut pins);
    assert_eq!(pins.faults.len(), 1);
}

#[test]
fn files_at_their_usual_places_are_meant() {
    for (path, want) in [
        (".github/workflows/ci.yml", true),
        (".github/workflows/deep/ci.yml", false),
        (".github/dependabot.yml", false),
        (".github/actions/x/action.yml", true),
        ("modules/action.yml", false),
        (".pre-commit-config.yaml", true),
        ("sub/.pre-commit-config.yaml", true),
        (".gitlab/ci/x.yml", true),
        ("live/env.yml", false),
    ] {
        assert_eq!(is_ci_file(Path::new(path)), want, "{path}");
    }
}
