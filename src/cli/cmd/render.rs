//! `render`: a unit as it is after includes, functions and dependencies, as HCL or JSON.

use super::units;
use crate::cli::args::{LogLevel, RenderArgs, RenderFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::origin::{load_origins, with_origins};
use crate::config::{LoadedUnit, load_unit, object, written};
use crate::diag::{Diagnostics, distinct};
use crate::estate::Circles;
use crate::hcl::json;
use crate::host::fs;
use std::path::{Path, PathBuf};

/// Prints one unit, or all.
///
/// # Errors
/// Every fault of every unit; a stdout that cannot be written.
pub(super) fn run(args: &RenderArgs, mut context: Context) -> Result<u8, Failure> {
    context.session.invoked.rendering = true;
    if context.session.invoked.terraform.is_empty() {
        context.session.invoked.terraform = vec!["render".to_owned()];
    }
    let context = context.with_outputs();
    let mut circles = Circles::new(&context.session);
    let (mut failed, mut all) = (0, Diagnostics::new());
    for config_path in &units::selected(&context)?.paths {
        let loaded = match circles.around(config_path) {
            Some(cycle) => Err(vec![cycle]),
            None => load_unit(&context.session, config_path),
        };
        match loaded {
            Ok(loaded) => {
                units::diagnose(&context, &loaded.warnings);
                let text = text_of(args, &context, &loaded)?;
                match file_for(args, &loaded) {
                    None => context.screen.print(&text)?,
                    Some(path) => write(&context, &path, &text)?,
                }
            }
            Err(faults) => {
                all.extend(faults);
                failed += 1;
            }
        }
    }
    units::diagnose(&context, &distinct(all));
    match failed {
        0 => Ok(exit::SUCCESS),
        1 => Err(Failure::new(Kind::Config, "the unit cannot be rendered")),
        many => Err(Failure::new(Kind::Config, format!("{many} units cannot be rendered"))),
    }
}

/// Where the unit's text goes; `None` for stdout.
fn file_for(args: &RenderArgs, loaded: &LoadedUnit) -> Option<PathBuf> {
    let usual = match args.format() {
        RenderFormat::Hcl => "terragrunt.rendered.hcl",
        RenderFormat::Json => "terragrunt.rendered.json",
    };
    let name = args.out.as_deref().unwrap_or(Path::new(usual));
    args.write.then(|| fs::clean(&loaded.dir.join(name)))
}

/// The file is for its owner alone: inputs are in it.
fn write(context: &Context, path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write_to_named(path, text.as_bytes(), fs::Access::Private))
        .map_err(|error| Failure::from_error(Kind::Machine, &error))?;
    let log = &context.settings.log;
    if !log.disabled && log.level >= LogLevel::Info {
        context.screen.say(&format!("wrote {}", fs::relative(&context.session.root, path).display()));
    }
    Ok(())
}

fn text_of(args: &RenderArgs, context: &Context, loaded: &LoadedUnit) -> Result<String, Failure> {
    let value = match (args.format(), args.with_metadata) {
        (RenderFormat::Hcl, _) => return Ok(written::render(&loaded.config)),
        (RenderFormat::Json, false) => object::of_config(&loaded.config),
        (RenderFormat::Json, true) => {
            let origins = load_origins(&context.session, &loaded.config_path).map_err(|faults| {
                units::diagnose(context, &faults);
                Failure::new(Kind::Config, "the files that values come from cannot be told")
            })?;
            with_origins(&loaded.config, &origins)
        }
    };
    Ok(screened(&json::render_rounded_json(&value)) + "\n")
}

/// Signs that could end a script element, or a line of a script, are written as escapes; they only stand inside strings.
fn screened(json: &str) -> String {
    let escape = |letter: char| matches!(letter, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if escape(letter) {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}
