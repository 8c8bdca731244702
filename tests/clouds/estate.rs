//! The estate of `live/clouds` with a backend for each of its clouds. Runs nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::{Backend, Place};

/// The three of them, each with a bucket.
pub struct Clouds {
    pub s3: Place,
    pub azure: Place,
    pub gcs: Place,
}

fn text(place: &Place, setting: &str) -> String {
    place.settings("key")[setting].as_str().expect("a text").to_owned()
}

impl Clouds {
    /// Starts what does not run yet, or says what is missing.
    pub fn start() -> Result<Self, String> {
        Ok(Self { s3: Backend::S3.place()?, azure: Backend::Azurerm.place()?, gcs: Backend::Gcs.place()? })
    }

    /// The same in a test, which is skipped when one of them is missing.
    pub fn require() -> Option<Self> {
        let [s3, azure, gcs] = Backend::CLOUDS.map(Backend::require);
        Some(Self { s3: s3?, azure: azure?, gcs: gcs? })
    }

    /// What the files of the estate ask the environment for, and the credentials that terraform finds there.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let endpoint = self.s3.settings("key")["endpoints"]["s3"].as_str().expect("an endpoint").to_owned();
        let mut env = vec![
            ("CLOUDS", "emulated".to_owned()),
            ("CLOUDS_S3_ENDPOINT", endpoint),
            ("CLOUDS_S3_BUCKET", text(&self.s3, "bucket")),
            ("CLOUDS_AZURE_METADATA_HOST", text(&self.azure, "metadata_host")),
            ("CLOUDS_AZURE_ACCOUNT", text(&self.azure, "storage_account_name")),
            ("CLOUDS_AZURE_CONTAINER", text(&self.azure, "container_name")),
            ("ARM_ACCESS_KEY", text(&self.azure, "access_key")),
            ("CLOUDS_GCS_ENDPOINT", text(&self.gcs, "storage_custom_endpoint")),
            ("CLOUDS_GCS_BUCKET", text(&self.gcs, "bucket")),
            ("GOOGLE_OAUTH_ACCESS_TOKEN", text(&self.gcs, "access_token")),
        ];
        for place in [&self.s3, &self.azure, &self.gcs] {
            env.extend(place.env());
        }
        env
    }
}

/// Copies estate and modules to a folder, without what earlier runs left there; gives the folder of the clouds.
pub fn copy_to(folder: &Path) -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["live", "modules"] {
        run("cp", &["-a", &top.join(part).to_string_lossy(), &folder.to_string_lossy()]);
    }
    let live = folder.join("live");
    let caches = ["-name", ".terragrunt-cache", "-prune", "-exec", "rm", "-rf", "{}", "+"];
    run("find", &[&[&*live.to_string_lossy()], &caches[..]].concat());
    live.join("clouds")
}

fn run(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(status.success(), "{program} {args:?}");
}
