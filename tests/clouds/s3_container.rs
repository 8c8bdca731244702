//! Bootstrap of buckets and lock tables in S3, against the emulator.

use serde_json::{Value as Json, json};
use terrace::state::error::StoreError;
use terrace::state::store::{Change, Step};
use terrace::state::{Bootstrap, Stores};

use crate::emulators::{Answer, Backend, Fault, On, Place, Request};
use crate::s3::{given, settings, table_in};

fn wish(place: &Place) -> (String, Json) {
    let name = format!("made-{}", place.proxy().port);
    let changes = json!({
        "bucket": name, "region": "eu-west-1", "skip_requesting_account_id": false,
        "dynamodb_table": format!("{name}-locks"), "enable_lock_table_ssencryption": true,
        "s3_bucket_tags": { "team": "harbour" }, "dynamodb_table_tags": { "team": "harbour" },
        "accesslogging_bucket_name": format!("{name}-logs"),
    });
    (name, changes)
}

async fn bootstrap(store: &dyn Bootstrap) -> Vec<Step> {
    let steps = store.survey().await.unwrap();
    for step in &steps {
        store.carry_out(step).await.unwrap();
        store.carry_out(step).await.expect("twice is no fault");
    }
    steps
}

fn asked(place: &Place, name: &str, what: &str) -> String {
    place.raw(Request::new("GET", format!("/{name}?{what}"))).text()
}

#[test]
fn a_new_bucket_is_made_as_it_is_asked_for() {
    let Some(place) = Backend::S3.require() else { return };
    let (name, changes) = wish(&place);
    let stores = Stores::new().unwrap();
    let store = stores.open(&given(&settings(&place, &changes))).unwrap();
    let steps = stores
        .wait(async move {
            let steps = bootstrap(&*store).await;
            assert_eq!(store.survey().await.unwrap(), []);
            assert!(store.keeps_versions().await.unwrap());
            steps
        })
        .expect("every answer");
    let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
    let wanted = [
        "bucket",
        "policy",
        "public-access-block",
        "tags",
        "versioning",
        "encryption",
        "log-bucket",
        "logging",
        "table",
    ];
    assert_eq!(names, wanted);
    assert!(steps.iter().all(|step| step.change == Change::Create));
    assert!(asked(&place, &name, "policy").contains("arn:aws:iam::123456789012:root"));
    assert!(asked(&place, &name, "location").contains("eu-west-1"));
    assert!(asked(&place, &name, "encryption").contains("aws:kms"));
    assert!(asked(&place, &name, "ownershipControls").contains("ObjectWriter"));
    assert!(asked(&place, &name, "logging").contains("TFStateLogs/"));
    let logs = format!("{name}-logs");
    assert!(asked(&place, &logs, "acl").contains("LogDelivery"));
    assert!(asked(&place, &logs, "encryption").contains("AES256"));
    let made =
        table_in("eu-west-1", &place, ("DescribeTable", &json!({ "TableName": format!("{name}-locks") })));
    assert_eq!(made["Table"]["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST");
}

#[test]
fn a_bucket_for_logs_that_exists_is_made_ready_for_them() {
    let Some(place) = Backend::S3.require() else { return };
    let logs = format!("had-{}-logs", place.proxy().port);
    place.raw(Request::new("PUT", format!("/{logs}"))).success();
    let changes = json!({ "accesslogging_bucket_name": logs, "disable_bucket_update": false });
    let stores = Stores::new().unwrap();
    let store = stores.open(&given(&settings(&place, &changes))).unwrap();
    let (steps, left) = stores
        .wait(async move { (bootstrap(&*store).await, store.survey().await.unwrap()) })
        .expect("every answer");
    let told = steps.iter().filter(|step| ["log-bucket", "logging"].contains(&step.name));
    assert_eq!(told.map(|step| step.change).collect::<Vec<_>>(), [Change::Update, Change::Update]);
    assert_eq!(left, []);
    assert!(asked(&place, &logs, "acl").contains("LogDelivery"));
    assert!(asked(&place, &logs, "encryption").contains("AES256"));
}

#[test]
fn a_key_goes_with_an_algorithm_that_has_keys_alone() {
    let Some(place) = Backend::S3.require() else { return };
    let bucket = place.settings("k")["bucket"].as_str().unwrap().to_owned();
    for (algorithm, has_key) in [("AES256", false), ("aws:kms:dsse", true), ("aws:kms", true)] {
        let changes = json!({ "bucket_sse_algorithm": algorithm, "bucket_sse_kms_key_id": "the-key" });
        let stores = Stores::new().unwrap();
        let store = stores.open(&given(&settings(&place, &changes))).unwrap();
        let left = stores.wait(async move {
            bootstrap(&*store).await;
            store.survey().await.unwrap()
        });
        assert_eq!(left, Some(Vec::new()));
        let made = asked(&place, &bucket, "encryption");
        let algorithm = format!("<SSEAlgorithm>{algorithm}</SSEAlgorithm>");
        assert!(made.contains(&algorithm) && made.contains("the-key") == has_key, "{made}");
    }
}

#[test]
fn what_differs_is_told_and_mended_and_the_rest_stays() {
    let Some(place) = Backend::S3.require() else { return };
    let bucket = place.settings("k")["bucket"].as_str().unwrap().to_owned();
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Mine", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x" },
    ] });
    place.raw(Request::new("PUT", format!("/{bucket}?policy")).body(policy.to_string())).success();
    let changes = json!({ "skip_requesting_account_id": false, "skip_bucket_ssencryption": true });
    let stores = Stores::new().unwrap();
    let store = stores.open(&given(&settings(&place, &changes))).unwrap();
    let steps = stores.wait(async move { bootstrap(&*store).await }).expect("every answer");
    let told: Vec<_> = steps.iter().map(|step| (step.name, step.change)).collect();
    let update = Change::Update;
    assert_eq!(told, [("versioning", update), ("policy", update), ("public-access-block", update)]);
    let policy = asked(&place, &bucket, "policy");
    assert!(["Mine", "EnforcedTLS", "RootAccess"].iter().all(|sid| policy.contains(sid)), "{policy}");
    let changes = json!({ "skip_requesting_account_id": false, "disable_bucket_update": true });
    let stores = Stores::new().unwrap();
    let store = stores.open(&given(&settings(&place, &changes))).unwrap();
    assert_eq!(stores.wait(async move { store.survey().await.unwrap() }), Some(Vec::new()));
}

