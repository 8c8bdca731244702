//! Making the bucket and the lock table as they should be, one step at a time.

use super::bucket::Bucket;
use super::container::{Logs, step};
use super::policy::Policy;
use super::store::S3Store;
use crate::cloud::aws::{Fault, Meaning};
use crate::state::error::StoreError;
use crate::state::store::{Bootstrap, Step};
use async_trait::async_trait;
use aws_sdk_s3::types::{
    BucketCannedAcl, BucketLocationConstraint, BucketLoggingStatus, BucketVersioningStatus,
    CreateBucketConfiguration, LoggingEnabled, ObjectOwnership, PartitionDateSource, PartitionedPrefix,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging, TargetObjectKeyFormat,
    VersioningConfiguration,
};
use std::collections::BTreeMap;

/// The region whose buckets name none.
const UNNAMED_REGION: &str = "us-east-1";

/// How often a step is tried again because the bucket, made a moment ago, is not seen yet.
const LOOKS_FOR_NEW: u32 = 5;

/// A value that the SDK would not take.
fn unbuilt(bucket: &Bucket, error: &dyn std::error::Error) -> StoreError {
    bucket.fault("", &Fault::new(Meaning::Refused, error.to_string()))
}

impl Bucket {
    fn done<T, E>(
        &self,
        answer: Result<T, aws_sdk_s3::error::SdkError<E, Response>>,
    ) -> Result<(), StoreError>
    where
        E: aws_sdk_s3::error::ProvideErrorMetadata + std::error::Error + 'static,
    {
        answer.map(drop).map_err(|error| self.fault("", &Fault::of(&error)))
    }

    /// That it is ours already is a success; that it is somebody else's is not.
    async fn create(&self) -> Result<(), StoreError> {
        let client = self.client("").await?;
        let region = self.session.region().await.map_err(|fault| self.fault("", &fault))?;
        let elsewhere = (region != UNNAMED_REGION).then(|| {
            let place = BucketLocationConstraint::from(region.as_str());
            CreateBucketConfiguration::builder().location_constraint(place).build()
        });
        let request =
            client.create_bucket().bucket(&self.name).object_ownership(ObjectOwnership::ObjectWriter);
        let answer = request.set_create_bucket_configuration(elsewhere).send().await;
        match answer.map_err(|error| Fault::of(&error)) {
            Err(fault) if fault.code == "BucketAlreadyExists" => Err(StoreError::Foreign {
                place: format!("s3://{}", self.name),
                said: "somebody else has a bucket of this name".to_owned(),
            }),
            Err(fault) if fault.meaning != Meaning::Exists => Err(self.fault("", &fault)),
            _ => Ok(()),
        }
    }

    async fn set_policy(&self, wanted: &Policy<'_>) -> Result<(), StoreError> {
        let present = self.policy().await?;
        let Some(policy) = wanted.completed(present.as_deref()) else { return Ok(()) };
        let client = self.client("").await?;
        self.done(client.put_bucket_policy().bucket(&self.name).policy(policy).send().await)
    }

    async fn block_the_public(&self) -> Result<(), StoreError> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request = self.client("").await?.put_public_access_block().bucket(&self.name);
        self.done(request.public_access_block_configuration(block).send().await)
    }

    /// Tags that others have set stay.
    async fn set_tags(&self, wanted: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let mut tags = self.tags().await?;
        tags.extend(wanted.clone());
        let tags: Result<Vec<Tag>, _> =
            tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tags = tags.map_err(|error| unbuilt(self, &error))?;
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build();
        let tagging = tagging.map_err(|error| unbuilt(self, &error))?;
        self.done(
            self.client("").await?.put_bucket_tagging().bucket(&self.name).tagging(tagging).send().await,
        )
    }

    async fn keep_versions(&self) -> Result<(), StoreError> {
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request = self.client("").await?.put_bucket_versioning().bucket(&self.name);
        self.done(request.versioning_configuration(on).send().await)
    }

    async fn encrypt(&self, algorithm: &str, key: Option<&str>) -> Result<(), StoreError> {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::from(algorithm))
            .set_kms_master_key_id(key.map(str::to_owned))
            .build()
            .map_err(|error| unbuilt(self, &error))?;
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(true)
            .build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build();
        let rules = rules.map_err(|error| unbuilt(self, &error))?;
        let request = self.client("").await?.put_bucket_encryption().bucket(&self.name);
        self.done(request.server_side_encryption_configuration(rules).send().await)
    }

    async fn let_logs_in(&self) -> Result<(), StoreError> {
        let request = self.client("").await?.put_bucket_acl().bucket(&self.name);
        self.done(request.acl(BucketCannedAcl::from("log-delivery-write")).send().await)
    }

    async fn log_to(&self, logs: &Logs) -> Result<(), StoreError> {
        let format = logs.date_source.as_deref().map(|source| {
            let source = PartitionDateSource::from(source);
            let prefix = PartitionedPrefix::builder().partition_date_source(source).build();
            TargetObjectKeyFormat::builder().partitioned_prefix(prefix).build()
        });
        let target = LoggingEnabled::builder()
            .target_bucket(&logs.bucket)
            .target_prefix(&logs.prefix)
            .set_target_object_key_format(format)
            .build()
            .map_err(|error| unbuilt(self, &error))?;
        let status = BucketLoggingStatus::builder().logging_enabled(target).build();
        let request = self.client("").await?.put_bucket_logging().bucket(&self.name);
        self.done(request.bucket_logging_status(status).send().await)
    }
}

