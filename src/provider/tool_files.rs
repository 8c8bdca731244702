//! Files that pin the version of terraform or OpenTofu for version managers: `.terraform-version`, `.opentofu-version`,
//! `.tool-versions`, `mise.toml`. Reads texts only: which file governs a folder and what is installed is not known
//! here, and no template of such a file is ever run.

use super::code::Dialect;
use super::{Constraints, Version};
use crate::diag::{Code, Diagnostic, Diagnostics, FileId, Span};
use regex::Regex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use crate::toolrc::Flavour;

impl Flavour {
    /// The name of its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        self.dialect().program()
    }

    /// Whose code it reads.
    #[must_use]
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Terraform => Dialect::Terraform,
            Self::Tofu => Dialect::Tofu,
        }
    }

    /// Its name in files that name tools.
    fn of_name(name: &str) -> Option<Self> {
        match name {
            "terraform" => Some(Self::Terraform),
            "opentofu" | "tofu" => Some(Self::Tofu),
            _ => None,
        }
    }
}

/// The names of such files; one goes before another of the same folder in this order.
pub const NAMES: [&str; 5] =
    [".terraform-version", ".opentofu-version", ".tool-versions", "mise.toml", ".mise.toml"];

/// The version of one tool that a file asks for.
#[derive(Clone, Debug)]
pub struct ToolPin {
    pub flavour: Flavour,
    pub wanted: Wanted,
    /// As written.
    pub text: String,
    pub span: Span,
}

/// Which versions a pin means.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// `1.5.7`
    Exact(Version),
    /// `1.5`, `1.5.x`, `prefix:1.5`: every version that begins with these numbers.
    Series(Vec<u64>),
    /// `>= 1.5, < 1.8`
    Within(Constraints),
    /// `latest`, `latest:^1.5`: the newest, of those that the pattern finds.
    Newest(Option<Regex>),
    /// `latest-allowed`: the newest that the constraints of the code allow.
    NewestAllowed,
    /// `min-required`: the oldest that they allow.
    OldestAllowed,
    /// Nothing that can be compared with a version; says what it is.
    Unseen(&'static str),
}

/// How a file writes versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// A file of one tool, as tfenv and tenv read it.
    OneTool,
    /// A file of many tools, as asdf and mise read it.
    ManyTools,
}

/// What a file of this name pins, and what is wrong with it.
#[must_use]
pub fn parse(name: &str, text: &str, file: FileId) -> (Vec<ToolPin>, Diagnostics) {
    let mut reading = Reading { file, pins: Vec::new(), faults: Vec::new() };
    match name {
        ".terraform-version" => reading.one_tool(text, Flavour::Terraform),
        ".opentofu-version" => reading.one_tool(text, Flavour::Tofu),
        ".tool-versions" => reading.tool_versions(text),
        _ => reading.mise(text),
    }
    (reading.pins, reading.faults)
}

/// What a variable of a version manager asks for, which is written as in a file of one tool.
///
/// # Errors
/// Why it is no version.
pub fn parse_wanted(text: &str) -> Result<Wanted, String> {
    wanted(text, Style::OneTool)
}

struct Reading {
    file: FileId,
    pins: Vec<ToolPin>,
    faults: Diagnostics,
}

impl Reading {
    /// The first line that says something; a file that says nothing pins nothing.
    fn one_tool(&mut self, text: &str, flavour: Flavour) {
        for (start, line) in lines(text) {
            let said = line.split('#').next().unwrap_or_default();
            if let Some((at, said)) = trimmed(said) {
                return self.add(flavour, Style::OneTool, (said, start + at));
            }
        }
    }

    /// A tool a line, then the versions to try; only the first is what its shims run where it is installed.
    fn tool_versions(&mut self, text: &str) {
        for (start, line) in lines(text) {
            let said = line.split('#').next().unwrap_or_default();
            let mut words = words(said);
            let flavour = words.next().and_then(|(_, name)| Flavour::of_name(name));
            if let (Some(flavour), Some((at, version))) = (flavour, words.next()) {
                self.add(flavour, Style::ManyTools, (version, start + at));
            }
        }
    }

