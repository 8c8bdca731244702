//! Which identity the settings describe, in terraform's order: certificate, secret, token, token on request, managed
//! identity, command line. Reads files, asks nobody.

use crate::cloud::Secret;
use crate::host::fs;
use crate::state::settings::{OpenError, Settings};
use std::path::PathBuf;

/// An application of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct App {
    pub tenant: String,
    pub client: String,
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    Certificate {
        app: App,
        bundle: Bundle,
        password: Secret,
    },
    Secret {
        app: App,
        secret: Secret,
    },
    Token {
        app: App,
        token: Secret,
    },
    /// Read anew each time: it is short-lived and somebody renews it.
    TokenFile {
        app: App,
        path: PathBuf,
    },
    /// Somebody who gives tokens for a bearer's word. With a connection it is Azure DevOps, else GitHub.
    Requested {
        app: App,
        url: String,
        bearer: Secret,
        connection: Option<String>,
    },
    Managed {
        endpoint: Option<String>,
        client: Option<String>,
        resource: Option<String>,
    },
    CommandLine {
        tenant: Option<String>,
        subscription: Option<String>,
    },
}

/// PKCS#12.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bundle {
    Base64(Secret),
    File(PathBuf),
}

/// All settings about identities, whether they are used or not.
#[derive(Default)]
struct Given {
    tenant: Option<String>,
    client: Option<String>,
    secret: Option<String>,
    bundle: Option<Bundle>,
    password: Option<String>,
    token: Option<String>,
    token_file: Option<PathBuf>,
    url: Option<String>,
    bearer: Option<String>,
    connection: Option<String>,
    endpoint: Option<String>,
    resource: Option<String>,
    uses_oidc: bool,
    uses_msi: bool,
    uses_cli: bool,
}

/// `None` when nothing is complete and the command line is switched off.
///
/// # Errors
/// When a setting is malformed, contradicts another one or names a file that cannot be read.
pub fn read_identity(
    settings: &mut Settings<'_>,
    subscription: Option<&str>,
) -> Result<Option<Identity>, OpenError> {
    let given = given(settings)?;
    let app = given.app();
    if let (Some(app), Some(bundle)) = (&app, &given.bundle) {
        let password = Secret::new(given.password.clone().unwrap_or_default());
        return Ok(Some(Identity::Certificate { app: app.clone(), bundle: bundle.clone(), password }));
    }
    if let (Some(app), Some(secret)) = (&app, &given.secret) {
        return Ok(Some(Identity::Secret { app: app.clone(), secret: Secret::new(secret) }));
    }
    if let Some(federated) = app.filter(|_| given.uses_oidc).and_then(|app| given.federated(app)) {
        return Ok(Some(federated));
    }
    Ok(match (given.uses_msi, given.uses_cli) {
        (true, _) => Some(Identity::Managed {
            endpoint: given.endpoint,
            client: given.client,
            resource: given.resource,
        }),
        (false, true) => Some(Identity::CommandLine {
            tenant: given.tenant,
            subscription: subscription.map(str::to_owned),
        }),
        (false, false) => None,
    })
}

impl Given {
    fn app(&self) -> Option<App> {
        Some(App { tenant: self.tenant.clone()?, client: self.client.clone()? })
    }

    fn federated(&self, app: App) -> Option<Identity> {
        if let Some(token) = &self.token {
            return Some(Identity::Token { app, token: Secret::new(token) });
        }
        if let Some(path) = self.token_file.clone() {
            return Some(Identity::TokenFile { app, path });
        }
        let (url, bearer) = (self.url.clone()?, Secret::new(self.bearer.clone()?));
        Some(Identity::Requested { app, url, bearer, connection: self.connection.clone() })
    }
}

