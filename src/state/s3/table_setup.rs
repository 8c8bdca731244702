//! The lock table itself: whether it is there, and making it.

use super::table::Table;
use crate::cloud::aws::{Fault, Meaning};
use crate::state::error::StoreError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, SseSpecification,
    TableDescription, TableStatus, Tag,
};
use std::collections::BTreeMap;
use std::time::Duration;

/// The name of the key that terraform asks by.
const KEY: &str = "LockID";

/// How often, and how long apart, we look whether a new table can be used.
const LOOKS: u32 = 60;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

impl Table {
    /// `None` if there is no such table.
    pub(super) async fn description(&self) -> Result<Option<TableDescription>, StoreError> {
        let answer = self.client().await?.describe_table().table_name(&self.name).send().await;
        let table = match answer.map_err(|error| Fault::of(&error)) {
            Ok(answer) => answer.table,
            Err(fault) if fault.meaning == Meaning::NoContainer => return Ok(None),
            Err(fault) => return Err(self.fault(&fault)),
        };
        let has_key = table.iter().flat_map(|table| table.key_schema()).any(|key| key.attribute_name == KEY);
        if has_key {
            return Ok(table);
        }
        let said = format!("it has no key `{KEY}`, so it is no lock table");
        Err(StoreError::Refused { place: format!("dynamodb://{}", self.name), status: 200, said })
    }

    pub(super) async fn create(
        &self,
        tags: &BTreeMap<String, String>,
        encrypted: bool,
    ) -> Result<(), StoreError> {
        let unbuilt = |error: aws_sdk_dynamodb::error::BuildError| {
            self.fault(&Fault::new(Meaning::Refused, error.to_string()))
        };
        let attribute =
            AttributeDefinition::builder().attribute_name(KEY).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(KEY).key_type(KeyType::Hash);
        let tags = self.built(tags)?;
        let sse = encrypted.then(|| SseSpecification::builder().enabled(true).build());
        let request = self.client().await?.create_table().table_name(&self.name);
        let request = request
            .attribute_definitions(attribute.build().map_err(unbuilt)?)
            .key_schema(key.build().map_err(unbuilt)?)
            .billing_mode(BillingMode::PayPerRequest)
            .set_sse_specification(sse)
            .set_tags(Some(tags).filter(|tags| !tags.is_empty()));
        match request.send().await.map_err(|error| Fault::of(&error)) {
            Err(fault) if fault.meaning != Meaning::Exists => Err(self.fault(&fault)),
            _ => self.wait_until_active().await,
        }
    }

    async fn wait_until_active(&self) -> Result<(), StoreError> {
        for _ in 0..LOOKS {
            let table = self.description().await?;
            if table.is_some_and(|table| table.table_status == Some(TableStatus::Active)) {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        let said = "the new table is not ready yet".to_owned();
        Err(StoreError::Unavailable { place: format!("dynamodb://{}", self.name), said })
    }

    pub(super) async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let answer = self.client().await?.list_tags_of_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| self.fault(&Fault::of(&error)))?;
        Ok(answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    pub(super) async fn set_tags(&self, tags: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let arn = self.description().await?.and_then(|table| table.table_arn).unwrap_or_default();
        let tags = self.built(tags)?;
        let request = self.client().await?.tag_resource().resource_arn(arn).set_tags(Some(tags));
        request.send().await.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
    }

    pub(super) async fn encrypt(&self) -> Result<(), StoreError> {
        let sse = SseSpecification::builder().enabled(true).build();
        let request = self.client().await?.update_table().table_name(&self.name).sse_specification(sse);
        request.send().await.map(drop).map_err(|error| self.fault(&Fault::of(&error)))
    }

    fn built(&self, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, StoreError> {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags: Result<Vec<Tag>, _> = tags.collect();
        tags.map_err(|error| self.fault(&Fault::new(Meaning::Refused, error.to_string())))
    }
}
