//! Logins at a company's portal (`aws sso login`): the token that the login left, renewed where that is possible, and a
//! role's credentials for it. Nobody is logged in here: that takes a browser.

use super::access::{Access, Endpoints};
use super::answer::{Answer, PROVIDER, text_of};
use super::fault::{Fault, Meaning};
use crate::cloud::Secret;
use crate::diag::shell_word;
use crate::host::clock;
use crate::host::fs;
use aws_credential_types::Credentials;
use aws_runtime::env_config::section::{EnvConfigSections, Profile};
use reqwest::{Client, Url};
use serde_json::{Map, Value as Json, json};
use sha1::{Digest, Sha1};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How long before its end a token is renewed.
const MARGIN: Duration = Duration::from_secs(300);

/// What a profile says about its login.
#[derive(Debug)]
pub(super) struct Login {
    profile: String,
    account: String,
    role: String,
    region: String,
    /// What the token's file is named after: the session, or the portal's address where there is none.
    token_of: String,
    is_session: bool,
}

/// Where tokens are kept, and where services are asked.
type Around<'a> = (&'a Access, &'a Endpoints);

/// The token's file and what stands in it.
struct Kept {
    path: PathBuf,
    all: Map<String, Json>,
}

impl Login {
    /// `None` if the profile says nothing about a login.
    pub(super) fn of(sections: &EnvConfigSections, profile: &Profile) -> Result<Option<Self>, Fault> {
        let names = ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"];
        if names.iter().all(|name| profile.get(name).is_none()) {
            return Ok(None);
        }
        let none = |text: String| Fault::new(Meaning::NoCredentials, text);
        let name = profile.name();
        let needed = |value: Option<&str>, key: &str| {
            let missing = || none(format!("the profile `{name}` is a login without `{key}`"));
            value.filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(missing)
        };
        let session = profile.get("sso_session");
        let (region, token_of) = match session {
            Some(session) => {
                let section = sections.sso_session(session).ok_or_else(|| {
                    none(format!("there is no `[sso-session {session}]`, which the profile `{name}` names"))
                })?;
                (section.get("sso_region"), Some(session))
            }
            None => (profile.get("sso_region"), profile.get("sso_start_url")),
        };
        Ok(Some(Self {
            profile: name.to_owned(),
            account: needed(profile.get("sso_account_id"), "sso_account_id")?,
            role: needed(profile.get("sso_role_name"), "sso_role_name")?,
            region: needed(region, "sso_region")?,
            token_of: needed(token_of, "sso_start_url")?,
            is_session: session.is_some(),
        }))
    }

    /// The role's credentials.
    pub(super) async fn credentials(&self, around: Around<'_>, http: &Client) -> Result<Credentials, Fault> {
        let token = self.token(around, http).await?;
        let host = self.host("portal.sso");
        let mut url = address(around.1.sso.as_ref(), host, "federation/credentials")?;
        url.query_pairs_mut().append_pair("role_name", &self.role).append_pair("account_id", &self.account);
        let request = http.get(url);
        let header = token.header("").ok_or_else(|| self.ended("its token is none"))?;
        let answer = Answer::to(request.header("x-amz-sso_bearer_token", header)).await?;
        match answer.status {
            200 => {}
            401 => return Err(self.ended(&answer.said())),
            403 | 404 => {
                let (role, account, said) = (&self.role, &self.account, answer.said());
                let text = format!("the login may not be the role {role} of the account {account}: {said}");
                return Err(Fault { status: answer.status, ..Fault::new(Meaning::Denied, text) });
            }
            _ => return Err(answer.fault("the login's portal")),
        }
        let json = answer.json("the login's portal")?;
        self.made(&json["roleCredentials"])
    }

    fn made(&self, given: &Json) -> Result<Credentials, Fault> {
        let milliseconds = given["expiration"].as_u64();
        let end = milliseconds.map(|since| SystemTime::UNIX_EPOCH + Duration::from_millis(since));
        let parts = ["accessKeyId", "secretAccessKey", "sessionToken"].map(|name| text_of(given, name));
        let [Some(id), Some(secret), token] = parts else {
            return Err(Fault::new(Meaning::NoCredentials, "the login's portal gives no credentials"));
        };
        Ok(Credentials::new(id, secret, token, end, PROVIDER))
    }

