//! What a branch with a fault would have been: it still has a say in the type of its conditional, and its brackets,
//! operators and templates tell that much.

use super::collection::eval_object_with;
use super::eval_in;
use super::frame::Env;
use crate::hcl::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::hcl::{Casts, Type, Value, unify};

/// The value, or one of the same type with unknowns where the faults are.
pub(super) fn outline(expr: &Expr, env: Env<'_>) -> Value {
    if let Ok(value) = eval_in(expr, env) {
        return value;
    }
    match &expr.kind {
        ExprKind::Parens(inner) | ExprKind::Interpolation(inner) => outline(inner, env),
        ExprKind::Template(_) => Value::unknown(Type::String),
        ExprKind::Unary { op, .. } => Value::unknown(of_unary(*op)),
        ExprKind::Binary { op, .. } => Value::unknown(of_binary(*op)),
        ExprKind::Tuple(items) => Value::tuple(items.iter().map(|item| outline(item, env))),
        ExprKind::Object(items) => {
            let object = eval_object_with(items, env, |value, env| Ok(outline(value, env)));
            object.unwrap_or(Value::UNKNOWN)
        }
        ExprKind::Conditional { yes, no, .. } => {
            let either = [yes, no].map(|branch| outline(branch, env).type_of());
            let open = either.contains(&Type::Dynamic);
            let common = if open { None } else { unify(&either, Casts::Any) };
            Value::unknown(common.unwrap_or(Type::Dynamic))
        }
        _ => Value::UNKNOWN,
    }
}

fn of_unary(op: UnaryOp) -> Type {
    match op {
        UnaryOp::Not => Type::Bool,
        UnaryOp::Negate => Type::Number,
    }
}

fn of_binary(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
            Type::Number
        }
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual => Type::Bool,
    }
}
