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

/// Every page of the book is there, and every document is a page of it.
#[test]
fn the_book_holds_every_document() {
    let docs = root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut pages: Vec<&str> =
        summary.split("](").skip(1).map(|it| it.split(')').next().unwrap()).chain(["SUMMARY.md"]).collect();
    pages.sort_unstable();
    let mut files: Vec<String> = std::fs::read_dir(&docs)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it.ends_with(".md"))
        .collect();
    files.sort();
    assert_eq!(pages, files);
}

/// The formula names each archive of a release with its own checksum, and is refused where one is missing.
#[cfg(unix)]
#[test]
fn the_formula_is_made_of_the_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let sums = folder.path().join("SHA256SUMS");
    let targets = ["universal-apple-darwin", "x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
    let formula = |count: usize| {
        let rows = targets.iter().take(count).enumerate();
        let rows =
            rows.map(|(at, it)| format!("{}  casebook-1.2.3-{it}.tar.gz\n", at.to_string().repeat(64)));
        std::fs::write(&sums, rows.collect::<String>()).unwrap();
        let script = root().join("packaging/homebrew/formula");
        std::process::Command::new(script).args(["owner/name", "1.2.3"]).arg(&sums).output().unwrap()
    };
    let text = String::from_utf8(formula(3).stdout).unwrap();
    for (at, target) in targets.iter().enumerate() {
        let part = format!(
            "url \"https://github.com/owner/name/releases/download/v1.2.3/casebook-1.2.3-{target}.tar.gz\""
        );
        let (_, behind) = text.split_once(&part).unwrap_or_else(|| panic!("{part}: {text}"));
        let sum = behind.split('"').nth(1).unwrap();
        assert_eq!(sum, at.to_string().repeat(64));
    }
    let refused = formula(2);
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no checksum of"));
}
