//! What scripts and CI systems read, and the examples for them, whose commands are run as they stand there.

use std::fs;

use serde_json::Value;

use super::{Casebook, Outcome, line, root, zip_of};

/// What no rule explains.
const FAILURE: &str = "Failed to resolve package 'x' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]";

fn samples(args: &[&str]) -> Outcome {
    Casebook::new().arg("analyze").arg(root().join("samples")).args(args).run()
}

#[test]
fn printed_json_is_a_line_for_each_case() {
    let outcome = samples(&["--print", "json"]).status(0);
    let cases: Vec<Value> = outcome.stdout.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(cases.len(), 8);
    for case in &cases {
        assert_eq!(*case, outcome.case(case["case"].as_str().unwrap()), "the same as in the file");
    }
    let one = Casebook::new()
        .arg("analyze")
        .arg(root().join("samples/INC0047129.zip"))
        .args(&["-q", "--print", "json"]);
    let one: Value = serde_json::from_str(&one.run().status(0).stdout).unwrap();
    assert_eq!(one["case"], "INC0047129");
    assert_eq!(samples(&["--print", "summary"]).stdout, samples(&[]).stdout);
}

#[test]
fn printed_markdown_is_the_run_and_nothing_else() {
    let outcome = samples(&["--print", "markdown", "--annotate", "github"]).status(0);
    assert!(outcome.stdout.starts_with("# casebook: 8 cases: 6 explained, 1 unexplained, 1 clean\n"));
    assert!(outcome.stdout.contains(" were read whole. | `WKS-0442-baseline` |\n"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("```bat\n"), "steps are in it");
    assert!(
        !outcome.stdout.lines().any(|it| it.starts_with("::")) && outcome.stderr.contains("::error title=")
    );
}

#[test]
fn a_summary_fits_its_mebibyte() {
    let long = line("Info", "CBS", &"x".repeat(600)).repeat(3);
    let log = (long.clone() + &line("Error", "CBS", FAILURE) + &long).repeat(3);
    let bundle = zip_of(&[("CBS.log", log.as_bytes())]);
    let casebook =
        (0..130).fold(Casebook::new(), |it, number| it.file(&format!("in/{number:03}.zip"), &bundle));
    let outcome = casebook.args(&["analyze", "in", "--print", "markdown"]).run().status(0);
    assert!(outcome.stdout.len() < 1 << 20 && outcome.stdout.len() > 900 << 10, "{}", outcome.stdout.len());
    assert!(outcome.stdout.contains(" more cases are told in their own files only"));
    assert_eq!(outcome.stdout.lines().filter(|it| it.starts_with("| unexplained |")).count(), 130);
}

#[test]
fn annotations_are_few_and_on_by_themselves_in_actions() {
    let run = |actions: bool, args: &[&str]| {
        let mut casebook = Casebook::new();
        if actions {
            casebook.command.env("GITHUB_ACTIONS", "true");
        }
        casebook.arg("analyze").arg(root().join("samples")).args(args).run().status(0).stderr
    };
    let on = run(true, &[]);
    assert_eq!(on.lines().filter(|it| it.starts_with("::error title=")).count(), 8, "{on}");
    assert_eq!(on, run(false, &["--annotate", "github"]));
    assert_eq!(run(true, &["--annotate", "none"]), "");
    assert_eq!(run(false, &[]), "");
    let log = line("Error", "CBS", FAILURE);
    let bundle = zip_of(&[("CBS.log", log.as_bytes())]);
    let many = (0..30).fold(Casebook::new(), |it, number| it.file(&format!("in/{number}.zip"), &bundle));
    let many = many.args(&["analyze", "in", "--annotate", "github"]).run().stderr;
    assert_eq!(many.lines().count(), 10, "{many}");
    assert!(many.ends_with("::error title=casebook::21 more are told in the reports\n"), "{many}");
}

#[test]
fn formats_are_added_and_change_no_status() {
    let names = |args: &[&str]| {
        let outcome =
            Casebook::new().arg("analyze").arg(root().join("samples/REQ118207.zip")).args(args).run();
        let files = fs::read_dir(outcome.path("reports")).unwrap().map(|it| it.unwrap().file_name());
        let mut files: Vec<String> = files.map(|it| it.into_string().unwrap()).collect();
        files.sort();
        (outcome.status, files)
    };
    let always = ["REQ118207.html", "REQ118207.json", "index.html"];
    assert_eq!(names(&[]), (0, always.map(str::to_owned).to_vec()));
    let (status, files) =
        names(&["--format", "sarif,csv", "--format", "markdown", "--fail-on", "unexplained"]);
    assert_eq!(status, 3);
    assert_eq!(
        files,
        ["REQ118207.html", "REQ118207.json", "REQ118207.md", "casebook.csv", "casebook.sarif", "index.html"]
    );
    assert_eq!(names(&["--format", "html,json"]).1, always);
    let wrong =
        Casebook::new().file("a.log", "x").args(&["analyze", "a.log", "--format", "pdf"]).run().status(2);
    assert!(
        wrong.stderr.contains("[possible values: html, json, markdown, sarif, junit, csv]"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn outputs_of_the_configuration_may_be_for_the_run() {
    let casebook = Casebook::new().file("casebook.toml", "outputs = [\"html\", \"sarif\"]").arg("analyze");
    let outcome =
        casebook.arg(root().join("samples/REQ118207.zip")).args(&["--format", "csv"]).run().status(0);
    let mut files: Vec<_> =
        fs::read_dir(outcome.path("reports")).unwrap().map(|it| it.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["REQ118207.html", "casebook.csv", "casebook.sarif", "index.html"]);
}

/// The commands of an example: its lines with `casebook analyze`, with what they go on to.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let found = joined.lines().filter(|it| it.contains("casebook analyze"));
    found
        .map(|it| it[it.find("casebook analyze").unwrap()..].trim().trim_end_matches(['\'', '"']).to_owned())
        .collect()
}

#[test]
fn the_examples_are_run_as_they_stand() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("docs/ci")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        for command in commands(&text) {
            let words = command
                .split(" >> ")
                .next()
                .unwrap()
                .replace("$env:TICKET", "T-1")
                .replace("\"$TICKET\"", "T-1");
            let args: Vec<&str> = words.split_whitespace().skip(1).collect();
            assert!(!words.contains(['$', '"']), "{words}");
            let sample = fs::read(root().join("samples/REQ118207.zip")).unwrap();
            let mut casebook = Casebook::new().file("attachments/logs.zip", sample);
            if words.contains("--baseline accepted.json") {
                casebook = casebook.file("accepted.json", "{\"accepted\": []}");
            }
            let outcome = casebook.args(&args).run().status(3);
            // What a later step picks up must be there.
            for file in ["casebook.sarif", "casebook.junit.xml", "T-1.md"] {
                assert!(outcome.path("reports").join(file).exists(), "{}: {file}", path.display());
            }
            count += 1;
        }
        for picked in text
            .split(['"', '\'', ' ', '\n', ','])
            .filter(|it| it.starts_with("reports/") && it.contains('.'))
        {
            assert!(["reports/casebook.sarif", "reports/casebook.junit.xml"].contains(&picked), "{picked}");
        }
    }
    assert_eq!(count, 4, "GitHub, GitLab, Jenkins, Azure");
    let book = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for file in ["github.yml", "gitlab-ci.yml", "Jenkinsfile", "azure-pipelines.yml"] {
        assert!(book.contains(&format!("(ci/{file})")), "{file}");
    }
}
