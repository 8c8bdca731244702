//! Unary and binary operators.

use super::conditional::speculate;
use super::frame::Env;
use super::{Fault, Outcome, eval_in, fault};
use crate::diag::Span;
use crate::hcl::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::hcl::number::NumberFault;
use crate::hcl::order::equals;
use crate::hcl::{Number, Type, Value, convert};

pub(super) fn eval_unary(op: UnaryOp, operand: &Expr, env: Env<'_>) -> Outcome {
    let wanted = match op {
        UnaryOp::Not => Type::Bool,
        UnaryOp::Negate => Type::Number,
    };
    let sign = if op == UnaryOp::Not { "!" } else { "-" };
    let value = operand_as(&wanted, &eval_in(operand, env)?, (sign, operand.span))?;
    let result = match (op, value.as_bool(), value.as_number()) {
        (UnaryOp::Not, Some(known), _) => Value::bool(!known),
        (UnaryOp::Negate, _, Some(known)) => Value::number(-known.clone()),
        _ => Value::unknown(wanted),
    };
    Ok(result.with_mark(value.sensitive))
}

/// Chains such as `a + b + c` lean to the left; they are walked in a loop, so their length costs no stack.
pub(super) fn eval_binary(expr: &Expr, env: Env<'_>) -> Outcome {
    let mut chain = Vec::new();
    let mut at = expr;
    while let ExprKind::Binary { op, op_span, left, right } = &at.kind {
        chain.push(Operation { op: *op, op_span: *op_span, left: left.span, right });
        at = left;
    }
    let mut value = eval_in(at, env)?;
    while let Some(operation) = chain.pop() {
        value = match operation.op {
            BinaryOp::And | BinaryOp::Or => logical(&value, &operation, env)?,
            _ => apply(&value, &operation, env)?,
        };
    }
    Ok(value)
}

/// One operator, its left side evaluated already.
struct Operation<'a> {
    op: BinaryOp,
    op_span: Span,
    left: Span,
    right: &'a Expr,
}

/// A side that decides alone leaves no say to the other, whose faults do not count then. As the reference has it, null
/// is as good as false beside `&&`; `||` forgives it only beside true.
fn logical(left: &Value, operation: &Operation<'_>, env: Env<'_>) -> Outcome {
    let (decisive, symbol) = (operation.op == BinaryOp::Or, symbol(operation.op));
    let left = bool_or_null(left, (symbol, operation.left))?;
    let decided = left.as_bool() == Some(decisive) || !decisive && left.is_null();
    let right = if decided { speculate(operation.right, env) } else { Some(eval_in(operation.right, env)?) };
    let right = match right {
        Some(right) => bool_or_null(&right, (symbol, operation.right.span))?,
        None => Value::unknown(Type::Bool),
    };
    let sides = [(&left, operation.left), (&right, operation.right.span)];
    let null = sides.iter().find(|(side, _)| side.is_null());
    let result = match (left.as_bool(), right.as_bool()) {
        (Some(value), _) | (_, Some(value)) if value == decisive => Value::bool(decisive),
        (Some(_), Some(_)) => Value::bool(!decisive),
        _ => match null {
            Some(_) if !decisive => Value::bool(false),
            Some((_, span)) => return Err(fault::null_operand(&Type::Bool, symbol, *span)),
            None => Value::unknown(Type::Bool),
        },
    };
    Ok(result.with_mark(left.sensitive || right.sensitive))
}

fn bool_or_null(value: &Value, (symbol, span): (&str, Span)) -> Result<Value, Fault> {
    convert(value, &Type::Bool).map_err(|misfit| fault::operand(&misfit, symbol, span))
}

fn apply(left: &Value, operation: &Operation<'_>, env: Env<'_>) -> Outcome {
    let right = eval_in(operation.right, env)?;
    let mark = |result: Value| result.with_mark(left.has_sensitive() || right.has_sensitive());
    if let BinaryOp::Equal | BinaryOp::NotEqual = operation.op {
        let wanted = operation.op == BinaryOp::Equal;
        let result =
            equals(left, &right).map_or(Value::unknown(Type::Bool), |same| Value::bool(same == wanted));
        return Ok(mark(result));
    }
    let symbol = symbol(operation.op);
    let left_number = operand_as(&Type::Number, left, (symbol, operation.left))?;
    let right_number = operand_as(&Type::Number, &right, (symbol, operation.right.span))?;
    let (Some(a), Some(b)) = (left_number.as_number(), right_number.as_number()) else {
        return Ok(mark(Value::unknown(type_of_result(operation.op))));
    };
    let result = match comparison(operation.op, a, b) {
        Some(answer) => Value::bool(answer),
        None => Value::number(
            arithmetic(operation.op, a, b).map_err(|cause| fault::arithmetic(&cause, operation.op_span))?,
        ),
    };
    Ok(mark(result))
}

fn type_of_result(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => Type::Bool,
        _ => Type::Number,
    }
}

fn comparison(op: BinaryOp, left: &Number, right: &Number) -> Option<bool> {
    match op {
        BinaryOp::Less => Some(left < right),
        BinaryOp::LessEqual => Some(left <= right),
        BinaryOp::Greater => Some(left > right),
        BinaryOp::GreaterEqual => Some(left >= right),
        _ => None,
    }
}

fn arithmetic(op: BinaryOp, left: &Number, right: &Number) -> Result<Number, NumberFault> {
    match op {
        BinaryOp::Subtract => left.sub(right),
        BinaryOp::Multiply => left.mul(right),
        BinaryOp::Divide => left.div(right),
        BinaryOp::Modulo => left.rem(right),
        _ => left.add(right),
    }
}

/// The operand as what its operator takes; never null.
fn operand_as(wanted: &Type, value: &Value, (symbol, span): (&str, Span)) -> Result<Value, Fault> {
    if value.is_null() {
        return Err(fault::null_operand(wanted, symbol, span));
    }
    convert(value, wanted).map_err(|misfit| fault::operand(&misfit, symbol, span))
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
