use super::{FileSettings, decode};
use crate::diag::{SourceMap, Span};
use crate::toolrc::kinds::{Method, Way};
use std::path::Path;

fn read(text: &str) -> (FileSettings, Vec<String>) {
    let sources = SourceMap::default();
    let settings = decode(text, sources.add(Path::new("rc"), text.into()));
    let place = |span: Span| sources.locate(span).replace("rc:", "");
    let faults = settings.faults.iter().filter_map(|fault| {
        let label = fault.primary.as_ref()?;
        Some(format!("{} {}", place(label.span), label.text))
    });
    let faults = faults.collect();
    (settings, faults)
}

fn ways(text: &str) -> (Option<Vec<Method>>, Vec<String>) {
    let (settings, faults) = read(text);
    (settings.installations.into_iter().next().map(|it| it.value), faults)
}

#[test]
fn ways_are_read_from_both_syntaxes() {
    let hcl = "provider_installation {\n  dev_overrides { \"acme/dev\" = \"/p\" }\n  filesystem_mirror {\n    path    = \"m\"\n    include = [\"acme/*\"]\n  }\n  network_mirror { url = \"https://m.example/\" }\n  direct {\n    exclude = [\"acme/*\"]\n  }\n}\n";
    let json = r#"{"provider_installation": [{
        "dev_overrides": {"acme/dev": "/p"},
        "filesystem_mirror": [{"path": "m", "include": ["acme/*"]}],
        "network_mirror": {"url": "https://m.example/"},
        "direct": {"exclude": ["acme/*"]}}]}"#;
    let acme = || vec!["acme/*".to_owned()];
    let all = |way: Way| Method { way, include: Vec::new(), exclude: Vec::new() };
    let want = vec![
        all(Way::Overrides(vec!["acme/dev".to_owned()])),
        Method { include: acme(), ..all(Way::Folder("m".into())) },
        all(Way::Server("https://m.example/".to_owned())),
        Method { exclude: acme(), ..all(Way::Registry) },
    ];
    assert_eq!(ways(hcl), (Some(want.clone()), Vec::new()));
    assert_eq!(ways(json), (Some(want.clone()), Vec::new()));
    // JSON is handed on in the older grammar, and means the same.
    let written = read(json).0.text.unwrap();
    assert_eq!(ways(&written), (Some(want), Vec::new()), "{written}");
    assert_eq!(ways("plugin_cache_dir = \"/c\"\n"), (None, Vec::new()));
}

/// A faulty way is left out, the others stay; each case was given to terraform 1.11.
#[test]
fn a_faulty_way_is_left_out() {
    for (inside, want) in [
        ("filesystem_mirror { pathh = \"/m\" }", "2:1 `path` is missing"),
        ("wibble { path = \"/m\" }", "2:1 no such way to packages is known"),
        ("direct \"x\" {}", "2:8 this block has no label"),
        ("direct = {}", "2:1 no equals sign may stand between this and its brace"),
        (
            "direct { include = [\"a/b/c/d\"] }",
            "2:21 `namespace/type` or `host/namespace/type` has to stand here",
        ),
        ("direct { include = [\"a\"] }", "2:21 `namespace/type` or `host/namespace/type` has to stand here"),
        ("direct { exclude = \"acme/*\" }", "2:20 a list of texts has to stand here"),
        (
            "network_mirror { url = \"http://m/\" }",
            "2:24 a server of packages has an address that begins with `https://`",
        ),
    ] {
        let text =
            format!("provider_installation {{\n{inside}\n  filesystem_mirror {{ path = \"/n\" }}\n}}\n");
        let (ways, faults) = ways(&text);
        assert_eq!(faults, [want], "{inside}");
        assert_eq!(ways.unwrap().len(), 1, "{inside}");
    }
    let late = "provider_installation {\ndirect {}\ndev_overrides { \"a/b\" = \"/p\" }\n}\n";
    assert_eq!(ways(late).1, ["3:1 overrides have to stand before all other ways"]);
    let assigned = ways("provider_installation = {\n direct {}\n}\n");
    assert_eq!(assigned, (None, vec!["1:1 no equals sign may stand between this and its brace".to_owned()]));
}

#[test]
fn a_setting_of_the_wrong_type_voids_the_file() {
    for (text, want) in [
        ("plugin_cache_dir = [\"a\"]", "1:20 a path has to stand here, in quotes"),
        ("plugin_cache_dir \"x\" {}", "1:22 a path has to stand here, in quotes"),
        ("plugin_cache_may_break_dependency_lock_file = \"yes\"", "1:47 `true` or `false` has to stand here"),
        ("credentials \"a\" \"b\" {}", "1:1 this block has one label"),
        ("credentials = 3", "1:15 a block has to stand here"),
    ] {
        let text = format!("{text}\nhost \"a.example\" {{ services = {{ x = \"y\" }} }}\n");
        let (settings, faults) = read(&text);
        assert_eq!(faults, [want], "{text}");
        assert!(settings.hosts.is_empty() && settings.text.is_none(), "{text}");
    }
}

#[test]
fn tokens_and_services_are_read_in_every_form() {
    for text in [
        "credentials \"A.example\" { token = \"t\" }\nhost \"a.example:443\" { services = { \"m.v1\" = \"u\" login = {} } }",
        "credentials { \"a.example\" { token = \"t\" } }\nhost { \"a.example\" { services { \"m.v1\" = \"u\" } } }",
        r#"{"credentials": {"a.example": {"token": "t"}}, "host": [{"a.example": {"services": {"m.v1": "u"}}}]}"#,
    ] {
        let (settings, faults) = read(text);
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!(settings.tokens, [("a.example".to_owned(), "t".to_owned())], "{text}");
        let services: Vec<_> =
            settings.hosts.iter().map(|(host, all)| (host.as_str(), all["m.v1"].as_str())).collect();
        assert_eq!(services, [("a.example", "u")], "{text}");
    }
    let odd = read("host \"a_b\" {}\ncredentials \"ok\" { token = \"t\" }");
    assert_eq!((odd.0.tokens.len(), odd.1), (1, vec!["1:6 this is no name of a host".to_owned()]));
}
