//! Assuming roles: by our own credentials, or by a token that somebody else signed for us.

use super::answer::PROVIDER;
use super::fault::{Fault, Meaning};
use crate::cloud::Secret;
use crate::host::{clock, fs};
use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// A role and the terms on which it is assumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Role {
    pub arn: String,
    pub session_name: Option<String>,
    /// Seconds.
    pub duration: Option<i32>,
    pub external_id: Option<Secret>,
    pub policy: Option<String>,
    pub policy_arns: Vec<String>,
    pub source_identity: Option<String>,
    pub tags: Vec<(String, String)>,
    pub transitive_tags: Vec<String>,
}

impl Role {
    fn session_name(&self) -> String {
        let made = || {
            let since = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("terrace-{}", since.as_nanos())
        };
        self.session_name.clone().unwrap_or_else(made)
    }

    fn policies(&self) -> Option<Vec<PolicyDescriptorType>> {
        let policies: Vec<_> =
            self.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
        Some(policies).filter(|policies| !policies.is_empty())
    }

    fn tags(&self) -> Result<Option<Vec<Tag>>, Fault> {
        let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
        let tags: Result<Vec<Tag>, _> = self.tags.iter().map(tag).collect();
        let tags = tags.map_err(|error| Fault::new(Meaning::Refused, error.to_string()))?;
        Ok(Some(tags).filter(|tags| !tags.is_empty()))
    }

    /// # Errors
    /// When STS does not give it.
    pub async fn assume(&self, client: &Client) -> Result<Credentials, Fault> {
        let transitive = Some(self.transitive_tags.clone()).filter(|keys| !keys.is_empty());
        let answer = client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(self.session_name())
            .set_duration_seconds(self.duration)
            .set_external_id(self.external_id.as_ref().map(|id| id.reveal().to_owned()))
            .set_policy(self.policy.clone())
            .set_policy_arns(self.policies())
            .set_source_identity(self.source_identity.clone())
            .set_tags(self.tags()?)
            .set_transitive_tag_keys(transitive)
            .send()
            .await
            .map_err(|error| self.refused(Fault::of(&error)))?;
        credentials(answer.credentials)
    }

    fn refused(&self, fault: Fault) -> Fault {
        Fault { said: format!("the role {} cannot be assumed: {}", self.arn, fault.said), ..fault }
    }
}

/// A role for whoever brings a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebIdentity {
    pub role: Role,
    pub token: Option<Secret>,
    pub token_file: Option<PathBuf>,
}

impl WebIdentity {
    /// # Errors
    /// When the token cannot be read, or STS does not take it.
    pub async fn assume(&self, client: &Client) -> Result<Credentials, Fault> {
        let token = self.token()?;
        let role = &self.role;
        let answer = client
            .assume_role_with_web_identity()
            .role_arn(&role.arn)
            .role_session_name(role.session_name())
            .set_duration_seconds(role.duration)
            .set_policy(role.policy.clone())
            .set_policy_arns(role.policies())
            .web_identity_token(token.reveal())
            .send()
            .await
            .map_err(|error| role.refused(Fault::of(&error)))?;
        credentials(answer.credentials)
    }

    fn token(&self) -> Result<Secret, Fault> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let nothing = || Fault::new(Meaning::NoCredentials, "there is no web identity token");
        let file = self.token_file.as_ref().ok_or_else(nothing)?;
        let text =
            fs::read_text(file).map_err(|error| Fault::new(Meaning::NoCredentials, error.to_string()))?;
        Ok(Secret::new(text.trim()))
    }
}

fn credentials(given: Option<aws_sdk_sts::types::Credentials>) -> Result<Credentials, Fault> {
    let given = given.ok_or_else(|| Fault::new(Meaning::Refused, "STS answered without credentials"))?;
    let until = SystemTime::try_from(given.expiration).ok();
    Ok(Credentials::new(
        given.access_key_id,
        given.secret_access_key,
        Some(given.session_token),
        until,
        PROVIDER,
    ))
}
