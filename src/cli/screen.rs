//! Writing: data to stdout, all else to stderr. A reader that went away is no fault; a full disk is.

use super::args::LogFormat;
use super::argv::parse_switch;
use super::env_names::{self, Meaning, Scope};
use super::failure::{Failure, Kind, Look, Warning};
use super::settings::{Color, Settings};
use crate::diag::{self, Diagnostic, RenderOptions, SourceMap, render};
use crate::host::clock;
use crate::host::env::Env;
use crate::host::os;
use crate::report::time::rfc3339;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::path::Path;

/// How wide a text may be where no terminal tells.
const USUAL_WIDTH: usize = 80;

fn reading_width() -> usize {
    let width = os::stderr_width().or_else(os::terminal_width).unwrap_or(USUAL_WIDTH);
    // Wider lines of prose tire, and on narrower ones no code can be shown.
    width.clamp(40, 120)
}

/// Where and how a command writes.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub stdout_color: bool,
    pub stderr_color: bool,
    /// Of stdout, in columns.
    pub width: usize,
    /// Of whatever terminal there is: for a text that people read through a pager, or on stderr.
    pub reading_width: usize,
    /// Of everything that is said beside the data.
    pub form: Form,
}

/// In which form it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    /// One object a line, where the log is JSON too.
    Json,
}

impl Screen {
    /// What the terminals at hand and the settings allow.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let allowed = settings.log.color == Color::Auto;
        Self {
            stdout_color: allowed && std::io::stdout().is_terminal(),
            stderr_color: allowed && std::io::stderr().is_terminal(),
            width: os::terminal_width().unwrap_or(USUAL_WIDTH),
            reading_width: reading_width(),
            form: match settings.log.format {
                LogFormat::Json => Form::Json,
                _ => Form::Text,
            },
        }
    }

    /// For what is said before the settings are known, or because they cannot be.
    #[must_use]
    pub fn before_settings(args: &[String], env: &Env) -> Self {
        let allowed = env.get_filled("NO_COLOR").is_none() && env.get_filled("TG_NO_COLOR").is_none();
        Self {
            stdout_color: allowed && std::io::stdout().is_terminal(),
            stderr_color: allowed && std::io::stderr().is_terminal(),
            width: os::terminal_width().unwrap_or(USUAL_WIDTH),
            reading_width: reading_width(),
            form: asked_form(args, env),
        }
    }

    /// Writes data.
    ///
    /// # Errors
    /// When it cannot be written, unless nobody reads any more.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }

    /// The same for names, which need not be text.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::new(Kind::Machine, format!("cannot write to stdout: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Says something beside the data. There is nobody to tell when that fails.
    pub fn say(&self, text: &str) {
        match self.form {
            Form::Text => self.put(text),
            Form::Json if text.is_empty() => {}
            Form::Json => self.put(&record(json!({ "level": "info", "msg": text }))),
        }
    }

    /// Says a warning.
    pub fn warn(&self, warning: &Warning) {
        match self.form {
            Form::Text => self.put(&warning.render(self.look())),
            Form::Json => self.put(&record(warning.to_json())),
        }
    }

    /// Says why something failed, unless all was said before.
    pub fn fail(&self, failure: &Failure) {
        let text = match self.form {
            Form::Text => failure.render(self.look()),
            Form::Json => failure.to_json().map(record).unwrap_or_default(),
        };
        if !text.is_empty() {
            self.put(&text);
        }
    }

    /// Writes a line of the log that has its form already.
    pub fn put(&self, line: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }

    fn look(&self) -> Look {
        if self.stderr_color { Look::Colored } else { Look::Plain }
    }

    /// Says something that is answered on the same line.
    pub fn ask(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Shows diagnostics, sorted by place.
    pub fn diagnose(&self, faults: &[Diagnostic], (sources, base): (&SourceMap, &Path)) {
        let options = RenderOptions { color: self.stderr_color, base: Some(base), width: self.reading_width };
        for fault in sorted(faults, sources) {
            match self.form {
                Form::Json => self.put(&json_line(fault, sources)),
                Form::Text => self.put(&format!("{}\n", render(fault, sources, options))),
            }
        }
    }
}

