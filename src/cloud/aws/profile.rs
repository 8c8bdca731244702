//! The shared files of AWS's tools: which profile, its region, where its credentials come from.

use super::access::{Access, Endpoints, Keys, Shared};
use super::fault::{Fault, Meaning, root};
use super::role::{Role, WebIdentity};
use super::sso::Login;
use crate::cloud::Secret;
use crate::host::fs;
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::{EnvConfigSections, Profile};
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env as SdkEnv, Fs};
use std::borrow::Cow;
use std::path::PathBuf;

/// How long a chain of profiles may be.
const LONGEST_CHAIN: usize = 8;

/// What a profile says about credentials, before any role.
#[derive(Debug)]
pub(super) enum Base {
    Keys(Keys),
    /// The keys of the environment.
    Environment,
    Container,
    Instance,
    /// Somebody else signed for us; the role is the token's own.
    Token(WebIdentity),
    Login(Login),
    /// A line for a shell.
    Program(String),
    /// Nothing: the machine is asked.
    Unsaid,
}

/// Where a profile's credentials come from: the roles are assumed one after the other.
#[derive(Debug)]
pub(super) struct Origin {
    pub base: Base,
    pub roles: Vec<Role>,
}

/// Where and how everything is asked: what settings and environment say, then the profile.
#[derive(Debug)]
pub(super) struct Terms {
    pub region: Option<String>,
    pub endpoints: Endpoints,
    pub fips: bool,
    pub dualstack: bool,
}

impl Terms {
    pub(super) fn of(access: &Access, sections: Option<&EnvConfigSections>) -> Self {
        let said = |name: &str| sections.and_then(|sections| sections.get(name));
        let is_on = |name: &str| said(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let may_move = !access.shared.ignores_endpoints;
        let endpoint = |known: &Option<String>, service: &str| {
            known.clone().or_else(|| endpoint(sections.filter(|_| may_move)?, service))
        };
        let known = &access.endpoints;
        Self {
            region: access.region.clone().or_else(|| said("region").map(str::to_owned)),
            endpoints: Endpoints {
                s3: endpoint(&known.s3, "s3"),
                dynamodb: endpoint(&known.dynamodb, "dynamodb"),
                iam: endpoint(&known.iam, "iam"),
                sts: endpoint(&known.sts, "sts"),
                sso: endpoint(&known.sso, "sso"),
                sso_oidc: endpoint(&known.sso_oidc, "sso_oidc"),
            },
            fips: access.fips || is_on("use_fips_endpoint"),
            dualstack: access.dualstack || is_on("use_dualstack_endpoint"),
        }
    }
}

/// The profile's address for one service, or for all of them.
fn endpoint(sections: &EnvConfigSections, service: &str) -> Option<String> {
    let of_service = sections.get("services").and_then(|services| {
        let key = PropertiesKey::builder().section_key("services").section_name(services);
        let key = key.property_name(service).sub_property_name("endpoint_url").build().ok()?;
        sections.other_sections().get(&key).map(String::as_str)
    });
    let named = of_service.or_else(|| sections.get("endpoint_url"));
    named.map(str::trim).filter(|address| !address.is_empty()).map(str::to_owned)
}

impl Shared {
    pub(super) fn chosen(&self) -> Option<&str> {
        self.profile.as_deref().or(self.env_profile.as_deref())
    }

    /// Those that exist; `None` if none does.
    fn files(&self) -> Option<EnvConfigFiles> {
        let configs = self.config_files.iter().map(|file| (EnvConfigFileKind::Config, file));
        let credentials = self.credentials_files.iter().map(|file| (EnvConfigFileKind::Credentials, file));
        let existing = configs.chain(credentials).filter(|(_, file)| fs::is_file(file));
        let add = |builder: Option<Builder>, (kind, file): (EnvConfigFileKind, &PathBuf)| {
            Some(builder.unwrap_or_else(EnvConfigFiles::builder).with_file(kind, file))
        };
        // The builder takes no for an answer by a panic.
        Some(existing.fold(None, add)?.build())
    }