    fn mise(&mut self, text: &str) {
        // Most such files are about other tools, and need not be understood.
        if !text.contains("terraform") && !text.contains("tofu") {
            return;
        }
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let range = error.span().unwrap_or(0..text.len());
                let span = Span::new(self.file, range.start, range.end);
                let summary = format!("the file is no TOML: {}", error.message());
                return self.faults.push(malformed(summary).at(span, ""));
            }
        };
        let Some(DeValue::Table(tools)) = table.get_ref().get("tools").map(Spanned::get_ref) else { return };
        for (name, value) in tools {
            let plain = name.get_ref().rsplit([':', '/']).next().unwrap_or_default();
            let Some(flavour) = Flavour::of_name(plain) else { continue };
            if let Some(version) = mise_version(value) {
                let DeValue::String(said) = version.get_ref() else { continue };
                // Inside of the quotes, as far as the text has no escapes.
                let span = version.span();
                let quote = usize::from(span.len() == said.len() + 2);
                self.add(flavour, Style::ManyTools, (said, span.start + quote));
            }
        }
    }

    fn add(&mut self, flavour: Flavour, style: Style, (text, at): (&str, usize)) {
        let span = Span::new(self.file, at, at + text.len());
        match wanted(text, style) {
            Ok(wanted) => self.pins.push(ToolPin { flavour, wanted, text: text.to_owned(), span }),
            Err(problem) => {
                let summary = format!("`{text}` is no version of {}: {problem}", flavour.program());
                self.faults.push(malformed(summary).at(span, ""));
            }
        }
    }
}

fn malformed(summary: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::MalformedToolPin, summary).hint("write it as `1.5.7`")
}

/// `"1.5"`, the first of `["1.5", "1.4"]`, or the version of `{ version = "1.5" }`.
fn mise_version<'a, 't>(value: &'a Spanned<DeValue<'t>>) -> Option<&'a Spanned<DeValue<'t>>> {
    match value.get_ref() {
        DeValue::String(_) => Some(value),
        DeValue::Array(items) => mise_version(items.first()?),
        DeValue::Table(table) => mise_version(table.get("version")?),
        _ => None,
    }
}

/// Lines with their offsets.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    text[mark..].split_inclusive('\n').scan(mark, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

fn trimmed(text: &str) -> Option<(usize, &str)> {
    let said = text.trim_start();
    let at = text.len() - said.len();
    Some((at, said.trim_end())).filter(|(_, said)| !said.is_empty())
}

/// Words with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = text.split_whitespace().map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word));
    starts.collect::<Vec<_>>().into_iter()
}

/// A version as a version: whatever else it is, nothing may be made of it.
fn wanted(text: &str, style: Style) -> Result<Wanted, String> {
    if text.contains("{{") || text.contains("{%") {
        return Ok(Wanted::Unseen("a template, which is not run"));
    }
    match (text, style) {
        ("latest" | "latest-stable", _) => return Ok(Wanted::Newest(None)),
        ("latest-allowed", Style::OneTool) => return Ok(Wanted::NewestAllowed),
        ("min-required", Style::OneTool) => return Ok(Wanted::OldestAllowed),
        ("latest-pre", Style::OneTool) => return Ok(Wanted::Unseen("the newest prerelease")),
        ("system", _) => return Ok(Wanted::Unseen("what PATH gives")),
        _ => {}
    }
    match (text.split_once(':'), style) {
        (Some(("latest", pattern)), Style::OneTool) => newest_of(pattern),
        (Some(("latest" | "prefix", rest)), Style::ManyTools) => series(rest),
        (Some(("path", _)), Style::ManyTools) => Ok(Wanted::Unseen("a folder")),
        (Some(("ref" | "tag" | "branch" | "rev" | "git", _)), Style::ManyTools) => {
            Ok(Wanted::Unseen("a commit that was built"))
        }
        (Some((offset, _)), Style::ManyTools) if offset.starts_with("sub-") || offset.starts_with('!') => {
            Ok(Wanted::Unseen("a distance from another version"))
        }
        _ if text.starts_with(['<', '>', '=', '~', '!']) => {
            Constraints::parse(text).map(Wanted::Within).map_err(|error| error.to_string())
        }
        _ => exact_or_series(text),
    }
}

