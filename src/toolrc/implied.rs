//! The folders of packages that the tools look into unasked, where their settings say nothing of where packages come from.

use super::files::{Reader, home_config_dir};
use super::flavour::Flavour;
use crate::host::env::Env;
use std::path::{Path, PathBuf};

/// In the order in which they are looked into, whether they are there or not. A provider that lies in one of them is taken
/// from nowhere else.
#[must_use]
pub fn implied_folders(reader: Reader<'_>) -> Vec<PathBuf> {
    let mut folders = vec![reader.working_dir.join("terraform.d/plugins")];
    folders.extend(home_config_dir(reader.env).map(|dir| dir.join("plugins")));
    folders.extend(data_dirs(reader).into_iter().map(|dir| dir.join("plugins")));
    folders
}

/// Where programs keep data for a user, and for all.
fn data_dirs(Reader { env, flavour, .. }: Reader<'_>) -> Vec<PathBuf> {
    if cfg!(windows) {
        let roaming = env.get_filled("APPDATA").map(|dir| Path::new(dir).join("HashiCorp/Terraform"));
        return roaming.into_iter().collect();
    }
    if cfg!(target_os = "macos") {
        let own = env.home_dir().map(|home| home.join("Library/Application Support/io.terraform"));
        return own.into_iter().chain([PathBuf::from("/Library/Application Support/io.terraform")]).collect();
    }
    of_base_directories(env, flavour)
}

fn of_base_directories(env: &Env, flavour: Flavour) -> Vec<PathBuf> {
    let set = env.get_filled("XDG_DATA_HOME").map(PathBuf::from);
    // OpenTofu has a folder of its own only where the variable is set.
    let own = set.as_ref().filter(|_| flavour == Flavour::Tofu).map(|data| data.join("opentofu"));
    let data = set.or_else(|| Some(env.home_dir()?.join(".local/share")));
    let shared = env.get_filled("XDG_DATA_DIRS").unwrap_or("/usr/local/share:/usr/share");
    let shared = shared.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from);
    own.into_iter().chain(data.into_iter().chain(shared).map(|dir| dir.join("terraform"))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Flavour, Reader, implied_folders};
    use crate::host::env::Env;
    use std::path::Path;

    /// Both tools were asked, which name the folders in their traces.
    #[test]
    #[cfg(target_os = "linux")]
    fn folders_are_those_of_the_tools() {
        let mut env = Env::default();
        env.set("HOME", "/h");
        let all = |env: &Env, flavour| {
            let reader = Reader { env, working_dir: Path::new("/w"), flavour };
            implied_folders(reader).iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let usual = [
            "/w/terraform.d/plugins",
            "/h/.terraform.d/plugins",
            "/h/.local/share/terraform/plugins",
            "/usr/local/share/terraform/plugins",
            "/usr/share/terraform/plugins",
        ];
        assert_eq!(all(&env, Flavour::Terraform), usual);
        assert_eq!(all(&env, Flavour::Tofu), usual);
        env.set("XDG_DATA_HOME", "/x");
        env.set("XDG_DATA_DIRS", "/a:/b");
        let set = [
            "/w/terraform.d/plugins",
            "/h/.terraform.d/plugins",
            "/x/opentofu/plugins",
            "/x/terraform/plugins",
            "/a/terraform/plugins",
            "/b/terraform/plugins",
        ];
        assert_eq!(all(&env, Flavour::Tofu), set);
        let of_terraform: Vec<&str> = set.into_iter().filter(|it| !it.contains("opentofu")).collect();
        assert_eq!(all(&env, Flavour::Terraform), of_terraform);
    }
}
