//! One case, many forms: what JSON tells is told by the page, Markdown, CSV, SARIF and JUnit too, each read with a
//! parser of its kind; and hostile text stays text in each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;
use serde_json::Value;

use super::schema::mistakes;
use super::{Casebook, Outcome, line, root, zip_of};

/// What is told of one finding or failure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    rule: String,
    certainty: String,
    current: bool,
    codes: BTreeSet<String>,
    occurrences: u64,
}

/// By the name of the case.
type Cases = BTreeMap<String, Vec<Told>>;

const ALL: [&str; 2] = ["--format", "sarif,junit,markdown,csv"];
const UNEXPLAINED: &str = "unexplained-failure";

fn codes(text: &str) -> BTreeSet<String> {
    Regex::new("0x[0-9a-f]{8}").unwrap().find_iter(text).map(|it| it.as_str().to_owned()).collect()
}

fn sorted(mut cases: Cases) -> Cases {
    cases.values_mut().for_each(|it| it.sort());
    cases
}

fn stems(outcome: &Outcome) -> Vec<String> {
    let files = fs::read_dir(outcome.path("reports")).unwrap().map(|it| it.unwrap().file_name());
    let names = files.filter_map(|it| Some(it.into_string().unwrap().strip_suffix(".json")?.to_owned()));
    names.collect()
}

fn of_json(outcome: &Outcome) -> Cases {
    let mut cases = Cases::new();
    for stem in stems(outcome) {
        let case = outcome.case(&stem);
        let code = |it: &Value| it["code"].as_str().map(str::to_owned);
        let finding = |it: &Value| Told {
            rule: it["rule"].as_str().unwrap().to_owned(),
            certainty: it["certainty"].as_str().unwrap().to_owned(),
            current: it["current"].as_bool().unwrap(),
            codes: it["codes"].as_array().unwrap().iter().filter_map(code).collect(),
            occurrences: it["occurrences"].as_u64().unwrap(),
        };
        let failure = |it: &Value| Told {
            rule: UNEXPLAINED.to_owned(),
            certainty: String::new(),
            current: true,
            codes: code(it).into_iter().collect(),
            occurrences: it["occurrences"].as_u64().unwrap(),
        };
        let findings = case["findings"].as_array().unwrap().iter().map(finding);
        let told = findings.chain(case["unexplained"].as_array().unwrap().iter().map(failure)).collect();
        cases.insert(case["case"].as_str().unwrap().to_owned(), told);
    }
    sorted(cases)
}

/// The page's markup is for people: only here is it read.
fn of_page(outcome: &Outcome) -> Cases {
    let find = |pattern: &str, text: &str| {
        Regex::new(pattern).unwrap().captures(text).map(|it| it[1].to_owned()).unwrap_or_default()
    };
    let times = |text: &str| match text {
        "once" => 1,
        "twice" => 2,
        other => other.split(' ').next().unwrap().replace(',', "").parse().unwrap(),
    };
    let mut cases = Cases::new();
    for stem in stems(outcome) {
        let page = outcome.text(&format!("reports/{stem}.html"));
        let main = page.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        let mut told = Vec::new();
        for part in main.split("<section class=\"").skip(1) {
            if !find("^[^>]*id=\"(finding-[0-9]+)\"", part).is_empty() {
                let tags = part.split("class=\"tags\"").nth(1).unwrap().split("</p>").next().unwrap();
                told.push(Told {
                    rule: find("Rule <code>([^<]+)</code>", part),
                    certainty: find("class=\"certainty ([a-z]+)\"", part),
                    current: !part.split('>').next().unwrap().contains("overtaken"),
                    codes: codes(tags),
                    occurrences: times(&find("seen (once|twice|[0-9,]+ times)", tags)),
                });
            } else if !find("^[^>]*id=\"(unexplained-[0-9]+)\"", part).is_empty() {
                let head = part.split("</h3>").next().unwrap();
                told.push(Told {
                    rule: UNEXPLAINED.to_owned(),
                    certainty: String::new(),
                    current: true,
                    codes: codes(&find("<code>([^<]*)</code>", head)),
                    occurrences: times(&find("(once|twice|[0-9,]+ times)", head)),
                });
            }
        }
        cases.insert(outcome.case(&stem)["case"].as_str().unwrap().to_owned(), told);
    }
    sorted(cases)
}

