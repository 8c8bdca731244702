use super::{Header, LockFile, parse};
use crate::diag::{Diagnostics, Severity, SourceMap};
use std::path::{Path, PathBuf};

fn read(text: &str) -> (LockFile, Diagnostics) {
    let file = SourceMap::default().add(Path::new(".terraform.lock.hcl"), text.into());
    parse(text, file)
}

const FOO: &str = r#"provider "registry.terraform.io/acme/foo" {
  version     = "1.2.0"
  constraints = "~> 1.0, != 1.1.5"
  hashes = [
    "h1:XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=",
    "h1:YGVX6STy0iJ+S9HED8NDc9FngQL85srw56mTjkwfzYY=",
    "zh:0000000000000000000000000000000000000000000000000000000000000000",
  ]
}
"#;
const HEAD: &str = "# This file is maintained automatically by \"terraform init\".\n# Manual edits may be lost in future updates.\n";

/// Written by terraform and tofu.
#[test]
fn what_the_tools_wrote_is_written_again_to_the_last_byte() {
    let bare = "provider \"example.com:8443/acme/bar\" {\n  version = \"10.0.0-beta1+x\"\n}\n";
    let unconstrained = "provider \"registry.terraform.io/acme/zoo\" {\n  version = \"0.1.0\"\n  hashes = [\n    \"h1:YGVX6STy0iJ+S9HED8NDc9FngQL85srw56mTjkwfzYY=\",\n  ]\n}\n";
    let tofu = HEAD.replace("terraform", "tofu");
    for text in [HEAD.to_owned(), format!("{HEAD}\n{FOO}"), format!("{tofu}\n{bare}\n{FOO}\n{unconstrained}")]
    {
        let (lock, faults) = read(&text);
        assert_eq!((faults, lock.to_string()), (Vec::new(), text));
    }
    assert_eq!(read(&tofu).0.header, Header::Tofu);
}

#[test]
fn another_layout_is_written_in_the_usual_one() {
    let text = "provider \"registry.terraform.io/acme/foo\" {\r\n version = \"1.2.0\"\r\n hashes = [\"zh:0000000000000000000000000000000000000000000000000000000000000000\", \"h1:YGVX6STy0iJ+S9HED8NDc9FngQL85srw56mTjkwfzYY=\", \"h1:XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=\", \"h1:XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=\"]\r\n constraints = \"~> 1.0, != 1.1.5\"\r\n}";
    let (lock, faults) = read(text);
    assert_eq!((faults, lock.to_string()), (Vec::new(), format!("{HEAD}\n{FOO}")));
    let provider = lock.providers.values().next().unwrap();
    assert_eq!(provider.places.as_ref().unwrap().each_hash.len(), 4, "the place of each, twice or not");
}

#[test]
fn packages_are_addresses_with_versions() {
    let lock = LockFile::of_sound(FOO).unwrap();
    assert_eq!(lock.packages(), [PathBuf::from("registry.terraform.io/acme/foo/1.2.0")]);
    assert_eq!(LockFile::of_sound("# nothing\n").unwrap().packages(), [] as [PathBuf; 0]);
    assert_eq!(LockFile::of_sound("provider \"a.b/c/d\" {\n}\n"), None);
    assert_eq!(LockFile::of_sound("version = \"1\"\n"), None);
}

/// The faults of a text, each with what it underlines.
fn faults(text: &str) -> Vec<String> {
    let (_, faults) = read(text);
    let shown = faults.into_iter().map(|fault| {
        let label = fault.primary.unwrap();
        let piece = &text[label.span.start as usize..label.span.end as usize];
        let sign = if fault.severity == Severity::Error { "" } else { "warning " };
        format!("{sign}{} `{piece}`", fault.code)
    });
    shown.collect()
}

#[test]
fn faults_underline_the_smallest_guilty_piece() {
    let with = |from: &str, to: &str| {
        assert!(FOO.contains(from), "{from}");
        FOO.replacen(from, to, 1)
    };
    for (text, want) in [
        (with("  version     = \"1.2.0\"\n", ""), "TRC1201 `provider \"registry.terraform.io/acme/foo\"`"),
        (with("1.2.0", "1.2"), "TRC1201 `\"1.2\"`"),
        (with("1.2.0", "1.2.0.4"), "TRC1201 `\"1.2.0.4\"`"),
        (with("1.2.0", "1.x"), "TRC1201 `x`"),
        (with("\"1.2.0\"", "1.2"), "TRC1201 `1.2`"),
        (with("\"1.2.0\"", "\"${x}\""), "TRC1201 `\"${x}\"`"),
        (with("~> 1.0,", "~> 1,"), "TRC1201 `\"~> 1, != 1.1.5\"`"),
        (with("!= 1.1.5", "=> 1"), "TRC1201 `> 1`"),
        (with("registry.terraform.io/acme", "acme"), "TRC1201 `\"acme/foo\"`"),
        (with("acme", "ACME"), "TRC1201 `\"registry.terraform.io/ACME/foo\"`"),
        (with("acme", "a_c"), "TRC1201 `_c/foo`"),
        (with("acme", "-"), "TRC1201 `\"registry.terraform.io/-/foo\"`"),
        (with("provider \"registry.terraform.io/acme/foo\"", "provider"), "TRC1201 `provider`"),
        (with("provider", "proivder"), "TRC1201 `proivder`"),
        (with("  hashes", "  more = 1\n  hashes"), "TRC1201 `more`"),
        (with("  hashes", "  more {\n  }\n  hashes"), "TRC1201 `more`"),
        (with("h1:XY", "h9:XY"), "TRC1203 `\"h9:XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=\"`"),
        (with("h1:XY", "h1:X*"), "TRC1203 `X*/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=`"),
        (with("h1:XY", "h1XY"), "TRC1203 `\"h1XY/LgvW40umxKzA7rWcJYiBUDJ5RiqJy/R6NesNBY5U=\"`"),
        (
            with("zh:00", "zh:0G"),
            "TRC1203 `0G00000000000000000000000000000000000000000000000000000000000000`",
        ),
        (format!("{FOO}{FOO}"), "TRC1202 `provider \"registry.terraform.io/acme/foo\"`"),
        (format!("{FOO}module \"m\" {{\n}}\n"), "warning TRC1201 `module \"m\"`"),
        ("x = 1\n".to_owned(), "TRC1201 `x`"),
    ] {
        assert_eq!(faults(&text), [want], "{text}");
    }
}

#[test]
fn the_marks_of_a_merge_are_all_that_is_told() {
    let text = format!("<<<<<<< HEAD\n{FOO}=======\n{FOO}>>>>>>> other\n");
    assert_eq!(faults(&text), ["TRC0105 `<<<<<<<`", "TRC0105 `=======`", "TRC0105 `>>>>>>>`"]);
}

#[test]
fn one_reading_tells_every_fault() {
    let text = "provider \"registry.terraform.io/acme/foo\" {\n  version = \"v1\"\n  constraints = \"~> 1\"\n  hashes = []\n}\nother {\n}\n";
    assert_eq!(faults(text).len(), 4);
    let (lock, _) = read(&format!("{text}{}", FOO.replace("foo", "bar")));
    assert_eq!(lock.providers.len(), 1, "the sound entry is there");
}
