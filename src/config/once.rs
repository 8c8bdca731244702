//! A value that is worked out when it is first asked for, and that may be asked for by its own making.

use std::cell::{Cell, OnceCell};

/// Made at most once.
#[derive(Debug)]
pub(super) struct Once<T> {
    value: OnceCell<T>,
    is_being_made: Cell<bool>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { value: OnceCell::new(), is_being_made: Cell::new(false) }
    }
}

impl<T> Once<T> {
    /// The value if it is there.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Whether its making is what asks.
    pub fn is_being_made(&self) -> bool {
        self.is_being_made.get()
    }

    /// The value, made if need be; `None` for its own making.
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        if self.is_being_made.get() {
            return None;
        }
        Some(self.value.get_or_init(|| {
            self.is_being_made.set(true);
            let made = make();
            self.is_being_made.set(false);
            made
        }))
    }
}
