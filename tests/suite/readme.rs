//! The documents, held to the program: their examples are run, their options exist, their links lead somewhere.
//!
//! After a change to what the program prints: `CASEBOOK_UPDATE=1 cargo test readme`.

use std::collections::BTreeSet;
use std::fs;

use super::{Casebook, root};

const DOCUMENTS: [&str; 11] = [
    "README.md",
    "docs/watch.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "rules/README.md",
    "samples/README.md",
    "docs/introduction.md",
    "docs/install.md",
    "docs/options.md",
];

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The program in a folder with all that the examples read: `samples`, and the attachments of one ticket.
fn reader() -> Casebook {
    let mut casebook = Casebook::new();
    for entry in fs::read_dir(root().join("samples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        casebook = casebook.file(&format!("samples/{name}"), fs::read(&path).unwrap());
    }
    let ticket = root().join("tests/samples/2402210050001873/bundle");
    for (name, source) in [
        ("CBS.log", "Logs/CBS/CBS.log"),
        ("events.txt", "Events/system-events.txt"),
        ("services.reg", "Registry/SRV-FS03_reg_services.txt"),
    ] {
        casebook = casebook.file(name, fs::read(ticket.join(source)).unwrap());
    }
    casebook
}

/// The blocks of a document that a fence with this word opens.
fn blocks<'t>(text: &'t str, fence: &str) -> Vec<&'t str> {
    let (open, close) = (format!("\n{fence}\n"), format!("\n{}", &fence[..3]));
    text.split(&open).skip(1).map(|it| it.split(&close).next().unwrap()).collect()
}

/// A document without its fenced blocks.
fn prose(text: &str) -> String {
    let mut inside = None;
    let mut prose = String::new();
    for line in text.lines() {
        let fence = ["```", "~~~"].into_iter().find(|it| line.trim_start().starts_with(it));
        match (inside, fence) {
            (None, Some(fence)) => inside = Some(fence),
            (Some(open), Some(fence)) if open == fence => inside = None,
            (None, None) => prose = prose + line + "\n",
            (Some(_), _) => {}
        }
    }
    prose
}

/// The words in backticks.
fn code(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What the program prints for `casebook … ` or `casebook …; echo $?`.
fn run(line: &str) -> String {
    let (command, tell_status) = match line.strip_suffix("; echo $?") {
        Some(command) => (command, true),
        None => (line, false),
    };
    let args: Vec<&str> = command.split_whitespace().skip(1).collect();
    let outcome = reader().args(&args).run();
    assert_eq!(outcome.stderr, "", "{line}");
    let status = if tell_status { format!("{}\n", outcome.status) } else { String::new() };
    // Help is printed with blanks that an editor would take away.
    let lines = outcome.stdout.lines().map(str::trim_end).map(|it| format!("{it}\n"));
    lines.collect::<String>() + &status
}

/// The documents whose examples are run.
const EXAMPLES: [&str; 2] = ["README.md", "docs/options.md"];

#[test]
fn examples_are_what_the_program_prints() {
    for name in EXAMPLES {
        let mut text = document(name);
        let examples: Vec<String> = blocks(&text, "```text").into_iter().map(str::to_owned).collect();
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let (command, told) = example.split_once('\n').unwrap();
            let printed = run(command.strip_prefix("$ ").unwrap());
            if std::env::var_os("CASEBOOK_UPDATE").is_some() {
                text = text.replace(&example, &format!("{command}\n{}", printed.trim_end()));
                fs::write(root().join(name), &text).unwrap();
            } else {
                assert_eq!(told, printed.trim_end(), "{command}: CASEBOOK_UPDATE=1 cargo test readme");
            }
        }
    }
}

#[test]
fn the_two_commands_stand_alone() {
    let readme = document("README.md");
    let section = readme.split("\n## Two commands\n").nth(1).unwrap().split("\n## ").next().unwrap();
    assert_eq!(blocks(section, "```sh"), ["cargo run --release -- analyze samples", "cargo test"]);
}

/// Every `--option` in a text.
fn options(text: &str) -> BTreeSet<String> {
    let letter = |it: char| it.is_ascii_lowercase() || it == '-';
    let words = text.split(|it: char| !letter(it)).filter(|it| it.starts_with("--") && it.len() > 3);
    words.map(str::to_owned).collect()
}

