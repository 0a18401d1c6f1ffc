//! `--baseline`: what a team lives with does not fail its jobs, is told with its reason everywhere, and comes back
//! when its day is over.

use std::fs;

use serde_json::{Value, json};

use super::{Casebook, Outcome, root};

const RULE: &str = "dotnet-optimization-service-orphaned";

fn run(baseline: &str, args: &[&str]) -> Outcome {
    let sample = |name: &str| fs::read(root().join(format!("samples/{name}.zip"))).unwrap();
    let casebook = Casebook::new().file("team/base.json", baseline).file("in/A.zip", sample("INC0047129"));
    let casebook = casebook.file("in/B.zip", sample("REQ118207"));
    casebook.args(&["analyze", "in", "--baseline", "team/base.json"]).args(args).run()
}

fn accepted(entry: &Value) -> String {
    json!({ "accepted": [entry] }).to_string()
}

#[test]
fn what_is_accepted_does_not_fail_a_job() {
    let both = json!({"accepted": [
        {"rule": RULE, "reason": "we know of it", "until": "9999-12-31"},
        {"code": "2147944126", "case": "B", "reason": "the RPC server is gone for good"},
    ]});
    for what in ["symptom", "unexplained"] {
        run(&both.to_string(), &["--fail-on", what]).status(0);
        run("{\"accepted\": []}", &["--fail-on", what]).status(3);
    }
    let other = accepted(&json!({"code": "0x800706be", "case": "A", "reason": "another case"}));
    run(&other, &["--fail-on", "unexplained"]).status(3);
}

#[test]
fn values_narrow_what_is_accepted() {
    for (value, status) in [(json!("clr_optimization_v4.0.30319_32"), 0), (json!(["another", "one"]), 3)] {
        let entry = json!({"rule": RULE, "values": {"service": value}, "reason": "x"});
        run(&accepted(&entry), &["--fail-on", "symptom"]).status(status);
    }
}

