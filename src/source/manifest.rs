//! The lists of what was copied into a folder, one file a folder, in the format of existing caches: a gob stream
//! of records with a path and a mark for folders. Only names count here: each list is about its own folder.

use std::collections::BTreeMap;
use std::path::Path;

/// What a folder got: name → whether it is a folder itself.
pub type Entries = BTreeMap<String, Item>;

/// What a listed name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    File,
    Folder,
}

/// What existing lists call a record.
const RECORD_NAME: &str = "fileManifestEntry";

/// The first type id that a stream may define.
const RECORD_TYPE: i64 = 64;

/// Writes the list for this folder.
#[must_use]
pub fn encode(folder: &Path, entries: &Entries) -> Vec<u8> {
    let mut out = Vec::new();
    push_message(&mut out, &type_definition());
    for (name, item) in entries {
        let mut record = Vec::new();
        push_int(&mut record, RECORD_TYPE);
        record.push(1);
        push_text(&mut record, &folder.join(name).to_string_lossy());
        if *item == Item::Folder {
            record.extend([1, 1]);
        }
        record.push(0);
        push_message(&mut out, &record);
    }
    out
}

/// The record's shape: a struct of a string (type 6) and a bool (type 1).
fn type_definition() -> Vec<u8> {
    let mut out = Vec::new();
    push_int(&mut out, -RECORD_TYPE);
    out.extend([3, 1, 1]);
    push_text(&mut out, RECORD_NAME);
    out.push(1);
    push_int(&mut out, RECORD_TYPE);
    out.extend([0, 1, 2]);
    for (name, kind) in [("Path", 6), ("IsDir", 1)] {
        out.push(1);
        push_text(&mut out, name);
        out.push(1);
        push_int(&mut out, kind);
        out.push(0);
    }
    out.extend([0, 0]);
    out
}

fn push_message(out: &mut Vec<u8>, body: &[u8]) {
    push_uint(out, body.len() as u64);
    out.extend_from_slice(body);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_uint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn push_int(out: &mut Vec<u8>, value: i64) {
    let bits = if value < 0 { (!value as u64) << 1 | 1 } else { (value as u64) << 1 };
    push_uint(out, bits);
}

/// Small numbers are themselves; others are the negated count of their bytes, then these.
fn push_uint(out: &mut Vec<u8>, value: u64) {
    if let Ok(small) = u8::try_from(value)
        && small < 128
    {
        out.push(small);
        return;
    }
    let bytes = value.to_be_bytes();
    let significant = &bytes[value.leading_zeros() as usize / 8..];
    out.push((significant.len() as u8).wrapping_neg());
    out.extend_from_slice(significant);
}

/// Reads a list. What cannot be understood ends it: a torn list names fewer files, never wrong ones.
#[must_use]
pub fn decode(bytes: &[u8]) -> Entries {
    let mut entries = Entries::new();
    let mut rest = bytes;
    while let Some(body) = take_message(&mut rest) {
        match take_record(body) {
            Some(Record::Definition) => {}
            Some(Record::Entry(path, item)) => {
                if let Some(name) = Path::new(&path).file_name() {
                    entries.insert(name.to_string_lossy().into_owned(), item);
                }
            }
            None => break,
        }
    }
    entries
}

enum Record {
    Definition,
    Entry(String, Item),
}

fn take_message<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_uint(rest)?).ok()?;
    take(rest, length)
}

fn take_record(mut body: &[u8]) -> Option<Record> {
    // A negative type id is odd in this encoding.
    if take_uint(&mut body)? & 1 == 1 {
        return Some(Record::Definition);
    }
    let (mut path, mut item, mut field) = (String::new(), Item::File, 0);
    loop {
        let step = take_uint(&mut body)?;
        field += step;
        match (step, field) {
            (0, _) => return Some(Record::Entry(path, item)),
            (_, 1) => {
                let length = usize::try_from(take_uint(&mut body)?).ok()?;
                path = String::from_utf8(take(&mut body, length)?.to_vec()).ok()?;
            }
            (_, 2) if take_uint(&mut body)? == 1 => item = Item::Folder,
            _ => return None,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn take_uint(rest: &mut &[u8]) -> Option<u64> {
    let first = *take(rest, 1)?.first()?;
    if first < 128 {
        return Some(u64::from(first));
    }
    let count = usize::from(first.wrapping_neg());
    let bytes = take(rest, count).filter(|bytes| bytes.len() <= 8)?;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::{Entries, Item, decode, encode};
    use std::path::Path;

    /// A list as found in an existing cache: one file, one folder.
    const FOUND: &[u8] = b"\x31\x7f\x03\x01\x01\x11fileManifestEntry\x01\xff\x80\x00\x01\x02\x01\x04Path\x01\x0c\x00\x01\x05IsDir\x01\x02\x00\x00\x00\x10\xff\x80\x01\x0b/c/terra.tf\x00\x0b\xff\x80\x01\x04/c/d\x01\x01\x00";

    #[test]
    fn found_lists_are_read() {
        let want = Entries::from([("terra.tf".to_owned(), Item::File), ("d".to_owned(), Item::Folder)]);
        assert_eq!(decode(FOUND), want);
    }

    #[test]
    fn written_lists_are_like_found_ones() {
        let of = |name: &str, item| Entries::from([(name.to_owned(), item)]);
        let (file, folder) = (encode(Path::new("/c"), &of("terra.tf", Item::File)), of("d", Item::Folder));
        assert_eq!(file, FOUND[..FOUND.len() - 12]);
        assert!(encode(Path::new("/c"), &folder).ends_with(&FOUND[FOUND.len() - 12..]));
    }

    #[test]
    fn lists_come_back() {
        let long = "n".repeat(300);
        let entries = Entries::from([("a.tf".to_owned(), Item::File), (long, Item::Folder)]);
        assert_eq!(decode(&encode(Path::new("/x/y"), &entries)), entries);
        assert_eq!(decode(&encode(Path::new("/x"), &Entries::new())), Entries::new());
    }

    #[test]
    fn torn_lists_name_fewer_files() {
        let entries = Entries::from([("a.tf".to_owned(), Item::File), ("b.tf".to_owned(), Item::File)]);
        let bytes = encode(Path::new("/x"), &entries);
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).keys().all(|name| entries.contains_key(name)), "{end}");
        }
    }
}