#[test]
fn options_exist_and_are_told() {
    let help = |args: &[&str]| options(&Casebook::new().args(args).arg("--help").run().status(0).stdout);
    let analyze = help(&["analyze"]);
    let mut known = help(&[]);
    known.extend(analyze.clone());
    known.extend(help(&["rules", "list"]));
    let watch = help(&["watch"]);
    known.extend(watch.clone());
    for command in ["check", "show", "why", "new"] {
        known.extend(help(&["rules", command]));
    }
    // What is cargo's own.
    known.extend(["--release", "--path"].map(str::to_owned));
    let told = options(&EXAMPLES.map(document).concat());
    assert_eq!(told.difference(&known).collect::<Vec<_>>(), [""; 0], "told, but not there");
    assert_eq!(analyze.difference(&told).collect::<Vec<_>>(), [""; 0], "there, but not told");
    assert_eq!(watch.difference(&told).collect::<Vec<_>>(), [""; 0], "there, but not told");
}

#[test]
fn exit_statuses_are_those_of_the_table() {
    let readme = document("README.md");
    let table = [
        "| 0 | every case was read whole; findings or not |",
        "| 1 | some case could not be read, or only in part, because of damage, encryption or a limit (its report says what and why); the others are done |",
        "| 2 | wrong arguments, configuration or rules: nothing was analyzed |",
        "| 3 | `--fail-on symptom` / `--fail-on unexplained` met |",
    ];
    for row in table {
        assert!(readme.contains(row), "{row}");
    }
    let damaged = fs::read(root().join("samples/REQ118207.zip")).unwrap();
    let run = |args: &[&str]| {
        let casebook = reader().file("cut.zip", &damaged[..damaged.len() / 2]).file("bad/x.md", "no title");
        casebook.arg("analyze").args(args).run()
    };
    run(&["samples/INC0047129.zip"]).status(0);
    let both = run(&["cut.zip", "samples/INC0047129.zip"]).status(1);
    assert_eq!(both.case("INC0047129")["verdict"], "explained", "the others are done");
    assert_ne!(both.case("cut")["skipped"].as_array().unwrap().len(), 0, "the report says what and why");
    for args in [&["gone.zip"][..], &["--nonsense"], &["samples", "--rules", "bad"]] {
        assert!(!run(args).status(2).path("reports").exists(), "{args:?}: nothing was analyzed");
    }
    run(&["samples/INC0047129.zip", "--fail-on", "symptom"]).status(3);
    run(&["samples/INC0047129.zip", "--fail-on", "unexplained"]).status(0);
    run(&["samples/REQ118207.zip", "--fail-on", "unexplained"]).status(3);
    run(&["cut.zip", "samples/INC0047129.zip", "--fail-on", "symptom"]).status(3);
}