/// `key: value` lines as a finding.
fn of_lines<'l>(lines: impl Iterator<Item = &'l str>) -> Option<Told> {
    let pairs: Vec<(&str, &str)> = lines.filter_map(|it| it.split_once(": ")).collect();
    let value = |name: &str| pairs.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| *it);
    let word = |text: &str| text.split([' ', ',']).next().unwrap_or_default().to_owned();
    Some(Told {
        rule: value("rule")?.to_owned(),
        certainty: value("certainty").map(word).unwrap_or_default(),
        current: value("current").or(value("still stands"))?.starts_with("yes"),
        codes: codes(value("codes").unwrap_or_default()),
        occurrences: word(value("occurrences").or(value("seen"))?).parse().unwrap(),
    })
}

fn of_markdown(outcome: &Outcome) -> Cases {
    let mut cases = Cases::new();
    for stem in stems(outcome) {
        let text = outcome.text(&format!("reports/{stem}.md"));
        // Each heading of the second level with the text below it, an item a line.
        let (mut parts, mut code) = (vec![String::new()], false);
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => parts.push(String::new()),
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(TagEnd::CodeBlock) => code = false,
                Event::Start(Tag::Item) | Event::End(_) => parts.last_mut().unwrap().push('\n'),
                Event::Text(it) | Event::Code(it) if !code => parts.last_mut().unwrap().push_str(&it),
                _ => {}
            }
        }
        let told = parts.iter().filter_map(|it| of_lines(it.lines())).collect();
        cases.insert(outcome.case(&stem)["case"].as_str().unwrap().to_owned(), told);
    }
    sorted(cases)
}

fn csv_rows(outcome: &Outcome) -> Vec<BTreeMap<String, String>> {
    let bytes = fs::read(outcome.path("reports/casebook.csv")).unwrap();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").expect("Excel needs the mark");
    let mut reader = csv::Reader::from_reader(bytes);
    reader.deserialize().map(|it| it.unwrap()).collect()
}

fn of_csv(outcome: &Outcome) -> Cases {
    let mut cases = Cases::new();
    for row in csv_rows(outcome) {
        let told = cases.entry(row["case"].clone()).or_default();
        if row["rule"].is_empty() {
            continue;
        }
        told.push(Told {
            rule: row["rule"].clone(),
            certainty: row["certainty"].clone(),
            current: row["current"] == "yes",
            codes: codes(&row["codes"]),
            occurrences: row["occurrences"].parse().unwrap(),
        });
    }
    sorted(cases)
}

fn sarif(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.text("reports/casebook.sarif")).unwrap()
}

fn of_sarif(outcome: &Outcome) -> Cases {
    let log = sarif(outcome);
    let mut cases = Cases::new();
    let verdict =
        Regex::new("^Case (.*): (?:explained|unexplained|clean|inconclusive|unreadable): ").unwrap();
    for it in log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap() {
        if it["descriptor"]["id"] == "case" {
            let text = it["message"]["text"].as_str().unwrap();
            cases.insert(verdict.captures(text).unwrap()[1].to_owned(), Vec::new());
        }
    }
    for it in log["runs"][0]["results"].as_array().unwrap() {
        let more = &it["properties"];
        let told = Told {
            rule: it["ruleId"].as_str().unwrap().to_owned(),
            certainty: more["certainty"].as_str().unwrap_or_default().to_owned(),
            current: more["current"].as_bool().unwrap(),
            codes: codes(&more["codes"].to_string()),
            occurrences: more["occurrences"].as_u64().unwrap(),
        };
        cases.get_mut(more["case"].as_str().unwrap()).expect("a case without a notification").push(told);
    }
    sorted(cases)
}

