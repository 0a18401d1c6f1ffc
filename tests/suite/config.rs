//! `casebook.toml`: what a team has chosen holds, is told, and is refused where it cannot be meant.

use std::fs;

use serde_json::Value;

use super::{Casebook, Outcome, root, rules};

/// A run over one sample with this `casebook.toml` in the current folder.
fn run(config: &str, args: &[&str]) -> Outcome {
    let sample = fs::read(root().join("samples/INC0047129.zip")).unwrap();
    let casebook = Casebook::new().file("casebook.toml", config).file("INC0047129.zip", sample);
    casebook.args(&["analyze", "INC0047129.zip"]).args(args).run()
}

fn case(outcome: &Outcome) -> Value {
    outcome.case("INC0047129")
}

/// The rule that the sample's first finding is of.
fn rule() -> String {
    let case = case(&run("", &[]).status(0));
    rules(&case)[0].to_owned()
}

fn without(id: &str, until: &str) -> String {
    format!("[[without]]\nid = \"{id}\"\nreason = \"we know of it\"\n{until}\n")
}

#[test]
fn mistakes_are_refused_with_their_place() {
    let (unknown, bad_day) = (without("compnent-file-missing", ""), |day: &str| without("x", day));
    for (config, place, told) in [
        ("ruels = []", "1:1", "unknown key `ruels`; did you mean `rules`?"),
        ("\n[redact]\nword = []", "3:1", "unknown key `word`; did you mean `words`?"),
        ("outputs = \"html\"", "1:11", "invalid type: string \"html\""),
        ("outputs = []", "1:11", "name at least one report: html, json"),
        ("outputs = [\"html\", \"jsn\"]", "1:20", "there is no report `jsn`; did you mean `json`?"),
        ("rules = [\"gone\"]", "1:10", "there is no folder gone"),
        ("[[without]]\nid = \"x\"", "1:1", "missing field `reason`"),
        ("[[without]]\nid = \"x\"\nreason = \" \"", "3:10", "say why"),
        (&unknown, "2:6", "there is no rule `compnent-file-missing`; did you mean `component-file-missing`?"),
        (&bad_day("until = \"2027-02-30\""), "4:9", "there is no such day"),
        (&bad_day("until = 2027-01-31T00:00:00"), "4:9", "there is no such day"),
        (&bad_day("until = 3"), "4:9", "a day is written \"2027-01-31\""),
        ("[redact]\npatterns = [\"a\", '(b']", "2:18", "unclosed group"),
        ("[redact]\npatterns = ['x*']", "2:13", "it also matches where nothing stands"),
        ("[redact]\nwords = [\" \"]", "2:10", "an empty word hides nothing"),
        ("rules = [", "1:10", ""),
    ] {
        let outcome = run(config, &[]).status(2);
        let first = outcome.stderr.lines().next().unwrap();
        assert!(first.starts_with(&format!("casebook.toml:{place}: ")), "{config}: {first}");
        assert!(first.contains(told), "{config}: {first}");
        assert!(outcome.stderr.contains("in the configuration; nothing was analyzed"), "{}", outcome.stderr);
        assert!(!outcome.path("reports").exists());
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let outcome = run("rules = [\"gone\"]\noutputs = [\"pdf\"]\n[redact]\npatterns = [\"(\"]", &[]).status(2);
    for place in ["casebook.toml:1:10: ", "casebook.toml:2:12: ", "casebook.toml:4:13: "] {
        assert!(outcome.stderr.contains(place), "{}", outcome.stderr);
    }
}

#[test]
fn a_named_file_must_be_there_and_comes_before_that_of_the_folder() {
    let outcome = run("nonsense = 1", &["--config", "gone.toml"]).status(2);
    assert!(outcome.stderr.contains("gone.toml: cannot be read"), "{}", outcome.stderr);
    let casebook =
        Casebook::new().file("casebook.toml", "nonsense = 1").file("team/ours.toml", "rules = [\"more\"]");
    let listed =
        casebook.file("team/more/a.md", article()).args(&["rules", "list", "--config", "team/ours.toml"]);
    assert!(listed.run().status(0).stdout.contains("team-rule"), "folders are relative to the file");
}

fn article() -> &'static str {
    "# T\n\n## Ours\n\n```rule\nid = \"team-rule\"\n[[when]]\nin = \"cbs\"\nmatch = '''No such line'''\n```\n\nOurs.\n\n\
     ```sample cbs\nNo such line\n```\n\n### Fix\n\n1. Do it.\n"
}

