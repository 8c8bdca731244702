//! Which reporter shows the run, in which style.

use crate::cli::args::{LogFormat, LogLevel};
use crate::cli::context::Context;
use crate::cli::failure::Warning;
use crate::cli::settings::Summary;
use crate::event::Reporter;
use crate::host::clock;
use crate::report::fancy::Fancy;
use crate::report::line::{Format, Line, Look, Voice, render};
use crate::report::plain::{Loudness, Names, Passing, Plain, Style};
use crate::report::sink::Sink;
use crate::report::summary::{Detail, Plans, SummaryStyle};
use crate::run::argv::Scope;
use crate::run::settings::{Action, RunSettings, Terminal};
use std::io::IsTerminal;
use std::time::Duration;

/// The live display on a terminal, plain lines elsewhere.
pub(super) fn choose(context: &Context, run: &RunSettings) -> Box<dyn Reporter> {
    let plain = Plain::new(style(context, run), Sink::of_process());
    let live = run.scope == Scope::Many
        && run.terminal == Terminal::Apart
        && std::io::stdout().is_terminal()
        && std::io::stderr().is_terminal()
        && context.settings.log.format == LogFormat::Pretty
        && context.settings.log.template.is_none()
        && !context.settings.log.disabled;
    if live { Box::new(Fancy::new(plain)) } else { Box::new(plain) }
}

/// Says something in the log that is no unit's.
pub(in crate::cli::cmd) fn note(context: &Context, level: LogLevel, text: &str) {
    let log = &context.settings.log;
    if log.level < level || log.disabled {
        return;
    }
    if level == LogLevel::Warn {
        context.warn_of(&Warning::new(text));
    } else {
        context.screen.put(&notice(context, text));
    }
}

/// A record of the log that is no unit's, without a line break at its end.
pub(super) fn notice(context: &Context, text: &str) -> String {
    let look = look(context);
    let at = clock::now();
    let line = Line { at, since: Duration::ZERO, voice: Voice::Info, prefix: "", tool: "", args: &[], text };
    render(&line, look).trim_end_matches('\n').to_owned()
}

fn look(context: &Context) -> Look {
    let log = &context.settings.log;
    let format = log.template.map_or_else(|| format(log.format), Format::Custom);
    Look { format, coloured: context.screen.stderr_color }
}

fn style(context: &Context, run: &RunSettings) -> Style {
    let log = &context.settings.log;
    let command = match &run.action {
        Action::Terraform(command) => Some(command),
        Action::Exec { .. } => None,
    };
    let raw = log.raw || command.is_none_or(|command| command.wants_raw_output());
    let quiet = run.scope == Scope::Single || command.is_some_and(|command| command.forbids_summary());
    let detail = match context.settings.output.summary {
        Summary::None => None,
        Summary::Counts => Some(Detail::Counts),
        Summary::PerUnit => Some(Detail::Units),
    };
    Style {
        look: look(context),
        loudness: if log.disabled { Loudness::Off } else { Loudness::UpTo(voice(log.level)) },
        passing: if raw { Passing::Raw } else { Passing::Logged },
        background: background(run),
        names: if log.absolute_paths { Names::Absolute } else { Names::Relative },
        summary: detail.filter(|_| !quiet).map(|detail| SummaryStyle {
            detail,
            coloured: context.screen.stdout_color,
            plans: plans(run),
        }),
    }
}

/// Whether a plan is kept where an apply will look for it.
fn plans(run: &RunSettings) -> Plans {
    let is_plan = run.action.word() == "plan";
    if is_plan && run.out_dir.is_some() { Plans::Kept } else { Plans::None }
}

/// A dozen lines of init for each unit are noise while it goes well. Only where somebody may have to answer it, as
/// one unit's init asks before it copies a state, all of it is shown.
fn background(run: &RunSettings) -> Voice {
    let is_asked = run.scope == Scope::Single && std::io::stdin().is_terminal();
    if is_asked { Voice::Info } else { Voice::Debug }
}

fn format(format: LogFormat) -> Format {
    match format {
        LogFormat::Pretty => Format::Pretty,
        LogFormat::Bare => Format::Bare,
        LogFormat::Json => Format::Json,
        LogFormat::KeyValue => Format::KeyValue,
    }
}

fn voice(level: LogLevel) -> Voice {
    match level {
        LogLevel::Silent | LogLevel::Stderr => Voice::Stderr,
        LogLevel::Stdout => Voice::Stdout,
        LogLevel::Error => Voice::Error,
        LogLevel::Warn => Voice::Warn,
        LogLevel::Info => Voice::Info,
        LogLevel::Debug => Voice::Debug,
        LogLevel::Trace => Voice::Trace,
    }
}
