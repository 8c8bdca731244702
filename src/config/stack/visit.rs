//! The members of a stack file one by one, for those who want less of them than a whole stack: a fault in one is no
//! fault of the others.

use super::decode::{Reading, names_of};
use super::scope::StackScope;
use crate::config::evaluation::Evaluation;
use crate::config::scope::LayerScope;
use crate::diag::{Diagnostics, Frame};
use crate::graph::unit::Kind;
use crate::hcl::ast::Expr;
use crate::hcl::{Fault, Value};
use std::path::Path;
use std::sync::Arc;

/// A unit or stack, its members as they are written.
pub struct MemberExpr<'a> {
    pub kind: Kind,
    pub name: &'a Arc<str>,
    pub dir: &'a Path,
    pub source: Option<&'a Expr>,
    pub values: Option<&'a Expr>,
    /// Works out one of them.
    pub eval: &'a dyn Fn(&Expr) -> Result<Value, Fault>,
    pub layer: &'a LayerScope<'a>,
    /// The include that leads to its file.
    pub included: Option<Frame>,
}

/// Hands each member to the visitor; answers with what is wrong with the file.
pub fn visit_members(evaluation: &Evaluation<'_>, visit: &mut dyn FnMut(MemberExpr<'_>)) -> Diagnostics {
    let mut reading = Reading::of(evaluation);
    let mut faults = std::mem::take(&mut reading.faults);
    let placed = reading.place(&mut faults);
    let names = names_of(&placed);
    for one in &placed {
        let scope = StackScope { names: Some(&names), turn: one.turn.as_ref(), ..reading.bare_scope() };
        let attribute = |name| one.block.body.find_attribute(name).map(|attribute| &attribute.expr);
        visit(MemberExpr {
            kind: one.kind,
            name: &one.name,
            dir: &one.dir,
            source: attribute("source"),
            values: attribute("values"),
            eval: &|expr| scope.eval(expr),
            layer: &scope.layer,
            included: one.via.map(|span| Frame { span, text: "included".to_owned() }),
        });
    }
    faults.extend(evaluation.take_faults());
    faults
}
