//! Locks between terraform and us, both ways: each stays off while the other holds one, and says who that is.

use terrace::state::{LockError, Part};

use crate::conformance::placed::client_of;
use crate::conformance::subject::info;
use crate::emulators::{Backend, Place};
use crate::module::Module;
use crate::space::{eventually, require};

const KEY: &str = "team/shared.tfstate";

fn place_of(backend: Backend) -> Option<Place> {
    require("terraform").then(|| backend.require()).flatten()
}

/// While we hold the lock, terraform fails and prints our name and the id that would release it.
fn terraform_respects_ours(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let module = Module::initialised(&place, KEY);
    module.apply("first").success();
    let ours = client_of(place.twin(), KEY);
    let lock = ours.acquire(&info("ada@engine")).expect("it is free").remove(0);
    let told = module.apply("second").failure();
    told.says(&["Error acquiring the state lock", "ada@engine", "OperationTypeApply", &lock.id]);
    ours.release(&lock).expect("it is released");
    module.apply("second").success();
    let lock = ours.lock("ada@engine");
    if lock.part != Part::File {
        module.terraform(&["force-unlock", "-force", &lock.id]).success();
        assert_eq!(ours.holders(), [], "terraform took it from us");
    }
}

/// While terraform holds the lock, we cannot take it and know whose it is; afterwards it is free.
fn we_respect_terraforms(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let module = Module::initialised(&place, KEY);
    let (begun, go_on) = (module.space.path("begun"), module.space.path("go-on"));
    module.slow(&begun, &go_on);
    let ours = client_of(place.twin(), KEY);
    let running = module.spawn(&["apply", "-auto-approve"]);
    assert!(eventually(|| begun.exists()), "the apply has begun");
    let seen = ours.holders();
    assert_eq!(seen.len(), 1, "{seen:?}");
    let said = seen[0].info.clone().expect("what it says");
    assert!(said.who.contains('@') && said.operation == "OperationTypeApply", "{said:?}");
    assert!(seen[0].plain_id().is_some() && seen[0].since().is_some() && seen[0].now.is_some(), "{seen:?}");
    match ours.acquire(&info("ada@engine")) {
        Err(LockError::Held(holder)) => assert_eq!(holder.info, Some(said)),
        other => panic!("{other:?}"),
    }
    std::fs::write(go_on, "").expect("a sign");
    running.ended().success();
    assert_eq!(ours.holders(), []);
    ours.lock("ada@engine");
}

/// A lock that a killed terraform left is released by exactly what we saw of it.
fn we_release_what_a_dead_terraform_left(backend: Backend) {
    let Some(place) = place_of(backend) else { return };
    let module = Module::initialised(&place, KEY);
    let (begun, go_on) = (module.space.path("begun"), module.space.path("go-on"));
    module.slow(&begun, &go_on);
    let ours = client_of(place.twin(), KEY);
    let running = module.spawn(&["apply", "-auto-approve"]);
    assert!(eventually(|| begun.exists()), "the apply has begun");
    running.kill();
    std::fs::write(go_on, "").expect("a sign");
    let seen = ours.holders();
    if backend == Backend::Local {
        assert_eq!(seen, [], "a lock of the system's dies with its process, whatever note it leaves");
    } else {
        assert_eq!(seen.len(), 1, "{seen:?}");
        ours.release(&seen[0]).expect("it is released");
    }
    module.apply("second").success();
}

macro_rules! with_every_backend {
    ($($test:ident),*) => { $(mod $test {
        use crate::emulators::Backend;

        #[test]
        fn local() {
            super::$test(Backend::Local);
        }

        #[test]
        fn s3() {
            super::$test(Backend::S3);
        }

        #[test]
        fn azurerm() {
            super::$test(Backend::Azurerm);
        }

        #[test]
        fn gcs() {
            super::$test(Backend::Gcs);
        }
    })* };
}

with_every_backend!(terraform_respects_ours, we_respect_terraforms, we_release_what_a_dead_terraform_left);
