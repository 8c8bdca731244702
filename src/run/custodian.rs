//! What is done around terraform so that no state is lost: its container is there before it is needed, and a copy is
//! kept before it changes where the store keeps no versions. Each container is looked at once in a run.

use super::failure::Failure;
use super::locator::target_of;
use super::prepare::Prepared;
use super::settings::Automatic;
use super::whereabouts::locate;
use super::wire::Wire;
use crate::custody::copies::{self, Taken};
use crate::event::Level;
use crate::state::store::{Change, Step};
use crate::state::{OpenError, Store, StoreError, Stores, StoresInWaiting};
use std::collections::HashMap;
use std::fmt::{Debug, Formatter};
use std::sync::Arc;
use tokio::sync::{Mutex, OnceCell};

/// What becomes of containers that are not as the settings say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Containers {
    /// They are terraform's business.
    #[default]
    Leave,
    /// What is missing is made.
    Create,
    /// What is missing is a failure.
    Require,
}

/// How states are taken care of.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub containers: Containers,
    /// Whether differences of a container that is there are told.
    pub differences: Automatic,
    pub copies: Automatic,
}

/// What terraform does when it looks for a state, in its words.
const LOOKING: [&str; 2] = ["existing workspaces", "refreshing state"];

/// That it finds no place for one, in the words of terraform and of the stores.
const MISSING: [&str; 4] = ["NoSuchBucket", "S3 bucket", "bucket doesn't exist", "ContainerNotFound"];

/// A failure for want of a bucket or container, with the next step.
pub fn explain(failure: Failure, prepared: &Prepared) -> Failure {
    let says = |words: &[&str]| words.iter().any(|word| failure.stderr.contains(word));
    if failure.is_final || !says(&LOOKING) || !says(&MISSING) {
        return failure;
    }
    let Some(remote) = &prepared.ready.config.remote_state else { return failure };
    failure.advise(format!(
        "the bucket or container of the backend \"{}\" is missing: mend its name in `remote_state`, or let --backend-bootstrap make it",
        remote.backend
    ))
}

/// A unit's store, and where its connections live.
type Opened = (Arc<Stores>, Arc<dyn Store>);

/// What was found out about a container.
#[derive(Debug, Default)]
struct Container {
    made: OnceCell<Result<(), String>>,
    keeps_versions: OnceCell<bool>,
}

/// Takes care of the states of one run.
pub struct Custodian {
    stores: Arc<StoresInWaiting>,
    rule: Rule,
    containers: Mutex<HashMap<String, Arc<Container>>>,
}

impl Debug for Custodian {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Custodian").field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl Custodian {
    #[must_use]
    pub fn new(stores: Arc<StoresInWaiting>, rule: Rule) -> Self {
        Self { stores, rule, containers: Mutex::default() }
    }

    /// Before init: the container of the unit's state is there, if that is asked for.
    ///
    /// # Errors
    /// When it cannot be made, or must not.
    pub async fn make_container(&self, wire: &Wire, prepared: &Prepared) -> Result<(), Failure> {
        let remote = prepared.ready.config.remote_state.as_ref();
        let is_ours =
            remote.is_some_and(|remote| remote.disable_init != Some(true) && remote.backend != "local");
        if self.rule.containers == Containers::Leave || !is_ours {
            return Ok(());
        }
        let (stores, store) = match self.open(prepared, "init") {
            Ok(Some(opened)) => opened,
            Ok(None) => return Ok(()),
            Err(text) => return Err(Failure::of_message(text)),
        };
        let container = self.container(&*store).await;
        let done = container.made.get_or_init(|| self.make(wire, &stores, &store)).await;
        done.clone().map_err(Failure::of_message)
    }

    async fn make(&self, wire: &Wire, stores: &Stores, store: &Arc<dyn Store>) -> Result<(), String> {
        let asked = Arc::clone(store);
        let steps = on(stores, async move { asked.survey().await }).await?;
        let (missing, differing): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| step.change == Change::Create);
        let name = store.container();
        let told = |steps: &[Step]| steps.iter().map(|step| step.what.clone()).collect::<Vec<_>>().join("; ");
        if !differing.is_empty() && self.rule.differences == Automatic::On {
            let text = format!(
                "{name} is not as the settings say: {}; `terrace backend bootstrap` changes it",
                told(&differing)
            );
            wire.note(Level::Warn, text).await;
        }
        if missing.is_empty() {
            return Ok(());
        }
        if self.rule.containers == Containers::Require {
            return Err(format!(
                "{name} would have to be made, which --backend-require-bootstrap forbids: {}",
                told(&missing)
            ));
        }
        wire.note(Level::Info, format!("{name}: {}", told(&missing))).await;
        let asked = Arc::clone(store);
        on(stores, async move { crate::custody::containers::carry_out(&*asked, &missing).await }).await
    }

    /// Before a state changes: a copy of it, where nothing else would keep what it was. A copy that cannot be made is
    /// told and no more: whether the change may happen is for terraform and its store to say.
    pub async fn keep_copy(&self, wire: &Wire, prepared: &Prepared, command: &str) {
        if self.rule.copies == Automatic::Off || !matches!(command, "apply" | "destroy") {
            return;
        }
        let (stores, store) = match self.open(prepared, command) {
            Ok(Some(opened)) => opened,
            Ok(None) => return,
            Err(text) => {
                wire.note(Level::Warn, format!("no copy of the state could be kept: {text}")).await;
                return;
            }
        };
        let container = self.container(&*store).await;
        let asked = Arc::clone(&store);
        let keeps_versions = container
            .keeps_versions
            .get_or_init(|| async {
                on(&stores, async move { asked.keeps_versions().await }).await.unwrap_or(false)
            })
            .await;
        if *keeps_versions {
            return;
        }
        let asked = Arc::clone(&store);
        match on(&stores, async move { copies::take(&*asked).await }).await {
            Ok(Taken::Copied(name)) => {
                wire.note(Level::Debug, format!("a copy of the state is kept: {name}")).await
            }
            Ok(Taken::Known | Taken::Nothing) => {}
            Err(text) => wire.note(Level::Warn, format!("no copy of the state could be kept: {text}")).await,
        }
    }

    /// The unit's store; `None` where we have none for it.
    fn open(&self, prepared: &Prepared, command: &str) -> Result<Option<Opened>, String> {
        let Ok(place) = locate(&target_of(prepared, command)) else { return Ok(None) };
        let stores = self.stores.get().map_err(|error| error.to_string())?;
        match stores.open(&place.backend) {
            Ok(store) => Ok(Some((stores, store))),
            Err(OpenError::NoDriver { .. }) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn container(&self, store: &dyn Store) -> Arc<Container> {
        let key = format!("{} {}", store.backend(), store.container());
        Arc::clone(self.containers.lock().await.entry(key).or_default())
    }
}

/// Runs a question where the stores' connections live.
async fn on<T: Send + 'static>(
    stores: &Stores,
    question: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, String> {
    match stores.handle().spawn(question).await {
        Ok(answer) => answer.map_err(|error| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        }),
        Err(error) => Err(format!("asking the store was cut off: {error}")),
    }
}
