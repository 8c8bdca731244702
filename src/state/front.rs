//! The front of a state: what we need of it, taken from a stream that is dropped as soon as that is complete. Pure. The
//! members that nobody asks for (resources may be hundreds of megabytes) pass by without being kept.

use super::object::{Appetite, Sink};
use super::snapshot::{Snapshot, SnapshotError, malformed, parse_state};

/// The members that are kept; the others are replaced by `null`.
const KEPT: [&[u8]; 6] =
    [b"version", b"serial", b"lineage", b"outputs", b"encrypted_data", b"encryption_version"];

/// Without these, the rest might still matter.
const ENOUGH: [&[u8]; 4] = [b"version", b"serial", b"lineage", b"outputs"];

/// How deep in the text we are, and what the next byte belongs to.
#[derive(Debug, Default)]
struct Cursor {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// Takes a state piece by piece.
#[derive(Debug, Default)]
pub struct Front {
    cursor: Cursor,
    kept: Vec<u8>,
    /// The text of the last string at the top level; a key until its value begins.
    word: Vec<u8>,
    /// The member whose value is passing by.
    member: Option<Member>,
    complete: Vec<Vec<u8>>,
    is_full: bool,
    /// Whether what comes after matters too: that it ends as it should.
    to_the_end: bool,
}

#[derive(Debug)]
struct Member {
    name: Vec<u8>,
    is_kept: bool,
}

impl Front {
    /// One that lets everything pass, to see the end of it.
    #[must_use]
    pub fn to_the_end() -> Self {
        Self { to_the_end: true, ..Self::default() }
    }

    /// What the stream said.
    ///
    /// # Errors
    /// When it is not the beginning of a state of version 4 in clear text, or ended before its end.
    pub fn finish(mut self) -> Result<Option<Snapshot>, SnapshotError> {
        if self.is_full && self.to_the_end && self.cursor.depth > 0 {
            return Err(malformed("it is cut short"));
        }
        if self.is_full {
            self.kept.push(b'}');
        }
        parse_state(&self.kept)
    }

    fn step(&mut self, byte: u8) {
        let was_top = self.cursor.depth == 1;
        let was_in_string = self.cursor.in_string;
        self.cursor.step(byte);
        if was_top && self.member.is_none() {
            self.read_key(byte, was_in_string);
        } else if was_top && !was_in_string && matches!(byte, b',' | b'}') {
            self.end_member();
        }
        if self.member.as_ref().is_none_or(|member| member.is_kept) && !self.is_full {
            self.kept.push(byte);
        }
    }

    /// Between `{` or `,` and the colon.
    fn read_key(&mut self, byte: u8, was_in_string: bool) {
        match byte {
            b'"' if !was_in_string => self.word.clear(),
            b':' if !was_in_string => {
                let name = std::mem::take(&mut self.word);
                let is_kept = KEPT.contains(&&*name);
                self.kept.extend_from_slice(if is_kept { b"" } else { b":null" });
                self.member = Some(Member { name, is_kept });
            }
            byte if was_in_string && self.cursor.in_string => self.word.push(byte),
            _ => {}
        }
    }

    fn end_member(&mut self) {
        self.complete.extend(self.member.take().map(|member| member.name));
        self.is_full = ENOUGH.iter().all(|name| self.complete.iter().any(|done| done == name));
    }
}

impl Cursor {
    fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

impl Sink for Front {
    fn take(&mut self, piece: &[u8]) -> Appetite {
        for byte in piece {
            match (self.is_full, self.to_the_end) {
                (false, _) => self.step(*byte),
                (true, true) => self.cursor.step(*byte),
                (true, false) => return Appetite::Full,
            }
        }
        if self.is_full && !self.to_the_end { Appetite::Full } else { Appetite::Hungry }
    }

