//! Components as lines of text: in columns, and one a line with details. Knows no terminal: width and colours are
//! handed in.

use super::unit::Kind;

/// A component as listings show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    /// The path as people see it, from the working root.
    pub name: String,
    /// Names of its dependencies; in a tree of links, of those that it waits for.
    pub links: Vec<String>,
    pub standing: Standing,
}

/// Whether a component takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Standing {
    #[default]
    TakesPart,
    /// Its own configuration takes it out.
    Excluded,
}

impl Row {
    /// Its links in the order of listings.
    pub(super) fn sorted_links(&self) -> Vec<&str> {
        let mut links: Vec<&str> = self.links.iter().map(String::as_str).collect();
        links.sort_unstable();
        links.dedup();
        links
    }
}

/// With colours or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Paint {
    #[default]
    Plain,
    Colour,
}

impl Paint {
    /// A path: its folder faint, its last part in the colour of its kind.
    #[must_use]
    pub fn name(self, kind: Kind, name: &str) -> String {
        let (folder, base) =
            name.rsplit_once('/').map_or(("", name), |(folder, _)| name.split_at(folder.len() + 1));
        let folder = if folder.is_empty() { String::new() } else { self.wrap("2", folder) };
        format!("{folder}{}", self.wrap(colour(kind), base))
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

fn colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Unit => "1;94",
        Kind::Stack => "1;92",
    }
}

/// As many equal columns as fit into `width`; one line end even if there is nothing.
#[must_use]
pub fn render_columns(rows: &[Row], width: usize, paint: Paint) -> String {
    let column = column_width(rows);
    let per_line = (width / column).max(1);
    let mut text = String::new();
    for line in rows.chunks(per_line) {
        for row in line {
            text.push_str(&paint.name(row.kind, &row.name));
            text.push_str(&pad(&row.name, column));
        }
        text.push('\n');
    }
    if rows.is_empty() { "\n".to_owned() } else { text }
}

/// What the long listing says about each component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    Path,
    Dependencies,
}

/// A head line, then kind and path of each component, and its dependencies if asked for.
#[must_use]
pub fn render_long(rows: &[Row], detail: Detail, paint: Paint) -> String {
    let column = column_width(rows);
    let mut text = "Type  Path".to_owned();
    if detail == Detail::Dependencies {
        text.push_str(&pad("Path", column));
        text.push_str("Dependencies");
    }
    text.push('\n');
    for row in rows {
        text.push_str(&paint.wrap(colour(row.kind), &format!("{:<5}", row.kind.word())));
        text.push(' ');
        text.push_str(&paint.name(row.kind, &row.name));
        let links = row.sorted_links();
        if detail == Detail::Dependencies && !links.is_empty() {
            let links: Vec<String> = links.iter().map(|link| paint.name(Kind::Unit, link)).collect();
            text.push_str(&pad(&row.name, column));
            text.push_str(&links.join(", "));
        }
        text.push('\n');
    }
    text
}

/// Widths count bytes, as the reference's do.
fn column_width(rows: &[Row]) -> usize {
    rows.iter().map(|row| row.name.len()).max().unwrap_or(0) + 2
}

fn pad(name: &str, column: usize) -> String {
    " ".repeat(column.saturating_sub(name.len()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Detail, Paint, Row, Standing, render_columns, render_long};
    use crate::graph::unit::Kind;

    /// `"b: a k"` is a unit b with two links; a name that starts with `s` is a stack.
    pub fn rows(text: &str) -> Vec<Row> {
        let row = |line: &str| {
            let (name, links) = line.split_once(':').unwrap_or((line, ""));
            Row {
                kind: if name.trim().starts_with('s') { Kind::Stack } else { Kind::Unit },
                name: name.trim().to_owned(),
                links: links.split_whitespace().map(str::to_owned).collect(),
                standing: Standing::TakesPart,
            }
        };
        text.split(',').filter(|line| !line.trim().is_empty()).map(row).collect()
    }

    /// Expectations are the reference's.
    #[test]
    fn columns() {
        let many = rows(".hid/x, B, a, a-b, a/b, a/c, m, n, q, zz, ü");
        for (rows, width, want) in [
            (rows(""), 80, "\n"),
            (rows("a, b, s"), 80, "a  b  s  \n"),
            (rows("a, b, s"), 5, "a  \nb  \ns  \n"),
            (rows("a, b, s"), 0, "a  \nb  \ns  \n"),
            (
                many,
                80,
                ".hid/x  B       a       a-b     a/b     a/c     m       n       q       zz      \nü      \n",
            ),
        ] {
            assert_eq!(render_columns(&rows, width, Paint::Plain), want);
        }
    }

    /// Expectations are the reference's.
    #[test]
    fn long() {
        for (text, detail, want) in [
            ("", Detail::Path, "Type  Path\n"),
            ("a, s1", Detail::Path, "Type  Path\nunit  a\nstack s1\n"),
            ("a, e", Detail::Dependencies, "Type  PathDependencies\nunit  a\nunit  e\n"),
            (
                ".hid/x, a, m: zz a/c",
                Detail::Dependencies,
                "Type  Path    Dependencies\nunit  .hid/x\nunit  a\nunit  m       a/c, zz\n",
            ),
        ] {
            assert_eq!(render_long(&rows(text), detail, Paint::Plain), want, "{text}");
        }
    }

    #[test]
    fn colours_change_no_column() {
        let text = render_columns(&rows("a/b, s1"), 80, Paint::Colour);
        assert_eq!(text, "\x1b[2ma/\x1b[0m\x1b[1;94mb\x1b[0m  \x1b[1;92ms1\x1b[0m   \n");
    }
}
