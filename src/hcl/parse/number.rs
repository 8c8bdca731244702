//! Number literals.

use super::{Parse, Parser, scan::Token};
use crate::diag::{Code, Diagnostic};
use crate::hcl::{Number, ast::ExprKind};

impl Parser<'_> {
    /// The number of a token.
    pub(super) fn number(&mut self, token: Token) -> Parse<ExprKind> {
        match Number::parse(self.text_of(token)) {
            Some(number) => Ok(ExprKind::Number(number)),
            None => {
                let fault = Diagnostic::error(Code::MalformedNumber, "number cannot be represented");
                self.fail(
                    fault
                        .at(self.span_of(token), "beyond the range of numbers")
                        .hint("write it as a string if only its digits matter"),
                )
            }
        }
    }
}