#[test]
fn every_report_tells_what_is_accepted_and_why() {
    let entry = json!({"rule": RULE, "reason": "image of | 2019", "until": "9999-12-31"});
    let all = ["--format", "sarif,junit,markdown,csv", "--annotate", "github"];
    let outcome = run(&accepted(&entry), &all).status(0);
    assert!(outcome.stdout.contains("its program is gone. (1 accepted)"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(". Accepted: 1. Reports: "), "{}", outcome.stdout);
    let told = &outcome.case("A")["accepted"];
    let expect = json!([{"finding": 0, "unexplained": null, "reason": "image of | 2019", "until": "9999-12-31", "holds": true}]);
    assert_eq!(told, &expect);
    for file in ["A.html", "A.md", "casebook.csv", "casebook.junit.xml", "casebook.sarif"] {
        let text = outcome.text(&format!("reports/{file}")).replace("\\|", "|");
        assert!(text.contains("image of | 2019"), "{file}");
    }
    let sarif: Value = serde_json::from_str(&outcome.text("reports/casebook.sarif")).unwrap();
    let suppressed = |rule: &str| {
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        results.iter().find(|it| it["ruleId"] == rule).unwrap()["suppressions"].as_array().unwrap().len()
    };
    assert_eq!((suppressed(RULE), suppressed("unexplained-failure")), (1, 0));
    assert!(
        outcome
            .text("reports/casebook.junit.xml")
            .contains("<skipped type=\"confirmed\" message=\"accepted until")
    );
    assert!(outcome.stderr.contains("::notice title=A%3A dotnet"), "{}", outcome.stderr);
}

#[test]
fn after_its_day_it_counts_again_and_that_is_told() {
    let entry = json!({"rule": RULE, "reason": "we know of it", "until": "2020-01-31"});
    let outcome = run(&accepted(&entry), &["--fail-on", "symptom"]).status(3);
    let note = format!("casebook: {RULE} was accepted until 2020-01-31 and counts again: we know of it\n");
    assert_eq!(outcome.stderr, note);
    assert!(outcome.text("reports/A.html").contains("was accepted until 2020-01-31 and counts again"));
    assert_eq!(outcome.case("A")["accepted"][0]["holds"], false);
}

#[test]
fn an_earlier_run_is_a_baseline() {
    let first = run("{\"accepted\": []}", &["--print", "json"]).status(0);
    assert_eq!(first.stdout.lines().count(), 2);
    for what in ["symptom", "unexplained"] {
        let again = run(&first.stdout, &["--fail-on", what]).status(0);
        assert!(again.text("reports/B.html").contains("an earlier run told it already"));
        run(&first.text("reports/A.json"), &["--fail-on", "symptom"]).status(0);
    }
    run(&first.text("reports/A.json"), &["--fail-on", "unexplained"]).status(3);
    let other = first.text("reports/A.json").replace("clr_optimization_v4.0.30319_32", "clr_other");
    run(&other, &["--fail-on", "symptom"]).status(3);
}

#[test]
fn what_is_hidden_is_known_again() {
    let config = "[redact]\nwords = [\"clr_optimization\", \"told it\"]\n";
    let with = |baseline: &str| {
        let sample = fs::read(root().join("samples/INC0047129.zip")).unwrap();
        let casebook = Casebook::new().file("casebook.toml", config).file("base.json", baseline);
        let args = ["analyze", "A.zip", "--baseline", "base.json", "--fail-on", "symptom"];
        casebook.file("A.zip", sample).args(&args).run()
    };
    let first = with("{\"accepted\": []}").status(3);
    let json = first.text("reports/A.json");
    assert!(json.contains("[redacted]"));
    with(&json).status(0);
    let entry = json!({"rule": RULE, "values": {"service": ["clr_optimization_v4.0.30319_32"]}, "reason": "clr_optimization!"});
    let by_hand = with(&accepted(&entry)).status(0);
    assert_eq!(by_hand.case("A")["accepted"][0]["reason"], "[redacted]!");
}

#[test]
fn mistakes_are_refused_with_their_place() {
    for (text, place, told) in [
        ("{\"accepted\": [\n  {\"rule\": \"x\", \"reason\": \"y\"}]}", "2:12", "there is no rule `x`"),
        (
            "{\"accepted\": [{\"rule\": \"wimmount-driver-mising\", \"reason\": \"y\"}]}",
            "1:24",
            "did you mean `wimmount-driver-missing`?",
        ),
        ("{\"accepted\": [{\"rule\": \"wimmount-driver-missing\", \"reason\": \" \"}]}", "1:61", "say why"),
        ("{\"accepted\": [{\"rule\": \"wimmount-driver-missing\"}]}", "1:15", "missing field `reason`"),
        (
            "{\"accepted\": [\n{\"code\": \"0x80070002\", \"reason\": \"y\", \"until\": \"2027-02-30\"}]}",
            "2:48",
            "there is no such day",
        ),
        ("{\"accepted\": [{\"code\": \"hello\", \"reason\": \"y\"}]}", "1:24", "`hello` is no error code"),
        ("{\"accepted\": [{\"reason\": \"y\"}]}", "1:15", "one of `rule`, `code` and `failure`"),
        (
            "{\"accepted\": [{\"code\": \"5\", \"values\": {\"a\": \"b\"}, \"reason\": \"y\"}]}",
            "1:39",
            "only findings of a `rule`",
        ),
        ("{\"accepted\": [{\"rulez\": \"x\", \"reason\": \"y\"}]}", "1:15", "unknown field `rulez`"),
        ("{\"acepted\": []}", "1:1", "write {\"accepted\""),
        ("", "1:1", "write {\"accepted\""),
        ("{\n  \"accepted\": [}", "2", "not JSON"),
        ("{\"schema\": \"casebook.case/1\"}", "1:1", "not a report of casebook"),
    ] {
        let outcome = run(text, &[]).status(2);
        let first = outcome.stderr.lines().next().unwrap();
        assert!(
            first.starts_with(&format!("team/base.json:{place}:")) && first.contains(told),
            "{text}: {first}"
        );
        assert!(outcome.stderr.contains("in the baseline; nothing was analyzed"), "{}", outcome.stderr);
        assert!(!outcome.path("reports").exists());
    }
    let gone = Casebook::new()
        .file("A.log", "x")
        .args(&["analyze", "A.log", "--baseline", "gone.json"])
        .run()
        .status(2);
    assert!(gone.stderr.contains("gone.json: cannot be read"), "{}", gone.stderr);
}
