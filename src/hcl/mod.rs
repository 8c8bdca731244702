//! The language, pure: text → AST → values. No file, process or clock is touched here; what a function needs of
//! the machine arrives through [`Scope::call`].

pub mod ast;
pub mod convert;
pub mod eval;
pub mod format;
pub mod functions;
pub mod json;
pub mod number;
pub mod order;
pub mod parse;
pub mod refs;
pub mod scope;
pub mod show;
pub mod types;
pub mod unify;
pub mod value;

pub use convert::{Casts, Misfit, convert};
pub use eval::eval;
pub use number::Number;
pub use scope::{Call, Fault, FunctionError, Reference, Resolved, Scope, Step};
pub use types::Type;
pub use unify::unify;
pub use value::{Data, Value};
