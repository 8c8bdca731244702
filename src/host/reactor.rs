//! A thread on which questions to servers run, for those who wait for the answer. Knows nothing of what is asked.

use std::io;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Lives as long as this value.
#[derive(Debug)]
pub struct Reactor {
    handle: Handle,
    /// Dropping it ends the thread.
    _alive: oneshot::Sender<()>,
}

impl Reactor {
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (alive, over) = oneshot::channel();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _ = runtime.block_on(over);
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _alive: alive })
    }

    /// For callers that do not block.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Any thread may ask but this one. `None` when the question panicked.
    pub fn wait<T: Send + 'static>(&self, question: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (answer, answered) = std::sync::mpsc::channel();
        self.handle.spawn(async move {
            let _ = answer.send(question.await);
        });
        answered.recv().ok()
    }
}
