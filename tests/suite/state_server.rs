//! terraform's `http` backend on loopback: a state, its lock, and the faults that a test asks for.

use std::sync::{Arc, Mutex};

use super::server::{Asked, Reply, Server};
use super::space::TestSpace;

/// What the store holds, and how it behaves.
#[derive(Debug, Default)]
pub struct Shelf {
    pub state: Option<Vec<u8>>,
    /// The holder's note.
    pub lock: Option<Vec<u8>>,
    /// No state is taken.
    pub is_down: bool,
    /// How many more times a lock of somebody else is shown before it is given back.
    pub held_for: usize,
}

/// A store for the states of one test.
pub struct StateServer {
    server: Server,
    shelf: Arc<Mutex<Shelf>>,
}

/// A lock of somebody else.
pub const THEIRS: &str = r#"{"ID":"40d2a3c4-0000-1111-2222-333344445555","Operation":"OperationTypeApply","Info":"","Who":"them@elsewhere","Version":"1.11.4","Created":"2026-01-02T03:04:05.678Z","Path":""}"#;

impl StateServer {
    pub fn start() -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let own = Arc::clone(&shelf);
        let server = Server::start(move |asked| answer(asked, &mut own.lock().expect("the shelf")));
        Self { server, shelf }
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut Shelf) -> T) -> T {
        change(&mut self.shelf.lock().expect("the shelf"))
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.server.asked()
    }

    /// How often something was done.
    pub fn count(&self, method: &str) -> usize {
        self.asked().iter().filter(|asked| asked.method == method).count()
    }

    /// The settings of the backend, to stand in `config`.
    pub fn settings(&self) -> String {
        let url = self.server.url("/state");
        format!(
            "address = \"{url}\"\n    lock_address = \"{url}\"\n    unlock_address = \"{url}\"\n    retry_max = 0\n"
        )
    }

    /// A unit that keeps its state here.
    pub fn write_unit(&self, space: &TestSpace, unit: &str, module: &str) {
        space.write(&format!("{unit}/main.tf"), module);
        let settings = self.settings();
        space.write(
            &format!("{unit}/terragrunt.hcl"),
            &format!(
                "remote_state {{\n  backend = \"http\"\n  generate = {{\n    path = \"backend.tf\"\n    if_exists = \"overwrite\"\n  }}\n  config = {{\n    {settings}  }}\n}}\n"
            ),
        );
    }
}

fn answer(asked: &Asked, shelf: &mut Shelf) -> Reply {
    match asked.method.as_str() {
        "GET" => shelf.state.clone().map_or_else(|| Reply::status(404), Reply::ok),
        "POST" if shelf.is_down => Reply::status(500),
        "POST" => {
            shelf.state = Some(asked.body.clone());
            Reply::ok("")
        }
        "LOCK" if shelf.held_for > 0 => {
            shelf.held_for -= 1;
            Reply { status: 423, headers: Vec::new(), body: THEIRS.into() }
        }
        "LOCK" => match &shelf.lock {
            Some(lock) => Reply { status: 423, headers: Vec::new(), body: lock.clone() },
            None => {
                shelf.lock = Some(asked.body.clone());
                Reply::ok("")
            }
        },
        "UNLOCK" => {
            shelf.lock = None;
            Reply::ok("")
        }
        _ => Reply::status(405),
    }
}
