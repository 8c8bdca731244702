//! Stores as the library opens them: by a backend's settings, on a place of the tests.

use std::sync::Arc;

use serde_json::Value as Json;
use terrace::hcl::json::from_json;
use terrace::host::env::Env;
use terrace::state::{Backend as Unit, Store};

use super::subject::{Client, Line, Subject, Target, Trouble, stores};
use crate::emulators::{Answer, Backend, Fault, On, Place, Settings};

const KEY: &str = "team/state.tfstate";

/// A state in a backend.
pub struct Placed {
    place: Place,
}

/// What the library is told about a unit with these settings.
fn unit(place: &Place, settings: Settings) -> Unit {
    let mut env = Env::default();
    for (name, value) in place.env() {
        env.set(name, value);
    }
    Unit {
        kind: place.backend.name().to_owned(),
        config: from_json(&Json::Object(settings)),
        env,
        workspace: "default".to_owned(),
        dir: "/".into(),
    }
}

impl Placed {
    pub fn require(backend: Backend) -> Option<Self> {
        Some(Self { place: backend.require()? })
    }
}

/// A client of the state of this key; the place is its line.
pub fn client_of(place: Place, key: &str) -> Client {
    let settings = place.settings(key);
    open(place, settings)
}

fn open(place: Place, settings: Settings) -> Client {
    let stores = stores();
    let unit = unit(&place, settings);
    let store: Arc<dyn Store> =
        stores.open(&unit).unwrap_or_else(|e| panic!("{}: {e}", place.backend.name()));
    let line: Option<Box<dyn Line>> = match place.backend {
        Backend::Local => None,
        _ => Some(Box::new(place)),
    };
    Client::new(stores, store, line)
}

/// Requests of a kind, in the protocol of the backend.
fn requests(backend: Backend, target: Target) -> On {
    match (backend, target) {
        (Backend::Gcs, Target::ReadState) => On::ending("GET", "default.tfstate"),
        (Backend::Gcs, Target::WriteState) => On::body("POST", "default.tfstate"),
        (Backend::Gcs, Target::TakeLock) => On::body("POST", "default.tflock"),
        (Backend::Gcs, Target::FreeLock) => On::ending("DELETE", "default.tflock"),
        (_, Target::ReadState) => On::ending("GET", ".tfstate"),
        (Backend::Azurerm, Target::TakeLock) => On::new("PUT", "comp=lease"),
        (Backend::Azurerm, Target::FreeLock) => On::new("PUT", "comp=lease"),
        (Backend::Azurerm, Target::WriteState) => On::new("PUT", ".tfstate").without("comp="),
        (_, Target::WriteState) => On::ending("PUT", ".tfstate"),
        (_, Target::TakeLock) => On::ending("PUT", ".tflock"),
        (_, Target::FreeLock) => On::ending("DELETE", ".tflock"),
    }
}

fn fault(backend: Backend, trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Broken => Fault::Answer(Answer::broken(backend)),
        Trouble::Throttled => Fault::Answer(Answer::throttled(backend)),
        Trouble::Expired => Fault::Answer(Answer::expired(backend)),
        Trouble::Denied => Fault::Answer(Answer::denied(backend)),
        Trouble::Reset => Fault::Reset,
        Trouble::Silence => Fault::Hang(super::subject::SILENCE * 2),
        Trouble::HalfSent => Fault::CutUpload(10),
        Trouble::HalfHeard => Fault::CutAnswer(10),
        Trouble::DoneAndBroken => Fault::AnswerAfter(Answer::broken(backend)),
        Trouble::DoneAndReset => Fault::ResetAfter,
        Trouble::Hold(latch) => Fault::Hold(latch),
    }
}

impl Line for Place {
    fn disturb(&self, target: Target, times: usize, trouble: Trouble) {
        let on = requests(self.backend, target).times(times);
        self.proxy().inject(on, fault(self.backend, trouble));
    }

    fn count(&self, target: Target) -> usize {
        self.proxy().count(&requests(self.backend, target))
    }
}

impl Subject for Placed {
    fn client(&self) -> Client {
        client_of(self.place.twin(), KEY)
    }

    fn lost_client(&self) -> Option<Client> {
        let place = self.place.twin();
        let mut settings = place.settings(KEY);
        let container = ["bucket", "container_name"].into_iter().find(|name| settings.contains_key(*name))?;
        settings.insert(container.to_owned(), "nobody-made-this".into());
        Some(open(place, settings))
    }

    fn shares_locks(&self) -> bool {
        self.place.backend != Backend::Local
    }
}