    fn start_over(&mut self) {
        *self = Self { to_the_end: self.to_the_end, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::Front;
    use crate::state::object::{Appetite, Sink};
    use crate::state::snapshot::{SnapshotError, parse_state};

    fn state(order: &[&str]) -> String {
        let member = |name: &&str| match *name {
            "version" => r#""version": 4"#.to_owned(),
            "serial" => r#""serial":7"#.to_owned(),
            "lineage" => r#""lineage" : "l\"}{,""#.to_owned(),
            "outputs" => r#""outputs": {"a": {"value": ["x,}", {"b": 1}], "type": "dynamic"}}"#.to_owned(),
            name => format!(r#""{name}": [{{"outputs": 1, "version": 3}}, "]}}"]"#),
        };
        format!("{{\n  {}\n}}\n", order.iter().map(member).collect::<Vec<_>>().join(",\n  "))
    }

    /// What was read, and how many bytes that took.
    fn read(text: &str, size: usize) -> (Front, usize) {
        let (mut front, mut taken) = (Front::default(), 0);
        for piece in text.as_bytes().chunks(size) {
            taken += piece.len();
            if front.take(piece) == Appetite::Full {
                break;
            }
        }
        (front, taken)
    }

    #[test]
    fn the_rest_is_not_read_once_the_outputs_are_known() {
        let text = state(&["version", "terraform_version", "serial", "lineage", "outputs", "resources"]);
        for size in [1, 2, 7, 4096] {
            let (front, taken) = read(&text, size);
            let unread = text.find("\"resources\"").unwrap() + size;
            assert!(size > 100 || taken <= unread, "{taken}");
            assert_eq!(front.finish().unwrap(), parse_state(text.as_bytes()).unwrap());
        }
    }

    #[test]
    fn another_order_of_members_reads_on() {
        for order in [
            ["outputs", "resources", "lineage", "serial", "version"],
            ["resources", "serial", "outputs", "version", "lineage"],
        ] {
            let text = state(&order);
            let (front, _) = read(&text, 3);
            assert_eq!(front.finish().unwrap(), parse_state(text.as_bytes()).unwrap());
        }
    }

    #[test]
    fn whoever_reads_to_the_end_sees_what_is_cut_short() {
        let text = state(&["version", "serial", "lineage", "outputs", "resources"]);
        let read = |text: &str| {
            let mut front = Front::to_the_end();
            let pieces = text.as_bytes().chunks(5);
            assert!(pieces.into_iter().all(|piece| front.take(piece) == Appetite::Hungry));
            front.finish()
        };
        assert_eq!(read(&text).unwrap(), parse_state(text.as_bytes()).unwrap());
        for cut in [text.len() - 4, text.find("\"resources\"").unwrap() + 20] {
            let error = read(&text[..cut]).unwrap_err();
            assert!(!error.is_for_terraform() && error.to_string().contains("it is cut short"), "{error}");
        }
    }

    #[test]
    fn what_is_no_state_is_said_so() {
        for text in ["<html>", "[1]", "{\"version\": 4, \"outputs\": {", "{\"version\": 4 \"serial\": 1}"] {
            assert!(matches!(read(text, 4).0.finish(), Err(SnapshotError::Malformed(_))), "{text}");
        }
        assert_eq!(read("", 4).0.finish().unwrap(), None);
        let newer = state(&["version", "serial", "lineage", "outputs"]).replace(": 4", ": 5");
        assert!(matches!(read(&newer, 4).0.finish(), Err(SnapshotError::Version(5))));
        let sealed =
            r#"{"serial":1,"lineage":"l","meta":{"a":1},"encrypted_data":"x","encryption_version":"v0"}"#;
        assert!(matches!(read(sealed, 4).0.finish(), Err(SnapshotError::Encrypted)));
    }

    #[test]
    fn what_nobody_asks_for_is_not_kept() {
        let mut front = Front::default();
        let _ = front.take(br#"{"version":4,"resources":[""#);
        for _ in 0..1000 {
            let _ = front.take(&[b'x'; 1000]);
        }
        assert!(front.kept.len() < 100);
    }
}