/// A line of a JSON log that carries the whole diagnostic.
fn json_line(fault: &Diagnostic, sources: &SourceMap) -> String {
    let level = if fault.is_error() { "error" } else { "warn" };
    let whole = diag::to_json(fault, sources);
    record(json!({ "level": level, "msg": fault.summary, "diagnostic": whole }))
}

/// One line of a JSON log.
fn record(mut members: Value) -> String {
    members["time"] = rfc3339(clock::now()).into();
    members.to_string()
}

/// The form that the words of the command line ask for, or else the environment; whatever else may be wrong there.
fn asked_form(args: &[String], env: &Env) -> Form {
    let ours: Vec<&str> = args.iter().map(String::as_str).take_while(|word| *word != "--").collect();
    let value = |(at, word): (usize, &&str)| {
        let name = word.strip_prefix("--")?;
        let rest = name.strip_prefix("terragrunt-").unwrap_or(name).strip_prefix("log-format")?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None => ours.get(at + 1).filter(|_| rest.is_empty()).map(|next| (*next).to_owned()),
        }
    };
    let given = ours.iter().enumerate().filter_map(value).next_back();
    let wanted = given.or_else(|| of_environment(env));
    if wanted.as_deref() == Some("json") { Form::Json } else { Form::Text }
}

fn of_environment(env: &Env) -> Option<String> {
    let today = env_names::variable("", "log-format", Scope::Global)?;
    let former = env_names::former("", "log-format").into_iter().find_map(|former| {
        let text = env.get_filled(&former.name)?;
        match former.meaning {
            Meaning::Picks(choice) => (parse_switch(text) == Some(true)).then(|| choice.to_owned()),
            _ => Some(text.to_owned()),
        }
    });
    env.get_filled(&today).map(str::to_owned).or(former)
}

/// By file, then by place; what has no place comes last.
#[must_use]
pub fn sorted<'a>(faults: &'a [Diagnostic], sources: &SourceMap) -> Vec<&'a Diagnostic> {
    let mut all: Vec<&Diagnostic> = faults.iter().collect();
    all.sort_by_cached_key(|fault| {
        let place = fault.primary.as_ref().map(|label| label.span);
        let path = place.and_then(|span| sources.get(span.file)).map(|file| file.path.clone());
        (place.is_none(), path, place.map(|span| span.start))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::{Form, asked_form};
    use crate::host::env::Env;

    #[test]
    fn the_form_is_known_before_the_settings() {
        for (line, variables, want) in [
            ("find --nope", &[][..], Form::Text),
            ("find --nope --log-format json", &[], Form::Json),
            ("--log-format=json find --nope", &[], Form::Json),
            ("plan --terragrunt-log-format json", &[], Form::Json),
            ("find --log-format json --log-format bare", &[], Form::Text),
            ("run plan -- --log-format json", &[], Form::Text),
            ("find --log-format", &[], Form::Text),
            ("find", &[("TG_LOG_FORMAT", "json")], Form::Json),
            ("find --log-format pretty", &[("TG_LOG_FORMAT", "json")], Form::Text),
            ("find", &[("TERRAGRUNT_LOG_FORMAT", "json")], Form::Json),
            ("find", &[("TERRAGRUNT_JSON_LOG", "true")], Form::Json),
            ("find", &[("TERRAGRUNT_JSON_LOG", "false")], Form::Text),
        ] {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let mut env = Env::default();
            variables.iter().for_each(|(name, value)| env.set(*name, *value));
            assert_eq!(asked_form(&args, &env), want, "{line} {variables:?}");
        }
    }
}
