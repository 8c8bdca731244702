//! The text of the live display: rows that fit the terminal. Pure.

/// How many running units are shown by name; the rest is counted.
const SHOWN: usize = 8;

/// The display's parts.
pub struct Board<'a> {
    pub rows: Vec<Row<'a>>,
    pub status: String,
    /// Who comes next, as far as there is room.
    pub next: Vec<&'a str>,
}

/// One running unit.
pub struct Row<'a> {
    pub name: &'a str,
    pub doing: String,
    pub took: String,
}

impl Board<'_> {
    /// The text without a line break at its end; no line is wider than `width`.
    #[must_use]
    pub fn render(&self, width: usize) -> String {
        // A line as wide as the terminal makes some of them wrap.
        let width = width.saturating_sub(1).max(1);
        let shown = &self.rows[..self.rows.len().min(SHOWN)];
        let widest = |part: fn(&Row<'_>) -> usize| shown.iter().map(part).max().unwrap_or(0);
        let doing = widest(|row| count(&row.doing));
        let took = widest(|row| count(&row.took));
        let name = widest(|row| count(row.name)).min(width.saturating_sub(doing + took + 6)).max(8);
        let mut lines: Vec<String> = shown
            .iter()
            .map(|row| {
                let end = end_of(row.name, name);
                format!("  {}  {}  {:>took$}", pad(&end, name), pad(&row.doing, doing), row.took)
            })
            .collect();
        if self.rows.len() > SHOWN {
            lines.push(format!("  … and {} more", self.rows.len() - SHOWN));
        }
        lines.push(self.status.clone());
        lines.extend(self.next_line(width));
        lines.iter().map(|line| start_of(line, width)).collect::<Vec<_>>().join("\n")
    }

    fn next_line(&self, width: usize) -> Option<String> {
        let mut line = format!("next: {}", self.next.first()?);
        for name in &self.next[1..] {
            if count(&line) + count(name) + 2 > width {
                break;
            }
            line.push_str(", ");
            line.push_str(name);
        }
        Some(line)
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(count(text))))
}

fn start_of(text: &str, width: usize) -> String {
    if count(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// The end of a path tells more than its beginning.
fn end_of(text: &str, width: usize) -> String {
    let surplus = count(text).saturating_sub(width);
    if surplus == 0 {
        return text.to_owned();
    }
    std::iter::once('…').chain(text.chars().skip(surplus + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Board, Row};

    fn row<'a>(name: &'a str, doing: &str) -> Row<'a> {
        Row { name, doing: doing.to_owned(), took: "3s".to_owned() }
    }

    #[test]
    fn rows_stand_in_columns_and_fit() {
        let rows = vec![row("prod/eu-west-1/apps/api", "init"), row("network", "reading outputs")];
        let board = Board {
            rows,
            status: "2 running, 3 waiting, 12s".to_owned(),
            next: vec!["cluster", "apps/web", "x"],
        };
        assert_eq!(
            board.render(80),
            "  prod/eu-west-1/apps/api  init             3s\n  \
               network                  reading outputs  3s\n\
             2 running, 3 waiting, 12s\nnext: cluster, apps/web, x"
        );
        assert_eq!(
            board.render(40),
            "  …west-1/apps/api  init             3s\n  \
               network           reading outputs  3s\n\
             2 running, 3 waiting, 12s\nnext: cluster, apps/web, x"
        );
        for width in 0..60 {
            let text = board.render(width);
            assert!(text.lines().all(|line| line.chars().count() < width.max(2)), "{width}\n{text}");
        }
    }

    #[test]
    fn more_than_a_handful_is_counted() {
        let rows = (0..20).map(|_| row("a", "running")).collect();
        let text = Board { rows, status: "20 running".to_owned(), next: Vec::new() }.render(80);
        assert_eq!(text.lines().count(), 10);
        assert!(text.ends_with("  … and 12 more\n20 running"), "{text}");
    }
}