    /// Everything that the files say; `None` if there are none.
    pub(super) async fn load(&self) -> Result<Option<EnvConfigSections>, Fault> {
        let Some(files) = self.files() else { return Ok(None) };
        let unread = |error: &(dyn std::error::Error + 'static)| none(root(error));
        let nothing = SdkEnv::from_slice(&[]);
        let mut source = source::load(&nothing, &Fs::real(), &files).await.map_err(|error| unread(&error))?;
        source.profile = Cow::Owned(self.chosen().unwrap_or("default").to_owned());
        EnvConfigSections::parse(source).map(Some).map_err(|error| unread(&error))
    }
}

fn none(text: impl Into<String>) -> Fault {
    Fault::new(Meaning::NoCredentials, text)
}

/// Follows `source_profile` down to credentials that need no role.
pub(super) fn origin(sections: Option<&EnvConfigSections>, name: &str) -> Result<Origin, Fault> {
    let (mut roles, mut at) = (Vec::new(), name.to_owned());
    for _ in 0..LONGEST_CHAIN {
        let Some((sections, profile)) =
            sections.and_then(|sections| Some((sections, sections.get_profile(&at)?)))
        else {
            return missing(&at, name, roles.is_empty());
        };
        let source = profile.get("source_profile").filter(|_| profile.get("role_arn").is_some());
        let base = match source {
            Some(source) if source != at => None,
            Some(_) => Some(keys(profile).map_or(Base::Unsaid, Base::Keys)),
            None => Some(base(sections, profile)?),
        };
        // A token comes with its own role.
        if !matches!(base, Some(Base::Token(_))) {
            roles.extend(role(profile)?);
        }
        if let Some(base) = base {
            roles.reverse();
            return Ok(Origin { base, roles });
        }
        at = source.unwrap_or_default().to_owned();
    }
    Err(none(format!("the profile `{name}` leads on and on through `source_profile`")))
}

/// The profile that everybody has need not be there.
fn missing(at: &str, asked: &str, is_first: bool) -> Result<Origin, Fault> {
    if is_first && asked == "default" {
        return Ok(Origin { base: Base::Unsaid, roles: Vec::new() });
    }
    Err(none(format!("there is no profile `{at}` in the shared files")))
}

fn role(profile: &Profile) -> Result<Option<Role>, Fault> {
    let Some(arn) = profile.get("role_arn") else { return Ok(None) };
    if profile.get("mfa_serial").is_some() {
        let name = profile.name();
        return Err(none(format!(
            "the profile `{name}` asks for a one-time password, which nobody can type here"
        )));
    }
    Ok(Some(Role {
        arn: arn.to_owned(),
        session_name: profile.get("role_session_name").map(str::to_owned),
        duration: profile.get("duration_seconds").and_then(|text| text.parse().ok()),
        external_id: profile.get("external_id").map(Secret::new),
        ..Role::default()
    }))
}

fn keys(profile: &Profile) -> Option<Keys> {
    let filled = |name: &str| profile.get(name).filter(|text| !text.is_empty());
    Some(Keys {
        id: filled("aws_access_key_id")?.to_owned(),
        secret: Secret::new(filled("aws_secret_access_key")?),
        token: filled("aws_session_token").map(Secret::new),
    })
}

/// What one profile says, in the order of Go's SDK.
fn base(sections: &EnvConfigSections, profile: &Profile) -> Result<Base, Fault> {
    if let Some(keys) = keys(profile) {
        return Ok(Base::Keys(keys));
    }
    let name = profile.name();
    if let Some(source) = profile.get("credential_source") {
        return match source {
            "Environment" => Ok(Base::Environment),
            "EcsContainer" => Ok(Base::Container),
            "Ec2InstanceMetadata" => Ok(Base::Instance),
            _ => Err(none(format!("the profile `{name}` has a `credential_source` that nobody knows"))),
        };
    }
    if let Some(file) = profile.get("web_identity_token_file") {
        let role = role(profile)?
            .ok_or_else(|| none(format!("the profile `{name}` has a token, but no `role_arn` for it")))?;
        return Ok(Base::Token(WebIdentity { role, token: None, token_file: Some(PathBuf::from(file)) }));
    }
    if let Some(login) = Login::of(sections, profile)? {
        return Ok(Base::Login(login));
    }
    Ok(profile.get("credential_process").map_or(Base::Unsaid, |line| Base::Program(line.to_owned())))
}