#[test]
fn what_is_not_read_is_told() {
    let unread: [(&str, &[u8]); 4] = [
        ("SysEvent.Evt", b"\x30\0\0\0LfLe\x01\0\0\0"),
        ("WindowsUpdate.1.etl", b"\0\x01\x02\x03\0\0"),
        ("logs.7z.001", b"7z\xBC\xAF\x27\x1C\0\x04"),
        ("logs.rar", b"Rar!\x1A\x07\x01\0"),
    ];
    let healthy =
        b"2024-03-12 03:14:07, Info                  CBS    Starting TrustedInstaller initialization.\r\n";
    let mut casebook = Casebook::new().file("bundle/CBS.log", healthy);
    for (name, head) in unread {
        casebook = casebook.file(&format!("bundle/{name}"), head);
    }
    let outcome = casebook.args(&["analyze", "--one-case", "X", "bundle"]).run().status(0);
    let case = outcome.case("X");
    let skipped: BTreeSet<&str> =
        case["skipped"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(skipped, unread.iter().map(|(name, _)| *name).collect());
    assert_eq!(case["verdict"], "inconclusive", "not called clean");
}

#[test]
fn links_lead_somewhere() {
    for name in DOCUMENTS {
        let text = prose(&document(name));
        let slug =
            |it: &str| it.trim_start_matches('#').trim().to_lowercase().replace(',', "").replace(' ', "-");
        let headings: Vec<String> = text.lines().filter(|it| it.starts_with('#')).map(slug).collect();
        for link in text.split("](").skip(1).map(|it| it.split(')').next().unwrap()) {
            if let Some(anchor) = link.strip_prefix('#') {
                assert!(headings.iter().any(|it| it == anchor), "{name}: no heading for {link}");
            } else if !link.starts_with("https://") {
                let folder = root().join(name).parent().unwrap().to_path_buf();
                assert!(folder.join(link).exists(), "{name}: {link} does not exist");
            }
        }
    }
}

#[test]
fn the_example_rule_keeps_to_its_samples() {
    let text = document("rules/README.md");
    let [example] = blocks(&text, "~~~markdown")[..] else { panic!("one example") };
    let outcome = Casebook::new()
        .file("rules/example.md", format!("{example}\n"))
        .args(&["rules", "check", "rules"])
        .run()
        .status(0);
    assert!(outcome.stdout.ends_with("nothing is wrong\n"), "{}", outcome.stdout);
    // It works together with the rules that are there, and finds what its sample shows.
    let log = blocks(example, "```sample cbs")[0].split("\n=>").next().unwrap();
    let outcome = Casebook::new()
        .file("rules/example.md", format!("{example}\n"))
        .file("CBS.log", log)
        .args(&["analyze", "CBS.log", "--rules", "rules"])
        .run()
        .status(0);
    assert_eq!(super::rules(&outcome.case("CBS")), ["servicing-service-disabled"]);
}

/// The names behind `The formats are ` or `The types are ` in what `rules check` says of an unknown one.
fn names_told(condition: &str, list: &str) -> Vec<String> {
    let article =
        format!("# T\n\n## S\n\n```rule\nid = \"x\"\n[[when]]\n{condition}\n```\n\n### Fix\n\n1. Do it.\n");
    let outcome = Casebook::new().file("x.md", article).args(&["rules", "check", "x.md"]).run().status(2);
    let names = outcome.stdout.split(list).nth(1).unwrap().lines().next().unwrap();
    names.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_format_and_type_is_in_the_reference() {
    let text = document("rules/README.md");
    let formats = names_told("in = \"none\"\nmatch = 'some line'", "The formats are ");
    let types = names_told("in = \"cbs\"\nmatch = 'some {x:none}'", "The types are ");
    assert!(formats.len() > 8 && types.len() > 10);
    for name in formats.iter().chain(&types) {
        assert!(text.contains(&format!("`{name}`")), "rules/README.md does not tell `{name}`");
    }
}

/// Each test that a part of a document names is there.
#[track_caller]
fn names_tests(text: &str) {
    let mut sources = String::new();
    for folder in ["src", "tests/suite"] {
        for entry in walk(&root().join(folder)) {
            sources += &fs::read_to_string(entry).unwrap();
        }
    }
    let names = code(text);
    let is_test = |it: &str| it.contains('_') && it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    let tests: Vec<&&str> = names.iter().filter(|it| is_test(it)).collect();
    assert!(tests.len() > 10);
    for name in tests {
        assert!(sources.contains(&format!("fn {name}()")), "there is no test {name}");
    }
}

#[test]
fn the_tests_that_security_names_exist() {
    names_tests(&document("SECURITY.md"));
}

#[test]
fn the_tests_that_architecture_names_exist() {
    let text = document("ARCHITECTURE.md");
    names_tests(text.split("\n## Invariants\n").nth(1).unwrap());
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for module in lib.lines().filter_map(|it| it.strip_prefix("mod ")?.strip_suffix(';')) {
        assert!(text.contains(&format!("**`{module}`**")), "ARCHITECTURE.md does not tell {module}");
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let files = entries.flat_map(|it| if it.is_dir() { walk(&it) } else { vec![it] });
    files.filter(|it| it.extension().is_some_and(|it| it == "rs")).collect()
}

#[test]
fn documents_keep_their_size() {
    for (name, most) in [("README.md", 220), ("ARCHITECTURE.md", 150)] {
        let lines = document(name).lines().count();
        assert!(lines <= most, "{name} has {lines} lines");
    }
    for name in ["report.png", "index.png"] {
        let bytes = fs::metadata(root().join("docs").join(name)).unwrap().len();
        assert!(bytes < 250_000, "docs/{name} has {bytes} bytes");
    }
}

/// The example of `casebook.toml` is a file that the program takes.
#[test]
fn the_example_of_a_teams_choices_is_accepted() {
    let text = document("docs/configuration.md");
    let example = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let article = document("rules/README.md");
    let article = article.split("~~~markdown\n").nth(1).unwrap().split("~~~").next().unwrap();
    let sample = fs::read(root().join("samples/REQ118207.zip")).unwrap();
    let outcome = Casebook::new()
        .file("casebook.toml", example)
        .file("our-rules/one.md", article)
        .file("case.zip", sample)
        .args(&["analyze", "case.zip"])
        .run()
        .status(0);
    assert!(outcome.stderr.contains("setup-cancelled"), "{}", outcome.stderr);
}
