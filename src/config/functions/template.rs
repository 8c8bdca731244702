//! Templates from a file or a string, with variables of their own.

use super::{Cx, files};
use crate::diag::{Code, Diagnostic, FileId, closest};
use crate::hcl::{Fault, Type, Value, convert, eval, parse, refs};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Renders a file; the second argument holds the names that it may use.
pub(super) fn templatefile(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(2..=2)?;
    let path = files::path_of(cx, &cx.string(0)?);
    let text = files::text(cx)?;
    let id = cx.scope.evaluation.session.files.sources.add(&path, text.as_str().into());
    render(cx, &text, id)
}

/// Renders a string, to a string.
pub(super) fn templatestring(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(2..=2)?;
    let template = &cx.call.args[0];
    if template.is_unknown() {
        return Ok(Value::unknown(Type::String));
    }
    let Some(text) = template.as_str() else {
        return Err(cx.fault_of(0, "argument 1 must be a string"));
    };
    let path = std::path::Path::new("<template>");
    let id = cx.scope.evaluation.session.files.sources.add(path, text.into());
    let rendered = render(cx, text, id)?;
    if rendered.is_null() {
        return Err(cx.fault_of(0, "the template comes out as null, and must give a string"));
    }
    let rendered = convert::convert(&rendered, &Type::String)
        .map_err(|_| cx.fault_of(0, "the template gives something that is no string"))?;
    let sensitive = rendered.sensitive || template.sensitive;
    Ok(rendered.with_mark(sensitive))
}

fn render(cx: &Cx<'_>, text: &str, id: FileId) -> Result<Value, Fault> {
    let Some(variables) = cx.call.args.get(1).and_then(Value::entries) else {
        return Err(cx.fault_of(1, "argument 2 must be an object of variables"));
    };
    if let Some(name) = variables.keys().find(|name| !parse::is_identifier(name)) {
        let fault = cx.fault_of(1, format!("`{name}` cannot be the name of a variable"));
        return Err(Box::new(
            fault.hint("begin names with a letter, and go on with letters, digits, `_` and `-`"),
        ));
    }
    let via = |fault: Diagnostic| Box::new(fault.via(cx.call.span, "rendered"));
    let (template, faults) = parse::parse_template(text, id);
    if let Some(fault) = faults.into_iter().find(Diagnostic::is_error) {
        return Err(via(fault));
    }
    let Some(template) = template else { return Ok(Value::string(text)) };
    let known = |name: &str| variables.contains_key(name);
    if let Some(missing) = refs::references(&template).into_iter().find(|found| !known(found.root)) {
        return Err(via(unknown_name(&missing, variables)));
    }
    let functions = NoRecursion { cx };
    eval::eval_template(&template, variables, &functions).map_err(|fault| via(*fault))
}

/// A template is given every name that it mentions, even where `try` stands around it.
fn unknown_name(missing: &refs::Ref<'_>, variables: &BTreeMap<Arc<str>, Value>) -> Diagnostic {
    let fault =
        Diagnostic::error(Code::UnknownVariable, format!("the template is not given `{}`", missing.root))
            .at(missing.root_span, "");
    match closest(missing.root, variables.keys().map(|name| &**name)) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint(format!("add it to the second argument: `{{ {} = … }}`", missing.root)),
    }
}

/// The functions of the file around, without the one that renders files: a template cannot render itself.
struct NoRecursion<'a> {
    cx: &'a Cx<'a>,
}

impl crate::hcl::Scope for NoRecursion<'_> {
    fn resolve(&self, reference: &crate::hcl::Reference<'_>) -> Result<crate::hcl::Resolved, Fault> {
        self.cx.scope.resolve(reference)
    }

    fn call(&self, call: &crate::hcl::Call<'_>) -> Option<Result<Value, Fault>> {
        if matches!(call.name, "templatefile" | "templatestring") {
            let fault = Diagnostic::error(
                Code::NotInTemplate,
                format!("`{}` cannot be called from a template", call.name),
            );
            return Some(Err(Box::new(fault.at(call.name_span, ""))));
        }
        self.cx.scope.call(call)
    }

    fn function_names(&self) -> Vec<&'static str> {
        self.cx.scope.function_names()
    }
}
