//! The backends of the tests: real emulators of three clouds on loopback, and a local folder, behind one face.
//!
//! An emulator is started when a test first asks for it, once in a process, and ends with the process however that
//! ends. What is not on the machine is installed below `target/tools` by `.ci/tools`. Knows no test and nothing of
//! terrace: it can tell what is in a store without our own drivers.

#![allow(dead_code, unused_imports, reason = "each test target takes what it needs")]

mod azure;
mod connect;
mod faults;
mod gcs;
mod http;
mod local;
mod place;
mod process;
mod proxy;
mod s3;
mod tls;
mod tools;

pub use faults::{Answer, Fault, Latch, On};
pub use http::{Exchange, Reply, Request, Upstream};
pub use place::{Backend, Place, Settings};
pub use proxy::Proxy;
