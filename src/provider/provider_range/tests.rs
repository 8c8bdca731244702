use super::{Contradiction, ProviderConstraints, Tightness};
use crate::provider::Version;

fn of(text: &str) -> ProviderConstraints {
    ProviderConstraints::parse(text).unwrap()
}

/// Observed in lock files and messages of terraform.
#[test]
fn they_print_as_in_a_lock_file() {
    for (text, want) in [
        (">=1.0", ">= 1.0.0"),
        ("= 1.0.0, 1.0.0", "1.0.0"),
        ("1", "1.0.0"),
        ("~>1.1", "~> 1.1"),
        ("~> 1", "~> 1.0"),
        ("~> 1, ~> 1.0", "~> 1.0"),
        ("01.0.0", "1.0.0"),
        (">= 1.0, >= 1.0.0", ">= 1.0.0"),
        ("< 2.0.0, ~>1.1,!=1.1.5 , >= 1.0.0", ">= 1.0.0, ~> 1.1, != 1.1.5, < 2.0.0"),
        (
            "> 0.9, >= 1, < 3, <= 2.5, != 9, = 1.2.0, ~> 1.2, ~> 1.2.0",
            "> 0.9.0, >= 1.0.0, 1.2.0, ~> 1.2.0, ~> 1.2, <= 2.5.0, < 3.0.0, != 9.0.0",
        ),
        (
            "< 1.0.0, <= 1.0.0, ~> 1.0, ~> 1.0.0, != 1.0.0, = 1.0.0, >= 1.0.0, > 1.0.0",
            "> 1.0.0, >= 1.0.0, 1.0.0, ~> 1.0.0, ~> 1.0, <= 1.0.0, < 1.0.0, != 1.0.0",
        ),
        (
            "< 1.0.0-beta1, < 1.0.0, > 1.0.0-alpha2, > 1.0.0-beta1+meta",
            "> 1.0.0-alpha2, < 1.0.0-beta1, > 1.0.0-beta1+meta, < 1.0.0",
        ),
        (
            ">= 1.0.0-beta10, >= 1.0.0-beta9, >= 1.0.0-1, >= 1.0.0-10, >=1.0.0-2",
            ">= 1.0.0-1, >= 1.0.0-2, >= 1.0.0-10, >= 1.0.0-beta10, >= 1.0.0-beta9",
        ),
        (">= 1.0.0+b, >= 1.0.0, >= 1.0.0+a", ">= 1.0.0, >= 1.0.0+a, >= 1.0.0+b"),
        ("~> 1.2-beta1", "~> 1.2-beta1"),
        ("~> 1-beta1", "~> 1.0-beta1"),
        (">= 1.0\n,\t< 2.0 ", ">= 1.0.0, < 2.0.0"),
    ] {
        assert_eq!(of(text).to_string(), want, "{text}");
    }
}

/// What terraform chose among these versions of a provider.
#[test]
fn the_newest_version_is_chosen_as_terraform_does() {
    let versions: Vec<Version> =
        ["1.0.0", "1.1.0", "1.1.5", "1.2.0-beta1", "1.2.0", "1.3.0-rc.1", "2.0.0", "10.0.0"]
            .iter()
            .map(|text| Version::parse(text).unwrap())
            .collect();
    for (text, want) in [
        (">= 1.0.0", "10.0.0"),
        ("~> 1", "1.2.0"),
        ("~> 1.1", "1.2.0"),
        ("~> 1.1.0", "1.1.5"),
        ("<= 1.1", "1.1.0"),
        ("!= 10.0.0", "2.0.0"),
        ("!= 10.0.0+x", "10.0.0"),
        ("1.2.0-beta1", "1.2.0-beta1"),
        (">= 1.2.0-beta1, < 2", "1.2.0"),
        ("~> 1.2.0-beta1", "1.2.0"),
        ("~> 1.3.0-rc.1", ""),
        ("1.2.0-beta1, ~> 1.1.0", "1.2.0-beta1"),
        ("1.2.0-beta1, >= 1.2.0-alpha", "1.2.0-beta1"),
        ("1.2.0-beta1, >= 1.2.0", ""),
        ("1.2.0-beta1, < 1.2.0-beta1", ""),
        ("1.2.0-beta1, < 1.2.0", "1.2.0-beta1"),
        (">= 1.2.0-alpha, < 1.2.0", ""),
        (">= 1.2.0-beta1, <= 1.2.0-beta1", ""),
        ("1.0.0+x", ""),
    ] {
        let found = of(text).newest(&versions).map(ToString::to_string);
        assert_eq!(found.unwrap_or_default(), want, "{text}");
    }
    assert_eq!(ProviderConstraints::default().newest(&versions), versions.last());
}

#[test]
fn faults_have_their_place() {
    for (text, at) in [
        ("", 0),
        ("v1.0.0", 0),
        (">= v1.0", 3),
        ("1.0.0.0", 0),
        ("~> 1, ~> 1.2.3.4", 9),
        (">=  1.0", 3),
        (">=\t1.0", 2),
        (">=1.2beta", 5),
        ("1.*", 2),
        (">= 1.0,", 7),
        (">= 1.0 < 2.0", 6),
    ] {
        assert_eq!(ProviderConstraints::parse(text).unwrap_err().at, at, "{text:?}");
    }
}

#[test]
fn two_that_exclude_each_other_are_named() {
    for (texts, want) in [
        (&[">= 1.0", "< 2.0"][..], None),
        (&["~> 5.0", ">= 5.20, < 6"], None),
        (&["~> 5.0", ">= 4, >= 6.0"], Some((0, "~> 5.0", 1, ">= 6.0.0"))),
        (&[">= 2, < 1"], Some((0, ">= 2.0.0", 0, "< 1.0.0"))),
        (&["1.2.0", "!= 1.2"], Some((0, "1.2.0", 1, "!= 1.2.0"))),
        (&["> 1.1.5", "!= 1.1.4", "< 1.1.6"], Some((0, "> 1.1.5", 2, "< 1.1.6"))),
        (&["1.2.0-beta1", "< 1.2.0"], None),
        (&["< 1.2.0", ">= 1.2.0-beta1"], Some((0, "< 1.2.0", 1, ">= 1.2.0-beta1"))),
        (&["< 0.0.0"], Some((0, "< 0.0.0", 0, "< 0.0.0"))),
        (&["!= 0.0.0", "< 0.1"], None),
        (&["!= 0.0.0", "!= 0.0.1", "< 1"], None),
    ] {
        let parsed: Vec<ProviderConstraints> = texts.iter().map(|text| of(text)).collect();
        let found = ProviderConstraints::contradiction(&parsed.iter().collect::<Vec<_>>());
        let pair = match &found {
            Some(Contradiction::Pair(a, b)) => Some((a.text, &*a.shown, b.text, &*b.shown)),
            Some(Contradiction::Together) => panic!("{texts:?}"),
            None => None,
        };
        assert_eq!(pair, want, "{texts:?}");
    }
    let all = of(">= 1.0.0, < 1.0.2, != 1.0.0, != 1.0.1");
    assert_eq!(ProviderConstraints::contradiction(&[&all]), Some(Contradiction::Together));
}

#[test]
fn tightness_is_that_of_all_together() {
    for (text, want) in [
        (">= 1", Tightness::Open),
        ("!= 1", Tightness::Open),
        ("~> 1", Tightness::Bounded),
        (">= 1, < 2", Tightness::Bounded),
        ("= 1.2.3", Tightness::Exact),
    ] {
        assert_eq!(of(text).tightness(), want, "{text}");
    }
}
