//! Where terraform keeps packages that many working directories share: what the user set, in the environment or in
//! terraform's own settings file, and where such a cache is otherwise. Creates nothing.

use crate::host::env::Env;
use crate::host::fs;
use regex::Regex;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The variable that names it.
pub const VARIABLE: &str = "TF_PLUGIN_CACHE_DIR";

/// The cache that the user set; `None` where there is none. Relative paths start from where terraform runs.
#[must_use]
pub fn find_set(env: &Env, working_dir: &Path) -> Option<PathBuf> {
    if let Some(set) = env.get_filled(VARIABLE) {
        return Some(working_dir.join(set));
    }
    let texts =
        settings_files(env, working_dir).into_iter().rev().filter_map(|path| fs::read_text(&path).ok());
    let mut found = texts.filter_map(|text| in_settings(&text, env));
    found.next().map(|path| working_dir.join(path))
}

/// The files that terraform or tofu may take its settings from.
#[must_use]
pub fn settings_files(env: &Env, working_dir: &Path) -> Vec<PathBuf> {
    let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"].iter().find_map(|name| env.get_filled(name));
    if let Some(named) = named {
        return vec![working_dir.join(named)];
    }
    let home = env.get_filled("HOME").map(Path::new);
    let config =
        env.get_filled("XDG_CONFIG_HOME").map(PathBuf::from).or(home.map(|home| home.join(".config")));
    let roaming = env.get_filled("APPDATA").map(Path::new);
    let in_home = home.into_iter().flat_map(|home| [home.join(".terraformrc"), home.join(".tofurc")]);
    let in_config = config.into_iter().map(|config| config.join("opentofu/tofurc"));
    let in_roaming = roaming.into_iter().flat_map(|dir| [dir.join("terraform.rc"), dir.join("tofu.rc")]);
    in_home.chain(in_config).chain(in_roaming).collect()
}

/// The setting in a file of HCL or JSON. Such files are older than today's HCL, so that they are not parsed as it.
fn in_settings(text: &str, env: &Env) -> Option<PathBuf> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r#"(?m)^[\s{,]*"?plugin_cache_dir"?\s*[=:]\s*"((?:[^"\\]|\\.)+)""#;
    let regex = PATTERN.get_or_init(|| Regex::new(pattern).ok()).as_ref()?;
    Some(expanded(&regex.captures(text)?[1], env))
}

/// terraform puts in variables of the environment: `$HOME` and `${HOME}`.
fn expanded(text: &str, env: &Env) -> PathBuf {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let regex = PATTERN.get_or_init(|| Regex::new(r"\$(?:\{(\w+)\}|(\w+))").ok());
    let Some(regex) = regex else { return text.into() };
    let value = |found: &regex::Captures<'_>| {
        let name = found.get(1).or(found.get(2)).map_or("", |name| name.as_str());
        env.get(name).unwrap_or_default().to_owned()
    };
    regex.replace_all(text, value).into_owned().into()
}

/// Where packages are shared if nobody says where; the reference uses the same place.
#[must_use]
pub fn usual_place(env: &Env) -> Option<PathBuf> {
    let home = || env.get_filled("HOME").map(PathBuf::from);
    let caches = match std::env::consts::OS {
        "macos" => home().map(|home| home.join("Library/Caches")),
        "windows" => env.get_filled("LOCALAPPDATA").map(PathBuf::from),
        _ => {
            env.get_filled("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| home().map(|it| it.join(".cache")))
        }
    };
    caches.filter(|dir| dir.is_absolute()).map(|dir| dir.join("terragrunt/providers"))
}

#[cfg(test)]
mod tests {
    use super::in_settings;
    use crate::host::env::Env;

    #[test]
    fn the_setting_is_found_in_either_syntax() {
        let mut env = Env::default();
        env.set("HOME", "/h");
        for (text, want) in [
            ("plugin_cache_dir = \"/c\"\n", Some("/c")),
            ("credentials \"x\" {\n token = \"t\"\n}\n  plugin_cache_dir=\"$HOME/.c\"", Some("/h/.c")),
            ("{\"plugin_cache_dir\": \"${HOME}/c\"}", Some("/h/c")),
            ("# plugin_cache_dir = \"/c\"", None),
            ("plugin_cache_dir = \"\"", None),
        ] {
            assert_eq!(in_settings(text, &env), want.map(Into::into), "{text}");
        }
    }
}
