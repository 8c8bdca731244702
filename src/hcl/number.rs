//! Exact numbers.

/// A number as Terraform has it: 512 bits of mantissa, exact integers below that.
#[derive(Clone, Debug, PartialEq)]
pub struct Number(i64);

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
