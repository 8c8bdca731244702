//! Questions to AWS from places that wait for the answer: who we are, what the account is called, a role's credentials.
//! Each question is asked once for all who ask it.

use super::access::Access;
use super::fault::{Fault, Meaning};
use super::identity::{self, Identity};
use super::role::{Role, WebIdentity};
use super::session::Session;
use crate::cloud::Secret;
use crate::host::env::Env;
use crate::host::http::Patience;
use crate::host::reactor::Reactor;
use crate::host::{clock, fs};
use aws_credential_types::Credentials;
use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long before their end a role's credentials are made anew: a run may go on for a while with them.
const MARGIN: Duration = Duration::from_secs(300);

/// Seconds, where nobody says.
const DURATION: i32 = 3600;

/// The role that a unit wants to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub arn: String,
    pub session_name: Option<String>,
    /// Seconds.
    pub duration: Option<i32>,
    /// A token, or the path of a file that holds one.
    pub web_identity_token: Option<Secret>,
}

/// One answer: held while it is asked for, so that it is asked once.
type Slot<T> = Arc<Mutex<Option<T>>>;
type Slots<K, T> = Mutex<HashMap<K, Slot<T>>>;

/// All answers of a command.
#[derive(Debug, Default)]
pub struct Desk {
    identities: Slots<Access, Identity>,
    aliases: Slots<Access, String>,
    roles: Slots<(Access, Wanted), Credentials>,
}

fn slot<K: Eq + Hash, T>(slots: &Slots<K, T>, key: K) -> Slot<T> {
    slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
}

fn remembered<T: Clone>(
    slot: &Slot<T>,
    is_fresh: impl Fn(&T) -> bool,
    ask: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut answer = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = answer.as_ref().filter(|known| is_fresh(known)) {
        return Ok(known.clone());
    }
    Ok(answer.insert(ask()?).clone())
}

impl Desk {
    /// Who somebody with this environment is.
    ///
    /// # Errors
    /// When STS does not say.
    pub fn identity(&self, env: &Env) -> Result<Identity, Fault> {
        let access = Access::of_env(env);
        let slot = slot(&self.identities, access.clone());
        remembered(
            &slot,
            |_| true,
            || {
                let session = open(access)?;
                wait(async move { session.identity().await.cloned() })
            },
        )
    }

    /// What the account is called; empty if it has no name.
    ///
    /// # Errors
    /// When IAM does not say.
    pub fn account_alias(&self, env: &Env) -> Result<String, Fault> {
        let access = Access::of_env(env);
        let slot = slot(&self.aliases, access.clone());
        remembered(
            &slot,
            |_| true,
            || {
                let session = open(access)?;
                let alias = wait(async move { identity::account_alias(&session).await })?;
                Ok(alias.unwrap_or_default())
            },
        )
    }

    /// The environment of somebody who has become this role. `dir` is what a token's relative path starts from.
    ///
    /// # Errors
    /// When STS refuses.
    pub fn under_role(&self, env: &Env, wanted: &Wanted, dir: &Path) -> Result<Env, Fault> {
        let access = Access::of_env(env);
        // Only the path of a token depends on the folder.
        let token = wanted.web_identity_token.as_ref().map(|token| token_of(token, dir)).transpose()?;
        let wanted = Wanted { web_identity_token: token, ..wanted.clone() };
        let slot = slot(&self.roles, (access.clone(), wanted.clone()));
        let is_fresh = |known: &Credentials| known.expiry().is_none_or(|end| clock::now() + MARGIN < end);
        let credentials = remembered(&slot, is_fresh, || become_role(access, wanted))?;
        let mut env = env.clone();
        env.set("AWS_ACCESS_KEY_ID", credentials.access_key_id());
        env.set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
        let token = credentials.session_token().unwrap_or_default();
        env.set("AWS_SESSION_TOKEN", token);
        env.set("AWS_SECURITY_TOKEN", token);
        Ok(env)
    }
}

fn become_role(mut access: Access, wanted: Wanted) -> Result<Credentials, Fault> {
    let role = Role {
        arn: wanted.arn,
        session_name: wanted.session_name,
        duration: Some(wanted.duration.unwrap_or(DURATION)),
        ..Role::default()
    };
    match wanted.web_identity_token {
        Some(token) => {
            access.web_identity = Some(WebIdentity { role, token: Some(token), token_file: None });
        }
        None => access.roles.push(role),
    }
    let session = open(access)?;
    wait(async move { session.credentials().await })
}

/// The token itself, read if what is written is the path of a file.
fn token_of(written: &Secret, dir: &Path) -> Result<Secret, Fault> {
    let path = dir.join(written.reveal());
    if !fs::is_file(&path) {
        return Ok(written.clone());
    }
    let text = fs::read_text(&path).map_err(|error| Fault::new(Meaning::NoCredentials, error.to_string()))?;
    Ok(Secret::new(text.trim()))
}

fn open(access: Access) -> Result<Session, Fault> {
    Session::open(access, Patience::default()).map_err(|error| Fault::new(Meaning::Refused, error))
}

/// Asks on a thread of its own, so that anybody may wait.
fn wait<T: Send + 'static>(
    question: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, Fault> {
    let reactor =
        Reactor::start("aws").map_err(|error| Fault::new(Meaning::Unavailable, error.to_string()))?;
    let lost = || Fault::new(Meaning::Unavailable, "the question was lost");
    reactor.wait(question).ok_or_else(lost)?
}
