//! Files over http(s): who may ask, how often, and what the answer turns out to be. Knows nothing of units.

mod checksum;
mod client;
mod download;
mod netrc;

pub(super) use checksum::{Checksum, Listing, digest};
pub(super) use client::{Answer, Client, Question, shown};
pub(super) use download::{Downloaded, Stamp, download, resolve_from, save_plainly};
