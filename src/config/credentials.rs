//! Credentials by command: a program of the user's prints JSON, and what it names goes into the environment of everything
//! that a unit asks or starts. Knows no cloud, and never says a value.

use crate::cloud::Secret;
use crate::cloud::aws::desk::{Desk, Wanted};
use crate::diag::{Code, Diagnostic};
use crate::hcl::Fault;
use crate::host::clock;
use crate::host::env::Env;
use crate::host::process::{Captured, Invocation};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is taken for fresh: discovery asks, and a unit that runs at once need not ask again.
const FRESH: Duration = Duration::from_secs(300);

/// Whether units that are only looked for ask as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InDiscovery {
    Ask,
    Skip,
}

/// `--auth-provider-cmd`
pub struct AuthCommand {
    /// As given, for messages.
    text: String,
    words: Vec<String>,
    pub in_discovery: InDiscovery,
    answers: Mutex<HashMap<PathBuf, Slot>>,
    /// Where its words on stderr go.
    echo: fn(&str),
}

/// The answer for one unit: held while the command runs, so that it runs once.
type Slot = Arc<Mutex<Option<(Instant, Variables)>>>;
type Variables = Vec<(String, String)>;

/// What the command prints. Members that we do not know are passed over.
#[derive(Default, Deserialize)]
struct Answer {
    #[serde(rename = "awsCredentials")]
    aws_credentials: Option<AwsCredentials>,
    #[serde(rename = "awsRole")]
    aws_role: Option<AwsRole>,
    envs: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct AwsCredentials {
    #[serde(rename = "ACCESS_KEY_ID", default)]
    access_key_id: String,
    #[serde(rename = "SECRET_ACCESS_KEY", default)]
    secret_access_key: String,
    #[serde(rename = "SESSION_TOKEN", default)]
    session_token: String,
}

#[derive(Deserialize)]
struct AwsRole {
    #[serde(rename = "roleARN", default)]
    role_arn: String,
    #[serde(rename = "roleSessionName", default)]
    session_name: String,
    /// Seconds.
    duration: Option<i32>,
    #[serde(rename = "webIdentityToken", default)]
    web_identity_token: String,
}

impl AwsRole {
    fn wanted(self) -> Wanted {
        Wanted {
            arn: self.role_arn,
            session_name: Some(self.session_name).filter(|name| !name.is_empty()),
            duration: self.duration.filter(|seconds| *seconds > 0),
            web_identity_token: Some(self.web_identity_token)
                .filter(|token| !token.is_empty())
                .map(Secret::new),
        }
    }
}

/// The variables with the keys of somebody who has become a role.
fn with_keys(mut variables: Variables, under_role: &Env) -> Variables {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];
    variables.retain(|(name, _)| !names.contains(&name.as_str()));
    let keys = names.into_iter().filter_map(|name| Some((name.to_owned(), under_role.get(name)?.to_owned())));
    variables.extend(keys);
    variables
}

impl AuthCommand {
    /// A command line, split into words as a shell does. `None` if there is no word in it, or a quote has no end.
    #[must_use]
    pub fn parse(text: &str, in_discovery: InDiscovery, echo: fn(&str)) -> Option<Self> {
        let words = split_words(text).filter(|words| !words.is_empty())?;
        Some(Self { text: text.to_owned(), words, in_discovery, answers: Mutex::default(), echo })
    }

