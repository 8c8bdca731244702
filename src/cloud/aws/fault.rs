//! What an answer of AWS means, whichever service gave it and however it is coded.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::error::Error;

/// By meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The bucket or the table.
    NoContainer,
    /// The object or the item.
    NotFound,
    Denied,
    NoCredentials,
    Expired,
    WrongRegion,
    Skewed,
    /// A condition did not hold.
    Changed,
    /// It was never built there.
    Incapable,
    /// It may work in a while.
    Unavailable,
    /// Somebody else has made it already.
    Exists,
    Refused,
}

/// One fault. `said` is the server's own text, not yet cleaned.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{said}")]
pub struct Fault {
    pub meaning: Meaning,
    pub code: String,
    pub status: u16,
    pub said: String,
}

impl Fault {
    #[must_use]
    pub fn new(meaning: Meaning, said: impl Into<String>) -> Self {
        Self { meaning, code: String::new(), status: 0, said: said.into() }
    }

    /// From what the SDK answers.
    pub fn of<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().code().unwrap_or_default();
                Self::from_answer(status, code, context.err().message().unwrap_or_default())
            }
            SdkError::TimeoutError(_) => Self::new(Meaning::Unavailable, "it took too long"),
            SdkError::ResponseError(context) => {
                let status = context.raw().status().as_u16();
                let meaning = meaning_of_status(status).unwrap_or(Meaning::Unavailable);
                Self { status, ..Self::new(meaning, root(error)) }
            }
            SdkError::DispatchFailure(failure) if !failure.is_io() && !failure.is_timeout() => own(error),
            SdkError::DispatchFailure(_) => Self::new(Meaning::Unavailable, root(error)),
            _ => own(error),
        }
    }

    /// From the parts of an answer.
    #[must_use]
    pub fn from_answer(status: u16, code: &str, message: &str) -> Self {
        let by_code = meaning_of_code(code);
        let meaning = by_code.or_else(|| meaning_of_status(status)).unwrap_or(Meaning::Refused);
        let said = match (code, message) {
            ("", message) => message.to_owned(),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        Self { meaning, code: code.to_owned(), status, said }
    }
}

/// A fault on our side of the line: the keeper's own, if it was that.
fn own(error: &(dyn Error + 'static)) -> Fault {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(fault) = inner.downcast_ref::<Fault>() {
            return fault.clone();
        }
        cause = inner.source();
    }
    Fault::new(Meaning::Refused, root(error))
}

/// The innermost cause.
pub fn root(error: &(dyn Error + 'static)) -> String {
    crate::host::http::innermost(error)
}

fn meaning_of_code(code: &str) -> Option<Meaning> {
    Some(match code {
        "NoSuchBucket" | "ResourceNotFoundException" => Meaning::NoContainer,
        "NoSuchKey"
        | "NoSuchVersion"
        | "NotFound"
        | "NoSuchBucketPolicy"
        | "NoSuchTagSet"
        | "ServerSideEncryptionConfigurationNotFoundError"
        | "NoSuchPublicAccessBlockConfiguration" => Meaning::NotFound,
        "AccessDenied"
        | "AccessDeniedException"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "InvalidToken"
        | "UnrecognizedClientException"
        | "InvalidIdentityToken"
        | "KMS.DisabledException" => Meaning::Denied,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Meaning::Expired,
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException"
        | "TemporaryRedirect" => Meaning::WrongRegion,
        "RequestTimeTooSkewed" | "RequestExpired" | "InvalidSignatureException" => Meaning::Skewed,
        "PreconditionFailed" | "ConditionalRequestConflict" | "ConditionalCheckFailedException" => {
            Meaning::Changed
        }
        "NotImplemented" => Meaning::Incapable,
        "BucketAlreadyOwnedByYou" | "BucketAlreadyExists" | "ResourceInUseException" => Meaning::Exists,
        "SlowDown"
        | "RequestTimeout"
        | "InternalError"
        | "ServiceUnavailable"
        | "ThrottlingException"
        | "Throttling"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "OperationAborted"
        | "InternalServerError"
        | "TooManyRequestsException" => Meaning::Unavailable,
        _ => return None,
    })
}

fn meaning_of_status(status: u16) -> Option<Meaning> {
    Some(match status {
        301 | 307 | 308 => Meaning::WrongRegion,
        401 | 403 => Meaning::Denied,
        404 => Meaning::NotFound,
        409 | 412 => Meaning::Changed,
        501 => Meaning::Incapable,
        408 | 429 | 500 | 502 | 503 | 504 => Meaning::Unavailable,
        _ => return None,
    })
}
