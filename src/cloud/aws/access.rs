//! Everything that decides how AWS is asked, and as whom. Two equal values may share a session.

use super::role::{Role, WebIdentity};
use crate::cloud::Secret;
use crate::host::env::Env;
use crate::host::fs;
use std::path::PathBuf;

/// Keys as they stand in settings or in the environment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Keys {
    pub id: String,
    pub secret: Secret,
    pub token: Option<Secret>,
}

impl std::fmt::Debug for Keys {
    /// The id is no secret, but nobody's business either.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// Addresses to ask instead of Amazon's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoints {
    pub s3: Option<String>,
    pub dynamodb: Option<String>,
    pub iam: Option<String>,
    pub sts: Option<String>,
    pub sso: Option<String>,
    /// Where a login is renewed.
    pub sso_oidc: Option<String>,
}

/// How the network is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Network {
    pub http_proxy: Option<String>,
    pub https_proxy: Option<String>,
    pub no_proxy: Option<String>,
    /// Authorities to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The same for all programs; `ca_bundle` goes before it.
    pub cert_file: Option<String>,
    pub cert_dir: Option<String>,
}

/// The instance's own credentials service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Metadata {
    pub endpoint: Option<String>,
    pub is_ipv6: bool,
    pub is_off: bool,
}

/// The service beside a container that gives it credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Container {
    /// A whole address.
    pub address: Option<String>,
    /// A path at the usual address; it goes before an address.
    pub path: Option<String>,
    /// What opens the service; a file goes before a text.
    pub token_file: Option<PathBuf>,
    pub token: Option<Secret>,
}

/// What a program of the shared files that makes credentials runs with.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Surroundings(pub Env);

impl std::fmt::Debug for Surroundings {
    /// An environment may hold any secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Surroundings(***)")
    }
}

/// The shared files, and which part of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shared {
    /// Named in the settings: it wins over keys of the environment.
    pub profile: Option<String>,
    /// Named in the environment.
    pub env_profile: Option<String>,
    pub config_files: Vec<PathBuf>,
    pub credentials_files: Vec<PathBuf>,
    /// Whether services stay where Amazon has them, whatever a profile says.
    pub ignores_endpoints: bool,
    /// Where logins keep their tokens.
    pub logins: Option<PathBuf>,
    /// Only where the files name a program: those who share a session share its environment then.
    pub surroundings: Option<Surroundings>,
}

impl Shared {
    /// With the environment that programs of these files get.
    #[must_use]
    pub fn within(mut self, env: &Env) -> Self {
        let mut files = self.config_files.iter().chain(&self.credentials_files);
        let names_program = |file: &PathBuf| {
            fs::read_text(file).is_ok_and(|text| text.to_ascii_lowercase().contains("credential_process"))
        };
        self.surroundings = files.any(names_program).then(|| Surroundings(env.clone()));
        self
    }
}

/// The accounts that may be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Accounts {
    pub allowed: Vec<String>,
    pub forbidden: Vec<String>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Access {
    pub region: Option<String>,
    pub sts_region: Option<String>,
    pub endpoints: Endpoints,
    pub network: Network,
    pub metadata: Metadata,
    pub container: Container,
    pub shared: Shared,
    pub accounts: Accounts,
    pub keys: Option<Keys>,
    pub env_keys: Option<Keys>,
    pub env_web_identity: Option<WebIdentity>,
    /// Takes the place of all other credentials.
    pub web_identity: Option<WebIdentity>,
    /// Assumed one after the other.
    pub roles: Vec<Role>,
    pub fips: bool,
    pub dualstack: bool,
    pub path_style: bool,
    /// Checksums only where S3 demands them.
    pub skips_checksum: bool,
}