/// tfenv and tenv compare with the pattern of the text after `latest:`.
fn newest_of(pattern: &str) -> Result<Wanted, String> {
    let unquoted = pattern.trim_matches(['"', '\'']);
    Regex::new(unquoted)
        .map(|regex| Wanted::Newest(Some(regex)))
        .map_err(|_| format!("`{unquoted}` is no regular expression"))
}

fn exact_or_series(text: &str) -> Result<Wanted, String> {
    match Version::parse(text) {
        Ok(version) if version.segments().len() >= 3 || !version.prerelease().is_empty() => {
            Ok(Wanted::Exact(version))
        }
        _ => series(text),
    }
}

/// `1`, `1.5`, `1.5.x`, `1.5.*`
fn series(text: &str) -> Result<Wanted, String> {
    let numbers = text.strip_suffix(".x").or_else(|| text.strip_suffix(".*")).unwrap_or(text);
    let version = Version::parse(numbers).map_err(|error| error.to_string())?;
    if version.prerelease().is_empty() {
        Ok(Wanted::Series(version.segments().to_vec()))
    } else {
        Ok(Wanted::Exact(version))
    }
}

impl Wanted {
    /// Whether a version may be what is wanted; which of several, [`Wanted`] itself says.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        match self {
            Self::Exact(wanted) => wanted.cmp(version).is_eq(),
            Self::Series(numbers) => {
                let number = |i: usize| version.segments().get(i).copied().unwrap_or(0);
                version.prerelease().is_empty() && numbers.iter().enumerate().all(|(i, n)| number(i) == *n)
            }
            Self::Within(constraints) => constraints.allows(version),
            Self::Newest(Some(pattern)) => pattern.is_match(&version.to_string()),
            Self::Newest(None) | Self::NewestAllowed | Self::OldestAllowed => version.prerelease().is_empty(),
            Self::Unseen(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flavour, Wanted, parse};
    use crate::diag::SourceMap;
    use crate::provider::Version;
    use std::path::Path;

    fn read(name: &str, text: &str) -> String {
        let file = SourceMap::default().add(Path::new(name), text.into());
        let (pins, faults) = parse(name, text, file);
        let mut said: Vec<String> = pins
            .iter()
            .map(|pin| {
                assert_eq!(&text[pin.span.start as usize..pin.span.end as usize], pin.text, "{text}");
                let tool = if pin.flavour == Flavour::Tofu { "tofu " } else { "" };
                let kind = match &pin.wanted {
                    Wanted::Exact(version) => format!("is {version}"),
                    Wanted::Series(numbers) => format!("series {numbers:?}"),
                    Wanted::Within(_) => format!("within {}", pin.text),
                    Wanted::Newest(None) => "newest".to_owned(),
                    Wanted::Newest(Some(pattern)) => format!("newest of {pattern}"),
                    Wanted::NewestAllowed => "newest allowed".to_owned(),
                    Wanted::OldestAllowed => "oldest allowed".to_owned(),
                    Wanted::Unseen(why) => format!("unseen: {why}"),
                };
                format!("{tool}{kind}")
            })
            .collect();
        said.extend(faults.iter().map(|fault| {
            let span = fault.primary.as_ref().unwrap().span;
            format!("fault at `{}`", &text[span.start as usize..span.end as usize])
        }));
        said.join(", ")
    }

