//! Components as a tree of text, by their folders or by their links. The tree of links is also how a run shows its
//! queue before it asks.

use super::listing::{Paint, Row};
use std::collections::HashMap;

/// By folder: a row for every part of a path.
#[must_use]
pub fn render_tree_by_path(rows: &[Row], paint: Paint) -> String {
    let mut tree = Tree::default();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.name != ".") {
        let mut parent = None;
        let mut end = 0;
        for part in row.name.split('/') {
            end += part.len();
            let prefix = &row.name[..end];
            end += 1;
            let label = if prefix == row.name { paint.name(row.kind, part) } else { part.to_owned() };
            let node = *known.entry(prefix).or_insert_with(|| tree.add(label, parent));
            parent = Some(node);
        }
    }
    tree.render(paint)
}

/// By link: each row hangs under every row that it waits for, and what waits for it hangs under the last of those
/// places, so the text stays as small as the graph. Rows come in the order of the queue; whoever waits for no row
/// before it stands at the top, small trees first.
#[must_use]
pub fn render_tree_by_links(rows: &[Row], paint: Paint) -> String {
    let mut tree = Tree::default();
    let mut last: HashMap<&str, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        let label = paint.name(row.kind, &row.name);
        let parents: Vec<usize> =
            row.sorted_links().iter().filter_map(|link| last.get(link).copied()).collect();
        let node = match parents.split_last() {
            None => tree.add(label, None),
            Some((nearest, others)) => {
                for parent in others {
                    tree.add(label.clone(), Some(*parent));
                }
                tree.add(label, Some(*nearest))
            }
        };
        tree.names.insert(node, row.name.clone());
        last.insert(&row.name, node);
    }
    tree.sort_roots();
    tree.render(paint)
}

#[derive(Default)]
struct Tree {
    labels: Vec<String>,
    /// A child is always younger than its parent.
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    names: HashMap<usize, String>,
}

impl Tree {
    fn add(&mut self, label: String, parent: Option<usize>) -> usize {
        let node = self.labels.len();
        self.labels.push(label);
        self.parents.push(parent);
        self.children.push(Vec::new());
        match parent {
            Some(parent) => self.children[parent].push(node),
            None => self.roots.push(node),
        }
        node
    }

    /// By the number of rows below, then by name.
    fn sort_roots(&mut self) {
        let mut below = vec![0_usize; self.labels.len()];
        for node in (0..self.labels.len()).rev() {
            if let Some(parent) = self.parents[node] {
                below[parent] += below[node] + 1;
            }
        }
        let names = &self.names;
        self.roots.sort_by(|left, right| {
            below[*left].cmp(&below[*right]).then_with(|| names.get(left).cmp(&names.get(right)))
        });
    }

    /// Depth first with a pile of our own: a chain of thousands must not exhaust the stack.
    fn render(&self, paint: Paint) -> String {
        let mut text = ".\n".to_owned();
        // Positions of the open branches: which children, and how many of them are drawn.
        let mut open: Vec<(&[usize], usize)> = vec![(&self.roots, 0)];
        let mut margin = String::new();
        let mut margins: Vec<usize> = Vec::new();
        while let Some((nodes, drawn)) = open.last_mut() {
            let Some(node) = nodes.get(*drawn).copied() else {
                open.pop();
                margin.truncate(margins.pop().unwrap_or(0));
                continue;
            };
            *drawn += 1;
            let is_last = *drawn == nodes.len();
            text.push_str(&margin);
            text.push_str(&paint.faint(if is_last { "╰── " } else { "├── " }));
            text.push_str(&self.labels[node]);
            text.push('\n');
            margins.push(margin.len());
            margin.push_str(&if is_last { "    ".to_owned() } else { paint.faint("│   ") });
            open.push((&self.children[node], 0));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{render_tree_by_links, render_tree_by_path};
    use crate::graph::listing::Paint;
    use crate::graph::listing::tests::rows;

    /// Draws a tree in a short hand: each line's depth in dots, then its name.
    fn short(text: &str) -> String {
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("."));
        let line = |line: &str| {
            let depth = line.chars().take_while(|letter| "│├╰─ ".contains(*letter)).count() / 4;
            format!("{}{}", ".".repeat(depth), line.chars().skip(depth * 4).collect::<String>())
        };
        lines.map(line).collect::<Vec<_>>().join(" ")
    }

    /// Expectations are the reference's.
    #[test]
    fn branches() {
        let want = ".\n├── .hid\n│   ╰── x\n├── B\n├── a\n│   ├── b\n│   ╰── c\n├── a-b\n╰── ..\n    ╰── s\n        ├── d\n        ╰── z\n";
        let text = render_tree_by_path(&rows(".,.hid/x, B, a, a-b, a/b, a/c, ../s/d, ../s/z"), Paint::Plain);
        assert_eq!(text, want);
        assert_eq!(render_tree_by_path(&[], Paint::Plain), ".\n");
        assert_eq!(render_tree_by_links(&[], Paint::Plain), ".\n");
    }

    /// Expectations are the reference's.
    #[test]
    fn links() {
        for (text, want) in [
            (
                ".hid/x, a, a-b, zz, ü, B: a, a/b: zz, n: zz, a/c: a/b, m: a/c zz, q: m",
                "..hid/x .a-b .ü .a ..B .zz ..a/b ...a/c ....m ..n ..m ...q",
            ),
            (
                "a, c, e, f, s, b: a, d: c, g: f b, h: g, i: a c f h, j: i",
                ".e .s .c ..d ..i .a ..b ...g ..i .f ..g ...h ....i .....j ..i",
            ),
            // As before a destroy: what a row waits for are its dependents.
            (
                "d, e, j, i: j, c: d i, h: i, g: h, b: g, f: g i, a: b i",
                ".e .d ..c .j ..i ...c ...h ....g .....b ......a .....f ...f ...a",
            ),
            (
                ".,b, dev/vpc, prod/vpc, ../z, ../y: ../z, x: ../y prod/vpc, w: dev/vpc, v: w",
                ".. .b .prod/vpc ..x .../z ..../y ...x .dev/vpc ..w ...v",
            ),
            // Small is what has few rows below it, however deep.
            ("c, z, b: c, x: b z, y: z, w, v: w, u: w, t: v", ".c ..b ...x .z ..x ..y .w ..v ...t ..u"),
            // What a row waits for is not listed.
            ("h: g, i: a h, j: i", ".h ..i ...j"),
            ("a, d: c", ".a .d"),
        ] {
            let got = render_tree_by_links(&rows(text), Paint::Plain);
            assert_eq!(short(&got), want, "{got}");
        }
    }

    #[test]
    fn a_long_chain_is_drawn() {
        let rows: Vec<_> = (0..3_000).flat_map(|at| rows(&format!("u{at}: u{}", at.max(1) - 1))).collect();
        assert_eq!(render_tree_by_links(&rows, Paint::Plain).lines().count(), 3_001);
    }
}
