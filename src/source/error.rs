//! What can go wrong between an address and a working directory.

use crate::host::fs::FileError;
use crate::host::process::ProcessError;
use std::path::PathBuf;

/// A source that cannot be understood, fetched or laid out. Texts never carry credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A kind of source that is recognised and not supported so far.
    #[error("{kind} sources cannot be fetched yet: {address}")]
    NotYet { kind: &'static str, address: String },
    #[error("source `{address}`: {problem}")]
    BadAddress { address: String, problem: String },
    #[error("the local source {path} does not exist", path = path.display())]
    MissingLocal { path: PathBuf },
    #[error("source {address} has no folder `{subdir}`")]
    MissingSubdir { address: String, subdir: String },
    #[error("no git reference `{reference}` in {remote}")]
    NoSuchRef { remote: String, reference: String },
    #[error("git may not read {remote}: {said}")]
    Denied { remote: String, said: String },
    #[error("git could not fetch {remote}: {said}")]
    Git { remote: String, said: String },
    #[error("the `sshkey` in the source {remote} is not base64 of a private key")]
    BadSshKey { remote: String },
    #[error("cannot copy from {from} into {into}: the copy would contain itself", from = from.display(), into = into.display())]
    CopyIntoItself { from: PathBuf, into: PathBuf },
    #[error("`{glob}` is not a pattern of paths: {problem}")]
    BadGlob { glob: String, problem: String },
    #[error("git is needed for {remote}")]
    NoGit { remote: String, source: ProcessError },
    #[error(transparent)]
    File(#[from] FileError),
    /// The same failure, met again by a unit that shares the fetch.
    #[error(transparent)]
    Shared(std::sync::Arc<SourceError>),
}

impl SourceError {
    /// What to do next, where we can tell.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotYet { kind: "http", .. } => {
                "if this is a git repository, write git::https://… ; else fetch it yourself and name the local folder"
            }
            Self::NotYet { .. } => {
                "use a git source (git::https://…) or a local folder, or redirect it with --source-map"
            }
            Self::MissingLocal { .. } => {
                "a source without a prefix is a folder relative to the unit; registry modules start with tfr:///"
            }
            Self::MissingSubdir { .. } => "the part after // must name a folder inside the source",
            Self::NoSuchRef { .. } => "check ?ref= against the remote's branches and tags (git ls-remote)",
            Self::Denied { .. } => {
                "check that this machine's git can read it: git ls-remote with the same address"
            }
            Self::Git { .. } => "try the same address with git ls-remote",
            Self::NoGit { .. } => "install git, or put it on PATH",
            Self::BadSshKey { .. } => "encode the whole key file: base64 -w0 < key",
            Self::CopyIntoItself { .. } => "choose a download directory outside of the source",
            Self::Shared(inner) => return inner.hint(),
            Self::BadAddress { .. } | Self::BadGlob { .. } | Self::File(_) => return None,
        };
        Some(text.to_owned())
    }
}
