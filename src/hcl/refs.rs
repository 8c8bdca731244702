//! What an expression mentions, without evaluating it: root names with the constant steps behind them, and calls.
//! Knows nothing of what the names mean.

use super::Step;
use super::ast::{Body, Expr, ExprKind, ForExpr, Ident, ObjectItem, ObjectKey, SplatStep, TemplatePart};
use super::eval::constant_step;
use crate::diag::Span;

/// A root name and the constant steps behind it, as [`super::Reference`] has them; `for` variables are not among them.
#[derive(Clone, Debug)]
pub struct Ref<'a> {
    pub root: &'a str,
    pub root_span: Span,
    pub steps: Vec<Step<'a>>,
    /// From the root to the last constant step.
    pub span: Span,
    /// Whether more steps follow that are not constant (`dependency[var]`, a splat).
    pub continues: bool,
}

/// A call: the name and what stands between the parentheses.
#[derive(Clone, Copy, Debug)]
pub struct CallRef<'a> {
    pub name: &'a Ident,
    pub args: &'a [Expr],
    pub span: Span,
}

/// Where names can be looked for.
pub trait Mentions {
    /// Hands every reference and every call to the visitor, in the order of the text.
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>);
}

/// Receives what is mentioned.
pub trait Visitor<'a> {
    fn reference(&mut self, _reference: Ref<'a>) {}
    fn call(&mut self, _call: CallRef<'a>) {}
}

impl Mentions for Expr {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        Walk { visitor, bound: Vec::new() }.expr(self);
    }
}

impl Mentions for Body {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        for attribute in &self.attributes {
            attribute.expr.visit(visitor);
        }
        for block in &self.blocks {
            block.body.visit(visitor);
        }
    }
}

/// The references of an expression or of a whole body, in the order of the text, repeats included.
pub fn references(within: &impl Mentions) -> Vec<Ref<'_>> {
    struct Collect<'a>(Vec<Ref<'a>>);
    impl<'a> Visitor<'a> for Collect<'a> {
        fn reference(&mut self, reference: Ref<'a>) {
            self.0.push(reference);
        }
    }
    let mut collect = Collect(Vec::new());
    within.visit(&mut collect);
    collect.0
}

/// The calls in an expression or a whole body, repeats included; a call comes before those in its arguments.
pub fn calls(within: &impl Mentions) -> Vec<CallRef<'_>> {
    struct Collect<'a>(Vec<CallRef<'a>>);
    impl<'a> Visitor<'a> for Collect<'a> {
        fn call(&mut self, call: CallRef<'a>) {
            self.0.push(call);
        }
    }
    let mut collect = Collect(Vec::new());
    within.visit(&mut collect);
    collect.0
}

/// A walk through a tree, with the `for` variables around the place where it is.
struct Walk<'v, 'a> {
    visitor: &'v mut dyn Visitor<'a>,
    bound: Vec<&'a str>,
}

