use super::place::stays_inside;
use super::{ArchiveError, Compression, Format, LIMITS, Limits, Named, named, of_word, unpack};
use crate::host::fs::{self, Access};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// One entry of an archive in the making.
enum Made<'a> {
    File(&'a str, &'a str),
    Link(&'a str, &'a str),
    HardLink(&'a str, &'a str),
    Kind(&'a str, EntryType),
}

fn tar_of(entries: &[Made<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        let (name, kind, target, content) = match *entry {
            Made::File(name, content) => (name, EntryType::Regular, None, content),
            Made::Link(name, target) => (name, EntryType::Symlink, Some(target), ""),
            Made::HardLink(name, target) => (name, EntryType::Link, Some(target), ""),
            Made::Kind(name, kind) => (name, kind, None, ""),
        };
        // Set by hand: the builder itself refuses what these tests are about.
        header.as_ustar_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        if let Some(target) = target {
            header.as_ustar_mut().unwrap().linkname[..target.len()].copy_from_slice(target.as_bytes());
        }
        header.set_entry_type(kind);
        header.set_mode(if name.ends_with(".sh") { 0o4755 } else { 0o640 });
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip_of(entries: &[Made<'_>]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for entry in entries {
        match *entry {
            Made::File(name, content) => {
                let mode = if name.ends_with(".sh") { 0o755 } else { 0o644 };
                writer.start_file(name, options.unix_permissions(mode)).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
            Made::Link(name, target) => writer.add_symlink(name, target, options).unwrap(),
            _ => unreachable!("zips have no such thing"),
        }
    }
    writer.finish().unwrap().into_inner()
}

struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("deep/into")
    }

    fn unpack(&self, bytes: &[u8], format: Format, limits: Limits) -> Result<(), ArchiveError> {
        let file = self.dir.path().join("archive");
        fs::write_atomic(&file, bytes, Access::Shared).unwrap();
        let _ = fs::remove_dir_all(&self.folder());
        fs::create_dir_all(&self.folder()).unwrap();
        unpack(&file, format, (&self.folder(), limits))
    }

    fn text(&self, name: &str) -> String {
        fs::read_text(&self.folder().join(name)).unwrap()
    }
}

const TAR: Format = Format::Tar(Compression::None);

#[test]
fn names_tell_the_format() {
    for (name, want) in [
        ("m.zip", Named::Archive(Format::Zip)),
        ("m.tar.gz", Named::Archive(Format::Tar(Compression::Gzip))),
        ("M.TGZ", Named::Archive(Format::Tar(Compression::Gzip))),
        ("m.tbz2", Named::Archive(Format::Tar(Compression::Bzip2))),
        ("m.tar.xz", Named::Archive(Format::Tar(Compression::Xz))),
        ("m.tzst", Named::Archive(Format::Tar(Compression::Zstd))),
        ("m.tar", Named::Archive(TAR)),
        ("main.tf.gz", Named::Single),
        ("main.tf", Named::Nothing),
        ("zip", Named::Nothing),
    ] {
        assert_eq!(named(name), want, "{name}");
    }
    assert_eq!(of_word("tar.gz"), named("x.tgz"));
    assert_eq!(of_word("rar"), Named::Nothing);
}

#[test]
fn files_links_and_permissions_come_out() {
    let entries =
        [Made::File("./a/run.sh", "#!"), Made::File("main.tf", "# m"), Made::Link("a/l.tf", "../main.tf")];
    for (bytes, format) in [(tar_of(&entries), TAR), (zip_of(&entries), Format::Zip)] {
        let bench = Bench::new();
        bench.unpack(&bytes, format, LIMITS).unwrap();
        assert_eq!((bench.text("a/l.tf"), bench.text("a/run.sh")), ("# m".to_owned(), "#!".to_owned()));
        assert!(
            fs::is_executable(&bench.folder().join("a/run.sh"))
                && !fs::is_executable(&bench.folder().join("main.tf"))
        );
        assert!(fs::symlink_metadata(&bench.folder().join("a/l.tf")).unwrap().is_symlink());
    }
}

#[test]
fn every_compression_is_undone() {
    let plain = tar_of(&[Made::File("main.tf", "# m")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&plain).unwrap();
    // Two frames, and between them one to be passed over.
    let frame =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let zst =
        [frame(&plain[..100]), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), frame(&plain[100..])].concat();
    for (bytes, compression) in [
        (gzip.finish().unwrap(), Compression::Gzip),
        (bz.finish().unwrap(), Compression::Bzip2),
        (zst, Compression::Zstd),
    ] {
        let bench = Bench::new();
        bench.unpack(&bytes, Format::Tar(compression), LIMITS).unwrap();
        assert_eq!(bench.text("main.tf"), "# m", "{compression:?}");
        let torn = bench.unpack(&bytes[..bytes.len() / 2], Format::Tar(compression), LIMITS).unwrap_err();
        assert!(matches!(torn, ArchiveError::Broken { .. }), "{compression:?}: {torn:?}");
    }
}

#[test]
fn what_leads_out_of_the_folder_is_refused() {
    let up = "../".repeat(3) + "x";
    for entries in [
        &[Made::File("../evil", "x")][..],
        &[Made::File("a/../../evil", "x")],
        &[Made::File("/tmp/evil", "x")],
        &[Made::Link("l", "../evil")],
        &[Made::Link("l", "/etc/passwd")],
        &[Made::Link("a/b/l", &up)],
        &[Made::Link("l", "a/../../evil")],
    ] {
        let bench = Bench::new();
        for (bytes, format) in [(tar_of(entries), TAR), (zip_of(entries), Format::Zip)] {
            let error = bench.unpack(&bytes, format, LIMITS).unwrap_err();
            assert!(matches!(error, ArchiveError::Unsafe { .. }), "{error:?}");
        }
        assert!(!fs::exists(&bench.dir.path().join("deep/evil")) && !fs::exists(Path::new("/tmp/evil")));
    }
    for entries in [
        &[Made::HardLink("l", "../../archive")][..],
        &[Made::Kind("dev", EntryType::Char)],
        &[Made::Kind("disk", EntryType::Block)],
        &[Made::Kind("pipe", EntryType::Fifo)],
    ] {
        let error = Bench::new().unpack(&tar_of(entries), TAR, LIMITS).unwrap_err();
        assert!(matches!(error, ArchiveError::Unsafe { .. }), "{error:?}");
    }
}

#[test]
fn nothing_is_written_through_a_link() {
    let bench = Bench::new();
    let outside = bench.dir.path().join("deep/outside");
    let entries = [Made::Link("l", "d"), Made::File("l/evil", "x"), Made::Link("d", "l")];
    let _ = bench.unpack(&tar_of(&entries), TAR, LIMITS);
    assert!(!fs::exists(&outside));
    assert!(fs::symlink_metadata(&bench.folder().join("l")).unwrap().is_dir(), "the folder was there first");
}

#[test]
fn links_are_judged_by_how_deep_they_stand() {
    for (target, depth, want) in [
        ("x", 1, true),
        ("../x", 1, false),
        ("../x", 2, true),
        ("../../x", 2, false),
        ("a/../x", 3, false),
        ("/x", 9, false),
        ("", 1, false),
        ("./x", 1, true),
    ] {
        assert_eq!(stays_inside(target, depth), want, "{target} {depth}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let bench = Bench::new();
    let tight = Limits { entries: 3, bytes: 1000, small: 1000, ratio: 1 };
    let many: Vec<String> = (0..4).map(|i| format!("f{i}")).collect();
    let many: Vec<Made<'_>> = many.iter().map(|name| Made::File(name, "")).collect();
    let large = "x".repeat(600);
    for format in [TAR, Format::Zip] {
        let pack = |entries: &[Made<'_>]| if format == TAR { tar_of(entries) } else { zip_of(entries) };
        let error = bench.unpack(&pack(&many), format, tight).unwrap_err();
        assert!(matches!(error, ArchiveError::TooMany { most: 3 }), "{error:?}");
        let error = bench
            .unpack(&pack(&[Made::File("a", &large), Made::File("b", &large)]), format, tight)
            .unwrap_err();
        assert!(matches!(error, ArchiveError::TooLarge { .. }), "{error:?}");
    }
    let zeros = "\0".repeat(4 << 20);
    let packed = zip_of(&[Made::File("zeros", &zeros)]);
    let by_ratio = Limits { small: 1 << 20, ..LIMITS };
    assert!(packed.len() as u64 * by_ratio.ratio < 4 << 20, "{}", packed.len());
    let error = bench.unpack(&packed, Format::Zip, by_ratio).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge { .. }), "{error:?}");
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for format in [Format::Zip, TAR, Format::Tar(Compression::Gzip), Format::Tar(Compression::Xz)] {
        let error = Bench::new().unpack(b"not an archive at all", format, LIMITS).unwrap_err();
        assert!(matches!(error, ArchiveError::Broken { .. }), "{format:?}: {error:?}");
    }
    let error = Bench::new().unpack(b"", TAR, LIMITS).unwrap_err();
    assert!(matches!(error, ArchiveError::Broken { .. }), "{error:?}");
}