/// Each test of the JUnit file: its suite, the element in it, and that element's text.
fn tests(outcome: &Outcome) -> Vec<(String, String, String)> {
    use quick_xml::events::Event as Xml;
    let xml = outcome.text("reports/casebook.junit.xml");
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut suite, mut inside) = (String::new(), String::new());
    let mut all = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(it) => {
                inside = it.local_name().as_ref().to_owned();
                if inside == "testsuite" {
                    let found = it.try_get_attribute("name").unwrap().unwrap();
                    suite = found.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned();
                }
                text.clear();
            }
            Xml::Text(it) => text += &it,
            Xml::GeneralRef(it) => {
                text += quick_xml::escape::resolve_predefined_entity(&it).expect("an entity of XML");
            }
            Xml::End(it) => {
                let name: String = it.local_name().as_ref().to_owned();
                if name == inside && matches!(name.as_str(), "failure" | "error" | "skipped" | "system-out") {
                    all.push((suite.clone(), name, text.clone()));
                }
            }
            Xml::Eof => return all,
            _ => {}
        }
    }
}

fn of_junit(outcome: &Outcome) -> Cases {
    let mut cases = Cases::new();
    for (suite, element, text) in tests(outcome) {
        let told = cases.entry(suite).or_default();
        if let Some(it) = of_lines(text.lines()) {
            assert!(it.current == (element == "failure") || element == "skipped" || element == "system-out");
            told.push(it);
        }
    }
    sorted(cases)
}

#[track_caller]
fn all_tell_the_same(outcome: &Outcome) {
    let json = of_json(outcome);
    assert!(!json.is_empty());
    for (form, told) in [
        ("html", of_page(outcome)),
        ("markdown", of_markdown(outcome)),
        ("csv", of_csv(outcome)),
        ("sarif", of_sarif(outcome)),
        ("junit", of_junit(outcome)),
    ] {
        assert_eq!(told, json, "{form}");
    }
}

/// The part of SARIF 2.1.0 that we write, in our words.
#[track_caller]
fn is_sound_sarif(outcome: &Outcome) {
    let schema: Value = serde_json::from_str(include_str!("sarif.schema.json")).unwrap();
    let log = sarif(outcome);
    assert_eq!(mistakes(&schema, &log, true), [""; 0]);
    let run = &log["runs"][0];
    let (artifacts, rules) = (run["artifacts"].as_array().unwrap(), &run["tool"]["driver"]["rules"]);
    let check = |location: &Value| {
        let location = &location["physicalLocation"]["artifactLocation"];
        let index = usize::try_from(location["index"].as_u64().unwrap()).unwrap();
        assert_eq!(artifacts[index]["location"]["uri"], location["uri"]);
    };
    for (number, it) in artifacts.iter().enumerate() {
        let nested = it["parentIndex"].as_u64().map(|it| usize::try_from(it).unwrap());
        assert!(nested.is_none_or(|it| it < number), "an archive comes before what is in it");
        assert_eq!(it["location"]["uri"].as_str().unwrap().starts_with('/'), nested.is_some());
    }
    let mut fingerprints = BTreeSet::new();
    for it in run["results"].as_array().unwrap() {
        assert_eq!(rules[usize::try_from(it["ruleIndex"].as_u64().unwrap()).unwrap()]["id"], it["ruleId"]);
        it["locations"].as_array().unwrap().iter().for_each(check);
        it["relatedLocations"].as_array().unwrap().iter().for_each(check);
        assert!(fingerprints.insert(it["partialFingerprints"]["casebook/v1"].as_str().unwrap().to_owned()));
    }
    for it in run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap() {
        it["locations"].as_array().into_iter().flatten().for_each(check);
    }
}

#[test]
fn all_outputs_tell_the_same() {
    let outcome = Casebook::new().arg("analyze").arg(root().join("samples")).args(&ALL).run().status(0);
    all_tell_the_same(&outcome);
    is_sound_sarif(&outcome);
    let quoted = outcome.text("reports/casebook.csv");
    assert!(quoted.lines().count() > 8 && quoted.contains("\r\n"));
}

#[test]
fn run_outputs_are_the_same_with_any_number_of_workers() {
    let run = |jobs: &str| {
        Casebook::new().arg("analyze").arg(root().join("samples")).args(&ALL).args(&["--jobs", jobs]).run()
    };
    let (one, four) = (run("1"), run("4"));
    for file in ["casebook.sarif", "casebook.junit.xml", "casebook.csv", "INC0051960.md"] {
        assert_eq!(one.text(&format!("reports/{file}")), four.text(&format!("reports/{file}")), "{file}");
    }
    assert_eq!(
        stems(&one).len() * 3 + 4,
        fs::read_dir(one.path("reports")).unwrap().count(),
        "nothing else is left"
    );
}

