//! What the bucket and the lock table should be like, and what is missing. Changes nothing.

use super::bucket::Bucket;
use super::policy::Policy;
use super::store::S3Store;
use crate::cloud::aws::identity::Identity;
use crate::cloud::aws::{Fault, Meaning};
use crate::state::error::{StoreError, said};
use crate::state::settings::{OpenError, Settings};
use crate::state::store::{Change, Step};
use aws_sdk_dynamodb::types::{SseStatus, TableDescription};
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketVersioningStatus, ServerSideEncryption, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::collections::BTreeMap;

/// Settings that are about the containers alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    pub tags: BTreeMap<String, String>,
    pub table_tags: BTreeMap<String, String>,
    pub encrypts_table: bool,
    pub never_updates: bool,
    pub skips_versioning: bool,
    pub skips_encryption: bool,
    pub skips_root_access: bool,
    pub skips_tls: bool,
    pub skips_public_block: bool,
    pub algorithm: String,
    pub kms_key: Option<String>,
    /// Nobody asks STS whose account it is.
    pub skips_account: bool,
    pub logs: Option<Logs>,
}

/// Where accesses to the bucket are written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    pub bucket: String,
    pub prefix: String,
    pub date_source: Option<String>,
    pub tags: BTreeMap<String, String>,
    pub skips_acl: bool,
    pub skips_tls: bool,
    pub skips_public_block: bool,
    pub skips_encryption: bool,
}

impl Wish {
    pub(super) fn read(settings: &mut Settings<'_>) -> Result<Self, OpenError> {
        let logs = logs(settings)?;
        let mut flag = |name: &str| Ok::<bool, OpenError>(settings.flag(name)?.unwrap_or(false));
        // Nothing is compared where nobody is asked who we are.
        let skips_account = flag("skip_requesting_account_id")?;
        let wish = Self {
            encrypts_table: flag("enable_lock_table_ssencryption")?,
            never_updates: flag("disable_bucket_update")?,
            skips_versioning: flag("skip_bucket_versioning")?,
            skips_encryption: flag("skip_bucket_ssencryption")?,
            skips_root_access: flag("skip_bucket_root_access")?,
            skips_tls: flag("skip_bucket_enforced_tls")?,
            skips_public_block: flag("skip_bucket_public_access_blocking")?,
            skips_account,
            tags: settings.map("s3_bucket_tags")?,
            table_tags: settings.map("dynamodb_table_tags")?,
            algorithm: settings.text("bucket_sse_algorithm")?.unwrap_or_else(|| "aws:kms".to_owned()),
            kms_key: settings.text("bucket_sse_kms_key_id")?,
            logs,
        };
        // S3 takes no key for an algorithm that has none.
        let kms_key = wish.kms_key.clone().filter(|_| wish.algorithm.starts_with("aws:kms"));
        settings.ignore(&["skip_bucket_accesslogging", "disable_aws_client_checksums"]);
        Ok(Self { kms_key, ..wish })
    }
}

fn logs(settings: &mut Settings<'_>) -> Result<Option<Logs>, OpenError> {
    let explicit = settings.find("accesslogging_target_prefix").and_then(|value| value.as_str());
    let prefix = explicit.unwrap_or("TFStateLogs/").to_owned();
    let tags = settings.map("accesslogging_bucket_tags")?;
    let date_source = settings.text("accesslogging_target_object_partition_date_source")?;
    let mut flag = |name: &str| Ok::<bool, OpenError>(settings.flag(name)?.unwrap_or(false));
    let logs = Logs {
        bucket: String::new(),
        prefix,
        date_source,
        tags,
        skips_acl: flag("skip_accesslogging_bucket_acl")?,
        skips_tls: flag("skip_accesslogging_bucket_enforced_tls")?,
        skips_public_block: flag("skip_accesslogging_bucket_public_access_blocking")?,
        skips_encryption: flag("skip_accesslogging_bucket_ssencryption")?,
    };
    Ok(settings.text("accesslogging_bucket_name")?.map(|bucket| Logs { bucket, ..logs }))
}

