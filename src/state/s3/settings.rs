//! The settings of the backend `s3`: from the configuration, then from the environment, in terraform's order. What is not
//! asked for here is known to terraform alone.

use crate::cloud::Secret;
use crate::cloud::aws::access::{Endpoints, Shared};
use crate::cloud::aws::{Access, Keys, Role, WebIdentity};
use crate::state::settings::{Backend, OpenError, Settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;

use super::container::Wish;

/// How an object is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Encryption {
    /// By the bucket's own key or by `kms_key`.
    pub by_store: bool,
    pub kms_key: Option<String>,
    /// A key that we bring: base64 of 32 bytes.
    pub customer_key: Option<Secret>,
}

/// One state's place, without the session.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub bucket: String,
    pub key: String,
    pub has_lock_file: bool,
    pub table: Option<String>,
    pub encryption: Encryption,
    pub acl: Option<String>,
    pub repetitions: Option<u32>,
    pub wish: Wish,
}

/// Both halves of the settings.
///
/// # Errors
/// When a setting is missing, wrong or not ours.
pub(super) fn read(backend: &Backend) -> Result<(Access, Place), OpenError> {
    let mut settings = backend.settings()?;
    let access = access(&mut settings)?;
    let place = place(&mut settings)?;
    settings.finish()?;
    Ok((access, place))
}

fn place(settings: &mut Settings<'_>) -> Result<Place, OpenError> {
    let bucket = settings.required("bucket")?;
    let key = settings.required("key")?;
    let prefix = settings.text("workspace_key_prefix")?.unwrap_or_else(|| "env:".to_owned());
    let key = key.trim_start_matches('/').to_owned();
    let key = match settings.workspace() {
        "default" => key,
        workspace => format!("{}/{workspace}/{key}", prefix.trim_matches('/')),
    };
    let table = settings.text("dynamodb_table")?;
    let table = if table.is_some() { table } else { settings.text("lock_table")? };
    let retries = number_or_env(settings, "max_retries", "AWS_MAX_ATTEMPTS")?;
    settings.ignore(&["retry_mode", "skip_credentials_validation", "skip_region_validation"]);
    settings.ignore(&["use_legacy_workflow"]);
    Ok(Place {
        bucket,
        key,
        has_lock_file: settings.flag("use_lockfile")?.unwrap_or(false),
        table,
        encryption: encryption(settings)?,
        acl: settings.text("acl")?,
        repetitions: retries.and_then(|retries| u32::try_from(retries).ok()),
        wish: Wish::read(settings)?,
    })
}

/// Repetitions; the variable counts the first attempt too.
fn number_or_env(settings: &mut Settings<'_>, name: &str, variable: &str) -> Result<Option<u64>, OpenError> {
    if let Some(number) = settings.number(name)? {
        return Ok(Some(number));
    }
    let attempts = settings.env().get_filled(variable).and_then(|text| text.parse::<u64>().ok());
    Ok(attempts.map(|attempts| attempts.saturating_sub(1)))
}

fn encryption(settings: &mut Settings<'_>) -> Result<Encryption, OpenError> {
    let by_store = settings.flag("encrypt")?.unwrap_or(false);
    let kms_key = settings.text("kms_key_id")?;
    let customer_key = settings.text_or_env("sse_customer_key", &["AWS_SSE_CUSTOMER_KEY"])?;
    if let Some(key) = &customer_key {
        if STANDARD.decode(key).map_or(0, |key| key.len()) != 32 {
            return Err(settings.malformed("sse_customer_key", "is not the base64 of 32 bytes"));
        }
        if kms_key.is_some() {
            return Err(settings.malformed("kms_key_id", "cannot stand beside a customer's own key"));
        }
    }
    Ok(Encryption { by_store, kms_key, customer_key: customer_key.map(Secret::new) })
}

