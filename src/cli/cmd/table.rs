//! Rows in columns, for people. Pure.

/// The rows below a heading, each column as wide as its widest cell. The last column is never padded.
pub(super) fn table<const COLUMNS: usize>(heading: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let width = |text: &str| text.chars().count();
    let mut widths = heading.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let line = |cells: [&str; COLUMNS]| {
        let mut line = String::new();
        for (at, cell) in cells.iter().enumerate() {
            line.push_str(cell);
            if at + 1 < COLUMNS {
                line.extend(std::iter::repeat_n(' ', widths[at] - width(cell) + 2));
            }
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(heading);
    for row in rows {
        text.push_str(&line(row.each_ref().map(String::as_str)));
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
