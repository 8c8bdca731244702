//! `render`: a unit as it is after includes, functions and dependencies, as HCL or JSON.

use super::units;
use crate::cli::args::{RenderArgs, RenderFormat};
use crate::cli::context::Context;
use crate::cli::failure::{Failure, Kind, exit};
use crate::config::{LoadedUnit, load_unit, object, written};
use crate::diag::Code;
use crate::estate::own_cycle;
use crate::hcl::json;

/// Prints one unit, or all.
///
/// # Errors
/// Every fault of every unit; a stdout that cannot be written.
pub(super) fn run(args: &RenderArgs, mut context: Context) -> Result<u8, Failure> {
    if args.write || args.out.is_some() || args.with_metadata {
        return Err(Failure::new(Kind::NotYet, "`render` to a file or with metadata is not yet supported")
            .coded(Code::CommandNotYet)
            .hint("redirect stdout instead"));
    }
    context.session.invoked.rendering = true;
    if context.session.invoked.terraform.is_empty() {
        context.session.invoked.terraform = vec!["render".to_owned()];
    }
    let context = context.with_outputs();
    let json = args.json || args.format == Some(RenderFormat::Json);
    let mut failed = 0;
    for config_path in units::selected(&context)? {
        let loaded = match own_cycle(&context.session, &config_path) {
            Some(cycle) => Err(vec![cycle]),
            None => load_unit(&context.session, &config_path),
        };
        match loaded {
            Ok(loaded) => {
                units::diagnose(&context, &loaded.warnings);
                let text = if json { json_text(&loaded) } else { written::render(&loaded.config) };
                context.screen.print(&text)?;
            }
            Err(faults) => {
                units::diagnose(&context, &faults);
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(exit::SUCCESS),
        1 => Err(Failure::new(Kind::Config, "the unit cannot be rendered")),
        many => Err(Failure::new(Kind::Config, format!("{many} units cannot be rendered"))),
    }
}

fn json_text(loaded: &LoadedUnit) -> String {
    json::render_rounded_json(&object::of_config(&loaded.config)) + "\n"
}