fn given(settings: &mut Settings<'_>) -> Result<Given, OpenError> {
    let mut given = Given {
        tenant: settings.text_or_env("tenant_id", &["ARM_TENANT_ID"])?,
        client: text_or_file(settings, "client_id", "ARM_CLIENT_ID")?,
        secret: text_or_file(settings, "client_secret", "ARM_CLIENT_SECRET")?,
        bundle: bundle(settings)?,
        password: settings
            .text_or_env("client_certificate_password", &["ARM_CLIENT_CERTIFICATE_PASSWORD"])?,
        endpoint: settings.text_or_env("msi_endpoint", &["ARM_MSI_ENDPOINT"])?,
        resource: settings.text("msi_resource_id")?,
        uses_oidc: settings.flag_or_env("use_oidc", "ARM_USE_OIDC")?.unwrap_or(false),
        uses_msi: settings.flag_or_env("use_msi", "ARM_USE_MSI")?.unwrap_or(false),
        // Its variable cannot switch it off: terraform does not heed it either.
        uses_cli: settings.flag("use_cli")?.unwrap_or(true),
        ..Given::default()
    };
    read_tokens(settings, &mut given)?;
    if settings.flag_or_env("use_aks_workload_identity", "ARM_USE_AKS_WORKLOAD_IDENTITY")?.unwrap_or(false) {
        read_workload(settings, &mut given)?;
    }
    Ok(given)
}

fn read_tokens(settings: &mut Settings<'_>, given: &mut Given) -> Result<(), OpenError> {
    given.token = settings.text_or_env("oidc_token", &["ARM_OIDC_TOKEN"])?;
    let file = settings.text_or_env("oidc_token_file_path", &["ARM_OIDC_TOKEN_FILE_PATH"])?;
    given.token_file = file.map(|file| settings.path(&file));
    given.url = settings.text_or_env(
        "oidc_request_url",
        &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
    )?;
    given.bearer = settings.text_or_env(
        "oidc_request_token",
        &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
    )?;
    given.connection = settings.text_or_env(
        "ado_pipeline_service_connection_id",
        &["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"],
    )?;
    Ok(())
}

/// What a cluster puts into the environment of its workloads. It must not contradict what is configured.
fn read_workload(settings: &mut Settings<'_>, given: &mut Given) -> Result<(), OpenError> {
    let env = settings.env();
    for (name, variable, value) in [
        ("client_id", "AZURE_CLIENT_ID", &mut given.client),
        ("tenant_id", "AZURE_TENANT_ID", &mut given.tenant),
    ] {
        let Some(told) = env.get_filled(variable) else { continue };
        if value.as_deref().is_some_and(|value| value != told) {
            return Err(settings.malformed(name, &format!("is not the one of {variable}")));
        }
        *value = Some(told.to_owned());
    }
    if let Some(file) = env.get_filled("AZURE_FEDERATED_TOKEN_FILE") {
        given.token_file = Some(settings.path(file));
    }
    given.uses_oidc = true;
    Ok(())
}

fn bundle(settings: &mut Settings<'_>) -> Result<Option<Bundle>, OpenError> {
    let text = settings.text_or_env("client_certificate", &["ARM_CLIENT_CERTIFICATE"])?;
    let path = settings.text_or_env("client_certificate_path", &["ARM_CLIENT_CERTIFICATE_PATH"])?;
    let file = path.map(|path| Bundle::File(settings.path(&path)));
    Ok(text.map(|text| Bundle::Base64(Secret::new(text))).or(file))
}

/// A setting that may also stand in a file which another setting names; both at once must agree.
fn text_or_file(
    settings: &mut Settings<'_>,
    name: &str,
    variable: &str,
) -> Result<Option<String>, OpenError> {
    let text = settings.text_or_env(name, &[variable])?;
    let by_file = format!("{name}_file_path");
    let Some(path) = settings.text_or_env(&by_file, &[&format!("{variable}_FILE_PATH")])? else {
        return Ok(text);
    };
    let bytes = fs::read(&settings.path(&path));
    let content = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(content) = content else {
        return Err(settings.malformed(&by_file, "names a file that cannot be read"));
    };
    let content = content.trim().to_owned();
    match text {
        Some(text) if text != content => {
            Err(settings.malformed(name, &format!("is not what the file of {by_file} says")))
        }
        _ => Ok(Some(content).filter(|content| !content.is_empty())),
    }
}