impl<'a> Walk<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => {}
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Interpolation(inner) | ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::Tuple(items) => self.all(items),
            ExprKind::Object(items) => items.iter().for_each(|item| self.item(item)),
            ExprKind::Variable(_) | ExprKind::Attr { .. } | ExprKind::Index { .. } => self.path(expr, false),
            ExprKind::Splat { base, steps, .. } => {
                self.path(base, true);
                self.steps(steps);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { .. } => self.chain(expr),
            ExprKind::Conditional { condition, yes, no } => {
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::ForTuple(source) => self.round(source, None),
            ExprKind::ForObject { source, key, .. } => self.round(source, Some(key)),
            ExprKind::Call { name, args, .. } => {
                self.visitor.call(CallRef { name, args, span: expr.span });
                self.all(args);
            }
        }
    }

    fn all(&mut self, items: &'a [Expr]) {
        for item in items {
            self.expr(item);
        }
    }

    fn item(&mut self, item: &'a ObjectItem) {
        if let ObjectKey::Expr(key) = &item.key {
            self.expr(key);
        }
        self.expr(&item.value);
    }

    fn steps(&mut self, steps: &'a [SplatStep]) {
        for step in steps {
            match step {
                SplatStep::Attr(_) => {}
                SplatStep::Index(key) => self.expr(key),
                SplatStep::Splat { steps, .. } => self.steps(steps),
            }
        }
    }

    /// Chains such as `a + b + c` lean to the left; the loop keeps their length off the stack.
    fn chain(&mut self, expr: &'a Expr) {
        let mut rights = Vec::new();
        let mut at = expr;
        while let ExprKind::Binary { left, right, .. } = &at.kind {
            rights.push(&**right);
            at = left;
        }
        self.expr(at);
        for right in rights.into_iter().rev() {
            self.expr(right);
        }
    }

    /// A variable with attribute and index steps on it, in a loop for the same reason.
    fn path(&mut self, expr: &'a Expr, behind: bool) {
        let mut links = Vec::new();
        let mut at = expr;
        while let ExprKind::Attr { base, .. } | ExprKind::Index { base, .. } = &at.kind {
            links.push(at);
            at = base;
        }
        links.reverse();
        match &at.kind {
            ExprKind::Variable(root) if !self.bound.contains(&&**root) => {
                self.reference((root, at.span), &links, behind);
            }
            ExprKind::Variable(_) => {}
            _ => self.expr(at),
        }
        for link in links {
            if let ExprKind::Index { key, .. } = &link.kind {
                self.expr(key);
            }
        }
    }

    fn reference(&mut self, (root, root_span): (&'a str, Span), links: &[&'a Expr], behind: bool) {
        let steps: Vec<Step<'a>> = links.iter().map_while(|link| constant_step(link)).collect();
        let span = steps.last().map_or(root_span, |step| root_span.to(step.span));
        let continues = behind || steps.len() < links.len();
        self.visitor.reference(Ref { root, root_span, steps, span, continues });
    }

    fn round(&mut self, source: &'a ForExpr, key: Option<&'a Expr>) {
        self.expr(&source.collection);
        let outside = self.bind(source.key.as_ref(), &source.value);
        for part in key.into_iter().chain([&source.body]).chain(&source.condition) {
            self.expr(part);
        }
        self.bound.truncate(outside);
    }

    fn bind(&mut self, key: Option<&'a Ident>, value: &'a Ident) -> usize {
        let outside = self.bound.len();
        self.bound.extend(key.into_iter().chain([value]).map(|name| &*name.name));
        outside
    }

    fn parts(&mut self, parts: &'a [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Text(_) => {}
                TemplatePart::Interpolation(expr) => self.expr(expr),
                TemplatePart::If { condition, yes, no } => {
                    self.expr(condition);
                    self.parts(yes);
                    self.parts(no);
                }
                TemplatePart::For { key, value, collection, body } => {
                    self.expr(collection);
                    let outside = self.bind(key.as_ref(), value);
                    self.parts(body);
                    self.bound.truncate(outside);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ref, calls, references};
    use crate::diag::SourceMap;
    use crate::hcl::parse::{parse_body, parse_expression};
    use std::path::Path;

    fn show(reference: &Ref<'_>) -> String {
        let steps = reference.steps.iter().map(|step| format!(".{}", step.name)).collect::<String>();
        format!("{}{steps}{}", reference.root, if reference.continues { "…" } else { "" })
    }

    #[test]
    fn every_name_is_found_but_for_variables_are_not() {
        let cases = [
            ("1 + local.a", "local.a"),
            ("dependency.vpc.outputs.subnets[0].id", "dependency.vpc.outputs.subnets…"),
            ("dependency[\"vpc\"].outputs[local.key]", "dependency.vpc.outputs… local.key"),
            ("local.list[*].id", "local.list…"),
            ("local.list[*][each]", "local.list… each"),
            ("[for k, v in local.map : \"${k}${v.x}${local.y}\" if v.on]", "local.map local.y"),
            ("[for local in local.a : local.b]", "local.a"),
            ("{ for x in a : x => b if c }", "a b c"),
            ("[[for x in a : x], x]", "a x"),
            ("{ (a) = b, c = d }", "a b d"),
            ("\"%{ if a }${b}%{ else }${c}%{ endif }%{ for x in d }${x}${e}%{ endfor }\"", "a b c d e"),
            ("a ? b : c", "a b c"),
            ("f(a, g(b)...)", "a b"),
            ("(a).b", "a"),
            ("a || !b && -c > d", "a b c d"),
        ];
        for (text, expected) in cases {
            let file = SourceMap::default().add(Path::new("case.hcl"), text.into());
            let expr = parse_expression(text, file).0.unwrap_or_else(|| panic!("{text}"));
            let found: Vec<String> = references(&expr).iter().map(show).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn spans_reach_from_the_root_to_the_last_constant_step() {
        let text =
            "inputs = { vpc = dependency.vpc.outputs.id[0] }\nblock {\n  path = find(\"x\", find())\n}\n";
        let file = SourceMap::default().add(Path::new("case.hcl"), text.into());
        let body = parse_body(text, file).0.expect("a body");
        let at = |span: crate::diag::Span| &text[span.start as usize..span.end as usize];
        let found = references(&body);
        assert_eq!(found.iter().map(|one| at(one.span)).collect::<Vec<_>>(), ["dependency.vpc.outputs.id"]);
        let calls = calls(&body);
        assert_eq!(
            calls.iter().map(|call| at(call.span)).collect::<Vec<_>>(),
            ["find(\"x\", find())", "find()"]
        );
    }
}
