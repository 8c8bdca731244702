//! Who works here, and on which machine.

use super::env::Env;
use super::fs;
use std::path::Path;

/// Go's names of processors, which packages bear, where they are not Rust's.
const ARCHS: [(&str, &str); 5] = [
    ("x86_64", "amd64"),
    ("aarch64", "arm64"),
    ("x86", "386"),
    ("powerpc64", "ppc64"),
    ("loongarch64", "loong64"),
];

/// The system and the processor, by the names that terraform has for them.
#[must_use]
pub fn platform() -> (&'static str, &'static str) {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = std::env::consts::ARCH;
    (os, ARCHS.iter().find(|(rust, _)| *rust == arch).map_or(arch, |(_, go)| go))
}

/// `user@host`, as far as the system says.
#[must_use]
pub fn user_at_host(env: &Env) -> String {
    let user =
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| env.get_filled(name)).unwrap_or("somebody");
    format!("{user}@{}", host(env))
}

fn host(env: &Env) -> String {
    let noted = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|path| {
        let name = fs::read_text(Path::new(path)).ok()?.trim().to_owned();
        (!name.is_empty()).then_some(name)
    });
    let told =
        || ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| env.get_filled(name)).map(str::to_owned);
    noted.or_else(told).unwrap_or_else(|| "somewhere".to_owned())
}