fn access(settings: &mut Settings<'_>) -> Result<Access, OpenError> {
    let mut access = Access::of_env(settings.env());
    access.region = settings.text("region")?.or(access.region);
    access.sts_region = settings.text("sts_region")?;
    access.endpoints = endpoints(settings, access.endpoints)?;
    access.shared = shared(settings, access.shared)?;
    access.keys = keys(settings)?;
    network(settings, &mut access)?;
    metadata(settings, &mut access)?;
    access.roles = roles(settings)?;
    access.web_identity = web_identity(settings)?;
    access.accounts.allowed = settings.texts("allowed_account_ids")?;
    access.accounts.forbidden = settings.texts("forbidden_account_ids")?;
    let path_style = settings.flag("use_path_style")?;
    let old_path_style = settings.flag("force_path_style")?;
    access.path_style = path_style.or(old_path_style).unwrap_or(false);
    access.fips = settings.flag("use_fips_endpoint")?.unwrap_or(access.fips);
    access.dualstack = settings.flag("use_dualstack_endpoint")?.unwrap_or(access.dualstack);
    access.skips_checksum = settings.flag("skip_s3_checksum")?.unwrap_or(false);
    if settings.flag("insecure")?.unwrap_or(false) {
        return Err(settings.unsupported("insecure"));
    }
    Ok(access)
}

/// The block, the old names, the environment's name for the service, its old name, the name for all services.
fn endpoints(settings: &mut Settings<'_>, of_env: Endpoints) -> Result<Endpoints, OpenError> {
    let mut named: [Option<String>; 4] = Default::default();
    let mut sso = None;
    let services = ["s3", "dynamodb", "iam", "sts"];
    if let Some(mut block) = settings.block("endpoints")? {
        for (service, address) in services.iter().zip(&mut named) {
            *address = block.text(service)?;
        }
        sso = block.text("sso")?;
        block.finish()?;
    }
    let old = ["endpoint", "dynamodb_endpoint", "iam_endpoint", "sts_endpoint"];
    let variables = [
        ["AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT"],
        ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_DYNAMODB_ENDPOINT"],
        ["AWS_ENDPOINT_URL_IAM", "AWS_IAM_ENDPOINT"],
        ["AWS_ENDPOINT_URL_STS", "AWS_STS_ENDPOINT"],
    ];
    for ((address, old), variables) in named.iter_mut().zip(old).zip(variables) {
        let by_old = settings.text_or_env(old, &variables)?;
        *address = address.take().or(by_old);
    }
    let [s3, dynamodb, iam, sts] = named.map(|address| address.map(with_scheme));
    Ok(Endpoints {
        s3: s3.or(of_env.s3),
        dynamodb: dynamodb.or(of_env.dynamodb),
        iam: iam.or(of_env.iam),
        sts: sts.or(of_env.sts),
        sso: sso.map(with_scheme).or(of_env.sso),
        sso_oidc: of_env.sso_oidc,
    })
}

fn with_scheme(address: String) -> String {
    if address.contains("://") { address } else { format!("https://{address}") }
}

fn shared(settings: &mut Settings<'_>, of_env: Shared) -> Result<Shared, OpenError> {
    let mut credentials = settings.texts("shared_credentials_files")?;
    credentials.extend(settings.text("shared_credentials_file")?);
    let configs = settings.texts("shared_config_files")?;
    let paths = |settings: &Settings<'_>, texts: Vec<String>, otherwise: Vec<PathBuf>| match texts {
        texts if texts.is_empty() => otherwise,
        texts => texts.iter().map(|text| settings.path(text)).collect(),
    };
    let shared = Shared {
        profile: settings.text("profile")?,
        config_files: paths(settings, configs, of_env.config_files),
        credentials_files: paths(settings, credentials, of_env.credentials_files),
        ..of_env
    };
    Ok(shared.within(settings.env()))
}