#[test]
fn the_fingerprint_stays_where_the_lines_move() {
    let folder = |path: &str| {
        format!(
            "0xe47 (F) STATUS_OBJECT_NAME_NOT_FOUND #1# from Windows::Rtl::SystemImplementation::DirectFileSystemProvider::SysCreateFile(oa = @0xa1->OBJECT_ATTRIBUTES {{s:48; rd:NULL; on:[69]\"\\??\\C:\\Data\\{path}\\x\"; a:(OBJ_CASE_INSENSITIVE)}})"
        )
    };
    let prints = |before: usize, path: &str| {
        let log = line("Info", "CBS", "a quiet line").repeat(before) + &line("Error", "CSI", &folder(path));
        let casebook = Casebook::new().file("T.zip", zip_of(&[("CBS.log", log.as_bytes())]));
        let outcome = casebook.args(&["analyze", "T.zip", "--format", "sarif"]).run().status(0);
        let result = sarif(&outcome)["runs"][0]["results"][0].clone();
        assert_eq!(result["ruleId"], "servicing-folder-missing");
        (
            result["partialFingerprints"].clone(),
            result["locations"][0]["physicalLocation"]["region"]["startLine"].clone(),
        )
    };
    let (one, moved, other) = (prints(3, "a"), prints(90, "a"), prints(3, "b"));
    assert_ne!(one.1, moved.1);
    assert_eq!(one.0, moved.0);
    assert_ne!(one.0, other.0, "another folder is another finding");
}

/// What would do harm raw in one of the forms.
const HOSTILE: [&str; 10] = [
    "=cmd|' /C calc'!A0",
    "x;=1+1",
    "</failure><script>alert(1)</script>]]>",
    "``` # [click](https://evil.example) ![x](https://evil.example/x.png) <img src=x>",
    "a|b|c @team org/repo#1",
    "##vso[task.setvariable variable=a]b ##[add-mask]x",
    "\u{fffe}\u{ffff}\u{b}\u{202e}gpj.exe\u{1b}[2J",
    "%0A::error::x",
    "{0} {{1}}",
    "..\\..\\evil",
];

fn hostile() -> Outcome {
    let mut casebook = Casebook::new();
    for (number, text) in HOSTILE.iter().enumerate() {
        let plain = text.replace(['"', '\'', '\\'], "");
        let mut log = line(
            "Error",
            "CSI",
            &format!(
                "0xe47 (F) STATUS_OBJECT_NAME_NOT_FOUND #1# from Windows::Rtl::SystemImplementation::DirectFileSystemProvider::SysCreateFile(oa = @0xa1->OBJECT_ATTRIBUTES {{s:48; rd:NULL; on:[69]\"\\??\\C:\\Data\\{plain}\\x\"; a:(OBJ_CASE_INSENSITIVE)}})"
            ),
        );
        log += &line(
            "Error",
            "CBS",
            &format!("Failed to do {text} [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]"),
        );
        log += &format!("::error title=x::{text}\r\n");
        let inner = zip_of(&[
            (&format!("{text}/CBS.log"), log.as_bytes()),
            (&format!("{text}.zip"), b"PK\x03\x04no"),
        ]);
        casebook = casebook.file(&format!("in/C{number}.zip"), zip_of(&[(&format!("{text}.zip"), &inner)]));
    }
    casebook.args(&["analyze", "in", "--annotate", "github"]).args(&ALL).run()
}

