use super::{Contents, Difference, PackageError, zip_hash};
use crate::host::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn packed(dir: &Path, entries: &[(&str, &str)]) -> PathBuf {
    let path = dir.join("p.zip");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in entries {
        match name.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, SimpleFileOptions::default()).unwrap(),
            None => {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(text.as_bytes()).unwrap();
            }
        }
    }
    zip.finish().unwrap();
    path
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write_atomic(path, text.as_bytes(), fs::Access::Shared).unwrap();
}

/// The hashes are those that terraform wrote for such packages.
#[test]
fn a_zip_has_the_hash_of_the_folder_that_terraform_makes_of_it() {
    let dir = tempfile::tempdir().unwrap();
    for (entries, want) in [
        (
            &[("terraform-provider-plain_v1.0.0", "x"), ("a/b.txt", "b")][..],
            "h1:AIj3SaBxV1RJXBwTmxo/shZWmZYvSh1rZMx+obNWi2M=",
        ),
        (
            &[("terraform-provider-dirs_v1.0.0", "x"), ("a/", ""), ("a/b.txt", "b"), ("e/", "")],
            "h1:Euy2KJoyIwa+xBuVkoXWPrjtD3KR4JOlarCx9e9ng0k=",
        ),
        (
            &[("terraform-provider-dot_v1.0.0", "x"), ("./a/b.txt", "b")],
            "h1:jbh2iHo9maqBeS/38N7ys4rNF4MOWX02j/4Oyic5g+I=",
        ),
        #[cfg(unix)]
        (
            &[("terraform-provider-back_v1.0.0", "x"), ("a\\b.txt", "b")],
            "h1:Jqt3F5fZJUYczgxWQA3EU9D7rFimBOhUnvUVw5EJoQE=",
        ),
    ] {
        let contents = Contents::of_zip(&packed(dir.path(), entries)).unwrap();
        assert_eq!(contents.hash().as_str(), want, "{entries:?}");
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in entries.iter().filter(|(name, _)| !name.ends_with('/')) {
            write(&folder.path().join(name), text);
        }
        assert_eq!(Contents::of_folder(folder.path()).unwrap(), contents, "{entries:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_of_a_folder_count_as_the_files_that_they_lead_to() {
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("package");
    write(&package.join("terraform-provider-ulink_v1.0.0"), "x");
    write(&package.join("a.txt"), "b");
    fs::symlink(Path::new("a.txt"), &package.join("l")).unwrap();
    fs::symlink(&package, &dir.path().join("linked")).unwrap();
    let contents = Contents::of_folder(&dir.path().join("linked")).unwrap();
    assert_eq!(contents.hash().as_str(), "h1:RACNyoPG6Dchrq54lQn2ZwsHCRQIlIp3ZX51N6Nd5SI=");
    for target in ["nothing", "."] {
        fs::remove_file(&package.join("l")).unwrap();
        fs::symlink(Path::new(target), &package.join("l")).unwrap();
        let error = Contents::of_folder(&package).unwrap_err().to_string();
        assert!(error.contains(&package.join("l").display().to_string()), "{error}");
    }
}

#[test]
fn what_would_land_elsewhere_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["../evil", "a/../../evil", "/etc/evil", "a\nb"] {
        let path = packed(dir.path(), &[("terraform-provider-x", "x"), (name, "")]);
        let error = Contents::of_zip(&path).unwrap_err();
        assert!(matches!(error, PackageError::Unsafe { .. }), "{name}: {error}");
    }
    let path = dir.path().join("link.zip");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    zip.add_symlink("l", "../../etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let error = Contents::of_zip(&path).unwrap_err().to_string();
    assert!(error.contains("`l`") && error.contains("is a link"), "{error}");
}

#[test]
fn a_damaged_zip_is_found_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = packed(dir.path(), &[("terraform-provider-x", &"content ".repeat(100))]);
    let bytes = fs::read(&path).unwrap();
    let mut flipped = bytes.clone();
    flipped[60] ^= 0xff;
    for damaged in [&b"PK no zip"[..], &[], &bytes[..bytes.len() / 2], &flipped] {
        fs::write_atomic(&path, damaged, fs::Access::Shared).unwrap();
        let error = Contents::of_zip(&path).unwrap_err();
        assert!(matches!(error, PackageError::Broken { .. }), "{error}");
    }
}

#[test]
fn what_differs_is_named_by_file() {
    let dir = tempfile::tempdir().unwrap();
    let right = Contents::of_zip(&packed(dir.path(), &[("a", "1"), ("b", "2"), ("c", "3")])).unwrap();
    let own = Contents::of_zip(&packed(dir.path(), &[("a", "1"), ("b", "x"), ("d", "4")])).unwrap();
    let want = [
        Difference::Changed("b".to_owned()),
        Difference::Added("d".to_owned()),
        Difference::Missing("c".to_owned()),
    ];
    assert_eq!(own.differences(&right), want);
    assert!(own.check_program(dir.path(), "x").is_err());
}

#[test]
fn the_hash_of_a_zip_is_that_of_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("z");
    write(&path, "abc");
    let want = "zh:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(zip_hash(&path).unwrap().as_str(), want);
}
