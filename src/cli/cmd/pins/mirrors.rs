//! Where packages are looked for: what the flags name, else what terraform's own settings name.

use super::registries::Registries;
use crate::cli::args::PackagesArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::diag::Code;
use crate::host::fs;
use crate::provider::address::default_host;
use crate::provider::mirror::{Chosen, FolderMirror, Mirror, Mirrors, NetworkMirror, Pattern, Token};
use crate::provider::plugin_cache;
use crate::toolrc::{Method, Reader, Way, implied_folders};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The mirrors that are asked.
///
/// # Errors
/// A folder that is none, an address that is none, both at once.
pub(super) fn of_flags(args: &PackagesArgs, context: &Context) -> Result<Mirrors, Failure> {
    match (&args.fs_mirror, &args.net_mirror) {
        (Some(_), Some(_)) => {
            Err(Failure::usage("--fs-mirror and --net-mirror exclude each other").coded(Code::Exclusive))
        }
        (Some(folder), None) => {
            let folder = fs::clean(&context.session.cwd.join(folder));
            if fs::is_dir(&folder) {
                return Ok(Mirrors::new(vec![Chosen::for_all(self::folder(&folder))]));
            }
            Err(Failure::new(Kind::Machine, format!("{} is no folder", folder.display()))
                .coded(Code::NoPackage)
                .hint(
                    "--fs-mirror names a folder of packages, laid out as terraform's filesystem mirrors are",
                ))
        }
        (None, Some(address)) => Ok(Mirrors::new(vec![Chosen::for_all(server(address, context)?)])),
        (None, None) => of_settings(context),
    }
}

/// The registries of providers in the place of all mirrors.
///
/// # Errors
/// A mirror that is named besides.
pub(super) fn of_registries(args: &PackagesArgs, context: &Context) -> Result<Mirrors, Failure> {
    if args.fs_mirror.is_some() || args.net_mirror.is_some() {
        let text = "--from-registry and a mirror exclude each other";
        return Err(Failure::usage(text).coded(Code::Exclusive));
    }
    let registries = Registries::new(Arc::clone(&context.fetcher));
    Ok(Mirrors::new(vec![Chosen::for_all(Mirror::Other(Box::new(registries)))]))
}

fn folder(path: &Path) -> Mirror {
    Mirror::Folder(FolderMirror::new(path))
}

fn server(address: &str, context: &Context) -> Result<Mirror, Failure> {
    let env = &context.session.env;
    let token = NetworkMirror::host_of(address).and_then(|host| context.fetcher.token_of_host(&host));
    let mirror = NetworkMirror::new(address, token.map(Token), env.clone());
    mirror
        .map(|mirror| Mirror::Network(Box::new(mirror)))
        .map_err(|said| Failure::usage(said).coded(Code::WrongValue))
}

/// The mirrors of the settings, or the folders that are looked into unasked; the plugin cache last.
fn of_settings(context: &Context) -> Result<Mirrors, Failure> {
    let (settings, flavour) = context.settings_of_tool();
    let (env, root) = (&context.session.env, &context.session.root);
    let mut chosen = Vec::new();
    match &settings.installation {
        Some(methods) => {
            for method in methods {
                chosen.extend(of_method(method, context, default_host(flavour.program()))?);
            }
        }
        None => {
            let implied = implied_folders(Reader { env, working_dir: root, flavour });
            let there = implied.iter().filter(|path| fs::is_dir(path));
            chosen.extend(there.map(|path| Chosen::for_all(folder(path))));
        }
    }
    chosen.extend(caches(context).iter().map(|path| Chosen::for_all(folder(path))));
    Ok(Mirrors::new(chosen))
}

/// Folders that many working directories share packages in.
pub(super) fn caches(context: &Context) -> Vec<PathBuf> {
    let (env, root) = (&context.session.env, &context.session.root);
    let given = context.settings.provider_cache.provider_cache_dir.clone();
    let set = context.settings_of_tool().0.plugin_cache(env, root);
    let all = [given, set, plugin_cache::usual_place(env)];
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in all.into_iter().flatten().filter(|folder| fs::is_dir(folder)) {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

/// Folders that the settings name as mirrors.
pub(super) fn folders(context: &Context) -> Vec<PathBuf> {
    let (settings, root) = (context.settings_of_tool().0, &context.session.root);
    let folders = settings.installation.iter().flatten().filter_map(|method| match &method.way {
        Way::Folder(path) => Some(root.join(path)),
        _ => None,
    });
    folders.collect()
}

fn of_method(method: &Method, context: &Context, default_host: &str) -> Result<Option<Chosen>, Failure> {
    let mirror = match &method.way {
        // Registries are left to terraform, and so is what is under development.
        Way::Registry | Way::Overrides(_) | Way::Other => return Ok(None),
        Way::Folder(path) => folder(&context.session.root.join(path)),
        Way::Server(address) => server(address, context)?,
    };
    let patterns =
        |texts: &[String]| texts.iter().filter_map(|text| Pattern::parse(text, default_host)).collect();
    Ok(Some(Chosen { mirror, include: patterns(&method.include), exclude: patterns(&method.exclude) }))
}
