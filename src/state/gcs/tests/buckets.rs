//! The bucket itself, where the emulator forgets what it is told: attributes and whose it is.

use super::server::{Asked, Said};
use super::{Server, backend, json, open, text};
use crate::hcl::Value;
use crate::state::StoreError;
use crate::state::store::{Change, Step};
use serde_json::json;

const GET: &str = "GET /storage/v1/b/team-states";
const LIST: &str = "GET /storage/v1/b?project=mine&prefix=team-states";
const CREATE: &str = "POST /storage/v1/b?project=mine";
const PATCH: &str = "PATCH /storage/v1/b/team-states";

fn refused(status: u16, reason: &str) -> Said {
    (
        status,
        "",
        format!(r#"{{"error":{{"code":{status},"message":"{reason}","errors":[{{"reason":"{reason}"}}]}}}}"#),
    )
}

fn bucket(attributes: &str) -> Said {
    json(&format!(r#"{{"name":"team-states","projectNumber":"1"{attributes}}}"#))
}

fn server(answer: impl Fn(&Asked) -> Option<Said> + Send + Sync + 'static) -> Server {
    Server::start(answer)
}

fn survey(server: &Server, more: &[(&str, Value)]) -> Result<Vec<Step>, StoreError> {
    let settings = [&[("access_token", text("t")), ("project", text("mine"))], more].concat();
    let (stores, store) = open(&backend(server, &settings));
    stores.wait(async move { store.survey().await }).unwrap()
}

/// Looks, then does all that is to be done.
fn bootstrap(server: &Server, more: &[(&str, Value)]) -> Result<(), StoreError> {
    let settings = [&[("access_token", text("t")), ("project", text("mine"))], more].concat();
    let (stores, store) = open(&backend(server, &settings));
    let done = stores.wait(async move {
        for step in store.survey().await? {
            store.carry_out(&step).await?;
        }
        Ok(())
    });
    done.unwrap()
}

fn wanted() -> Vec<(&'static str, Value)> {
    vec![
        ("location", text("europe-west3")),
        ("gcs_bucket_labels", Value::object([("team", text("core"))])),
        ("enable_bucket_policy_only", Value::bool(true)),
    ]
}

#[test]
fn a_bucket_is_made_whole_by_one_request() {
    let server = server(|asked| match asked.line.as_str() {
        GET => Some(refused(404, "notFound")),
        CREATE => Some(bucket("")),
        _ => None,
    });
    bootstrap(&server, &wanted()).unwrap();
    let asked = server.only(CREATE).json();
    let whole = json!({
        "name": "team-states", "location": "europe-west3", "labels": {"team": "core"},
        "versioning": {"enabled": true},
        "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}},
    });
    assert_eq!(asked, whole);
    assert_eq!(server.lines(), [GET, CREATE]);
}

#[test]
fn what_differs_is_told_and_mended_alone() {
    let server = server(|asked| match asked.line.as_str() {
        GET => Some(bucket(r#","labels":{"other":"kept"}"#)),
        LIST => Some(json(r#"{"items":[{"name":"team-states"},{"name":"team-states-2"}]}"#)),
        PATCH => Some(bucket("")),
        _ => None,
    });
    let steps = survey(&server, &wanted()).unwrap();
    let names: Vec<_> = steps.iter().map(|step| (step.name, step.change)).collect();
    let update = Change::Update;
    assert_eq!(names, [("versioning", update), ("labels", update), ("uniform-access", update)]);
    bootstrap(&server, &wanted()).unwrap();
    let patches: Vec<_> =
        server.asked().into_iter().filter(|asked| asked.line == PATCH).map(|asked| asked.json()).collect();
    let uniform = json!({"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": true}}});
    assert_eq!(
        patches,
        [json!({"versioning": {"enabled": true}}), json!({"labels": {"team": "core"}}), uniform]
    );
}

#[test]
fn a_bucket_that_is_as_it_should_be_needs_nothing() {
    let server = server(|asked| match asked.line.as_str() {
        GET => Some(bucket(
            r#","labels":{"team":"core","more":"x"},"versioning":{"enabled":true},"iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true}}"#,
        )),
        // On the second page.
        LIST => Some(json(r#"{"nextPageToken":"2"}"#)),
        line if line == format!("{LIST}&pageToken=2") => Some(json(r#"{"items":[{"name":"team-states"}]}"#)),
        _ => None,
    });
    assert_eq!(survey(&server, &wanted()).unwrap(), []);
    let skipped = survey(&server, &[("skip_bucket_versioning", Value::bool(true))]).unwrap();
    assert_eq!(skipped, []);
}

#[test]
fn somebody_elses_bucket_is_no_bucket_of_ours() {
    let foreign = |server: &Server| match survey(server, &wanted()) {
        Err(error @ StoreError::Foreign { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let forbidden = server(|asked| (asked.line == GET).then(|| refused(403, "forbidden")));
    foreign(&forbidden);
    let other_project = server(|asked| match asked.line.as_str() {
        GET => Some(bucket("")),
        LIST => Some(json(r#"{"items":[{"name":"team-states-2"}]}"#)),
        _ => None,
    });
    assert!(foreign(&other_project).contains("not in the project `mine`"));
    let unprovable = server(|asked| match asked.line.as_str() {
        GET => Some(bucket("")),
        LIST => Some(refused(403, "forbidden")),
        _ => None,
    });
    assert!(foreign(&unprovable).contains("may not be listed"));
}

#[test]
fn two_who_make_it_at_once_both_succeed_if_it_is_theirs() {
    for (listed, succeeds) in [(r#"{"items":[{"name":"team-states"}]}"#, true), ("{}", false)] {
        let gets = std::sync::atomic::AtomicUsize::new(0);
        let server = server(move |asked| match asked.line.as_str() {
            GET if gets.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
                Some(refused(404, "notFound"))
            }
            GET => Some(bucket("")),
            CREATE => Some(refused(409, "conflict")),
            LIST => Some(json(listed)),
            _ => None,
        });
        let done = bootstrap(&server, &wanted());
        assert_eq!(done.is_ok(), succeeds, "{done:?}");
        assert!(succeeds || matches!(done, Err(StoreError::Foreign { .. })));
    }
}

#[test]
fn a_bucket_cannot_be_made_nowhere() {
    let server = server(|asked| (asked.line == GET).then(|| refused(404, "notFound")));
    let error = bootstrap(&server, &[]).unwrap_err();
    assert!(matches!(error, StoreError::Incapable { .. }), "{error:?}");
    let skipped = survey(&server, &[("skip_bucket_creation", Value::bool(true))]).unwrap_err();
    assert!(matches!(skipped, StoreError::NoContainer { .. }), "{skipped:?}");
}
