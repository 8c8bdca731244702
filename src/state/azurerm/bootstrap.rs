//! The container of states and what it lies in: resource group, account, versions, soft delete. The management API makes
//! and compares all of it; where that cannot be reached, the container alone is made, by the way of the states.
//!
//! Each step first looks at what there is or says the same thing twice, so that doing it beside somebody else is no
//! fault.

use super::AzureStore;
use super::config::Wanted;
use super::faults::{Refusal, store_error};
use super::management::{BLOBS, GROUPS, Management, STORAGE, Told};
use crate::state::error::{StoreError, said};
use crate::state::store::{Bootstrap, Change, Step};
use async_trait::async_trait;
use azure_core::http::Method;
use serde_json::{Value as Json, json};
use std::time::Duration;

const GROUP: &str = "resource group";
const ACCOUNT: &str = "storage account";
const SETTINGS: &str = "settings of the storage account";
const VERSIONING: &str = "versioning";
const SOFT_DELETE: &str = "soft delete";
const CONTAINER: &str = "container";

/// How long a new account may take: so many looks, with this pause between them.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_secs(3);

/// An account as it is, or its absence.
struct Found {
    account: Option<Json>,
    blobs: Option<Json>,
    has_container: bool,
}

fn step(change: Change, name: &'static str, what: impl Into<String>) -> Step {
    Step { change, name, what: what.into() }
}

