//! Bytes of a child into whole lines, with a bound on what is held back. Pure.

/// How much of an endless line is held back before a piece of it is let go.
const LONGEST: usize = 64 * 1024;

/// What may be let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Whole lines: others speak in between.
    Lines,
    /// Everything at once: a question waits for its answer on the same line.
    AsItComes,
}

/// Holds back the unfinished last line of a stream.
#[derive(Debug)]
pub struct Lines {
    cut: Cut,
    rest: Vec<u8>,
}

impl Lines {
    #[must_use]
    pub fn new(cut: Cut) -> Self {
        Self { cut, rest: Vec::new() }
    }

    /// Takes a piece and gives back what may be shown now; may be empty.
    #[must_use]
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let ready = match self.cut {
            Cut::AsItComes => bytes.len(),
            Cut::Lines if self.rest.len() + bytes.len() > LONGEST => {
                bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1)
            }
            Cut::Lines => bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1),
        };
        if ready == 0 {
            self.rest.extend_from_slice(bytes);
            return Vec::new();
        }
        let mut whole = std::mem::take(&mut self.rest);
        whole.extend_from_slice(&bytes[..ready]);
        self.rest.extend_from_slice(&bytes[ready..]);
        whole
    }

    /// The unfinished line at the end of the stream.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, LONGEST, Lines};

    #[test]
    fn lines_are_never_torn() {
        let mut lines = Lines::new(Cut::Lines);
        let seen: Vec<Vec<u8>> = [&b"a\nb"[..], b"c", b"\nd\n", b"e"].map(|piece| lines.push(piece)).into();
        assert_eq!(seen, [&b"a\n"[..], b"", b"bc\nd\n", b""]);
        assert_eq!(lines.finish(), b"e");
        assert_eq!(lines.finish(), b"");
    }

    #[test]
    fn an_endless_line_is_let_go_in_pieces() {
        let mut lines = Lines::new(Cut::Lines);
        let piece = vec![b'x'; LONGEST / 2 + 1];
        assert_eq!(lines.push(&piece).len(), 0);
        assert_eq!(lines.push(&piece).len(), LONGEST + 2);
    }

    #[test]
    fn a_question_is_shown_at_once() {
        assert_eq!(Lines::new(Cut::AsItComes).push(b"Enter a value: "), b"Enter a value: ");
    }
}
