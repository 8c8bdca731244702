//! Where packages are looked for: what the flags name, else what terraform's own settings name.

use crate::cli::args::PackagesArgs;
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind};
use crate::diag::Code;
use crate::host::fs;
use crate::provider::address::TERRAFORM_REGISTRY;
use crate::provider::installation::{Way, WayKind, find_ways, implied_folders};
use crate::provider::mirror::{Chosen, FolderMirror, Mirror, Mirrors, NetworkMirror, Pattern, Token};
use crate::provider::plugin_cache;
use crate::source::token_of_host;
use std::path::Path;

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

fn folder(path: &Path) -> Mirror {
    Mirror::Folder(FolderMirror::new(path))
}

fn server(address: &str, context: &Context) -> Result<Mirror, Failure> {
    let env = &context.session.env;
    let token = NetworkMirror::host_of(address).and_then(|host| token_of_host(env, &host)).map(Token);
    let mirror = NetworkMirror::new(address, token, env.clone());
    mirror
        .map(|mirror| Mirror::Network(Box::new(mirror)))
        .map_err(|said| Failure::usage(said).coded(Code::WrongValue))
}

/// The mirrors of the settings, or the folders that are looked into unasked; the plugin cache last.
fn of_settings(context: &Context) -> Result<Mirrors, Failure> {
    let (env, root) = (&context.session.env, &context.session.root);
    let mut chosen = Vec::new();
    match find_ways(env, root) {
        Some(ways) => {
            for way in &ways {
                chosen.extend(of_way(way, context)?);
            }
        }
        None => chosen.extend(implied_folders(env, root).iter().map(|path| Chosen::for_all(folder(path)))),
    }
    chosen.extend(caches(context).iter().map(|path| Chosen::for_all(folder(path))));
    Ok(Mirrors::new(chosen))
}

/// Folders that many working directories share packages in.
pub(super) fn caches(context: &Context) -> Vec<std::path::PathBuf> {
    let (env, root) = (&context.session.env, &context.session.root);
    let given = context.settings.provider_cache.provider_cache_dir.clone();
    let all = [given, plugin_cache::find_set(env, root), plugin_cache::usual_place(env)];
    let mut found: Vec<std::path::PathBuf> = Vec::new();
    for folder in all.into_iter().flatten().filter(|folder| fs::is_dir(folder)) {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    found
}

fn of_way(way: &Way, context: &Context) -> Result<Option<Chosen>, Failure> {
    let mirror = match &way.kind {
        // Registries are left to terraform.
        WayKind::Registry => return Ok(None),
        WayKind::Folder(path) => folder(path),
        WayKind::Server(address) => server(address, context)?,
    };
    let patterns =
        |texts: &[String]| texts.iter().filter_map(|text| Pattern::parse(text, TERRAFORM_REGISTRY)).collect();
    Ok(Some(Chosen { mirror, include: patterns(&way.include), exclude: patterns(&way.exclude) }))
}