impl AzureStore {
    /// `None` where the management API is not in reach: nobody says where the account is, who we are, or it does not
    /// answer.
    async fn manager(&self) -> Result<Option<(&Management, &str)>, StoreError> {
        let session = &self.objects.session;
        let Ok(group) = session.group() else { return Ok(None) };
        let management = match session.management().await {
            Ok(management) => management,
            Err(error) if is_out_of_reach(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        // The first question shows whether anybody is there.
        match management.ask(Method::Get, (&management.group_path(group), GROUPS), None).await {
            Ok(_) => Ok(Some((management, group))),
            Err(error) if is_out_of_reach(&error) => Ok(None),
            // Who may only use the blobs need not be told off for not managing them.
            Err(StoreError::Denied { .. }) if self.wanted.location.is_none() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn account(&self) -> &str {
        &self.objects.session.account.name
    }

    fn container_name(&self) -> &str {
        &self.objects.container
    }

    fn container_path(&self, management: &Management, group: &str) -> String {
        let account = management.account_path(group, self.account());
        format!("{account}/blobServices/default/containers/{}", self.container_name())
    }

    async fn find(&self, management: &Management, group: &str) -> Result<Found, StoreError> {
        let account = management.account_path(group, self.account());
        let Some(found) = self.get(management, (&account, STORAGE)).await? else {
            return Ok(Found { account: None, blobs: None, has_container: false });
        };
        let blobs = self.get(management, (&format!("{account}/blobServices/default"), BLOBS)).await?;
        let container = self.container_path(management, group);
        let has_container = self.get(management, (&container, BLOBS)).await?.is_some();
        Ok(Found { account: Some(found), blobs, has_container })
    }

    async fn get(&self, management: &Management, what: (&str, &str)) -> Result<Option<Json>, StoreError> {
        let told = self.retry.repeat(|| management.ask(Method::Get, what, None)).await?;
        match told.status {
            200 => Ok(Some(told.json)),
            404 => Ok(None),
            _ => Err(management.refused(&told, self.container())),
        }
    }

    /// Sends it, and wants it done.
    async fn set(
        &self,
        management: &Management,
        (method, path, version): (Method, &str, &str),
        body: &Json,
    ) -> Result<Told, StoreError> {
        let told = self.retry.repeat(|| management.ask(method, (path, version), Some(body))).await?;
        match told.status {
            200..=202 => Ok(told),
            _ => Err(management.refused(&told, self.container())),
        }
    }

    /// A name that is taken, but not in our subscription, belongs to somebody else.
    async fn refuse_foreign(&self, management: &Management) -> Result<(), StoreError> {
        let asked = json!({ "name": self.account(), "type": "Microsoft.Storage/storageAccounts" });
        let path = management.availability_path();
        let told = self.retry.repeat(|| management.ask(Method::Post, (&path, STORAGE), Some(&asked))).await?;
        match (told.status, told.json["nameAvailable"].as_bool(), told.json["reason"].as_str()) {
            (200, Some(false), Some("AlreadyExists")) => Err(StoreError::Foreign {
                place: self.objects.session.place(),
                said: "the name is taken, but not by an account of this resource group".to_owned(),
            }),
            (200, Some(false), _) => Err(StoreError::Refused {
                place: self.objects.session.place(),
                status: 200,
                said: said(told.json["message"].as_str().unwrap_or("the name cannot be had")),
            }),
            (200, _, _) => Ok(()),
            _ => Err(management.refused(&told, self.container())),
        }
    }

    async fn managed_survey(&self, management: &Management, group: &str) -> Result<Vec<Step>, StoreError> {
        let mut steps = Vec::new();
        let found = self.find(management, group).await?;
        let Some(account) = &found.account else {
            self.refuse_foreign(management).await?;
            let has_group = self.get(management, (&management.group_path(group), GROUPS)).await?.is_some();
            if !has_group && self.wanted.makes_group {
                steps.push(step(Change::Create, GROUP, format!("create the resource group {group}")));
            }
            steps.extend(self.steps_of_new_account()?);
            return Ok(steps);
        };
        let patch = account_patch(account, &self.wanted);
        if let Some(names) = named(&patch) {
            steps.push(step(Change::Update, SETTINGS, format!("change {names} of the storage account")));
        }
        steps.extend(service_steps(found.blobs.as_ref(), &self.wanted, Change::Update));
        if !found.has_container && self.wanted.makes_container {
            steps.push(self.container_step());
        }
        Ok(steps)
    }

    fn steps_of_new_account(&self) -> Result<Vec<Step>, StoreError> {
        let missing =
            |said: &str| StoreError::Refused { place: self.container(), status: 0, said: said.to_owned() };
        if !self.wanted.makes_account {
            return Err(StoreError::NoContainer {
                place: self.objects.session.place(),
                what: "storage account, and `skip_storage_account_creation` is set",
            });
        }
        if self.wanted.location.is_none() {
            return Err(missing(
                "there is no such storage account, and without `location` none can be created",
            ));
        }
        let what = format!("create the storage account {}", self.account());
        let mut steps = vec![step(Change::Create, ACCOUNT, what)];
        steps.extend(service_steps(None, &self.wanted, Change::Create));
        if self.wanted.makes_container {
            steps.push(self.container_step());
        }
        Ok(steps)
    }

    fn container_step(&self) -> Step {
        step(Change::Create, CONTAINER, format!("create the container {}", self.container_name()))
    }

    /// Whether the container is there, by the way of the states.
    async fn has_container(&self) -> Result<bool, StoreError> {
        let attempt = || async {
            let container = self.objects.session.container(self.container_name()).await?;
            match container.get_properties(None).await {
                Ok(_) => Ok(true),
                Err(error) if Refusal::of(&error).is_some_and(|refusal| refusal.status == 404) => Ok(false),
                Err(error) => Err(store_error(&error, &self.container())),
            }
        };
        self.retry.repeat(attempt).await
    }

    async fn make_container(&self) -> Result<(), StoreError> {
        let attempt = || async {
            let container = self.objects.session.container(self.container_name()).await?;
            match container.create(None).await {
                Ok(_) => Ok(()),
                Err(error) if Refusal::of(&error).is_some_and(|it| it.code == "ContainerAlreadyExists") => {
                    Ok(())
                }
                // The one of this name that was deleted is not quite gone.
                Err(error) if Refusal::of(&error).is_some_and(|it| it.code == "ContainerBeingDeleted") => {
                    let said = "a container of this name is just being deleted".to_owned();
                    Err(StoreError::Unavailable { place: self.container(), said })
                }
                Err(error) => Err(store_error(&error, &self.container())),
            }
        };
        self.retry.repeat(attempt).await
    }

    async fn managed_step(
        &self,
        (management, group): (&Management, &str),
        name: &str,
    ) -> Result<(), StoreError> {
        let path = management.account_path(group, self.account());
        match name {
            GROUP => {
                let body = json!({ "location": self.wanted.location, "tags": self.wanted.tags });
                let path = management.group_path(group);
                self.set(management, (Method::Put, &path, GROUPS), &body).await.map(drop)
            }
            ACCOUNT => self.make_account(management, &path).await,
            SETTINGS => match self.get(management, (&path, STORAGE)).await? {
                Some(account) => {
                    let patch = account_patch(&account, &self.wanted);
                    if named(&patch).is_none() {
                        return Ok(());
                    }
                    self.set(management, (Method::Patch, &path, STORAGE), &patch).await.map(drop)
                }
                None => Err(StoreError::NoContainer { place: self.container(), what: ACCOUNT }),
            },
            VERSIONING | SOFT_DELETE => self.set_service(management, &path, name).await,
            CONTAINER => {
                let body = json!({ "properties": { "publicAccess": "None" } });
                let path = self.container_path(management, group);
                self.set(management, (Method::Put, &path, BLOBS), &body).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn make_account(&self, management: &Management, path: &str) -> Result<(), StoreError> {
        if self.get(management, (path, STORAGE)).await?.is_none() {
            let body = new_account(&self.wanted);
            let told =
                self.retry.repeat(|| management.ask(Method::Put, (path, STORAGE), Some(&body))).await?;
            match (told.status, told.json["error"]["code"].as_str()) {
                (200..=202, _) => {}
                (409, Some("StorageAccountAlreadyTaken")) => {
                    let said = "somebody else has an account of this name".to_owned();
                    return Err(StoreError::Foreign { place: self.objects.session.place(), said });
                }
                // Somebody else makes it just now: we wait for the same account.
                (409, _) => {}
                _ => return Err(management.refused(&told, self.container())),
            }
        }
        for _ in 0..LOOKS {
            let account = self.get(management, (path, STORAGE)).await?;
            match account.as_ref().and_then(|account| account["properties"]["provisioningState"].as_str()) {
                Some("Succeeded") => return Ok(()),
                Some("Failed" | "Canceled") => break,
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        let said = "the new storage account does not become ready".to_owned();
        Err(StoreError::Unavailable { place: self.objects.session.place(), said })
    }

    /// Everything else that the service is set to is said again: what is left out might be reset.
    async fn set_service(
        &self,
        management: &Management,
        account: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let path = format!("{account}/blobServices/default");
        let found = self.get(management, (&path, BLOBS)).await?.unwrap_or_else(|| json!({}));
        let mut properties = found["properties"].as_object().cloned().unwrap_or_default();
        match (name, self.wanted.soft_delete) {
            (SOFT_DELETE, Some(days)) => {
                let kept = json!({ "enabled": true, "days": days });
                properties.insert("deleteRetentionPolicy".to_owned(), kept.clone());
                properties.insert("containerDeleteRetentionPolicy".to_owned(), kept);
            }
            _ => {
                properties.insert("isVersioningEnabled".to_owned(), json!(true));
            }
        }
        let body = json!({ "properties": properties });
        self.set(management, (Method::Put, &path, BLOBS), &body).await.map(drop)
    }
}

fn is_out_of_reach(error: &StoreError) -> bool {
    matches!(error, StoreError::NoCredentials { .. } | StoreError::Unavailable { .. })
}

fn new_account(wanted: &Wanted) -> Json {
    let mut properties = json!({
        "allowBlobPublicAccess": wanted.public_blobs,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": true,
    });
    if let Some(tier) = &wanted.access_tier {
        properties["accessTier"] = json!(tier);
    }
    json!({
        "sku": { "name": sku(wanted) },
        "kind": wanted.kind,
        "location": wanted.location,
        "tags": wanted.tags,
        "properties": properties,
    })
}

fn sku(wanted: &Wanted) -> String {
    format!("{}_{}", wanted.tier, wanted.replication)
}

/// What differs and can be changed. Tags that others set stay.
fn account_patch(account: &Json, wanted: &Wanted) -> Json {
    let mut patch = json!({});
    let properties = &account["properties"];
    if properties["allowBlobPublicAccess"].as_bool().unwrap_or(true) != wanted.public_blobs {
        patch["properties"]["allowBlobPublicAccess"] = json!(wanted.public_blobs);
    }
    if properties["supportsHttpsTrafficOnly"] == false {
        patch["properties"]["supportsHttpsTrafficOnly"] = json!(true);
    }
    if wanted.access_tier.as_deref().is_some_and(|tier| properties["accessTier"] != tier) {
        patch["properties"]["accessTier"] = json!(wanted.access_tier);
    }
    if wanted.tags.iter().any(|(name, value)| account["tags"][name] != **value) {
        let mut tags = account["tags"].as_object().cloned().unwrap_or_default();
        tags.extend(wanted.tags.iter().map(|(name, value)| (name.clone(), json!(value))));
        patch["tags"] = json!(tags);
    }
    patch
}

/// What a patch changes, for people.
fn named(patch: &Json) -> Option<String> {
    let names = [
        ("public access to blobs", &patch["properties"]["allowBlobPublicAccess"]),
        ("access without TLS", &patch["properties"]["supportsHttpsTrafficOnly"]),
        ("the access tier", &patch["properties"]["accessTier"]),
        ("the tags", &patch["tags"]),
    ];
    let changed: Vec<&str> =
        names.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| *name).collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}

fn service_steps(blobs: Option<&Json>, wanted: &Wanted, change: Change) -> Vec<Step> {
    let properties = blobs.map_or(&Json::Null, |blobs| &blobs["properties"]);
    let mut steps = Vec::new();
    if wanted.keeps_versions && properties["isVersioningEnabled"] != true {
        steps.push(step(change, VERSIONING, "switch versioning of blobs on"));
    }
    if let Some(days) = wanted.soft_delete {
        let keeps = |policy: &Json| policy["enabled"] == true && policy["days"] == days;
        let names = ["deleteRetentionPolicy", "containerDeleteRetentionPolicy"];
        if !names.iter().all(|name| keeps(&properties[*name])) {
            let what = format!("keep deleted blobs and containers for {days} days");
            steps.push(step(change, SOFT_DELETE, what));
        }
    }
    steps
}

#[async_trait]
impl Bootstrap for AzureStore {
    fn container(&self) -> String {
        format!("{}/{}", self.objects.session.place(), self.objects.container)
    }

    async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        if let Some((management, group)) = self.manager().await? {
            return self.managed_survey(management, group).await;
        }
        let is_missing = self.wanted.makes_container && !self.has_container().await?;
        Ok(is_missing.then(|| self.container_step()).into_iter().collect())
    }

    async fn carry_out(&self, step: &Step) -> Result<(), StoreError> {
        match self.manager().await? {
            Some(manager) => self.managed_step(manager, step.name).await,
            None if step.name == CONTAINER => self.make_container().await,
            None => {
                let said = "the management API can no longer be reached".to_owned();
                Err(StoreError::Unavailable { place: self.container(), said })
            }
        }
    }

    /// A copy before each write is as good. An account tells by the versions that its blobs have; else the management
    /// API is asked.
    async fn keeps_versions(&self) -> Result<bool, StoreError> {
        if self.takes_snapshots {
            return Ok(true);
        }
        let about = self.retry.repeat(|| self.objects.about(&self.key)).await?;
        if about.is_some_and(|about| about.has_version) {
            return Ok(true);
        }
        let Some((management, group)) = self.manager().await? else { return Ok(false) };
        let account = management.account_path(group, self.account());
        let blobs = self.get(management, (&format!("{account}/blobServices/default"), BLOBS)).await?;
        Ok(blobs.is_some_and(|blobs| blobs["properties"]["isVersioningEnabled"] == true))
    }
}
