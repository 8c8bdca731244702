//! Who works here, and on which machine.

use super::env::Env;
use super::fs;
use std::path::Path;

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