/// The names of steps.
pub(super) mod step {
    pub const BUCKET: &str = "bucket";
    pub const POLICY: &str = "policy";
    pub const PUBLIC_BLOCK: &str = "public-access-block";
    pub const TAGS: &str = "tags";
    pub const VERSIONING: &str = "versioning";
    pub const ENCRYPTION: &str = "encryption";
    pub const LOG_BUCKET: &str = "log-bucket";
    pub const LOGGING: &str = "logging";
    pub const TABLE: &str = "table";
    pub const TABLE_TAGS: &str = "table-tags";
    pub const TABLE_ENCRYPTION: &str = "table-encryption";
}

impl Bucket {
    /// Whether it is there and this account's. Without an account to compare, being allowed to see it has to do.
    pub(super) async fn is_there(&self, owner: Option<&str>) -> Result<bool, StoreError> {
        let client = self.client("").await?;
        let request =
            client.head_bucket().bucket(&self.name).set_expected_bucket_owner(owner.map(str::to_owned));
        let fault = match request.send().await {
            Ok(_) => return Ok(true),
            Err(error) => Fault::of(&error),
        };
        match fault.meaning {
            Meaning::NotFound | Meaning::NoContainer => Ok(false),
            Meaning::Denied => {
                let text = owner.map_or_else(
                    || "it exists, and we may not look at it".to_owned(),
                    |owner| {
                        format!("it exists, and it is not one of the account {owner} that we may look at")
                    },
                );
                Err(StoreError::Foreign { place: format!("s3://{}", self.name), said: text })
            }
            _ => Err(self.fault("", &fault)),
        }
    }
}

impl S3Store {
    /// Who we are, unless nobody may be asked.
    pub(super) async fn owner(&self) -> Result<Option<Identity>, StoreError> {
        if self.wish.skips_account {
            return Ok(None);
        }
        let unproven = |fault: Fault| match fault.meaning {
            Meaning::NoCredentials | Meaning::Expired => self.bucket.fault("", &fault),
            _ => StoreError::Foreign {
                place: format!("s3://{}", self.bucket.name),
                said: format!("STS does not say which account we are: {}", said(&fault.said)),
            },
        };
        Ok(Some(self.bucket.session.identity().await.map_err(unproven)?.clone()))
    }

    pub(super) async fn missing_steps(&self) -> Result<Vec<Step>, StoreError> {
        let owner = self.owner().await?;
        let account = owner.as_ref().map(|identity| identity.account.as_str());
        let mut steps = match self.state.retry.repeat(|| self.bucket.is_there(account)).await? {
            true => self.differences(owner.as_ref()).await?,
            false => self.steps_of_a_new_bucket(),
        };
        steps.extend(self.table_steps().await?);
        if self.wish.never_updates {
            steps.retain(|step| step.change == Change::Create);
        }
        Ok(steps)
    }

    fn steps_of_a_new_bucket(&self) -> Vec<Step> {
        let wish = &self.wish;
        let mut steps = vec![create(step::BUCKET, format!("create the bucket `{}`", self.bucket.name))];
        let mut add = |wanted: bool, name, what: &str| {
            if wanted {
                steps.push(create(name, what.to_owned()));
            }
        };
        add(!(wish.skips_root_access && wish.skips_tls), step::POLICY, POLICY);
        add(!wish.skips_public_block, step::PUBLIC_BLOCK, PUBLIC_BLOCK);
        add(!wish.tags.is_empty(), step::TAGS, "set the bucket's tags");
        add(!wish.skips_versioning, step::VERSIONING, VERSIONING);
        add(!wish.skips_encryption, step::ENCRYPTION, ENCRYPTION);
        if let Some(logs) = &wish.logs {
            steps.push(self.new_log_bucket(logs));
            steps.push(create(step::LOGGING, LOGGING.to_owned()));
        }
        steps
    }