type Response = aws_smithy_runtime_api::client::orchestrator::HttpResponse;

impl S3Store {
    async fn attempt(&self, name: &str) -> Result<(), StoreError> {
        let wish = &self.wish;
        match name {
            step::BUCKET => self.bucket.create().await,
            step::POLICY => {
                let owner = self.owner().await?;
                self.bucket.set_policy(&self.policy(owner.as_ref())).await
            }
            step::PUBLIC_BLOCK => self.bucket.block_the_public().await,
            step::TAGS => self.bucket.set_tags(&wish.tags).await,
            step::VERSIONING => self.bucket.keep_versions().await,
            step::ENCRYPTION => self.bucket.encrypt(&wish.algorithm, wish.kms_key.as_deref()).await,
            _ => self.attempt_beside(name).await,
        }
    }

    /// The containers beside the bucket.
    async fn attempt_beside(&self, name: &str) -> Result<(), StoreError> {
        let wish = &self.wish;
        match (name, &wish.logs, &self.table) {
            (step::LOG_BUCKET, Some(logs), _) => self.make_log_bucket(logs).await,
            (step::LOGGING, Some(logs), _) => self.bucket.log_to(logs).await,
            (step::TABLE, _, Some(table)) => table.create(&wish.table_tags, wish.encrypts_table).await,
            (step::TABLE_TAGS, _, Some(table)) => table.set_tags(&wish.table_tags).await,
            (step::TABLE_ENCRYPTION, _, Some(table)) => table.encrypt().await,
            _ => Ok(()),
        }
    }

    async fn make_log_bucket(&self, logs: &Logs) -> Result<(), StoreError> {
        let bucket = self.log_bucket(logs);
        bucket.create().await?;
        if !logs.skips_public_block {
            bucket.block_the_public().await?;
        }
        if !logs.skips_acl {
            bucket.let_logs_in().await?;
        }
        if !logs.skips_encryption {
            bucket.encrypt("AES256", None).await?;
        }
        if !logs.skips_tls {
            let owner = self.owner().await?;
            let policy =
                Policy { bucket: &logs.bucket, root_of: None, tls_only: true, ..self.policy(owner.as_ref()) };
            bucket.set_policy(&policy).await?;
        }
        if !self.wish.skips_versioning {
            bucket.keep_versions().await?;
        }
        if logs.tags.is_empty() { Ok(()) } else { bucket.set_tags(&logs.tags).await }
    }
}

#[async_trait]
impl Bootstrap for S3Store {
    fn container(&self) -> String {
        let table = self.table.as_ref().map(|table| format!(" and dynamodb://{}", table.name));
        format!("s3://{}{}", self.bucket.name, table.unwrap_or_default())
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        self.missing_steps().await
    }

    async fn carry_out(&self, step: &Step) -> Result<(), StoreError> {
        let retry = &self.state.retry;
        let mut unseen = 0;
        loop {
            match retry.repeat(|| self.attempt(step.name)).await {
                Err(StoreError::NoContainer { .. }) if unseen < LOOKS_FOR_NEW => {
                    retry.wait(unseen).await;
                    unseen += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        self.state.retry.repeat(|| self.has_versioning()).await
    }
}
