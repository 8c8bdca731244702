//! What can go wrong between an address and a working directory.

use crate::diag::Code;
use crate::host::fs::FileError;
use crate::host::process::ProcessError;
use std::fmt::Display;
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
    /// No answer at all, or one that broke off.
    #[error("cannot fetch {address}: {said}")]
    Unanswered { address: String, said: String },
    #[error("cannot fetch {address}: the server answers with status {status}")]
    Answered { address: String, status: u16 },
    #[error("{address} is larger than {most} MiB")]
    TooLarge { address: String, most: u64 },
    #[error("{address} leads to {location}: {problem}")]
    BadLocation { address: String, location: String, problem: String },
    #[error("{address} is not the expected file: its checksum is {found}, not {wanted}")]
    Checksum { address: String, wanted: String, found: String },
    #[error("the archive {address} is not unpacked: {problem}")]
    Archive { address: String, problem: String },
    #[error("{address} is an archive, but its name does not say of which kind")]
    UnnamedArchive { address: String, word: &'static str },
    #[error("{host} is no registry of modules")]
    NoRegistry { host: String },
    #[error("the registry {host} has no module {module}{}", version.as_ref().map(|it| format!(" in version {it}")).unwrap_or_default())]
    NoSuchModule { host: String, module: String, version: Option<String> },
    #[error("{host} is no registry of providers")]
    NoProviderRegistry { host: String },
    #[error("the registry {host} has no provider {provider}")]
    NoSuchProvider { host: String, provider: String },
    #[error("the registry {host} answers oddly: {said}")]
    OddRegistry { host: String, said: String },
    #[error("no version of {module} that the registry has meets `{constraint}`")]
    NoFittingVersion { module: String, constraint: String },
    #[error("`{constraint}` is no constraint on versions: {problem}")]
    BadConstraint { constraint: String, problem: String },
    #[error("{address} is not in the store of module sources")]
    NotStored { address: String },
    #[error("{folder} is not kept in the store of module sources: {said}", folder = folder.display())]
    NotKept { folder: PathBuf, said: String },
    #[error("`update_source_with_cas` needs the store of module sources, and --no-cas leaves it out")]
    NeedsStore,
    #[error("git is needed for {remote}")]
    NoGit { remote: String, source: ProcessError },
    #[error(transparent)]
    File(#[from] FileError),
    /// The same failure, met again by a unit that shares the fetch.
    #[error(transparent)]
    Shared(std::sync::Arc<SourceError>),
}

impl SourceError {
    /// What kind of fault it is.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unanswered { .. }
            | Self::Answered { .. }
            | Self::TooLarge { .. }
            | Self::BadLocation { .. }
            | Self::NoSuchRef { .. }
            | Self::Denied { .. }
            | Self::Git { .. }
            | Self::NoGit { .. } => Code::SourceUnreachable,
            Self::Archive { .. } | Self::UnnamedArchive { .. } => Code::BadArchive,
            Self::Checksum { .. } => Code::WrongChecksum,
            Self::NoRegistry { .. }
            | Self::NoSuchModule { .. }
            | Self::NoProviderRegistry { .. }
            | Self::NoSuchProvider { .. }
            | Self::OddRegistry { .. }
            | Self::NoFittingVersion { .. } => Code::UnknownModule,
            Self::BadConstraint { .. } => Code::MalformedConstraint,
            Self::Shared(inner) => inner.code(),
            _ => Code::UnusableSource,
        }
    }

    /// The same for a part that is missing from this source.
    pub(super) fn at(self, address: &dyn Display) -> Self {
        match self {
            Self::MissingSubdir { subdir, .. } => {
                Self::MissingSubdir { address: address.to_string(), subdir }
            }
            other => other,
        }
    }

    /// What to do next, where we can tell.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Unanswered { .. } => {
                "check the address, and HTTP_PROXY, HTTPS_PROXY and SSL_CERT_FILE where they matter"
            }
            Self::Answered { status, .. } => return Some(of_status(*status).to_owned()),
            Self::Checksum { .. } => {
                "compare it with what its author publishes; if that is the new one, correct ?checksum="
            }
            Self::UnnamedArchive { word, .. } => {
                return Some(format!("write ?archive={word} behind the address"));
            }
            Self::NoRegistry { .. } => {
                "a registry module is written tfr://HOST/NAMESPACE/NAME/PROVIDER; check the host"
            }
            Self::NoSuchModule { .. } => {
                "check namespace, name, provider and ?version=; a private module needs a token"
            }
            Self::NoProviderRegistry { .. } => "check the host in the provider's address",
            Self::NoSuchProvider { .. } => {
                "check the provider's namespace and name; a private provider needs a token"
            }
            Self::NeedsStore => "leave out one of the two",
            Self::NotStored { .. } => "generate the stack again, with the store switched on",
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
            _ => return None,
        };
        Some(text.to_owned())
    }
}

/// What to do about an answer of a server.
fn of_status(status: u16) -> &'static str {
    match status {
        401 => {
            "give it a login: in ~/.netrc for archives, as TF_TOKEN_… or TG_TF_REGISTRY_TOKEN for registries"
        }
        403 => "the login that was given, or none, may not read it",
        404 | 410 => "check the address; a git repository is written git::https://…",
        429 | 500..=599 => "the server is in trouble; try again later",
        _ => "try the same address with curl -L",
    }
}
