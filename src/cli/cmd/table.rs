//! Rows in columns, for people. Pure.

/// The rows below a heading, each column as wide as its widest cell. The last column is never padded.
pub(super) fn table<const COLUMNS: usize>(heading: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let lines = std::iter::once(heading.to_vec());
    let lines = lines.chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    columns(&lines.collect::<Vec<_>>())
}

/// The same for any number of columns; the first line is the heading.
pub(super) fn columns(lines: &[Vec<&str>]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (widest, cell) in widths.iter_mut().zip(line) {
            *widest = (*widest).max(width(cell));
        }
    }
    let mut text = String::new();
    for line in lines {
        let padded = line
            .iter()
            .zip(&widths)
            .map(|(cell, widest)| format!("{cell}{}", " ".repeat(widest.saturating_sub(width(cell)))));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a".to_owned(), "long text".to_owned(), "x".to_owned()]];
        assert_eq!(table(["UNIT", "WHO", "ID"], &rows), "UNIT  WHO        ID\na     long text  x\n");
    }
}
