//! Whoever is logged in with `az`. The program runs with the unit's environment.

use super::{not_proven, number, token};
use crate::host::env::Env;
use crate::host::process::Invocation;
use crate::state::error::said;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use serde_json::Value as Json;

#[derive(Debug)]
pub struct CommandLine {
    pub env: Env,
    pub tenant: Option<String>,
    pub subscription: Option<String>,
}

#[async_trait]
impl TokenCredential for CommandLine {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut words = vec!["account", "get-access-token", "--output", "json", "--scope"];
        words.push(scopes.first().copied().unwrap_or_default());
        match (&self.tenant, &self.subscription) {
            (Some(tenant), _) => words.extend(["--tenant", tenant]),
            (None, Some(subscription)) => words.extend(["--subscription", subscription]),
            (None, None) => {}
        }
        let json = ask(self.env.clone(), &words).await.map_err(not_proven)?;
        let text = json["accessToken"].as_str().ok_or_else(|| not_proven("az gives no token"))?;
        Ok(token(text, number(&json["expires_on"])))
    }
}

/// The subscription that is chosen there.
pub async fn subscription(env: Env) -> Option<String> {
    let account = ask(env, &["account", "show", "--output", "json"]).await.ok()?;
    account["id"].as_str().map(str::to_owned)
}

/// Runs it and reads what it prints. What it prints on success is a secret.
async fn ask(env: Env, words: &[&str]) -> Result<Json, String> {
    let invocation = Invocation {
        program: "az".into(),
        args: words.iter().map(Into::into).collect(),
        cwd: env.home_dir().unwrap_or_else(|| "/".into()),
        env,
    };
    let ended = tokio::task::spawn_blocking(move || invocation.capture()).await;
    let captured = ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    if captured.code != 0 {
        let text = String::from_utf8_lossy(&captured.stderr);
        return Err(format!("az ended with exit status {}: {}", captured.code, said(&text)));
    }
    serde_json::from_slice(&captured.stdout).map_err(|_| "az prints no JSON".to_owned())
}
