//! What units of one run share, so that they do not come in each other's way.

use super::custodian::Custodian;
use super::packages::Packages;
use crate::toolrc::RcBook;
use std::sync::Arc;
use tokio::sync::{RwLock, Semaphore};

/// How many units may be prepared at the same time: each takes a blocking thread.
pub const PREPARERS: usize = 8;

/// One set of them for each run.
#[derive(Debug)]
pub struct Gates {
    /// The shared plugin cache: written by an init alone, since terraform replaces packages that others run.
    pub plugin_cache: RwLock<()>,
    /// Takes care of the states, where somebody is to.
    pub custodian: Option<Custodian>,
    /// The packages of providers, where they are shared.
    pub packages: Option<Arc<Packages>>,
    /// The settings of the tools.
    pub rc: Arc<RcBook>,
    pub prepare: Semaphore,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            plugin_cache: RwLock::new(()),
            custodian: None,
            packages: None,
            rc: Arc::default(),
            prepare: Semaphore::new(PREPARERS),
        }
    }
}