    /// The environment of the unit in this folder.
    ///
    /// # Errors
    /// When the command fails, or prints what cannot be used.
    pub fn env_of(&self, base: &Env, dir: &Path, desk: &Desk) -> Result<Env, Fault> {
        let slot = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.entry(dir.to_path_buf()).or_default().clone()
        };
        let mut answer = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = answer.take().filter(|(since, _)| since.elapsed() < FRESH);
        let (since, variables) = match fresh {
            Some(fresh) => fresh,
            None => (clock::instant(), self.ask(base, dir, desk)?),
        };
        let mut env = base.clone();
        variables.iter().for_each(|(name, value)| env.set(name, value));
        *answer = Some((since, variables));
        Ok(env)
    }

    fn ask(&self, base: &Env, dir: &Path, desk: &Desk) -> Result<Variables, Fault> {
        let first = self.words.first().map_or("", String::as_str);
        let invocation = Invocation {
            program: first.into(),
            args: self.words.iter().skip(1).map(Into::into).collect(),
            cwd: dir.to_path_buf(),
            env: base.clone(),
        };
        let captured = invocation.capture().map_err(|error| Box::new(self.fault(&error.to_string())))?;
        let said = String::from_utf8_lossy(&captured.stderr).into_owned();
        if captured.code != 0 {
            let fault =
                self.fault(&format!("it ended with exit code {} in {}", captured.code, dir.display()));
            return Err(Box::new(if said.trim().is_empty() { fault } else { fault.detail(said.trim_end()) }));
        }
        (self.echo)(&said);
        let (variables, role) = self.read(&captured)?;
        let Some(role) = role else { return Ok(variables) };
        let mut env = base.clone();
        variables.iter().for_each(|(name, value)| env.set(name, value));
        let under_role = desk.under_role(&env, &role, dir);
        let under_role = under_role.map_err(|fault| Box::new(self.fault(&fault.to_string())))?;
        Ok(with_keys(variables, &under_role))
    }

    fn read(&self, captured: &Captured) -> Result<(Variables, Option<Wanted>), Fault> {
        let shape = "it prints one JSON object with `awsCredentials`, `awsRole` or `envs` on stdout";
        // Nothing to add may be said with a null, too.
        let answer = match serde_json::from_slice::<Option<Answer>>(&captured.stdout) {
            Ok(answer) => answer.unwrap_or_default(),
            // The error's own words could quote a secret.
            Err(_) if captured.stdout.trim_ascii().is_empty() => {
                return Err(Box::new(self.fault("it printed nothing").hint(shape)));
            }
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                let text = format!("what it printed is not the JSON that is expected ({place})");
                return Err(Box::new(self.fault(&text).hint(shape)));
            }
        };
        answer.into_variables().map_err(|text| Box::new(self.fault(text)))
    }

    fn fault(&self, text: &str) -> Diagnostic {
        let program = self.words.first().unwrap_or(&self.text);
        let text = format!("the credentials command `{program}` did not help: {text}");
        Diagnostic::error(Code::CredentialsCommand, text)
    }
}

impl Answer {
    /// Keys before roles, both before plain variables; a role has yet to be assumed.
    fn into_variables(self) -> Result<(Variables, Option<Wanted>), &'static str> {
        let mut role = None;
        let mut all: BTreeMap<String, String> = self.envs.unwrap_or_default();
        if let Some(keys) = self.aws_credentials {
            if keys.access_key_id.is_empty() || keys.secret_access_key.is_empty() {
                return Err("`awsCredentials` lacks ACCESS_KEY_ID or SECRET_ACCESS_KEY");
            }
            let mut set = |name: &str, value: &str| all.insert(name.to_owned(), value.to_owned());
            set("AWS_ACCESS_KEY_ID", &keys.access_key_id);
            set("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key);
            set("AWS_SESSION_TOKEN", &keys.session_token);
            set("AWS_SECURITY_TOKEN", &keys.session_token);
        } else {
            role = self.aws_role.filter(|role| !role.role_arn.is_empty()).map(AwsRole::wanted);
        }
        Ok((all.into_iter().collect(), role))
    }
}

/// Words between white space; quotes hold words together, a backslash takes the next character as it is. `None` where a
/// quote has no end.
fn split_words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => match chars.next()? {
                next @ ('"' | '\\' | '$' | '`') => word.get_or_insert_default().push(next),
                next => word.get_or_insert_default().extend(['\\', next]),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::{Answer, split_words};

    #[test]
    fn words_are_those_of_a_shell() {
        for (text, want) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            ("p 'a b' \"c \\\" d\" e\\ f ''", vec!["p", "a b", "c \" d", "e f", ""]),
            ("x'y'z", vec!["xyz"]),
            ("  ", vec![]),
        ] {
            assert_eq!(split_words(text).unwrap(), want, "{text}");
        }
        assert_eq!(split_words("a 'b"), None);
    }

    #[test]
    fn keys_win_over_plain_variables() {
        let read = |text: &str| serde_json::from_str::<Answer>(text).unwrap().into_variables();
        let text = r#"{"envs":{"A":"1","AWS_SESSION_TOKEN":"e"},"awsRole":{"roleARN":"r"},
            "awsCredentials":{"ACCESS_KEY_ID":"k","SECRET_ACCESS_KEY":"s"},"more":1}"#;
        let (variables, role) = read(text).unwrap();
        assert!(role.is_none());
        let find = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
        assert_eq!(
            (find("A"), find("AWS_ACCESS_KEY_ID"), find("AWS_SESSION_TOKEN")),
            (Some("1"), Some("k"), Some(""))
        );
        let role = r#"{"awsRole":{"roleARN":"r","roleSessionName":"s","duration":900,"webIdentityToken":"hunter2"}}"#;
        let role = read(role).unwrap().1.unwrap();
        assert_eq!(
            (role.arn.as_str(), role.session_name.as_deref(), role.duration),
            ("r", Some("s"), Some(900))
        );
        assert!(role.web_identity_token.is_some() && !format!("{role:?}").contains("hunter2"));
        assert!(read(r#"{"awsCredentials":{"ACCESS_KEY_ID":"k"}}"#).is_err());
        assert_eq!(read("{}").unwrap().0, []);
    }
}
