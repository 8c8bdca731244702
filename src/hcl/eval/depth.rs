//! A guard against running out of stack: expressions nest, and a name's value is another expression.

use super::{budget, fault};
use crate::diag::Span;
use crate::hcl::Fault;
use std::cell::Cell;

/// Bytes of stack that evaluation may take, of the two mebibytes that a thread has at least.
const LIMIT: usize = 1_300_000;

thread_local! {
    /// Where the outermost evaluation of this thread stands on the stack; 0 if none runs.
    static BASE: Cell<usize> = const { Cell::new(0) };
}

/// Runs an evaluation, the outermost one of the thread or one inside another.
pub(super) fn enter<T>(work: impl FnOnce() -> T) -> T {
    let outermost = BASE.get() == 0;
    if outermost {
        budget::refill();
        BASE.set(here());
    }
    let _reset = Reset { outermost };
    work()
}

struct Reset {
    outermost: bool,
}

impl Drop for Reset {
    fn drop(&mut self) {
        if self.outermost {
            BASE.set(0);
        }
    }
}

/// # Errors
/// Too deep.
pub(super) fn check(span: Span) -> Result<(), Fault> {
    if BASE.get().abs_diff(here()) > LIMIT { Err(fault::too_deep(span)) } else { Ok(()) }
}

fn here() -> usize {
    let mark = 0u8;
    std::ptr::from_ref(&mark).addr()
}
