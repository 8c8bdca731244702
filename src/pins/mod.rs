//! Whether everything in an estate is pinned as its environment demands. Looks at files only: nothing is run, nobody is asked.

pub mod ci;
pub mod promote;
pub mod tell;
pub mod tool_book;