    async fn differences(&self, owner: Option<&Identity>) -> Result<Vec<Step>, StoreError> {
        let wish = &self.wish;
        let mut steps = Vec::new();
        if !wish.skips_versioning && !self.has_versioning().await? {
            steps.push(update(step::VERSIONING, VERSIONING));
        }
        if !(wish.skips_root_access && wish.skips_tls) {
            let present = self.bucket.policy().await?;
            if self.policy(owner).completed(present.as_deref()).is_some() {
                steps.push(update(step::POLICY, POLICY));
            }
        }
        if !wish.skips_public_block && !self.bucket.blocks_the_public().await? {
            steps.push(update(step::PUBLIC_BLOCK, PUBLIC_BLOCK));
        }
        if !wish.skips_encryption && !self.has_encryption().await? {
            steps.push(update(step::ENCRYPTION, ENCRYPTION));
        }
        if !wish.tags.is_empty() && lacks(&self.bucket.tags().await?, &wish.tags) {
            steps.push(update(step::TAGS, "set the bucket's tags"));
        }
        if let Some(logs) = &wish.logs {
            steps.extend(self.log_steps(logs, owner).await?);
        }
        Ok(steps)
    }

    /// What the policy has to say.
    pub(super) fn policy<'a>(&'a self, owner: Option<&'a Identity>) -> Policy<'a> {
        let partition = owner.and_then(|identity| identity.arn.split(':').nth(1)).unwrap_or("aws");
        let root_of =
            owner.map(|identity| identity.account.as_str()).filter(|_| !self.wish.skips_root_access);
        Policy { bucket: &self.bucket.name, partition, root_of, tls_only: !self.wish.skips_tls }
    }

    pub(super) async fn has_versioning(&self) -> Result<bool, StoreError> {
        let client = self.bucket.client("").await?;
        let answer = client.get_bucket_versioning().bucket(&self.bucket.name).send().await;
        match answer {
            Ok(answer) => Ok(answer.status == Some(BucketVersioningStatus::Enabled)),
            // Some stores wrap the answer in an element of another name.
            Err(error) => match text_of_success(&error) {
                Some(text) => Ok(text.contains("<Status>Enabled</Status>")),
                None => Err(self.bucket.fault("", &Fault::of(&error))),
            },
        }
    }

    async fn has_encryption(&self) -> Result<bool, StoreError> {
        let client = self.bucket.client("").await?;
        let answer = client.get_bucket_encryption().bucket(&self.bucket.name).send().await;
        let answer = absent(answer.map_err(|error| Fault::of(&error)), &self.bucket)?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration).map(|it| it.rules);
        let wanted = ServerSideEncryption::from(self.wish.algorithm.as_str());
        Ok(rules.into_iter().flatten().filter_map(|rule| rule.apply_server_side_encryption_by_default).any(
            |rule| {
                let has_key = self.wish.kms_key.is_none() || rule.kms_master_key_id == self.wish.kms_key;
                rule.sse_algorithm == wanted && has_key
            },
        ))
    }

    async fn log_steps(&self, logs: &Logs, owner: Option<&Identity>) -> Result<Vec<Step>, StoreError> {
        let account = owner.map(|identity| identity.account.as_str());
        let (is_there, is_on) = (self.log_bucket(logs).is_there(account).await?, self.logs_to(logs).await?);
        Ok(match (is_there, is_on) {
            (false, true) => vec![self.new_log_bucket(logs)],
            (false, false) => vec![self.new_log_bucket(logs), update(step::LOGGING, LOGGING)],
            // One that nobody writes to yet may not be ready for it.
            (true, false) => {
                let what = format!("let access logs into the bucket `{}`", logs.bucket);
                vec![update(step::LOG_BUCKET, &what), update(step::LOGGING, LOGGING)]
            }
            (true, true) => Vec::new(),
        })
    }

    fn new_log_bucket(&self, logs: &Logs) -> Step {
        create(step::LOG_BUCKET, format!("create the bucket `{}` for access logs", logs.bucket))
    }

    async fn logs_to(&self, logs: &Logs) -> Result<bool, StoreError> {
        let client = self.bucket.client("").await?;
        let answer = client.get_bucket_logging().bucket(&self.bucket.name).send().await;
        let answer = absent(answer.map_err(|error| Fault::of(&error)), &self.bucket)?;
        let present = answer.and_then(|answer| answer.logging_enabled);
        Ok(present.is_some_and(|it| it.target_bucket == logs.bucket && it.target_prefix == logs.prefix))
    }

    pub(super) fn log_bucket(&self, logs: &Logs) -> Bucket {
        Bucket { name: logs.bucket.clone(), ..self.bucket.clone() }
    }

    async fn table_steps(&self) -> Result<Vec<Step>, StoreError> {
        let Some(table) = &self.table else { return Ok(Vec::new()) };
        let Some(present) = table.description().await? else {
            return Ok(vec![create(step::TABLE, format!("create the lock table `{}`", table.name))]);
        };
        let mut steps = Vec::new();
        if self.wish.encrypts_table && !is_encrypted(&present) {
            steps.push(update(step::TABLE_ENCRYPTION, "encrypt the lock table"));
        }
        if !self.wish.table_tags.is_empty() {
            let tags = table.tags(present.table_arn.as_deref().unwrap_or_default()).await?;
            if lacks(&tags, &self.wish.table_tags) {
                steps.push(update(step::TABLE_TAGS, "set the lock table's tags"));
            }
        }
        Ok(steps)
    }
}

