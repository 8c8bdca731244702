//! The estate of three clouds that ships in `live/`, from the first plan to the end.

use crate::estate::{Clouds, copy_to};
use crate::space::{TestSpace, require};

#[test]
fn three_clouds_are_planned_applied_and_destroyed_in_one_run() {
    if !require("terraform") {
        return;
    }
    let Some(clouds) = Clouds::require() else { return };
    let mut space = TestSpace::new();
    for (name, value) in clouds.env() {
        space.set_env(name, value);
    }
    copy_to(space.root());
    let run = |words: &[&str]| {
        let args =
            [&["run", "--all", "--non-interactive"], words, &["--working-dir", "live/clouds"]].concat();
        space.terrace(&args).run()
    };
    run(&["plan"]).success().prints(&["7 units", "Succeeded    7", "Mock outputs stood in"]);
    run(&["apply"]).success().prints(&["Succeeded    7"]);
    assert!(clouds.s3.state("cluster/terraform.tfstate").is_some(), "{:?}", clouds.s3.list());
    assert!(clouds.azure.state("cluster/terraform.tfstate").is_some(), "{:?}", clouds.azure.list());
    let portal = clouds.gcs.state("portal").expect("the portal's state").to_string();
    assert!(portal.contains("clouds-aws") && portal.contains("clouds-azure"), "{portal}");
    let again = run(&["plan"]).success();
    assert_eq!(again.stdout.matches("No changes.").count(), 7, "{again}");
    run(&["destroy"]).success().prints(&["Succeeded    7"]);
    for (place, key) in [
        (&clouds.s3, "network/terraform.tfstate"),
        (&clouds.azure, "network/terraform.tfstate"),
        (&clouds.gcs, "network"),
    ] {
        assert_eq!(place.state(key).expect("a state")["resources"], serde_json::json!([]), "{key}");
        assert_eq!(place.lock(key), None, "{key}");
    }
}

#[test]
fn without_clouds_the_estate_leaves_them_alone() {
    let space = TestSpace::new();
    copy_to(space.root());
    let ran = space.terrace(&["run", "--all", "plan", "--working-dir", "live/clouds"]).run().success();
    ran.prints(&["Excluded     7"]);
}
