//! One file: from its tree to what it says. As for the tools, a setting of the wrong type voids the file, and a faulty way to
//! packages is left out.

use super::hostname::host_of_file;
use super::kinds::{Helper, Method, Way};
use super::syntax::{Form, Item, Key, Node, NodeKind, fault, form_of, parse};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct FileSettings {
    pub plugin_cache_dir: Option<String>,
    pub may_break_lock_file: bool,
    pub tokens: Vec<(String, String)>,
    pub hosts: Vec<(String, BTreeMap<String, String>)>,
    pub helpers: Vec<Located<Helper>>,
    pub installations: Vec<Located<Vec<Method>>>,
    /// As text of the older grammar; `None` if it cannot be written so, or has faults.
    pub text: Option<String>,
    pub faults: Diagnostics,
}

/// Something with its place.
#[derive(Debug)]
pub(super) struct Located<T> {
    pub value: T,
    pub span: Span,
}

type Decoded<T> = Result<T, Box<Diagnostic>>;

const VOID: &str = "terraform passes the whole file over, as is done here; mend it";
const LEFT_OUT: &str = "terraform goes on without this part, as is done here; mend it";

impl FileSettings {
    /// A file that says nothing but what is wrong with it.
    pub fn of_fault(fault: Diagnostic) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }
}

/// Reads a text.
pub(super) fn decode(text: &str, file: FileId) -> FileSettings {
    let read = parse(text, file).and_then(|items| {
        let mut settings = FileSettings::default();
        items.iter().try_for_each(|item| settings.take(item))?;
        settings.text = match form_of(text) {
            Form::Hcl => Some(text.trim_start_matches('\u{feff}').to_owned()),
            Form::Json => as_hcl(&items),
        };
        Ok(settings)
    });
    match read {
        Ok(settings) if settings.faults.is_empty() => settings,
        Ok(settings) => FileSettings { text: None, ..settings },
        Err(fault) => FileSettings::of_fault(fault.hint(VOID)),
    }
}

impl FileSettings {
    fn take(&mut self, item: &Item) -> Decoded<()> {
        match item.name() {
            "plugin_cache_dir" => {
                let dir = match &item.value.kind {
                    NodeKind::Text(dir) | NodeKind::Number(dir) if item.keys.len() == 1 => Some(dir),
                    _ => None,
                };
                let dir = dir.ok_or_else(|| fault(item.value.span, "a path has to stand here, in quotes"))?;
                self.plugin_cache_dir = Some(dir.to_owned()).filter(|dir| !dir.is_empty());
            }
            "plugin_cache_may_break_dependency_lock_file" => {
                let NodeKind::Bool(value) = item.value.kind else {
                    return Err(fault(item.value.span, "`true` or `false` has to stand here"));
                };
                self.may_break_lock_file = value;
            }
            "credentials" => self.take_credentials(item)?,
            "host" => self.take_hosts(item)?,
            "credentials_helper" => self.take_helpers(item)?,
            "provider_installation" => self.take_installation(item),
            _ => {}
        }
        Ok(())
    }

    fn take_credentials(&mut self, item: &Item) -> Decoded<()> {
        for (host, body) in self.hosts_of(item)? {
            let token = body.iter().rev().find(|item| item.name() == "token");
            if let Some(token) = token.and_then(|item| item.value.as_text()) {
                self.tokens.push((host, token.to_owned()));
            }
        }
        Ok(())
    }

    fn take_hosts(&mut self, item: &Item) -> Decoded<()> {
        for (host, body) in self.hosts_of(item)? {
            let services = body.iter().filter(|item| item.name() == "services");
            let services = services.flat_map(|services| services.value.items());
            let urls = services
                .filter_map(|service| Some((service.name().to_owned(), service.value.as_text()?.to_owned())));
            self.hosts.push((host, urls.collect()));
        }
        Ok(())
    }

    /// What stands below each host; one that is none is left out.
    fn hosts_of<'a>(&mut self, item: &'a Item) -> Decoded<Vec<(String, Vec<&'a Item>)>> {
        let mut found = Vec::new();
        for (name, span, body) in labelled(item)? {
            match host_of_file(&name) {
                Ok(host) => found.push((host, body.items())),
                Err(said) => self.faults.push(fault(span, said).hint(LEFT_OUT)),
            }
        }
        Ok(found)
    }

    fn take_helpers(&mut self, item: &Item) -> Decoded<()> {
        for (name, span, body) in labelled(item)? {
            let args = body.items().into_iter().rev().find(|item| item.name() == "args");
            let args = args.map_or(Ok(Vec::new()), |item| texts(&item.value))?;
            self.helpers.push(Located { value: Helper { name, args }, span });
        }
        Ok(())
    }

    fn take_installation(&mut self, item: &Item) {
        let span = item.span();
        if item.is_assigned {
            let said = "no equals sign may stand between this and its brace";
            self.faults.push(fault(span, said).hint(LEFT_OUT));
            return;
        }
        if let Some(label) = item.keys.get(1) {
            self.faults.push(fault(label.span, "this block has no label").hint("remove the label"));
        }
        for block in item.value.objects() {
            let mut methods = Vec::new();
            for item in block.items() {
                match methods_of(item, &methods) {
                    Ok(found) => methods.extend(found),
                    Err(fault) => self.faults.push(fault.hint(LEFT_OUT)),
                }
            }
            self.installations.push(Located { value: methods, span });
        }
    }
}