#[test]
fn the_command_line_adds_to_the_file() {
    let casebook = Casebook::new().file("a/a.md", article()).file("casebook.toml", "rules = [\"a\"]");
    let other = article().replace("team-rule", "other-rule");
    let listed =
        casebook.file("b/b.md", other).args(&["rules", "list", "--rules", "b"]).run().status(0).stdout;
    assert!(listed.contains("team-rule") && listed.contains("other-rule"), "{listed}");
    let (one, other) = (rule(), "wimmount-driver-missing");
    let told = case(&run(&without(&one, ""), &["--without", other]).status(0));
    let off: Vec<&str> = switched_off(&told).iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert!(off.len() == 2 && off.contains(&one.as_str()) && off.contains(&other), "{off:?}");
}

fn switched_off(case: &Value) -> Vec<&Value> {
    let all = case["not_checked"].as_array().unwrap().iter();
    all.filter(|it| it["missing"].as_str().unwrap().starts_with("switched off: ")).collect()
}

#[test]
fn a_rule_that_is_switched_off_is_told() {
    let id = rule();
    for until in ["", "until = \"9999-12-31\"", "until = 9999-12-31"] {
        let outcome = run(&without(&id, until), &[]).status(0);
        let day = if until.is_empty() { "" } else { " until 9999-12-31" };
        let note = format!("casebook: rule {id} is switched off{day}: we know of it\n");
        assert_eq!(outcome.stderr, note);
        let case = case(&outcome);
        assert!(!rules(&case).contains(&id.as_str()));
        let [told] = switched_off(&case)[..] else { panic!("{case:#}") };
        assert_eq!(
            (&told["rule"], &told["missing"]),
            (&Value::from(id.clone()), &Value::from("switched off: we know of it"))
        );
        assert!(outcome.text("reports/INC0047129.html").contains("switched off: we know of it"));
    }
    assert_eq!(run(&without(&id, ""), &["--quiet"]).status(0).stderr, "");
}

#[test]
fn after_its_day_a_rule_is_in_force_again() {
    let id = rule();
    let outcome = run(&without(&id, "until = \"2020-01-31\""), &[]).status(0);
    let note = format!(
        "casebook: rule {id} was switched off until 2020-01-31 and is in force again: we know of it\n"
    );
    assert_eq!(outcome.stderr, note);
    let case = case(&outcome);
    assert_eq!(rules(&case)[0], id);
    assert!(switched_off(&case).is_empty());
}

#[test]
fn only_the_chosen_reports_are_written() {
    for (chosen, expect) in [
        ("\"html\"", &["INC0047129.html", "index.html"][..]),
        ("\"json\"", &["INC0047129.json", "index.html"]),
        ("\"json\", \"html\"", &["INC0047129.html", "INC0047129.json", "index.html"]),
    ] {
        let outcome = run(&format!("outputs = [{chosen}]"), &[]).status(0);
        let entries = fs::read_dir(outcome.path("reports")).unwrap();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, expect);
        let link = format!("href=\"./{}\"", expect[0]);
        assert!(
            outcome.text("reports/index.html").contains(&link),
            "the index leads to what is there: {chosen}"
        );
    }
}

#[test]
fn what_is_redacted_is_in_no_report() {
    let plain = run("", &[]).status(0);
    // From the sample: a machine, the case's own name, paths, and a service that commands name.
    let seen = plain.text("reports/INC0047129.json").to_lowercase();
    let config = "[redact]\nwords = [\"Brs-App14\", \"inc0047129\"]\npatterns = ['\\\\Windows\\\\[^\\\\\"]+', 'clr_[a-z_]+']";
    assert!(seen.contains("brs-app14") && seen.contains(r"\\windows\\"), "{seen}");
    let outcome = run(config, &[]).status(0);
    assert!(!outcome.stdout.to_lowercase().contains("inc0047129"), "{}", outcome.stdout);
    let mut files = 0;
    for entry in fs::read_dir(outcome.path("reports")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
        for word in ["brs-app14", "inc0047129", r"\windows\", r"\\windows\\", "clr_optimization"] {
            assert!(!text.contains(word) && !name.contains(word), "{name} tells {word}");
        }
        assert!(text.contains("[redacted]"), "{name}");
        files += 1;
    }
    assert_eq!(files, 3);
    let told = outcome.case("_redacted_");
    assert_eq!(told["case"], "[redacted]");
    assert_eq!(rules(&told), rules(&case(&plain)), "what is found is the same");
    let steps = told["findings"][0]["steps"].as_array().unwrap();
    let hidden = steps.iter().filter(|it| it["commands"].to_string().contains("[redacted]"));
    assert!(hidden.clone().count() > 0, "{steps:#?}");
    for step in hidden {
        assert!(step["caution"].as_str().unwrap().contains("cannot be run as they are"), "{step:#}");
    }
}