    async fn token(&self, around: Around<'_>, http: &Client) -> Result<Secret, Fault> {
        let kept = self.kept(around.0)?;
        let end = kept.end("expiresAt").ok_or_else(|| self.ended("its token does not say until when"))?;
        let now = clock::now();
        let wanted_until = if self.is_session { now + MARGIN } else { now };
        let token = kept.secret("accessToken").ok_or_else(|| self.ended("it left no token"))?;
        if wanted_until < end {
            return Ok(token);
        }
        let renewed = if self.is_session { self.renew(around.1, http, kept).await } else { Ok(None) };
        match renewed {
            Ok(Some(token)) => Ok(token),
            // What there is lasts for a while.
            _ if now < end => Ok(token),
            Ok(None) => Err(self.ended("its time is over")),
            Err(fault) => Err(fault),
        }
    }

    fn kept(&self, access: &Access) -> Result<Kept, Fault> {
        let name = Sha1::digest(self.token_of.as_bytes());
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let folder = access.shared.logins.as_ref();
        let path = folder.map(|folder| folder.join(format!("{name}.json"))).unwrap_or_default();
        let text = match fs::read_text(&path) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Err(self.nobody()),
            Err(error) => return Err(Fault::new(Meaning::NoCredentials, error.to_string())),
        };
        match serde_json::from_str(&text) {
            Ok(Json::Object(all)) => Ok(Kept { path, all }),
            _ => Err(self.ended("what it left cannot be read")),
        }
    }

    /// A new token for one that ends, kept for everybody; `None` if this login cannot be renewed.
    async fn renew(
        &self,
        endpoints: &Endpoints,
        http: &Client,
        mut kept: Kept,
    ) -> Result<Option<Secret>, Fault> {
        let is_over = kept.end("registrationExpiresAt").is_none_or(|end| end <= clock::now());
        let parts = ["clientId", "clientSecret", "refreshToken"].map(|name| kept.secret(name));
        let ([Some(client), Some(secret), Some(refresh)], false) = (parts, is_over) else { return Ok(None) };
        let url = address(endpoints.sso_oidc.as_ref(), self.host("oidc"), "token")?;
        let question = json!({
            "clientId": client.reveal(), "clientSecret": secret.reveal(),
            "refreshToken": refresh.reveal(), "grantType": "refresh_token",
        });
        let request = http.post(url).header("content-type", "application/json");
        let answer = Answer::to(request.body(question.to_string())).await?;
        match answer.status {
            200 => {}
            400 | 401 | 403 => return Err(self.ended(&answer.said())),
            _ => return Err(answer.fault("the service that renews logins")),
        }
        let json = answer.json("the service that renews logins")?;
        let token = text_of(&json, "accessToken").ok_or_else(|| self.ended("it was not renewed"))?;
        let end = clock::now() + Duration::from_secs(json["expiresIn"].as_u64().unwrap_or(0));
        kept.all.insert("accessToken".to_owned(), Json::String(token.clone()));
        kept.all.insert("expiresAt".to_owned(), Json::String(clock::rfc3339(end)));
        if let Some(next) = text_of(&json, "refreshToken") {
            kept.all.insert("refreshToken".to_owned(), Json::String(next));
        }
        let text = Json::Object(kept.all).to_string();
        let written = fs::write_atomic(&kept.path, text.as_bytes(), fs::Access::Private);
        written.map_err(|error| Fault::new(Meaning::NoCredentials, error.to_string()))?;
        Ok(Some(Secret::new(token)))
    }

    fn host(&self, service: &str) -> String {
        let tail = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{service}.{}.{tail}", self.region)
    }

    fn ended(&self, said: &str) -> Fault {
        let (profile, next) = (&self.profile, self.next());
        let text = format!("the login of the profile `{profile}` is no longer good ({said}): {next}");
        Fault::new(Meaning::Expired, text)
    }

    fn nobody(&self) -> Fault {
        let (profile, next) = (&self.profile, self.next());
        let text = format!("nobody is logged in for the profile `{profile}`: {next}");
        Fault::new(Meaning::NoCredentials, text)
    }

    /// A command to paste.
    fn next(&self) -> String {
        format!("run `aws sso login --profile {}`", shell_word(&self.profile))
    }
}

impl Kept {
    fn secret(&self, name: &str) -> Option<Secret> {
        self.all.get(name)?.as_str().filter(|text| !text.is_empty()).map(Secret::new)
    }

    /// Old tools end a time with `UTC`.
    fn end(&self, name: &str) -> Option<SystemTime> {
        clock::parse_rfc3339(&self.all.get(name)?.as_str()?.replace("UTC", "Z"))
    }
}

fn address(named: Option<&String>, host: String, path: &str) -> Result<Url, Fault> {
    let base = named.cloned().unwrap_or(host);
    let base = if base.contains("://") { base } else { format!("https://{base}") };
    Url::parse(&format!("{}/{path}", base.trim_end_matches('/')))
        .map_err(|_| Fault::new(Meaning::Refused, "the endpoint of the login's service is no address"))
}
