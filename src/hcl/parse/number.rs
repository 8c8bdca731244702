//! Number literals.

use super::{Parse, Parser, scan::Token};
use crate::diag::{Code, Diagnostic};
use crate::hcl::{Number, ast::ExprKind};

impl Parser<'_> {
    /// The number of a token.
    pub(super) fn number(&mut self, token: Token) -> Parse<ExprKind> {
        let goes_on = self.byte(token.end) == Some(b'.')
            && self.byte(token.end + 1).is_some_and(|byte| byte.is_ascii_digit());
        if goes_on {
            let fault = Diagnostic::error(Code::MalformedNumber, "a number has one decimal point at most");
            return self.fail(
                fault
                    .at(self.span_of(token), "goes on with another point")
                    .hint("write it as a string, such as \"1.2.3\", if it is a version"),
            );
        }
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
