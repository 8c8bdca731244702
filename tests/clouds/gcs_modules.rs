//! Modules from buckets of Google's, through the emulator that the environment names.

use std::io::Write;

use crate::emulators::{Backend, On, Place};
use crate::fake::FakeTerraform;
use crate::space::{Ran, TestSpace};

struct Bucket {
    place: Place,
    name: String,
    space: TestSpace,
}

impl Bucket {
    fn require() -> Option<Self> {
        let place = Backend::Gcs.require()?;
        let name = place.settings("k")["bucket"].as_str().expect("a bucket").to_owned();
        let mut space = TestSpace::new();
        space.set_env("STORAGE_EMULATOR_HOST", format!("127.0.0.1:{}", place.proxy().port));
        space.set_env("GOOGLE_OAUTH_ACCESS_TOKEN", "test");
        FakeTerraform::install(&mut space, r#"case "$1" in plan) cat main.tf; find . -name '*.txt' ;; esac"#);
        Some(Self { place, name, space })
    }

    fn plan(&self, unit: &str, rest: &str) -> Ran {
        let source = format!("gcs::https://www.googleapis.com/storage/v1/{}/{rest}", self.name);
        let text = format!("terraform {{\n  source = \"{source}\"\n}}\n");
        self.space.write(&format!("{unit}/terragrunt.hcl"), &text);
        self.space.terrace(&["plan", "--no-color"]).in_dir(unit).run()
    }

    fn downloads(&self) -> usize {
        self.place.proxy().count(&On::new("GET", "alt=media"))
    }
}

/// A tar.gz with these files, under whatever names.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        let raw = header.as_ustar_mut().expect("its fields");
        raw.name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, text.as_bytes()).expect("an entry");
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().expect("a tar")).expect("to memory");
    encoder.finish().expect("to memory")
}

#[test]
fn an_archive_in_a_bucket_is_unpacked_and_fetched_once() {
    let Some(bucket) = Bucket::require() else { return };
    let files = [("main.tf", "# root"), ("app/main.tf", "# app")];
    bucket.place.write("modules/m.tar.gz", archive(&files));
    bucket.plan("u", "modules/m.tar.gz").success().prints(&["# root"]);
    bucket.plan("v", "modules/m.tar.gz//app").success().prints(&["# app"]);
    assert_eq!(bucket.downloads(), 1, "{:?}", bucket.place.proxy().seen());
    // Another content of the same name is another module.
    bucket.place.write("modules/m.tar.gz", archive(&[("main.tf", "# second")]));
    bucket.plan("w", "modules/m.tar.gz").success().prints(&["# second"]);
}

#[test]
fn all_that_is_below_a_name_is_a_module() {
    let Some(bucket) = Bucket::require() else { return };
    for (name, text) in [
        ("modules/m/main.tf", "# folder"),
        ("modules/m/deep/er/it.txt", "x"),
        ("modules/m/deep/", ""),
        ("modules/m2/main.tf", "# another"),
    ] {
        bucket.place.write(name, text);
    }
    bucket.plan("u", "modules/m").success().prints(&["# folder", "./deep/er/it.txt"]).never_tells("another");
    assert_eq!(bucket.downloads(), 2, "{:?}", bucket.place.proxy().seen());
}

#[test]
fn what_would_land_outside_is_refused() {
    let Some(bucket) = Bucket::require() else { return };
    bucket.place.write("evil.tar.gz", archive(&[("../escaped.tf", "x")]));
    bucket.plan("u", "evil.tar.gz").failure().says(&["../escaped.tf", "evil.tar.gz"]);
    bucket.place.write("evil/../../escaped.tf", "x");
    bucket.place.write("evil/main.tf", "x");
    bucket.plan("v", "evil").failure().says(&["../../escaped.tf"]);
    assert!(!bucket.space.path("escaped.tf").exists());
}

#[test]
fn what_is_not_in_a_bucket_is_named() {
    let Some(bucket) = Bucket::require() else { return };
    let told = bucket.plan("u", "modules/none.zip").failure();
    told.says(&[&format!("gs://{}/modules/none.zip", bucket.name), "404", "terragrunt.hcl:2:12"]);
}