fn keys(settings: &mut Settings<'_>) -> Result<Option<Keys>, OpenError> {
    let (id, secret) = (settings.text("access_key")?, settings.text("secret_key")?);
    let token = settings.text("token")?;
    match (id, secret) {
        (Some(id), Some(secret)) => {
            Ok(Some(Keys { id, secret: Secret::new(secret), token: token.map(Secret::new) }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(settings.missing("secret_key")),
        (None, Some(_)) => Err(settings.missing("access_key")),
    }
}

fn network(settings: &mut Settings<'_>, access: &mut Access) -> Result<(), OpenError> {
    let network = &mut access.network;
    network.http_proxy = settings.text("http_proxy")?.or(network.http_proxy.take());
    network.https_proxy = settings.text("https_proxy")?.or(network.https_proxy.take());
    network.no_proxy = settings.text("no_proxy")?.or(network.no_proxy.take());
    let bundle = settings.text("custom_ca_bundle")?.map(|text| settings.path(&text));
    network.ca_bundle = bundle.or(network.ca_bundle.take());
    Ok(())
}

fn metadata(settings: &mut Settings<'_>, access: &mut Access) -> Result<(), OpenError> {
    let metadata = &mut access.metadata;
    let endpoint = settings.text_or_env("ec2_metadata_service_endpoint", &["AWS_METADATA_URL"])?;
    metadata.endpoint = endpoint.or(metadata.endpoint.take());
    if let Some(mode) = settings.text("ec2_metadata_service_endpoint_mode")? {
        metadata.is_ipv6 = mode.eq_ignore_ascii_case("ipv6");
    }
    metadata.is_off = settings.flag("skip_metadata_api_check")?.unwrap_or(metadata.is_off);
    Ok(())
}

/// The block, or the settings that were one before there was a block.
fn roles(settings: &mut Settings<'_>) -> Result<Vec<Role>, OpenError> {
    let flat = Role {
        arn: settings.text("role_arn")?.unwrap_or_default(),
        session_name: settings.text("session_name")?,
        duration: seconds(settings, "assume_role_duration_seconds")?,
        external_id: settings.text("external_id")?.map(Secret::new),
        policy: settings.text("assume_role_policy")?,
        policy_arns: settings.texts("assume_role_policy_arns")?,
        source_identity: None,
        tags: settings.map("assume_role_tags")?.into_iter().collect(),
        transitive_tags: settings.texts("assume_role_transitive_tag_keys")?,
    };
    let Some(mut block) = settings.block("assume_role")? else {
        return Ok(Some(flat).filter(|role| !role.arn.is_empty()).into_iter().collect());
    };
    let role = Role {
        arn: block.required("role_arn")?,
        session_name: block.text("session_name")?,
        duration: duration(&mut block)?,
        external_id: block.text("external_id")?.map(Secret::new),
        policy: block.text("policy")?,
        policy_arns: block.texts("policy_arns")?,
        source_identity: block.text("source_identity")?,
        tags: block.map("tags")?.into_iter().collect(),
        transitive_tags: block.texts("transitive_tag_keys")?,
    };
    block.finish()?;
    Ok(vec![role])
}

fn web_identity(settings: &mut Settings<'_>) -> Result<Option<WebIdentity>, OpenError> {
    let env = settings.env();
    let Some(mut block) = settings.block("assume_role_with_web_identity")? else { return Ok(None) };
    let role = Role {
        arn: block.text_or_env("role_arn", &["AWS_ROLE_ARN"])?.ok_or_else(|| block.missing("role_arn"))?,
        session_name: block.text_or_env("session_name", &["AWS_ROLE_SESSION_NAME"])?,
        duration: duration(&mut block)?,
        policy: block.text("policy")?,
        policy_arns: block.texts("policy_arns")?,
        ..Role::default()
    };
    let token = block.text("web_identity_token")?.map(Secret::new);
    let named = block.text("web_identity_token_file")?.map(|text| block.path(&text));
    let token_file = named.or_else(|| env.get_filled("AWS_WEB_IDENTITY_TOKEN_FILE").map(PathBuf::from));
    if token.is_none() && token_file.is_none() {
        return Err(block.missing("web_identity_token"));
    }
    block.finish()?;
    Ok(Some(WebIdentity { role, token, token_file }))
}

fn seconds(settings: &mut Settings<'_>, name: &str) -> Result<Option<i32>, OpenError> {
    Ok(settings.number(name)?.and_then(|seconds| i32::try_from(seconds).ok()))
}

/// `1h30m` as Go writes it.
fn duration(block: &mut Settings<'_>) -> Result<Option<i32>, OpenError> {
    let Some(text) = block.text("duration")? else { return Ok(None) };
    let seconds =
        go_seconds(&text).ok_or_else(|| block.malformed("duration", "is no duration such as `1h30m`"))?;
    Ok(Some(seconds))
}

fn go_seconds(text: &str) -> Option<i32> {
    let (mut rest, mut total) = (text, 0f64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    (total.is_finite() && total <= f64::from(i32::MAX) && !text.is_empty()).then_some(total as i32)
}

#[cfg(test)]
mod tests {
    use super::go_seconds;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, want) in
            [("1h30m", Some(5400)), ("900s", Some(900)), ("1.5h", Some(5400)), ("", None), ("15", None)]
        {
            assert_eq!(go_seconds(text), want, "{text}");
        }
    }
}