    #[test]
    fn a_file_of_one_tool_names_a_version() {
        for (text, want) in [
            ("1.5.7\n", "is 1.5.7"),
            ("v1.5.7", "is 1.5.7"),
            ("\u{feff}# ours\r\n\r\n  1.5.7  # until June\r\n", "is 1.5.7"),
            ("1.6.0-rc1", "is 1.6.0-rc1"),
            ("1.5", "series [1, 5]"),
            ("1.5.x", "series [1, 5]"),
            ("1.x", "series [1]"),
            ("latest", "newest"),
            ("latest:^1.5", "newest of ^1.5"),
            ("latest-allowed", "newest allowed"),
            ("min-required", "oldest allowed"),
            (">= 1.5, < 1.8", "within >= 1.5, < 1.8"),
            ("latest:(", "fault at `latest:(`"),
            ("../../evil", "fault at `../../evil`"),
            ("1.5.7/../..", "fault at `1.5.7/../..`"),
            ("newest", "fault at `newest`"),
            ("", ""),
            ("# nothing\n", ""),
        ] {
            assert_eq!(read(".terraform-version", text), want, "{text:?}");
        }
        assert_eq!(read(".opentofu-version", "1.10.0"), "tofu is 1.10.0");
    }

    #[test]
    fn a_file_of_many_tools_names_one_each() {
        for (text, want) in [
            ("nodejs 20\nterraform 1.5.7 1.4.0\n", "is 1.5.7"),
            ("opentofu\t1.10.0 # x\nterraform latest:1.5\n", "tofu is 1.10.0, series [1, 5]"),
            ("terraform system\n", "unseen: what PATH gives"),
            (
                "terraform ref:main\nopentofu path:/x",
                "unseen: a commit that was built, tofu unseen: a folder",
            ),
            ("#terraform 1.5.7\nterraform\nterraform-docs 1\n", ""),
            ("terraform /etc\n", "fault at `/etc`"),
        ] {
            assert_eq!(read(".tool-versions", text), want, "{text:?}");
        }
    }

    #[test]
    fn mise_says_it_in_toml() {
        for (text, want) in [
            ("[tools]\nnode = '20'\nterraform = \"1.5.7\"\n", "is 1.5.7"),
            ("tools.opentofu = '1'\n", "tofu series [1]"),
            ("[tools]\n\"aqua:hashicorp/terraform\" = [\"1.5.7\", \"1.4.0\"]\n", "is 1.5.7"),
            ("[tools]\nterraform = { version = \"latest\", os = [\"linux\"] }\n", "newest"),
            ("[[tools.terraform]]\nversion = \"prefix:1.5\"\n", "series [1, 5]"),
            ("[tools]\nterraform = \"{{ exec(command='id') }}\"\n", "unseen: a template, which is not run"),
            ("[tools]\nterraform = \"sub-1:latest\"\n", "unseen: a distance from another version"),
            ("[tasks.x]\nrun = \"terraform plan\"\n", ""),
            ("[tools]\nterraform = 1.5\n", ""),
            ("of = [ \"tofu\"", "fault at ``"),
            ("neither { is this", ""),
        ] {
            assert_eq!(read("mise.toml", text), want, "{text:?}");
        }
    }

    #[test]
    fn a_version_is_compared_with_what_is_wanted() {
        for (text, version, want) in [
            ("1.5.7", "1.5.7", true),
            ("1.5.7", "1.5.6", false),
            ("1.6.0-rc1", "1.6.0", false),
            ("1.5", "1.5.9", true),
            ("1.5", "1.50.0", false),
            ("1.5.x", "1.5.0-beta1", false),
            ("latest:^1.5", "1.5.7", true),
            ("latest:^1.5", "1.4.7", false),
            (">= 1.5", "1.4.7", false),
            ("latest", "1.0.0-alpha", false),
        ] {
            let wanted = super::parse_wanted(text).unwrap();
            assert_eq!(wanted.allows(&Version::parse(version).unwrap()), want, "{text} {version}");
        }
    }
}
