use super::{Follow, Links, Way};
use crate::diag::{SourceMap, Span};
use crate::graph::unit::{Component, Components, UnitId};
use std::path::Path;

/// `"b: a k"` says that b depends on a and k. Spans count the edges in the order written.
fn estate(text: &str) -> (Components, Links, Vec<Span>) {
    let file = SourceMap::default().add(Path::new("/r/x.hcl"), "".into());
    let mut components = Components::default();
    let mut links = Links::default();
    let mut spans = Vec::new();
    let mut named = |name: &str| components.insert(Component::unit(format!("/r/{name}")));
    for line in text.split(',') {
        let (from, to) = line.split_once(':').unwrap_or((line, ""));
        let from = named(from.trim());
        for to in to.split_whitespace() {
            let span = Span::new(file, spans.len(), spans.len() + 1);
            links.add(from, named(to), Some(span));
            spans.push(span);
        }
    }
    (components, links, spans)
}

fn names(components: &Components, ids: &[UnitId]) -> String {
    let name = |id: &UnitId| components.path(*id).strip_prefix("/r").unwrap().display().to_string();
    ids.iter().map(name).collect::<Vec<_>>().join(" ")
}

fn ids(components: &Components, names: &str) -> Vec<UnitId> {
    names.split_whitespace().map(|name| components.find(&Path::new("/r").join(name)).unwrap()).collect()
}

#[test]
fn the_shortest_cycle_of_each_knot_is_told_from_its_first_path() {
    for (text, want) in [
        ("a: b, b: c", ""),
        ("a: a", "a"),
        ("c: a, b: c, a: b", "a b c"),
        ("a: b, b: c, c: a d, d: c", "c d"),
        ("z: y, y: z, a: b, b: c, c: a, d: a z", "a b c|y z"),
        ("a: b c, b: d, c: d, d: a", "a b d"),
    ] {
        let (components, links, _) = estate(text);
        let cycles = links.cycles(&components);
        let told: Vec<String> = cycles
            .iter()
            .map(|cycle| names(&components, &cycle.0.iter().map(|step| step.from).collect::<Vec<_>>()))
            .collect();
        assert_eq!(told.join("|"), want, "{text}");
        for cycle in &cycles {
            for (step, next) in cycle.0.iter().zip(cycle.0.iter().cycle().skip(1)) {
                assert_eq!(step.to, next.from, "{text}");
                assert_eq!(step.span, links.span(step.from, step.to));
                assert!(step.span.is_some());
            }
        }
        assert_eq!(links.into_dag(&components).is_ok(), want.is_empty(), "{text}");
    }
}

#[test]
fn a_cycle_is_told_with_the_place_of_each_edge() {
    let (components, links, spans) = estate("c: a, b: c, a: b");
    let told = links.cycles(&components)[0].to_diagnostic(|id| names(&components, &[id]));
    assert!(told.summary.ends_with("a -> b -> c -> a"), "{}", told.summary);
    let labels: Vec<_> =
        told.primary.iter().chain(&told.labels).map(|label| (label.span, &*label.text)).collect();
    assert_eq!(labels, [(spans[2], "a needs b"), (spans[1], "b needs c"), (spans[0], "c needs a")]);
    assert!(told.hint.is_some());
}

#[test]
fn a_long_ring_is_found_whole() {
    let count = 10_000;
    let components: Components = (0..count).map(|at| Component::unit(format!("/r/{at:05}"))).collect();
    let mut links = Links::default();
    for at in 0..count {
        links.add(UnitId::new(at), UnitId::new((at + 1) % count), None);
    }
    let cycles = links.cycles(&components);
    assert_eq!((cycles.len(), cycles[0].0.len()), (1, count));
    assert_eq!(cycles[0].0[0].from, UnitId::new(0));
}

/// Expectations are the reference's.
#[test]
fn cycles_go_with_all_that_depends_on_them() {
    let text = "a: b, b: a k, k, d: a k, e: d, s: s k, t: s, m: n, n: o, o: m, w: m, x: k";
    let (components, links, _) = estate(text);
    for (members, kept) in [
        ("a b d e k m n o s t w x", "k|x"),
        ("d", "d"),
        ("d a b k", "k"),
        ("b a k", "k"),
        ("d e x k", "k|d x|e"),
    ] {
        let members = ids(&components, members);
        let left = links.without_cycles(&members);
        let layers = left.dag.layers(&left.kept, Way::ToDependencies, &components);
        let told: Vec<String> = layers.iter().map(|layer| names(&components, layer)).collect();
        assert_eq!(told.join("|"), kept);
        assert_eq!(layers.iter().map(Vec::len).sum::<usize>() + left.dropped.len(), members.len());
    }
}

/// Expectations are the reference's.
#[test]
fn layers_count_links_among_members_only() {
    let text = ".hid/x, a-b, a, zz, ü, a/b: zz, a/c: a/b, m: zz a/c, B: a, q: m, n: zz";
    let (components, links, _) = estate(text);
    let dag = links.into_dag(&components).unwrap();
    let everyone = ".hid/x B a a-b a/b a/c m n q zz ü";
    for (members, way, want) in [
        (everyone, Way::ToDependencies, ".hid/x a a-b zz ü|B a/b n|a/c|m|q"),
        (everyone, Way::ToDependents, ".hid/x B a-b n q ü|a m|a/c|a/b|zz"),
        ("q zz n a/b B", Way::ToDependencies, "B q zz|a/b n"),
    ] {
        let layers = dag.layers(&ids(&components, members), way, &components);
        let told: Vec<String> = layers.iter().map(|layer| names(&components, layer)).collect();
        assert_eq!(told.join("|"), want, "{members} {way:?}");
    }
}

#[test]
fn reach_counts_links_and_respects_walls() {
    let (components, links, _) = estate("b: a, c: b, d: c a, e: d");
    let (needs, needed) = (Way::ToDependencies, Way::ToDependents);
    for (seeds, way, depth, wall, want) in [
        ("d", needs, None, "", "a b c"),
        ("d", needs, Some(1), "", "a c"),
        ("d", needs, Some(2), "", "a b c"),
        ("d", needs, None, "c", "a"),
        ("a", needed, None, "", "b c d e"),
        ("a", needed, Some(1), "", "b d"),
        ("a c", needed, Some(1), "", "b d"),
        ("b d", needs, None, "", "a b c"),
        ("e", needed, None, "", ""),
    ] {
        let wall = ids(&components, wall);
        let mut reached =
            links.reach(&ids(&components, seeds), Follow { way, depth }, |unit| !wall.contains(&unit));
        components.sort(&mut reached);
        assert_eq!(names(&components, &reached), want, "{seeds} {way:?} {depth:?}");
    }
}

#[test]
fn the_first_place_of_a_link_is_kept() {
    let (components, mut links, spans) = estate("b: a, c: b");
    let [a, b] = ids(&components, "a b")[..] else { panic!() };
    links.add(b, a, Some(spans[1]));
    assert_eq!(links.span(b, a), Some(spans[0]));
    assert_eq!(links.neighbours(b, Way::ToDependencies), [a]);
    assert_eq!(links.edges().count(), 2);
    assert_eq!(links.neighbours(UnitId::new(99), Way::ToDependents), []);
}