const POLICY: &str = "let nobody in without TLS, and the account's root in";
const PUBLIC_BLOCK: &str = "block public access";
const VERSIONING: &str = "switch versioning on";
const ENCRYPTION: &str = "encrypt what is written";
const LOGGING: &str = "write accesses down";

/// What a store said that succeeded in words that the SDK does not know.
fn text_of_success<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let answer = error.raw_response().filter(|answer| answer.status().is_success())?;
    Some(String::from_utf8_lossy(answer.body().bytes()?).into_owned())
}

fn is_encrypted(table: &TableDescription) -> bool {
    let status = table.sse_description.as_ref().and_then(|sse| sse.status.as_ref());
    matches!(status, Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating))
}

fn create(name: &'static str, what: String) -> Step {
    Step { change: Change::Create, name, what }
}

fn update(name: &'static str, what: &str) -> Step {
    Step { change: Change::Update, name, what: what.to_owned() }
}

fn lacks(present: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().any(|(name, value)| present.get(name) != Some(value))
}

/// Settings that were never made are answered as a fault.
pub(super) fn absent<T>(answer: Result<T, Fault>, bucket: &Bucket) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if fault.meaning == Meaning::NotFound => Ok(None),
        Err(fault) => Err(bucket.fault("", &fault)),
    }
}

impl Bucket {
    pub(super) async fn policy(&self) -> Result<Option<String>, StoreError> {
        let answer = self.client("").await?.get_bucket_policy().bucket(&self.name).send().await;
        Ok(absent(answer.map_err(|error| Fault::of(&error)), self)?.and_then(|answer| answer.policy))
    }

    async fn blocks_the_public(&self) -> Result<bool, StoreError> {
        let answer = self.client("").await?.get_public_access_block().bucket(&self.name).send().await;
        let answer = absent(answer.map_err(|error| Fault::of(&error)), self)?;
        let block = answer.and_then(|answer| answer.public_access_block_configuration);
        Ok(block.is_some_and(|block| {
            [
                block.block_public_acls,
                block.ignore_public_acls,
                block.block_public_policy,
                block.restrict_public_buckets,
            ]
            .iter()
            .all(|flag| *flag == Some(true))
        }))
    }

    pub(super) async fn tags(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let answer = self.client("").await?.get_bucket_tagging().bucket(&self.name).send().await;
        let answer = absent(answer.map_err(|error| Fault::of(&error)), self)?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|Tag { key, value, .. }| (key, value)).collect())
    }
}
