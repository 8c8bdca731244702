//! Report files: what became of each unit, for programs.

use serde_json::{Value, json};

use super::fake::FakeTerraform;
use super::space::TestSpace;

/// A unit of each fate: fine, failed, early exit, excluded, and what its retry or ignore made of it.
fn write_units(space: &mut TestSpace) {
    let act = "case \"$1\" in plan) case \"$PWD\" in */bad/*) echo 'it broke' >&2; return 4 ;; */odd/*) echo hush >&2; return 5 ;; esac ;; esac";
    FakeTerraform::install(space, act);
    for (unit, text) in [
        ("group/fine", ""),
        ("group/bad", ""),
        ("late", "dependencies {\n  paths = [\"../group/bad\"]\n}\n"),
        ("left", "exclude {\n  if      = true\n  actions = [\"plan\"]\n}\n"),
        ("odd", "errors {\n  ignore \"hush\" {\n    ignorable_errors = [\".*hush.*\"]\n  }\n}\n"),
    ] {
        space.write(&format!("{unit}/main.tf"), "").write(&format!("{unit}/terragrunt.hcl"), text);
    }
}

fn records(space: &TestSpace, file: &str) -> Vec<Value> {
    let mut records: Vec<Value> = serde_json::from_str(&space.read(file)).unwrap();
    records.sort_by_key(|record| record["Name"].to_string());
    records
}

#[test]
fn every_fate_has_its_result_reason_and_cause() {
    let mut space = TestSpace::new();
    write_units(&mut space);
    let args = ["run", "--all", "plan", "--report-file", "r.json", "--report-schema-file", "s.json"];
    space.terrace(&[&args[..], &["--", "-lock=false"]].concat()).run().code(4);
    let seen: Vec<Value> = records(&space, "r.json")
        .iter()
        .map(|r| json!([r["Name"], r["Result"], r["Reason"], r["Cmd"], r["Args"]]))
        .collect();
    let args = json!(["-lock=false"]);
    assert_eq!(
        seen,
        [
            json!(["group/bad", "failed", "run error", "plan", args]),
            json!(["group/fine", "succeeded", null, "plan", args]),
            json!(["late", "early exit", "ancestor error", "plan", args]),
            json!(["left", "excluded", "exclude block", "plan", args]),
            json!(["odd", "succeeded", "error ignored", "plan", args]),
        ]
    );
    let causes = records(&space, "r.json");
    assert!(causes[0]["Cause"].as_str().unwrap().contains("it broke"));
    assert_eq!((causes[2]["Cause"].as_str(), causes[4]["Cause"].as_str()), (Some("bad"), Some("hush")));
    check_schema(&space, &causes);
}

/// Every member and word of the records is in the schema, and nothing required is missing.
fn check_schema(space: &TestSpace, records: &[Value]) {
    let schema: Value = serde_json::from_str(&space.read("s.json")).unwrap();
    assert_eq!(schema["$id"], "https://docs.terragrunt.com/schemas/run/report/v4/schema.json");
    let item = &schema["items"];
    assert_eq!(item["additionalProperties"], false);
    for record in records {
        for (name, value) in record.as_object().unwrap() {
            let property = &item["properties"][name];
            assert!(property.is_object(), "{name} is in the schema");
            if let Some(words) = property["enum"].as_array() {
                assert!(words.contains(value), "{name}: {value}");
            }
        }
        for name in item["required"].as_array().unwrap() {
            assert!(record[name.as_str().unwrap()].is_string(), "{name} in {record}");
        }
    }
}

#[test]
fn csv_is_the_default_and_the_format_can_be_said() {
    let mut space = TestSpace::new();
    write_units(&mut space);
    let plan = ["run", "--all", "plan", "--filter", "./odd"];
    space.terrace(&[&plan[..], &["--report-file", "r"]].concat()).run().success();
    let text = space.read("r");
    let (head, row) = text.split_once('\n').unwrap();
    assert_eq!(head, "Name,Started,Ended,Result,Reason,Cause,Ref,Cmd,Args");
    assert!(row.starts_with("odd,") && row.ends_with(",succeeded,error ignored,hush,,plan,\n"), "{row}");
    let as_json = ["--report-file", "r.csv", "--report-format", "json"];
    space.terrace(&[&plan[..], &as_json].concat()).run().success();
    assert_eq!(records(&space, "r.csv").len(), 1);
}

#[test]
fn one_unit_reports_under_its_own_name_and_nothing_that_ran_is_an_empty_report() {
    let mut space = TestSpace::new();
    write_units(&mut space);
    space.terrace(&["plan", "--report-file", "r.json"]).in_dir("group/bad").run().code(4);
    let records = records(&space, "group/bad/r.json");
    assert_eq!((&records[0]["Name"], &records[0]["Result"]), (&json!("bad"), &json!("failed")));
    assert_eq!(records[0].get("Cmd"), None);
    space.write("left/terragrunt.hcl", "inputs = {\n");
    space.terrace(&["run", "--all", "plan", "--report-file", "none.json"]).run().code(1);
    assert_eq!(space.read("none.json").trim(), "[]");
}

#[test]
fn a_report_makes_its_folder_and_never_hides_how_the_run_ended() {
    let mut space = TestSpace::new();
    write_units(&mut space);
    let run = |args: &[&str]| space.terrace(&[&["run", "--all", "plan"], args].concat()).run();
    run(&["--report-file", "out/deep/r.json", "--report-schema-file", "out/s.json"]).code(4);
    assert!(!records(&space, "out/deep/r.json").is_empty() && space.path("out/s.json").exists());
    run(&["--report-file", "left/main.tf/r.json"]).code(4).says(&["the report of the run is missing"]);
    let schema_alone = ["--report-file", "r.json", "--report-schema-file", "left/main.tf/s.json"];
    run(&schema_alone).code(4).says(&["the report of the run is missing"]);
    assert!(space.path("r.json").exists());
    let only = ["--filter", "./group/fine", "--report-file", "left/main.tf/r.json"];
    run(&only).code(1).says(&["the report of the run is missing"]);
}
