//! A guard against expressions that would take minutes or all memory: an evaluation from outside may take so many
//! steps and make so much. A value counts with all that is in it, each time it is put into another one, since shared
//! parts are not shared any more once it is written out.

use super::{Outcome, fault};
use crate::diag::Span;
use crate::hcl::{Fault, Value};
use std::cell::Cell;

/// Steps and elements: some hundred times what large estates need in one expression.
const MOST: u64 = 4_000_000;

/// How deep values may nest. Walks over them recurse.
const DEEPEST: usize = 1_000;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(MOST) };
}

/// For a new evaluation from outside.
pub(super) fn refill() {
    LEFT.set(MOST);
}

/// # Errors
/// Nothing is left.
pub(super) fn spend(amount: usize, span: Span) -> Result<(), Fault> {
    let left = LEFT.get().checked_sub(amount as u64);
    LEFT.set(left.unwrap_or(0));
    if left.is_some() { Ok(()) } else { Err(fault::too_much(span)) }
}

/// Text is cheaper than elements.
pub(super) fn spend_text(bytes: usize, span: Span) -> Result<(), Fault> {
    spend(bytes / 16, span)
}

/// Hands a value on that an expression has made.
///
/// # Errors
/// It is too large or too deep.
pub(super) fn weigh(value: Value, span: Span) -> Outcome {
    let mut left = LEFT.get();
    match value.weigh(&mut left, DEEPEST) {
        Ok(()) => {
            LEFT.set(left);
            Ok(value)
        }
        Err(_) if left == 0 => {
            LEFT.set(0);
            Err(fault::too_much(span))
        }
        Err(_) => Err(fault::too_deep(span)),
    }
}