impl Access {
    /// What the environment alone says, in the SDKs' common terms.
    #[must_use]
    pub fn of_env(env: &Env) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| env.get_filled(name)).map(str::to_owned);
        let flag = |name: &str| env.get_filled(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let either = |name: &str| first(&[&name.to_ascii_lowercase(), name]);
        Self {
            region: first(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            endpoints: Endpoints {
                s3: first(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
                dynamodb: first(&["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL"]),
                iam: first(&["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL"]),
                sts: first(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]),
                sso: first(&["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL"]),
                sso_oidc: first(&["AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL"]),
            },
            network: Network {
                http_proxy: either("HTTP_PROXY"),
                https_proxy: either("HTTPS_PROXY"),
                no_proxy: either("NO_PROXY"),
                ca_bundle: first(&["AWS_CA_BUNDLE"]).map(PathBuf::from),
                cert_file: first(&["SSL_CERT_FILE"]),
                cert_dir: first(&["SSL_CERT_DIR"]),
            },
            metadata: Metadata {
                endpoint: first(&["AWS_EC2_METADATA_SERVICE_ENDPOINT"]),
                is_ipv6: env
                    .get_filled("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
                    .is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6")),
                is_off: flag("AWS_EC2_METADATA_DISABLED"),
            },
            container: Container {
                address: first(&["AWS_CONTAINER_CREDENTIALS_FULL_URI"]),
                path: first(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]),
                token_file: first(&["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).map(PathBuf::from),
                token: first(&["AWS_CONTAINER_AUTHORIZATION_TOKEN"]).map(Secret::new),
            },
            shared: shared_of(env),
            env_keys: keys_of(env),
            env_web_identity: web_identity_of(env),
            fips: flag("AWS_USE_FIPS_ENDPOINT"),
            dualstack: flag("AWS_USE_DUALSTACK_ENDPOINT"),
            ..Self::default()
        }
    }

    /// Proxies and authorities as an environment, for whoever builds a client.
    #[must_use]
    pub fn network_env(&self) -> Env {
        let network = &self.network;
        let proxies = [
            ("HTTP_PROXY", &network.http_proxy),
            ("HTTPS_PROXY", &network.https_proxy),
            ("NO_PROXY", &network.no_proxy),
        ];
        with(self.trust_env(), &proxies)
    }

    /// The same for what is near: no proxy stands between.
    #[must_use]
    pub fn trust_env(&self) -> Env {
        let network = &self.network;
        if let Some(bundle) = &network.ca_bundle {
            let mut env = Env::default();
            env.set("SSL_CERT_FILE", bundle);
            return env;
        }
        with(Env::default(), &[("SSL_CERT_FILE", &network.cert_file), ("SSL_CERT_DIR", &network.cert_dir)])
    }
}

fn with(mut env: Env, named: &[(&str, &Option<String>)]) -> Env {
    for (name, value) in named {
        if let Some(value) = value {
            env.set(*name, value);
        }
    }
    env
}

fn keys_of(env: &Env) -> Option<Keys> {
    let either = |new: &str, old: &str| env.get_filled(new).or_else(|| env.get_filled(old));
    Some(Keys {
        id: either("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")?.to_owned(),
        secret: Secret::new(either("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")?),
        token: env.get_filled("AWS_SESSION_TOKEN").map(Secret::new),
    })
}

fn web_identity_of(env: &Env) -> Option<WebIdentity> {
    let file = env.get_filled("AWS_WEB_IDENTITY_TOKEN_FILE")?;
    let role = Role {
        arn: env.get_filled("AWS_ROLE_ARN")?.to_owned(),
        session_name: env.get_filled("AWS_ROLE_SESSION_NAME").map(str::to_owned),
        ..Role::default()
    };
    Some(WebIdentity { role, token: None, token_file: Some(PathBuf::from(file)) })
}

fn shared_of(env: &Env) -> Shared {
    let folder = env.home_dir().map(|home| home.join(".aws"));
    let file = |variable: &str, name: &str| -> Vec<PathBuf> {
        let named = env.get_filled(variable).map(PathBuf::from);
        named.or_else(|| Some(folder.as_ref()?.join(name))).into_iter().collect()
    };
    let env_profile = env.get_filled("AWS_PROFILE").or_else(|| env.get_filled("AWS_DEFAULT_PROFILE"));
    Shared {
        profile: None,
        env_profile: env_profile.map(str::to_owned),
        config_files: file("AWS_CONFIG_FILE", "config"),
        credentials_files: file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        ignores_endpoints: env
            .get_filled("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|text| text.eq_ignore_ascii_case("true")),
        logins: folder.as_ref().map(|folder| folder.join("sso/cache")),
        surroundings: None,
    }
    .within(env)
}
