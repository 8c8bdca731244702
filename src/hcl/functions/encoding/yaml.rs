//! YAML, read and written in Terraform's dialect: the parser's events become values in `read`, plain scalars get
//! their types in `scalar`, `write` lays text out.

mod read;
mod repair;
mod scalar;
mod write;

pub use read::decode;
pub use write::encode;
