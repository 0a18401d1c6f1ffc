//! The main job on `samples/`: every case is told as its `case.toml` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::pack::{Finding, samples};
use super::{Casebook, root};

fn analyze(args: &[&str]) -> super::Outcome {
    Casebook::new().arg("analyze").arg(root().join("samples")).args(args).run()
}

#[test]
fn every_sample_yields_what_it_says() {
    let outcome = analyze(&[]).status(0);
    for (name, sample, _) in samples() {
        let case = outcome.case(&name);
        assert_eq!(case["verdict"], sample.expect.verdict.as_str(), "{name}");
        let codes: Vec<&str> =
            case["unexplained"].as_array().unwrap().iter().filter_map(|it| it["code"].as_str()).collect();
        assert_eq!(codes, sample.expect.unexplained, "{name}");
        let mut wanted: Vec<&str> = sample.expect.finding.iter().map(|it| it.rule.as_str()).collect();
        let mut found = super::rules(&case);
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{name}");
        for finding in &sample.expect.finding {
            check(&name, finding, &case);
        }
    }
}

fn check(name: &str, expect: &Finding, case: &Value) {
    let rule = expect.rule.as_str();
    let finding = case["findings"].as_array().unwrap().iter().find(|it| it["rule"] == rule).unwrap();
    assert_eq!(finding["certainty"], expect.certainty.as_str(), "{name} {rule}: {}", finding["reasons"]);
    assert_eq!(finding["occurrences"], expect.occurrences, "{name} {rule}");
    let values: BTreeMap<String, Vec<String>> = serde_json::from_value(finding["values"].clone()).unwrap();
    assert_eq!(values, expect.values, "{name} {rule}");
    let commands: Vec<&str> = finding["steps"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|it| it["commands"].as_array().unwrap())
        .map(|it| it.as_str().unwrap())
        .collect();
    for wanted in &expect.command {
        let found = commands.iter().any(|it| it.contains(&wanted.contains));
        assert!(found, "{name} {rule}: no command holds {:?} in {commands:#?}", wanted.contains);
    }
}

/// Every file of a report folder with its bytes.
fn reports(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    entries.map(|it| (it.file_name().into_string().unwrap(), fs::read(it.path()).unwrap())).collect()
}

/// Whoever reads a log, in blocks of whatever size: what is longer than a block is cut where it always is.
#[test]
fn the_same_long_lines_give_the_same_bytes() {
    let usual = "2024-03-12 03:14:07, Info                  CBS    nothing at all\r\n".repeat(40_000);
    let (start, _) = usual.split_once("nothing").unwrap();
    let needle = |it: usize| format!("needle {it} in the hay");
    let article = "# A\n\n## S\n\n```rule\nid = 'needles'\n\n[[when]]\nin = 'cbs'\nmatch = 'needle {number:number} in the hay'\n```\n\n### Fix\n\n1. None.\n";
    let long = (0..600).map(|it| format!("{}{}", "y".repeat(7777), needle(it))).collect::<String>();
    let lines = (0..60_000)
        .map(|it| format!("    line {it} {}\r\n", if it % 977 == 0 { needle(it) } else { String::new() }));
    let log = format!("{usual}{start}{long}\r\n{usual}{start}begin\r\n{}{usual}", lines.collect::<String>());
    let utf16 = super::pack::encode(log.as_bytes(), "utf-16le-bom");
    for log in [log.as_bytes(), &utf16] {
        let run = |jobs: &str| {
            let casebook = Casebook::new().file("in/CBS.log", log).file("rules/a.md", article);
            let outcome =
                casebook.args(&["analyze", "in", "--rules", "rules", "--jobs", jobs]).run().status(1);
            reports(&outcome.path("reports"))
        };
        let one = run("1");
        assert!(one == run("2") && one == run("5"));
        let json = String::from_utf8_lossy(&one["in.json"]);
        assert!(json.contains("1 line is longer than 1 MB and was matched in pieces"), "{json}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let one = analyze(&["--jobs", "1"]);
    let other = analyze(&["--jobs", "4"]);
    assert!(reports(&one.path("reports")) == reports(&other.path("reports")));
    assert_eq!(one.stdout, other.stdout);
    let count = samples().len() * 2 + 1;
    assert_eq!(
        reports(&one.path("reports")).len(),
        count,
        "a page and a JSON file for each case, and the index"
    );
}
