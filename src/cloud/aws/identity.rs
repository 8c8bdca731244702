//! Who we are, as AWS sees it.

use super::fault::{Fault, Meaning};
use super::session::Session;
use crate::host::clock;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

/// The caller of our requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub account: String,
    pub arn: String,
    pub user_id: String,
}

impl Identity {
    pub(super) async fn ask(client: &aws_sdk_sts::Client) -> Result<Self, Fault> {
        let answer = client.get_caller_identity().send().await.map_err(|error| Fault::of(&error))?;
        Ok(Self {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
            user_id: answer.user_id.unwrap_or_default(),
        })
    }
}

/// Where accounts and their names are kept, and what signs for it.
const IAM: &str = "https://iam.amazonaws.com";
const IAM_REGION: &str = "us-east-1";
const QUESTION: &str = "Action=ListAccountAliases&Version=2010-05-08";

/// The account's own name, if it has one.
///
/// # Errors
/// When IAM does not say.
pub async fn account_alias(session: &Session) -> Result<Option<String>, Fault> {
    let address = session.endpoints().await.iam.clone().unwrap_or_else(|| IAM.to_owned());
    let address = if address.contains("://") { address } else { format!("https://{address}") };
    let credentials = session.credentials().await?;
    let headers = signed(&address, credentials).map_err(|error| Fault::new(Meaning::Refused, error))?;
    let request =
        session.wire().client().post(address).header("content-type", "application/x-www-form-urlencoded");
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let unreachable =
        |error: reqwest::Error| Fault::new(Meaning::Unavailable, crate::host::http::innermost(&error));
    let answer = request.body(QUESTION).send().await.map_err(unreachable)?;
    let status = answer.status();
    let text = answer.text().await.map_err(unreachable)?;
    if !status.is_success() {
        let code = between(&text, "Code").unwrap_or_default();
        return Err(Fault::from_answer(status.as_u16(), code, between(&text, "Message").unwrap_or_default()));
    }
    let aliases = between(&text, "AccountAliases").unwrap_or_default();
    Ok(between(aliases, "member").map(|alias| alias.trim().to_owned()).filter(|alias| !alias.is_empty()))
}

fn signed(address: &str, credentials: Credentials) -> Result<Vec<(String, String)>, String> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(IAM_REGION)
        .name("iam")
        .time(clock::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| error.to_string())?;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = SignableBody::Bytes(QUESTION.as_bytes());
    let request = SignableRequest::new("POST", address, headers.into_iter(), body);
    let signed = request.and_then(|request| sign(request, &params.into()));
    let (instructions, _) = signed.map_err(|error| error.to_string())?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What stands in the first element of this name.
fn between<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}
