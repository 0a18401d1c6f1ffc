//! What the program says of itself: its version, manual pages, completions, its log and its times.

use serde_json::Value;

use super::{Casebook, root};

fn sample() -> Casebook {
    let bundle = std::fs::read(root().join("samples/INC0047129.zip")).unwrap();
    Casebook::new().file("INC0047129.zip", bundle).args(&["analyze", "INC0047129.zip"])
}

#[test]
fn the_version_tells_the_rules_that_are_built_in() {
    let told = Casebook::new().arg("--version").run().status(0).stdout;
    let case = sample().run().status(0).case("INC0047129");
    let rules = case["made_by"]["rules"].as_str().unwrap().to_owned();
    assert_eq!(told, format!("casebook {} ({rules})\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_command_has_a_manual_page() {
    let outcome = Casebook::new().args(&["man", "--output", "man"]).run().status(0);
    for name in ["casebook.1", "casebook-analyze.1", "casebook-rules-check.1"] {
        let page = std::fs::read_to_string(outcome.path("man").join(name)).unwrap();
        assert!(page.contains("\n.TH casebook") && page.contains(".SH OPTIONS"), "{name}: {page}");
    }
    let page = Casebook::new().arg("man").run().status(0).stdout;
    assert!(page.contains(".SH NAME\ncasebook"), "{page}");
}

#[test]
fn shells_complete_commands_and_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Casebook::new().args(&["completions", shell]).run().status(0).stdout;
        assert!(script.contains("one-case") && script.contains("analyze"), "{shell}");
    }
}

#[test]
fn the_log_is_only_written_when_it_is_asked_for() {
    assert_eq!(sample().run().status(0).stderr, "");
    let outcome = sample().args(&["-vv", "--log-format", "json"]).run().status(0);
    let lines: Vec<Value> = outcome.stderr.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let case = |it: &Value| it["spans"][0]["case"] == "INC0047129";
    assert!(lines.len() >= 3 && lines.iter().all(case), "{}", outcome.stderr);
    assert!(lines.iter().any(|it| it["spans"][1]["member"] == "INC0047129: BRS-APP14_CBS.log"));
    assert_eq!(lines.last().unwrap()["fields"]["verdict"], "explained");
    let text = sample().arg("-v").run().status(0).stderr;
    assert!(text.contains("INC0047129") && text.contains("verdict=\"explained\""), "{text}");
}

#[test]
fn what_took_how_long_is_told_at_the_end() {
    let told = sample().arg("--timings").run().status(0).stderr;
    for part in ["Cases, the slowest 1 of 1", "INC0047129: BRS-APP14_CBS.log", "Rules, the slowest"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("  dotnet-optimization-service-orphaned\n"), "rules go by their ids: {told}");
}

#[test]
fn a_hostile_name_cannot_write_on_the_terminal() {
    let bundle = std::fs::read(root().join("samples/INC0047129.zip")).unwrap();
    let outcome = Casebook::new().file("a\u{1b}[31m\u{202e}.zip", bundle);
    let outcome = outcome.args(&["analyze", "-vv", "--timings", "."]).run().status(0);
    assert!(!outcome.stderr.contains(['\u{1b}', '\u{202e}']), "{}", outcome.stderr);
}
