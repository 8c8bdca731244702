//! Components and their dependencies in the DOT language, for graphviz.

use super::listing::{Row, Standing};

/// One digraph, sorted: each component, then its edges. Excluded components are red.
#[must_use]
pub fn render_dot(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|left, right| left.name.cmp(&right.name));
    let mut text = "digraph {\n".to_owned();
    for row in rows {
        let name = quoted(&row.name);
        let style = match row.standing {
            Standing::TakesPart => "",
            Standing::Excluded => "[color=red]",
        };
        text.push_str(&format!("\t{name} {style};\n"));
        for link in row.sorted_links() {
            text.push_str(&format!("\t{name} -> {};\n", quoted(link)));
        }
    }
    text.push_str("}\n");
    text
}

/// Only the quote has a meaning of its own in a DOT string.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::render_dot;
    use crate::graph::listing::Standing;
    use crate::graph::listing::tests::rows;

    /// Expectations are the reference's, but for the escaped quote: it writes none, and no tool can read that.
    #[test]
    fn graphs() {
        let mut excluded = rows("d: c, b: a, a");
        excluded[1].standing = Standing::Excluded;
        for (rows, want) in [
            (rows(""), ""),
            (excluded, "\t\"a\" ;\n\t\"b\" [color=red];\n\t\"b\" -> \"a\";\n\t\"d\" ;\n\t\"d\" -> \"c\";\n"),
            (rows("m: zz a/c, ../x"), "\t\"../x\" ;\n\t\"m\" ;\n\t\"m\" -> \"a/c\";\n\t\"m\" -> \"zz\";\n"),
            (rows("we ird\"q, back\\slash"), "\t\"back\\slash\" ;\n\t\"we ird\\\"q\" ;\n"),
        ] {
            assert_eq!(render_dot(&rows), format!("digraph {{\n{want}}}\n"));
        }
    }
}