#[test]
fn hostile_text_harms_in_no_output() {
    let outcome = hostile().status(1);
    all_tell_the_same(&outcome);
    is_sound_sarif(&outcome);
    let bad = |it: char| {
        (it.is_control() && it != '\n' && it != '\t' && it != '\r')
            || matches!(it, '\u{202a}'..='\u{202e}' | '\u{fffe}' | '\u{ffff}')
    };
    for file in ["casebook.sarif", "casebook.junit.xml", "casebook.csv"]
        .map(str::to_owned)
        .into_iter()
        .chain(stems(&outcome).iter().map(|it| format!("{it}.md")))
    {
        let text = outcome.text(&format!("reports/{file}"));
        let found = text
            .chars()
            .find(|it| bad(*it))
            .filter(|it| file != "casebook.sarif" || !matches!(it, '\u{fffe}' | '\u{ffff}'));
        assert_eq!(found, None, "{file}");
        assert!(!text.contains("##vso[") && !text.contains("##["), "{file}");
        assert!(!text.lines().any(|it| it.trim_start().starts_with("::")), "{file}");
    }
    for row in csv_rows(&outcome) {
        for (column, cell) in row {
            let formula = cell
                .split(['\n', ';'])
                .find(|it| it.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@']));
            assert_eq!(formula, None, "{column}: {cell}");
        }
    }
    for stem in stems(&outcome) {
        is_harmless_markdown(&outcome.text(&format!("reports/{stem}.md")));
    }
    for it in outcome.stdout.lines().chain(outcome.stderr.lines().filter(|it| !it.starts_with("::"))) {
        assert!(!it.trim_start().starts_with("::") && !it.contains("##vso[") && !it.contains("##["), "{it}");
    }
    let annotation = Regex::new("^::(error|warning|notice) title=[^:,]*::[^\r\n]+$").unwrap();
    let annotations: Vec<&str> = outcome.stderr.lines().filter(|it| it.starts_with("::")).collect();
    assert!(annotations.len() > 5 && annotations.len() <= 30, "{}", annotations.len());
    let percent = Regex::new("%(.{0,2})").unwrap();
    for it in annotations {
        assert!(annotation.is_match(it), "{it}");
        assert!(percent.captures_iter(it).all(|it| ["25", "0A", "0D", "3A", "2C"].contains(&&it[1])), "{it}");
    }
}

#[track_caller]
fn is_harmless_markdown(text: &str) {
    for event in Parser::new_ext(text, Options::all()) {
        match event {
            Event::Html(it) | Event::InlineHtml(it) => panic!("raw HTML: {it}"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(
                    dest_url.starts_with("https://learn.microsoft.com/")
                        || dest_url.starts_with("https://support.microsoft.com/"),
                    "{dest_url}"
                );
            }
            Event::Start(Tag::Image { dest_url, .. }) => panic!("an image: {dest_url}"),
            _ => {}
        }
    }
}

#[test]
fn markdown_of_the_samples_is_harmless_and_has_every_command() {
    let outcome =
        Casebook::new().arg("analyze").arg(root().join("samples")).args(&["--format", "markdown"]).run();
    for stem in stems(&outcome) {
        let text = outcome.text(&format!("reports/{stem}.md"));
        is_harmless_markdown(&text);
        let mut blocks = String::new();
        let mut code = false;
        for event in Parser::new(&text) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => code = true,
                Event::End(TagEnd::CodeBlock) => code = false,
                Event::Text(it) if code => blocks += &it,
                _ => {}
            }
        }
        for finding in outcome.case(&stem)["findings"].as_array().unwrap() {
            for command in super::commands(finding) {
                assert!(blocks.lines().any(|it| it == command), "{stem}: {command}");
            }
        }
    }
}

#[test]
fn a_case_without_findings_is_in_every_output() {
    let casebook = Casebook::new().file("in/quiet.zip", zip_of(&[("notes.txt", b"Nothing to see here")]));
    let outcome = casebook
        .file("in/broken.zip", b"PK\x03\x04broken")
        .args(&["analyze", "in"])
        .args(&ALL)
        .run()
        .status(1);
    all_tell_the_same(&outcome);
    let csv = csv_rows(&outcome);
    assert_eq!(
        csv.iter().map(|it| it["verdict"].as_str()).collect::<Vec<_>>(),
        ["unreadable", "inconclusive"]
    );
    let tests = tests(&outcome);
    let of = |case: &str| {
        tests.iter().filter(|(it, ..)| it == case).map(|(_, it, _)| it.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("broken"), ["error", "error"], "what was not read is no test that passes");
    assert_eq!(of("quiet"), ["system-out", "skipped"], "nor is what could not be seen");
    assert_eq!(sarif(&outcome)["runs"][0]["invocations"][0]["executionSuccessful"], false);
}
