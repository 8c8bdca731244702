//! Title and description of a module, from its README. Pure.

/// What a README says about a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Readme {
    pub title: Option<String>,
    pub description: Option<String>,
    pub tags: Vec<String>,
    /// The text without what stands before it for programs.
    pub text: String,
}

/// Reads a README; a block between `---` lines at its top goes before its title and first paragraph.
pub(super) fn read(text: &str) -> Readme {
    let (front, body) = split(text);
    let member = |name: &str| front.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let word = |name: &str| member(name).map(|text| text.trim().trim_matches(['"', '\'']).to_owned());
    let tags = member("tags").map(|list| list.trim().trim_matches(['[', ']'])).unwrap_or_default();
    let tags = tags.split(',').map(|tag| tag.trim().trim_matches(['"', '\'']).to_owned());
    Readme {
        title: word("name").or_else(|| title(body)),
        description: word("description").or_else(|| description(body)),
        tags: tags.filter(|tag| !tag.is_empty()).collect(),
        text: body.to_owned(),
    }
}

fn split(text: &str) -> (&str, &str) {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"));
    rest.and_then(|rest| rest.split_once("\n---\n"))
        .map_or(("", text), |(front, body)| (front, body.trim_start_matches('\n')))
}

fn title(body: &str) -> Option<String> {
    let line = body.lines().find_map(|line| line.trim().strip_prefix("# "))?;
    Some(plain(line)).filter(|title| !title.is_empty())
}

/// The first paragraph that is neither a title nor made of images.
fn description(body: &str) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for line in body.lines().map(str::trim) {
        let is_text = !line.is_empty() && !line.starts_with(['#', '<', '|', '=']) && !line.starts_with("```");
        let text = if is_text { plain(line) } else { String::new() };
        match (text.is_empty(), found.is_empty()) {
            (false, _) => found.push(text),
            (true, false) => break,
            (true, true) => {}
        }
    }
    (!found.is_empty()).then(|| found.join(" "))
}

/// Text without the marks of links, images, code and emphasis.
fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('[') {
        let image = rest[..open].ends_with('!');
        out.push_str(rest[..open].trim_end_matches('!'));
        let (label, after) = link(&rest[open..]);
        if !image {
            out.push_str(&plain_label(label));
        }
        rest = after;
    }
    out.push_str(rest);
    out.replace(['`', '*'], "").trim().to_owned()
}

/// `[label](target)` and what follows; a bracket alone is its own label.
fn link(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    let close = text.char_indices().find(|(_, letter)| {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let Some((close, _)) = close else { return (&text[1..], "") };
    let after = &text[close + 1..];
    let target = after.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    (&text[1..close], target.map_or(after, |(_, rest)| rest))
}

fn plain_label(label: &str) -> String {
    if label.starts_with("![") { String::new() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Readme, read};

    #[test]
    fn title_and_description_are_the_first_of_each() {
        let readme = read(
            "[![badge](x)](y)\n\n# Database *module*\n\nA [database](http://x) for\n`you`.\n\n## Usage\n\nmore\n",
        );
        assert_eq!(readme.title.as_deref(), Some("Database module"));
        assert_eq!(readme.description.as_deref(), Some("A database for you."));
    }

    #[test]
    fn front_matter_wins() {
        let readme =
            read("---\nname: Fancy\ndescription: \"Of the front\"\ntags: [net, core]\n---\n# Other\n");
        let wanted = Readme {
            title: Some("Fancy".to_owned()),
            description: Some("Of the front".to_owned()),
            tags: vec!["net".to_owned(), "core".to_owned()],
            text: "# Other\n".to_owned(),
        };
        assert_eq!(readme, wanted);
        assert_eq!(read(""), Readme::default());
        assert_eq!(read("[open").description.as_deref(), Some("open"));
    }
}
