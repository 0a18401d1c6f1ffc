//! The scoreboard: small machines with one trouble each, look-alikes of it, and healthy ones, under `tests/corpus`. What
//! the program says of them is counted by rule, and may only get better.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Casebook, root, rules, strings};

/// A case as its file tells it: the head says what must come out, each `=== PATH | ENCODING` begins a member.
#[derive(Default)]
struct Case {
    name: String,
    head: BTreeMap<String, String>,
    members: Vec<(String, Vec<u8>)>,
}

const KEYS: [&str; 8] = ["about", "verdict", "first", "values", "any", "unexplained", "noise", "known-wrong"];

impl Case {
    fn read(path: &Path) -> Self {
        let folder = root().join("tests/corpus");
        let name = path.strip_prefix(folder).unwrap().with_extension("").display().to_string();
        let text = std::fs::read_to_string(path).unwrap();
        let mut parts = text.split("\n=== ");
        let mut case = Self { name: name.replace('\\', "/"), ..Self::default() };
        for line in parts.next().unwrap().lines() {
            let (key, value) =
                line.split_once(": ").unwrap_or_else(|| panic!("{name}: no `key: value`: {line}"));
            assert!(KEYS.contains(&key), "{name}: no such key: {key}");
            case.head.insert(key.to_owned(), value.to_owned());
        }
        for part in parts {
            let (title, content) = part.split_once('\n').unwrap_or((part, ""));
            let (path, encoding) = title.split_once(" | ").unwrap_or((title, "utf-8"));
            let content = content.trim_end_matches('\n').replace('\n', "\r\n") + "\r\n";
            case.members.push((path.to_owned(), encode(&content, encoding)));
        }
        assert!(!case.members.is_empty(), "{name}: no member");
        assert!(case.head.contains_key("about") && case.head.contains_key("verdict"), "{name}: head");
        case
    }

    /// The name of its folder in the inbox, and of its report.
    fn slug(&self) -> String {
        self.name.replace('/', "--")
    }

    fn list(&self, key: &str) -> Vec<&str> {
        self.head.get(key).filter(|it| *it != "none").map_or_else(Vec::new, |it| it.split(", ").collect())
    }

    /// What is wrong with what the program says.
    fn problems(&self, told: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        let verdict = told["verdict"].as_str().unwrap();
        if verdict != self.head["verdict"] {
            problems.push(format!("the verdict is {verdict} instead of {}", self.head["verdict"]));
        }
        let found = rules(told);
        if let Some(first) = self.head.get("first").filter(|it| found.first() != Some(&it.as_str())) {
            problems.push(match found.contains(&first.as_str()) {
                true => format!("{} comes before {first}", found[0]),
                false => format!("missed: {first}"),
            });
        }
        for value in self.list("values") {
            let (name, expected) = value.split_once(" = ").unwrap();
            let values = strings(&told["findings"][0]["values"][name]).join(" and ");
            if values != expected {
                problems.push(format!("{name} is {values} instead of {expected}"));
            }
        }
        if let Some(expected) = self.head.get("noise") {
            let all = told["noise"].as_array().unwrap().iter();
            let lines = all.map(|it| it["occurrences"].as_u64().unwrap()).sum::<u64>().to_string();
            if lines != *expected {
                problems.push(format!("lines of noise are {lines} instead of {expected}"));
            }
        }
        problems.extend(self.false_rules(told).into_iter().map(|it| format!("false: {it}")));
        let code = |it: &Value| it["code"].as_str().or(it["name"].as_str()).unwrap_or_default().to_owned();
        let unexplained: BTreeSet<String> =
            told["unexplained"].as_array().unwrap().iter().map(code).collect();
        let expected: BTreeSet<String> = self.list("unexplained").into_iter().map(str::to_owned).collect();
        let is_asked = self.head.contains_key("unexplained") || self.head["verdict"] != "unexplained";
        if is_asked && unexplained != expected {
            problems.push(format!("unexplained are {unexplained:?} instead of {expected:?}"));
        }
        problems
    }

    fn false_rules<'t>(&self, told: &'t Value) -> Vec<&'t str> {
        let allowed = [self.list("first"), self.list("any")].concat();
        rules(told).into_iter().filter(|it| !allowed.contains(it)).collect()
    }
}

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-8-bom" => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        "utf-16le" => {
            b"\xFF\xFE".iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
        other => panic!("no such encoding: {other}"),
    }
}