#[test]
fn a_bucket_that_is_not_provably_ours_is_foreign() {
    let Some(place) = Backend::S3.require() else { return };
    let bucket = place.settings("k")["bucket"].as_str().unwrap().to_owned();
    let changes = json!({ "skip_requesting_account_id": false, "max_retries": 0 });
    let survey = || {
        let stores = Stores::new().unwrap();
        let store = stores.open(&given(&settings(&place, &changes))).unwrap();
        stores.wait(async move { store.survey().await }).expect("an answer")
    };
    place.proxy().inject(On::new("HEAD", &format!("/{bucket}")), Fault::Answer(Answer::denied(Backend::S3)));
    let error = survey().unwrap_err();
    assert!(matches!(&error, StoreError::Foreign { .. }), "{error:?}");
    assert!(error.to_string().contains("123456789012"), "{error}");
    let seen = place.proxy().seen();
    let head = seen.iter().find(|request| request.method == "HEAD").expect("a look at the bucket");
    assert_eq!(head.sent("x-amz-expected-bucket-owner"), Some("123456789012"));
    place.proxy().heal();
    place.proxy().inject(On::new("POST", "/"), Fault::Answer(Answer::denied(Backend::S3)));
    let error = survey().unwrap_err();
    assert!(matches!(&error, StoreError::Foreign { .. }), "{error:?}");
}

#[test]
fn a_name_that_somebody_else_has_is_not_ours() {
    let Some(place) = Backend::S3.require() else { return };
    let (_, changes) = wish(&place);
    let stores = Stores::new().unwrap();
    let store = stores.open(&given(&settings(&place, &changes))).unwrap();
    let taken = Answer::error(Backend::S3, 409, "BucketAlreadyExists");
    place.proxy().inject(On::new("PUT", ""), Fault::Answer(taken));
    let error = stores
        .wait(async move {
            let steps = store.survey().await.unwrap();
            store.carry_out(&steps[0]).await.unwrap_err()
        })
        .expect("an answer");
    assert!(matches!(&error, StoreError::Foreign { .. }), "{error:?}");
}
