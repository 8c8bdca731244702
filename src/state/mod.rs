//! Remote state: what a state says, the stores that keep it, the locks on it. Knows nothing of units.
//!
//! - `object`: the least that a remote store can do; `object_state`: state and lock out of it
//! - `store`: the contracts; `stores`: opening one by a backend's settings
//! - `memory`, `local`: the stores that need no network; `s3`: Amazon's, and whoever speaks like it; `azurerm`: Azure's;
//!   `gcs`: Google's
//! - `snapshot`: what a state says; `front`: the part of it that we need, from a stream
//! - `lock_info`, `holder`: what a lock says

pub mod azurerm;
pub mod error;
pub mod front;
pub mod gcs;
pub mod holder;
pub mod local;
pub mod lock_info;
pub mod memory;
pub mod object;
pub mod object_state;
pub mod retry;
pub mod s3;
pub mod settings;
pub mod snapshot;
pub mod store;
pub mod stores;
pub mod tag;

pub use error::{LockError, StoreError};
pub use holder::{Holder, Life, Part};
pub use lock_info::LockInfo;
pub use settings::{Backend, OpenError};
pub use store::{Bootstrap, Locker, StateStore, Store};
pub use stores::{Stores, StoresInWaiting};
