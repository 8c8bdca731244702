//! Asking a unit's store who holds the lock of its state. Never waits long, and never fails a run.

use super::locator::target_of;
use super::locks::{describe, show_command};
use super::prepare::Prepared;
use super::settings::RunSettings;
use super::whereabouts::locate;
use super::wire::Wire;
use crate::event::Level;
use crate::host::clock;
use crate::state::{Backend, Holder, StoresInWaiting};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The question, for one unit. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LockQuestion {
    stores: Arc<StoresInWaiting>,
    backend: Backend,
    unit_dir: PathBuf,
}

impl LockQuestion {
    /// `None` where nobody can tell where the state is.
    #[must_use]
    pub fn of(settings: &RunSettings, prepared: &Prepared) -> Option<Self> {
        let stores = Arc::clone(settings.stores.as_ref()?);
        Some(Self { stores, backend: backend_of(prepared)?, unit_dir: prepared.ready.dir.clone() })
    }

    /// Every lock that is held on the state now; `None` where the store does not say.
    pub async fn holders(&self) -> Option<Vec<Holder>> {
        let stores = self.stores.get().ok()?;
        let store = stores.open(&self.backend).ok()?;
        let asked = stores.handle().spawn(async move { store.holders().await });
        tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?.ok()
    }

    /// Says for whom a child waits.
    pub async fn tell_waiting(self, wire: Wire) {
        let holders = self.holders().await.unwrap_or_default();
        let who = match holders.first().map(|holder| (holder, &holder.info)) {
            None => "it is not known who holds it".to_owned(),
            Some((holder, None)) => format!("it is held by {}", holder.who()),
            Some((holder, Some(info))) => {
                format!("it is held by {}", describe(info, holder.now.unwrap_or_else(clock::now)))
            }
        };
        let show = show_command(&self.unit_dir);
        wire.note(Level::Warn, format!("waiting for the lock of the state: {who}; look at it: {show}")).await;
    }
}

/// The backend as the unit file has it, else as terraform noted it, else as the module says.
fn backend_of(prepared: &Prepared) -> Option<Backend> {
    locate(&target_of(prepared, "plan")).ok().map(|found| found.backend)
}
