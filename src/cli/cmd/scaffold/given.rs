//! What `--var` and `--var-file` say: values for the module's variables, and the few names that shape the unit itself.

use crate::cli::args::ScaffoldArgs;
use crate::cli::failure::{Failure, Kind};
use crate::diag::{Code, SourceMap, closest};
use crate::hcl::ast::Expr;
use crate::hcl::eval::{Bare, eval};
use crate::hcl::parse::{parse_body, parse_expression};
use crate::hcl::{Value, show};
use crate::host::fs;
use crate::provider::variables::Variable;
use std::collections::BTreeMap;
use std::path::Path;

/// Values by name, and what the template of old had its own variables for.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Given {
    values: BTreeMap<String, Value>,
    /// Values of the command line: text that is a string if the variable is one.
    words: BTreeMap<String, String>,
    pub reference: Option<String>,
    pub root_file_name: Option<String>,
    pub include_root: Option<bool>,
    over_ssh: bool,
    ssh_user: Option<String>,
}

impl Given {
    /// Files first, then flags, which win.
    pub fn read(args: &ScaffoldArgs, base: &Path) -> Result<Self, Failure> {
        let mut given = Self::default();
        for file in &args.var_file {
            for (name, value) in values_of(&fs::clean(&base.join(file)))? {
                match value.as_str().map(str::to_owned).or_else(|| value.as_bool().map(|on| on.to_string())) {
                    Some(word) if given.shape(&name, &word) => {}
                    _ => drop(given.values.insert(name, value)),
                }
            }
        }
        for word in &args.var {
            let (name, value) = word.split_once('=').ok_or_else(|| {
                Failure::usage(format!("`{word}` is no value for --var"))
                    .coded(Code::WrongValue)
                    .hint("write --var NAME=VALUE")
            })?;
            if !given.shape(name, value) {
                given.words.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(given)
    }

    /// Whether the name is one of those that shape the unit.
    fn shape(&mut self, name: &str, value: &str) -> bool {
        match name {
            "Ref" => self.reference = Some(value.to_owned()),
            "RootFileName" => self.root_file_name = Some(value.to_owned()),
            "EnableRootInclude" => self.include_root = Some(value == "true"),
            "SourceUrlType" => self.over_ssh = value == "git-ssh",
            "SourceGitSshUser" => self.ssh_user = Some(value.to_owned()),
            _ => return false,
        }
        true
    }

    /// The source, over ssh where that is wished for.
    pub fn source_text(&self, module: &str) -> String {
        let bare = module.strip_prefix("git::").unwrap_or(module);
        let rest = bare.strip_prefix("https://").filter(|_| self.over_ssh);
        let Some(rest) =
            rest.or_else(|| bare.strip_prefix("github.com/").filter(|_| self.over_ssh).map(|_| bare))
        else {
            return module.to_owned();
        };
        format!("git::ssh://{}@{rest}", self.ssh_user.as_deref().unwrap_or("git"))
    }

    /// Every value must be for a variable that is there.
    pub fn must_fit(&self, found: &[Variable]) -> Result<(), Failure> {
        let names = self.values.keys().chain(self.words.keys());
        let mut unknown = names.filter(|name| !found.iter().any(|variable| variable.name == **name));
        unknown.next().map_or(Ok(()), |name| Err(no_such_variable(name, found)))
    }

    /// The text of the value for a variable.
    pub fn value_of(&self, variable: &Variable) -> Option<String> {
        if let Some(word) = self.words.get(&variable.name) {
            let is_text = variable.kind.as_deref() == Some("string");
            let value = if is_text { None } else { expression(word) };
            return Some(value.map_or_else(|| show::quote_hcl(word), |_| word.clone()));
        }
        self.values.get(&variable.name).map(show::render_hcl)
    }
}

/// A text that is an expression without names.
fn expression(text: &str) -> Option<Expr> {
    let file = SourceMap::default().add(Path::new("<value>"), text.into());
    let (expr, faults) = parse_expression(text, file);
    let expr = expr.filter(|_| faults.is_empty())?;
    eval(&expr, &Bare).is_ok().then_some(expr)
}

/// The values of a file: HCL where it is called `.tfvars`, otherwise YAML, of which JSON is a part.
fn values_of(path: &Path) -> Result<Vec<(String, Value)>, Failure> {
    let text = fs::read_text(path).map_err(|error| Failure::from_error(Kind::Machine, &error))?;
    let faulty = || {
        Failure::usage(format!("{} holds no values", path.display()))
            .coded(Code::WrongValue)
            .hint("write one `name: value` a line in YAML, or `name = value` in a file that ends in .tfvars")
    };
    if path.extension().is_some_and(|ending| ending == "tfvars" || ending == "hcl") {
        let file = SourceMap::default().add(path, text.as_str().into());
        let (body, faults) = parse_body(&text, file);
        let body = body.filter(|_| faults.is_empty()).ok_or_else(faulty)?;
        let each = body.attributes.iter().map(|attribute| {
            Ok((attribute.name.name.to_string(), eval(&attribute.expr, &Bare).map_err(|_| faulty())?))
        });
        return each.collect();
    }
    let call = format!("yamldecode({})", show::quote_hcl(&text));
    let file = SourceMap::default().add(path, call.as_str().into());
    let value =
        parse_expression(&call, file).0.and_then(|expr| eval(&expr, &Bare).ok()).ok_or_else(faulty)?;
    let entries = value.entries().ok_or_else(faulty)?;
    Ok(entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
}

/// A name that no variable has.
fn no_such_variable(name: &str, found: &[Variable]) -> Failure {
    let near = closest(name, found.iter().map(|variable| variable.name.as_str()));
    Failure::usage(format!("the module has no variable `{name}`"))
        .coded(Code::WrongValue)
        .hint_if(near.map(|near| format!("did you mean `{near}`?")))
}
