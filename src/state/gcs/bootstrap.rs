//! The bucket around states: what it lacks, and making it so. Its name is shared with the whole world, so that it
//! exists says nothing: it has to be one of the project's.

use super::answer::Refusal;
use super::api::Api;
use super::settings::Wanted;
use crate::state::error::StoreError;
use crate::state::retry::Retry;
use crate::state::store::{Change, Step};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CREATE: &str = "bucket";
const VERSIONING: &str = "versioning";
const LABELS: &str = "labels";
const UNIFORM: &str = "uniform-access";

#[derive(Debug)]
pub struct Bucket {
    pub api: Api,
    pub wanted: Wanted,
    pub retry: Retry,
}

/// What the store says of a bucket.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Found {
    versioning: Switch,
    labels: BTreeMap<String, String>,
    iam_configuration: Access,
}

#[derive(Debug, Default, Deserialize)]
struct Switch {
    #[serde(default)]
    enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Access {
    uniform_bucket_level_access: Switch,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Named>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Bucket {
    /// # Errors
    /// `Foreign` when it exists and is not provably the project's.
    pub async fn survey(&self) -> Result<Vec<Step>, StoreError> {
        match self.find().await? {
            Some(found) => {
                self.check_owner().await?;
                Ok(self.differences(&found))
            }
            None if self.wanted.skip_creation => {
                Err(StoreError::NoContainer { place: self.place(), what: "bucket" })
            }
            None => Ok(vec![self.creation()]),
        }
    }

    /// # Errors
    /// When the store refuses.
    pub async fn carry_out(&self, step: &Step) -> Result<(), StoreError> {
        match step.name {
            CREATE => self.create().await,
            VERSIONING => self.patch(json!({"versioning": {"enabled": true}})).await,
            LABELS => self.patch(json!({"labels": self.wanted.labels})).await,
            UNIFORM => self.patch(uniform_access()).await,
            _ => Ok(()),
        }
    }

    /// # Errors
    /// When the store does not say.
    pub async fn keeps_versions(&self) -> Result<bool, StoreError> {
        let missing = || StoreError::NoContainer { place: self.place(), what: "bucket" };
        Ok(self.find_as(denied).await?.ok_or_else(missing)?.versioning.enabled)
    }

    fn place(&self) -> String {
        self.api.place("")
    }

    async fn find(&self) -> Result<Option<Found>, StoreError> {
        self.find_as(foreign).await
    }

    /// The bucket as it is; `forbidden` says what it means that we may not look.
    async fn find_as(
        &self,
        forbidden: fn(String, String) -> StoreError,
    ) -> Result<Option<Found>, StoreError> {
        let place = self.place();
        let ask = || async {
            let request = self.api.request(Method::GET, self.api.of_bucket());
            self.api.ask::<Found>(request, &place).await
        };
        match self.retry.repeat(ask).await {
            Ok(found) => Ok(Some(found)),
            Err(StoreError::NoContainer { .. }) => Ok(None),
            Err(StoreError::Denied { place, said }) => Err(forbidden(place, said)),
            Err(error) => Err(error),
        }
    }

    /// A project lists its buckets; the name alone, and that we may read it, prove nothing.
    async fn check_owner(&self) -> Result<(), StoreError> {
        let Some(project) = &self.wanted.project else { return Ok(()) };
        let (place, mut token) = (self.place(), None::<String>);
        loop {
            let mut url = self.api.buckets();
            url.query_pairs_mut().append_pair("project", project).append_pair("prefix", &self.api.bucket);
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let ask =
                || async { self.api.ask::<Page>(self.api.request(Method::GET, url.clone()), &place).await };
            let page = self.retry.repeat(ask).await.map_err(|error| match error {
                StoreError::Denied { place, said } => foreign(
                    place,
                    format!("the buckets of the project `{project}` may not be listed: {said}"),
                ),
                StoreError::NoContainer { place, .. } => {
                    foreign(place, format!("there is no project `{project}`"))
                }
                error => error,
            })?;
            if page.items.iter().any(|item| item.name == self.api.bucket) {
                return Ok(());
            }
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Err(foreign(place, format!("it exists, but not in the project `{project}`")));
            }
        }
    }

    fn differences(&self, found: &Found) -> Vec<Step> {
        let wanted = &self.wanted;
        let update = |name, what: &str| Step { change: Change::Update, name, what: what.to_owned() };
        let mut steps = Vec::new();
        if !wanted.skip_versioning && !found.versioning.enabled {
            steps.push(update(VERSIONING, "switch versioning on"));
        }
        if wanted.labels.iter().any(|(name, value)| found.labels.get(name) != Some(value)) {
            steps.push(update(LABELS, "set the labels"));
        }
        if wanted.uniform_access && !found.iam_configuration.uniform_bucket_level_access.enabled {
            steps.push(update(UNIFORM, "switch uniform access on"));
        }
        steps
    }

    fn creation(&self) -> Step {
        let location = self.wanted.location.as_deref().unwrap_or("the default location");
        let project = self.wanted.project.as_deref().unwrap_or("?");
        let what = format!("create the bucket {} in {location} (project {project})", self.api.bucket);
        Step { change: Change::Create, name: CREATE, what }
    }

    /// One request makes it as it should be. A bucket that somebody else made meanwhile serves if it is ours.
    async fn create(&self) -> Result<(), StoreError> {
        let place = self.place();
        let (Some(project), Some(location)) = (&self.wanted.project, &self.wanted.location) else {
            let what = "create a bucket without `project` and `location` in the settings";
            return Err(StoreError::Incapable { place, what });
        };
        let mut url = self.api.buckets();
        url.query_pairs_mut().append_pair("project", project);
        let body = self.description(location).to_string();
        let make = || async {
            let request = self.api.request(Method::POST, url.clone());
            let request = request.header("content-type", "application/json").body(body.clone());
            self.made(self.api.send(request, &place).await?).await
        };
        self.retry.repeat(make).await
    }

    async fn made(&self, response: reqwest::Response) -> Result<(), StoreError> {
        if response.status().is_success() {
            return Ok(());
        }
        let refusal = Refusal::read(response).await;
        if refusal.status != 409 {
            return Err(refusal.meaning(self.place()));
        }
        match self.find().await? {
            Some(_) => self.check_owner().await,
            None => Err(foreign(self.place(), "its name is taken".to_owned())),
        }
    }

    fn description(&self, location: &str) -> Value {
        let mut description = json!({"name": self.api.bucket, "location": location});
        let wanted = &self.wanted;
        let parts = [
            (!wanted.skip_versioning).then(|| json!({"versioning": {"enabled": true}})),
            (!wanted.labels.is_empty()).then(|| json!({"labels": wanted.labels})),
            wanted.uniform_access.then(uniform_access),
        ];
        for part in parts.into_iter().flatten() {
            if let (Some(into), Value::Object(members)) = (description.as_object_mut(), part) {
                into.extend(members);
            }
        }
        description
    }

    /// Says the same however often.
    async fn patch(&self, change: Value) -> Result<(), StoreError> {
        let (place, body) = (self.place(), change.to_string());
        let ask = || async {
            let request = self.api.request(Method::PATCH, self.api.of_bucket());
            let request = request.header("content-type", "application/json").body(body.clone());
            self.api.send_well(request, &place).await.map(drop)
        };
        self.retry.repeat(ask).await
    }
}

fn uniform_access() -> Value {
    json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}})
}

fn foreign(place: String, said: String) -> StoreError {
    StoreError::Foreign { place, said }
}

fn denied(place: String, said: String) -> StoreError {
    StoreError::Denied { place, said }
}
