//! A terminal whose keys come one by one, restored when the guard goes. Where a system cannot do it, entering fails.

use super::os;
use std::io::{self, Read, Write};
use tokio::sync::mpsc;

/// A key, as far as a list needs to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Enter,
    Escape,
    Backspace,
    /// Control and C.
    Interrupt,
    Letter(char),
}

/// While it lives, keys are not echoed and come at once, and a screen of our own is shown.
#[derive(Debug)]
pub struct Raw {
    before: os::TerminalMode,
}

impl Raw {
    /// Changes the terminal of stdin and stdout.
    ///
    /// # Errors
    /// When stdin is no terminal, or the system cannot do it.
    pub fn enter() -> io::Result<Self> {
        let before = os::enter_raw_mode()?;
        let raw = Self { before };
        let mut out = io::stdout().lock();
        out.write_all(b"\x1b[?1049h\x1b[?25l")?;
        out.flush()?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(b"\x1b[?25h\x1b[?1049l").and_then(|()| out.flush());
        os::leave_raw_mode(&self.before);
    }
}

/// Columns and lines of the terminal behind stdout.
#[must_use]
pub fn size() -> (usize, usize) {
    os::terminal_size().unwrap_or((80, 24))
}

/// The keys that are pressed, read by a thread of their own.
#[derive(Debug)]
pub struct Keys(mpsc::UnboundedReceiver<Key>);

impl Keys {
    /// Starts reading stdin.
    #[must_use]
    pub fn listen() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut bytes = [0_u8; 64];
            while let Ok(count @ 1..) = io::stdin().lock().read(&mut bytes) {
                for key in keys_in(&bytes[..count]) {
                    if sender.send(key).is_err() {
                        return;
                    }
                }
            }
        });
        Self(receiver)
    }

    /// The next key; `None` at the end of stdin.
    pub async fn next(&mut self) -> Option<Key> {
        self.0.recv().await
    }
}

/// What a terminal sent in one go.
fn keys_in(bytes: &[u8]) -> Vec<Key> {
    let text = String::from_utf8_lossy(bytes);
    let mut keys = Vec::new();
    let mut rest = &*text;
    while let Some(letter) = rest.chars().next() {
        let (key, used) = match letter {
            '\u{1b}' => escape(rest),
            '\r' | '\n' => (Some(Key::Enter), 1),
            '\u{7f}' | '\u{8}' => (Some(Key::Backspace), 1),
            '\u{3}' | '\u{4}' => (Some(Key::Interrupt), 1),
            _ if letter.is_control() => (None, 1),
            _ => (Some(Key::Letter(letter)), letter.len_utf8()),
        };
        keys.extend(key);
        rest = rest.get(used..).unwrap_or_default();
    }
    keys
}

/// An arrow, another sequence that means nothing here, or the key itself.
fn escape(text: &str) -> (Option<Key>, usize) {
    let Some(rest) = text.get(1..).filter(|rest| rest.starts_with(['[', 'O'])) else {
        return (Some(Key::Escape), 1);
    };
    let end = rest.get(1..).and_then(|rest| rest.find(|c: char| c.is_ascii_alphabetic() || c == '~'));
    let used = end.map_or(text.len(), |end| end + 3);
    let key = match text.get(used - 1..used) {
        Some("A") => Some(Key::Up),
        Some("B") => Some(Key::Down),
        _ => None,
    };
    (key, used)
}

#[cfg(test)]
mod tests {
    use super::{Key, keys_in};

    #[test]
    fn keys_are_told_apart() {
        use Key::{Backspace, Down, Enter, Escape, Interrupt, Letter, Up};
        assert_eq!(keys_in(b"aq\r\x7f\x03"), [Letter('a'), Letter('q'), Enter, Backspace, Interrupt]);
        assert_eq!(keys_in(b"\x1b[A\x1b[B\x1bOA"), [Up, Down, Up]);
        assert_eq!(keys_in(b"\x1b"), [Escape]);
        assert_eq!(keys_in(b"\x1b[5~x\x1b["), [Letter('x')]);
        assert_eq!(keys_in("é\x01".as_bytes()), [Letter('é')]);
    }
}
