//! Templates from a file or a string, with variables of their own.

use super::{Cx, files};
use crate::diag::{Code, Diagnostic, FileId};
use crate::hcl::{Fault, Value, eval, parse};

/// Renders a file; the second argument holds the names that it may use.
pub(super) fn templatefile(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(2..=2)?;
    let path = files::path_of(cx, &cx.string(0)?);
    let text = files::text(cx)?;
    let id = cx.scope.evaluation.session.files.sources.add(&path, text.as_str().into());
    render(cx, &text, id)
}

/// Renders a string.
pub(super) fn templatestring(cx: &Cx<'_>) -> Result<Value, Fault> {
    cx.count(2..=2)?;
    let text = cx.string(0)?;
    let path = std::path::Path::new("<template>");
    let id = cx.scope.evaluation.session.files.sources.add(path, text.as_str().into());
    render(cx, &text, id)
}

fn render(cx: &Cx<'_>, text: &str, id: FileId) -> Result<Value, Fault> {
    let Some(variables) = cx.call.args.get(1).and_then(Value::entries) else {
        return Err(cx.fault_of(1, "argument 2 must be an object of variables"));
    };
    let via = |fault: Diagnostic| Box::new(fault.via(cx.call.span, "rendered"));
    let (template, faults) = parse::parse_template(text, id);
    if let Some(fault) = faults.into_iter().find(Diagnostic::is_error) {
        return Err(via(fault));
    }
    let Some(template) = template else { return Ok(Value::string(text)) };
    let functions = NoRecursion { cx };
    eval::eval_template(&template, variables, &functions).map_err(|fault| via(*fault))
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