fn corpus() -> Vec<Case> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in std::fs::read_dir(root().join("tests/corpus")).unwrap() {
        let folder = folder.unwrap().path();
        if folder.is_dir() {
            paths.extend(std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()));
        }
    }
    paths.sort();
    paths.iter().map(|it| Case::read(it)).collect()
}

/// Right, missed and false, by rule.
type Score = BTreeMap<String, [u32; 3]>;

fn score(cases: &[Case], told: &[Value]) -> Score {
    let mut score = Score::new();
    for id in rule_ids() {
        score.insert(id, [0; 3]);
    }
    for (case, told) in cases.iter().zip(told) {
        for id in case.list("first") {
            let place = usize::from(!rules(told).contains(&id));
            score.get_mut(id).unwrap_or_else(|| panic!("{}: no rule {id}", case.name))[place] += 1;
        }
        for id in case.false_rules(told) {
            score.get_mut(id).unwrap()[2] += 1;
        }
    }
    score
}

fn rule_ids() -> Vec<String> {
    let listed = Casebook::new().args(&["rules", "list", "--json"]).run().status(0);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    listed.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

/// The board as text. Under the table stands what is known to be wrong, a line each.
fn board(cases: &[Case], score: &Score, wrong: &[(String, String)]) -> String {
    let names: BTreeSet<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("{} cases, {} of them wrong\n\n", cases.len(), names.len());
    writeln!(text, "{:<40}{:>6}{:>8}{:>7}", "rule", "right", "missed", "false").unwrap();
    for (id, [right, missed, wrong]) in score.iter().filter(|(_, it)| **it != [0; 3]) {
        writeln!(text, "{id:<40}{right:>6}{missed:>8}{wrong:>7}").unwrap();
    }
    let without: Vec<&str> =
        score.iter().filter(|(_, it)| **it == [0; 3]).map(|(id, _)| id.as_str()).collect();
    writeln!(text, "\nrules without a case: {}\n\nwrong:", without.join(", ")).unwrap();
    for (name, problem) in wrong {
        writeln!(text, "{name}: {problem}").unwrap();
    }
    text
}

#[test]
fn the_corpus_gets_no_worse() {
    let cases = corpus();
    let mut run = Casebook::new();
    for case in &cases {
        for (path, content) in &case.members {
            run = run.file(&format!("inbox/{}/{path}", case.slug()), content);
        }
    }
    let run = run.args(&["analyze", "inbox"]).run().status(0);
    let told: Vec<Value> = cases.iter().map(|it| run.case(&it.slug())).collect();
    let problems = |(case, told): (&Case, &Value)| -> Vec<(String, String)> {
        case.problems(told).into_iter().map(|it| (case.name.clone(), it)).collect()
    };
    let wrong: Vec<(String, String)> = cases.iter().zip(&told).flat_map(problems).collect();
    let board = board(&cases, &score(&cases, &told), &wrong);
    // Past the capture of the test harness: the board is to be seen also where nothing is wrong.
    writeln!(std::io::stderr(), "{board}").unwrap();
    let is_known = |name: &str| cases.iter().any(|it| it.name == name && it.head.contains_key("known-wrong"));
    let unknown: Vec<_> = wrong.iter().filter(|(name, _)| !is_known(name)).collect();
    assert!(unknown.is_empty(), "what no case says to be known: {unknown:#?}");
    let path = root().join("tests/corpus/scoreboard.txt");
    if std::env::var_os("CASEBOOK_UPDATE").is_some() {
        std::fs::write(&path, &board).unwrap();
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    let is_told = |(name, problem): &(String, String)| before.contains(&format!("\n{name}: {problem}\n"));
    let worse: Vec<_> = wrong.iter().filter(|it| !is_told(it)).collect();
    assert!(worse.is_empty(), "worse than tests/corpus/scoreboard.txt: {worse:#?}");
    if board != before {
        let hint = "the scoreboard has changed, for the better: CASEBOOK_UPDATE=1 cargo test corpus";
        writeln!(std::io::stderr(), "{hint}").unwrap();
    }
}

/// At least a third are look-alikes and healthy machines, and what is known to be wrong says why.
#[test]
fn the_corpus_is_fair() {
    let cases = corpus();
    assert!(cases.len() >= 150, "{}", cases.len());
    let harmless = |it: &&Case| {
        ["healthy/", "look-alike/", "succeeded-later/"].iter().any(|start| it.name.starts_with(start))
    };
    assert!(3 * cases.iter().filter(harmless).count() >= cases.len());
    let reasons = cases.iter().filter_map(|it| it.head.get("known-wrong"));
    assert!(reasons.clone().all(|it| it.len() > 20), "a reason is a sentence");
}