/// What each label of a block, or each name below it, has for a body.
fn labelled(item: &Item) -> Decoded<Vec<(String, Span, &Node)>> {
    let body = |key: &Key, node| (key.text.clone(), key.span, node);
    let mut found = Vec::new();
    match item.keys.as_slice() {
        [_, label] => found.push(body(label, &item.value)),
        [_] if item.value.objects().is_empty() => {
            return Err(fault(item.value.span, "a block has to stand here"));
        }
        [_] => {
            for below in item.value.items() {
                let key = below.keys.first().ok_or_else(|| fault(item.span(), "a name has to stand here"))?;
                found.push(body(key, &below.value));
            }
        }
        _ => return Err(fault(item.span(), "this block has one label")),
    }
    match found.iter().find(|(_, _, body)| body.objects().is_empty()) {
        Some((_, _, body)) => Err(fault(body.span, "a block has to stand here")),
        None => Ok(found),
    }
}

fn texts(node: &Node) -> Decoded<Vec<String>> {
    let wrong = |node: &Node| fault(node.span, "a list of texts has to stand here");
    let NodeKind::List(nodes) = &node.kind else { return Err(wrong(node)) };
    nodes.iter().map(|node| node.as_text().map(str::to_owned).ok_or_else(|| wrong(node))).collect()
}

/// The methods that a block of `provider_installation` stands for; in JSON a list of objects stands for several.
fn methods_of(item: &Item, before: &[Method]) -> Decoded<Vec<Method>> {
    if item.is_assigned {
        return Err(fault(item.span(), "no equals sign may stand between this and its brace"));
    }
    if let Some(label) = item.keys.get(1) {
        return Err(fault(label.span, "this block has no label"));
    }
    let bodies = item.value.objects();
    if bodies.is_empty() {
        return Err(fault(item.value.span, "a block has to stand here"));
    }
    bodies.into_iter().map(|body| method(item, body, before)).collect()
}

fn method(item: &Item, body: &Node, before: &[Method]) -> Decoded<Method> {
    let way = match item.name() {
        "direct" => Way::Registry,
        "filesystem_mirror" => Way::Folder(PathBuf::from(needed(item, body, "path")?.0)),
        "network_mirror" => Way::Server(mirror_url(needed(item, body, "url")?)?),
        "dev_overrides" if before.iter().any(|method| !matches!(method.way, Way::Overrides(_))) => {
            return Err(fault(item.span(), "overrides have to stand before all other ways"));
        }
        "dev_overrides" => {
            let addresses = body.items().into_iter().map(|item| item.name().to_owned()).collect();
            return Ok(Method { way: Way::Overrides(addresses), include: Vec::new(), exclude: Vec::new() });
        }
        // OpenTofu's.
        "oci_mirror" => Way::Other,
        _ => return Err(fault(item.span(), "no such way to packages is known")),
    };
    Ok(Method { way, include: patterns(body, "include")?, exclude: patterns(body, "exclude")? })
}

/// An argument that has to be there, as a text.
fn needed(item: &Item, body: &Node, name: &str) -> Decoded<(String, Span)> {
    let found = body.items().into_iter().rev().find(|item| item.name() == name);
    let found = found.ok_or_else(|| fault(item.span(), format!("`{name}` is missing")))?;
    let text = found.value.as_text().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| fault(found.value.span, "a text has to stand here"))?;
    Ok((text.to_owned(), found.value.span))
}

fn mirror_url((url, span): (String, Span)) -> Decoded<String> {
    match url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
        true => Ok(url),
        false => Err(fault(span, "a server of packages has an address that begins with `https://`")),
    }
}

fn patterns(body: &Node, name: &str) -> Decoded<Vec<String>> {
    let mut found = Vec::new();
    for item in body.items().into_iter().filter(|item| item.name() == name) {
        found = texts(&item.value)?;
        let is_pattern = |text: &String| {
            (2..=3).contains(&text.split('/').count()) && text.split('/').all(|part| !part.is_empty())
        };
        if let NodeKind::List(nodes) = &item.value.kind
            && let Some(at) = found.iter().position(|text| !is_pattern(text))
            && let Some(node) = nodes.get(at)
        {
            return Err(fault(node.span, "`namespace/type` or `host/namespace/type` has to stand here"));
        }
    }
    Ok(found)
}

/// JSON in the older grammar; `None` where a text would need an escape.
fn as_hcl(items: &[Item]) -> Option<String> {
    let mut out = String::new();
    for item in items {
        let name = plain(item.name())?;
        match &item.value.kind {
            NodeKind::Null => {}
            NodeKind::List(nodes) if nodes.iter().any(|node| matches!(node.kind, NodeKind::Object(_))) => {
                for node in item.value.objects() {
                    out.push_str(&block(name, node)?);
                }
            }
            NodeKind::Object(_) => out.push_str(&block(name, &item.value)?),
            _ => out.push_str(&format!("\"{name}\" = {}\n", value(&item.value)?)),
        }
    }
    Some(out)
}

fn block(name: &str, node: &Node) -> Option<String> {
    let NodeKind::Object(items) = &node.kind else { return None };
    Some(format!("\"{name}\" {{\n{}}}\n", as_hcl(items)?))
}

fn value(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Text(text) => Some(format!("\"{}\"", plain(text)?)),
        NodeKind::Number(text) => Some(text.clone()),
        NodeKind::Bool(value) => Some(value.to_string()),
        NodeKind::List(nodes) => {
            let nodes: Option<Vec<String>> = nodes.iter().map(value).collect();
            Some(format!("[{}]", nodes?.join(", ")))
        }
        NodeKind::Null | NodeKind::Object(_) => None,
    }
}

/// A text that means the same between quotes.
pub(super) fn plain(text: &str) -> Option<&str> {
    let is_odd = |sign: char| matches!(sign, '"' | '\\') || sign.is_control();
    (!text.contains(is_odd) && !text.contains("${")).then_some(text)
}

#[cfg(test)]
mod tests;
