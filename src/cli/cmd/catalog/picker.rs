//! Choosing from a catalog on a terminal: a list to type into, and a page for each entry. What a key does is pure.

use super::Entry;
use crate::cli::failure::{Failure, Kind};
use crate::host::os::StopSignals;
use crate::host::terminal::{Key, Keys, Raw, size};
use std::io::Write;

/// What a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Stay,
    Quit,
    Scaffold(usize),
}

/// What is on the screen.
struct Picker<'a> {
    entries: &'a [Entry],
    filter: String,
    /// Letters belong to the filter, even `s` and `q`.
    typing: bool,
    at: usize,
    /// The first line of the page that is shown; `None` in the list.
    page: Option<usize>,
}

/// Lets a person choose; `None` if nothing was chosen. The terminal is as it was afterwards, whatever happens.
pub(super) fn choose(entries: &[Entry]) -> Result<Option<&Entry>, Failure> {
    let failed = |error| Failure::new(Kind::Machine, format!("the terminal cannot be used: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let raw = Raw::enter().map_err(failed)?;
    let chosen = runtime.block_on(talk(entries)).map_err(failed);
    drop(raw);
    // A thread that waits for a key must not keep us.
    runtime.shutdown_background();
    let chosen = chosen?;
    Ok(chosen.and_then(|index| entries.get(index)))
}

async fn talk(entries: &[Entry]) -> std::io::Result<Option<usize>> {
    let mut signals = StopSignals::install()?;
    let mut keys = Keys::listen();
    let mut picker = Picker { entries, filter: String::new(), typing: false, at: 0, page: None };
    loop {
        show(&picker.draw(size()))?;
        let key = tokio::select! {
            key = keys.next() => key,
            _ = signals.next() => None,
        };
        match key.map_or(Step::Quit, |key| picker.press(key)) {
            Step::Stay => {}
            Step::Quit => return Ok(None),
            Step::Scaffold(index) => return Ok(Some(index)),
        }
    }
}

fn show(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

impl Picker<'_> {
    /// The entries that the filter leaves.
    fn left(&self) -> Vec<usize> {
        let words: Vec<String> = self.filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let fits = |entry: &Entry| {
            let text = format!("{} {} {}", entry.title(), entry.source, entry.kind).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        (0..self.entries.len()).filter(|index| fits(&self.entries[*index])).collect()
    }

    fn press(&mut self, key: Key) -> Step {
        if key == Key::Interrupt {
            return Step::Quit;
        }
        if self.page.is_some() { self.press_in_page(key) } else { self.press_in_list(key) }
    }

    fn press_in_page(&mut self, key: Key) -> Step {
        let top = self.page.unwrap_or(0);
        self.page = match key {
            Key::Letter('s') => return self.scaffold(),
            Key::Up => Some(top.saturating_sub(1)),
            Key::Down | Key::Letter(' ') => Some(top + 1),
            Key::Letter('q') | Key::Escape | Key::Enter | Key::Backspace => {
                self.typing = false;
                None
            }
            _ => Some(top),
        };
        Step::Stay
    }

    fn press_in_list(&mut self, key: Key) -> Step {
        let last = self.left().len().saturating_sub(1);
        match key {
            Key::Letter('q') if !self.typing => return Step::Quit,
            Key::Letter('s') if !self.typing => return self.scaffold(),
            Key::Letter('/') if !self.typing => self.typing = true,
            Key::Letter(letter) => {
                self.typing = true;
                self.filter.push(letter);
                self.at = 0;
            }
            Key::Backspace => {
                self.filter.pop();
                self.typing = !self.filter.is_empty();
                self.at = 0;
            }
            Key::Escape if self.typing => {
                self.filter.clear();
                (self.typing, self.at) = (false, 0);
            }
            Key::Escape => return Step::Quit,
            Key::Up => self.at = self.at.saturating_sub(1),
            Key::Down => self.at = (self.at + 1).min(last),
            Key::Enter if !self.left().is_empty() => self.page = Some(0),
            Key::Enter | Key::Interrupt => {}
        }
        Step::Stay
    }

    fn scaffold(&self) -> Step {
        self.left().get(self.at).map_or(Step::Stay, |index| Step::Scaffold(*index))
    }

    /// The whole screen.
    fn draw(&self, (width, height): (usize, usize)) -> String {
        let left = self.left();
        let lines = match (self.page, left.get(self.at)) {
            (Some(top), Some(index)) => page(&self.entries[*index], top, height),
            _ => self.list(&left, height),
        };
        let mut out = String::from("\u{1b}[H\u{1b}[2J");
        for (number, line) in lines.iter().take(height).enumerate() {
            if number > 0 {
                out.push_str("\r\n");
            }
            out.push_str(&cut(line, width));
            out.push_str("\u{1b}[0m");
        }
        out
    }

    fn list(&self, left: &[usize], height: usize) -> Vec<String> {
        let room = height.saturating_sub(3).max(1);
        let first = self.at.saturating_sub(room - 1);
        let mut lines = vec![format!("\u{1b}[1mfilter:\u{1b}[0m {}", self.filter), String::new()];
        for (row, index) in left.iter().enumerate().skip(first).take(room) {
            let entry = &self.entries[*index];
            let mark = if row == self.at { "\u{1b}[7m" } else { "" };
            let about = entry.readme.description.as_deref().unwrap_or_default();
            lines.push(format!("{mark}{:8} {}  {about}", entry.kind, entry.title()));
        }
        lines.resize(height.saturating_sub(1).max(1), String::new());
        lines.push(
            "type to filter, arrows, Enter shows, s scaffolds, q quits (Esc first, while typing)".to_owned(),
        );
        lines
    }
}

fn page(entry: &Entry, top: usize, height: usize) -> Vec<String> {
    let version = entry.version.as_deref().unwrap_or("-");
    let mut lines = vec![
        format!("\u{1b}[1m{}\u{1b}[0m  {}, {version}", entry.title(), entry.kind),
        entry.source.clone(),
        String::new(),
    ];
    let room = height.saturating_sub(4).max(1);
    lines.extend(entry.readme.text.lines().skip(top).take(room).map(harmless));
    lines.resize(height.saturating_sub(1).max(1), String::new());
    lines.push("arrows scroll, s scaffolds, q goes back".to_owned());
    lines
}

/// Text of others may not steer the terminal.
fn harmless(line: &str) -> String {
    line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// The beginning of a line; escapes of ours take no room.
fn cut(line: &str, width: usize) -> String {
    let (mut out, mut used, mut inside) = (String::new(), 0, false);
    for letter in line.chars() {
        match (inside, letter) {
            (false, '\u{1b}') => inside = true,
            (true, 'm') => inside = false,
            (true, _) => {}
            (false, _) if used >= width => continue,
            (false, _) => used += 1,
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::readme::Readme;
    use super::{Entry, Picker, Step};
    use crate::host::terminal::Key;

    fn entries() -> Vec<Entry> {
        let entry = |title: &str, source: &str| Entry {
            kind: "module",
            readme: Readme {
                title: Some(title.to_owned()),
                text: "# T\n\u{1b}]0;evil\u{7}\n".to_owned(),
                ..Readme::default()
            },
            repository: "r".to_owned(),
            dir: source.to_owned(),
            version: None,
            source: source.to_owned(),
        };
        vec![entry("Network", "a//vpc"), entry("Squid", "a//squid"), entry("Queue", "a//queue")]
    }

    fn pressed(keys: &[Key]) -> Step {
        let entries = entries();
        let mut picker =
            Picker { entries: &entries, filter: String::new(), typing: false, at: 0, page: None };
        keys.iter().map(|key| picker.press(*key)).last().unwrap_or(Step::Stay)
    }

    #[test]
    fn letters_filter_and_commands_act_where_nobody_types() {
        use Key::{Backspace, Down, Enter, Escape, Interrupt, Letter, Up};
        assert_eq!(pressed(&[Letter('q')]), Step::Quit);
        assert_eq!(pressed(&[Letter('s')]), Step::Scaffold(0));
        assert_eq!(pressed(&[Down, Down, Down, Up, Letter('s')]), Step::Scaffold(1));
        assert_eq!(pressed(&[Letter('/'), Letter('s'), Letter('q'), Enter, Letter('s')]), Step::Scaffold(1));
        assert_eq!(pressed(&[Letter('u'), Letter('e'), Enter, Letter('s')]), Step::Scaffold(2));
        assert_eq!(pressed(&[Letter('x'), Backspace, Letter('s')]), Step::Scaffold(0));
        assert_eq!(pressed(&[Letter('x'), Escape, Escape]), Step::Quit);
        assert_eq!(pressed(&[Letter('z'), Enter, Letter('z')]), Step::Stay);
        assert_eq!(pressed(&[Enter, Letter('q')]), Step::Stay);
        assert_eq!(pressed(&[Letter('n'), Enter, Letter('q'), Letter('q')]), Step::Quit);
        assert_eq!(pressed(&[Enter, Interrupt]), Step::Quit);
    }

    #[test]
    fn the_screen_is_never_wider_or_higher_than_the_terminal_and_text_cannot_steer_it() {
        let entries = entries();
        for page in [None, Some(0)] {
            let picker = Picker { entries: &entries, filter: String::new(), typing: false, at: 1, page };
            let drawn = picker.draw((10, 5));
            assert!(drawn.split("\r\n").count() <= 5, "{drawn:?}");
            assert!(!drawn.contains("\u{1b}]"), "{drawn:?}");
        }
    }
}
