//! Functions over lists, sets, tuples, maps and objects. The rows stand here, the work in the parts.

mod choice;
mod lists;
mod maps;
mod sets;
mod slices;

use super::Function;

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    [choice::rows(), lists::rows(), maps::rows(), sets::rows(), slices::rows()].concat()
}
