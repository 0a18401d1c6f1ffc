//! Steps with this machine's values in them: repeated where there are several, left blank where a value is
//! not what it should be.

use super::*;
use crate::case::Step;
use crate::matching::{Matcher, scan};
use crate::source::format;
use crate::text::{Encoding, Filler};

const RULE: &str = "id = \"x\"\n[[when]]\nin = \"cbs\"\nmatch = '''lost {folder:path}|{file:filename}|{inf:inf}|{note:text};'''";

/// The case that logs make of a library with one rule; each log is a format and its messages.
fn case(rule: &str, fix: &str, logs: &[(&str, &[&str])]) -> Case {
    let article = format!("# T\n\n## S\n\n```rule\n{rule}\n```\n\n### Fix\n\n{fix}\n\n{MACHINE}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), article).unwrap();
    let (library, problems) = Library::of(&[folder.path().to_owned()]).unwrap();
    assert_eq!(problems, []);
    let (matcher, mut hits) = (Matcher::new(&library), Hits::default());
    for (number, (name, messages)) in logs.iter().enumerate() {
        let line = |(at, it): (usize, &&str)| {
            // A message may bring its own time along.
            let (time, text) = it.split_once('@').unwrap_or(("", it));
            let time = if time.is_empty() { format!("03:14:{at:02}") } else { time.to_owned() };
            format!("2024-03-12 {time}, Info                  CBS    {text}\n")
        };
        let log: String = messages.iter().enumerate().map(line).collect();
        let mut bytes = log.as_bytes();
        let mut filler = Filler::new(&mut bytes, Encoding::Bytes);
        hits.take(number, scan(&matcher, format(name).unwrap(), &mut filler).1);
    }
    let answers = Answers::default();
    let gathered = Gathered {
        library: &library,
        hits: &hits,
        sources: &[],
        skipped: &[],
        computers: &[],
        answers: &answers,
    };
    diagnose("case", "case.zip", &gathered)
}

/// A log may tell the build, for rules that are for some machines only.
const MACHINE: &str =
    "## The build\n\n```fact\nin = \"cbs\"\nmatch = '''machine build {build:number}'''\n```\n";

/// The steps that `fix` becomes when a log holds these messages.
fn steps(fix: &str, messages: &[&str]) -> Vec<Step> {
    case(RULE, fix, &[("cbs", messages)]).findings.remove(0).steps
}

fn text(step: &Step) -> String {
    step.text.iter().map(|it| it.text.as_str()).collect()
}

const ONE: &str = r"lost C:\a|f.dll|disk.inf|n;";
const TWO: &str = r"lost C:\b|g.dll|disk.inf|n;";

#[test]
fn a_line_of_commands_is_repeated_for_each_value() {
    let steps =
        steps("1. Do:\n   ```cmd\n   cd \\\n   copy \"{{file}}\" \"{{folder}}\\\"\n   ```", &[ONE, TWO, ONE]);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].commands, [r"cd \", r#"copy "f.dll" "C:\a\""#, r#"copy "g.dll" "C:\b\""#]);
}

#[test]
fn a_step_is_repeated_with_the_values_that_go_together() {
    let steps = steps("1. Make `{{folder}}`:\n   ```cmd\n   echo \"{{file}}\"\n   ```", &[ONE, TWO]);
    let told: Vec<_> = steps.iter().map(|it| (text(it), it.commands.join(";"))).collect();
    let expect = [(r"Make C:\a:", "echo \"f.dll\""), (r"Make C:\b:", "echo \"g.dll\"")];
    assert_eq!(told, expect.map(|(text, command)| (text.to_owned(), command.to_owned())));
}

#[test]
fn guards_choose_their_values() {
    let fix = "1. **Only if `folder` ends with `\\A`:** First.\n   ```cmd\n   dir \"{{folder}}\"\n   ```\n2. **Only if `folder` is `D:\\`:** Never.\n3. **Only if `folder` does not contain `a`:** Last.";
    let steps = steps(fix, &[ONE, TWO]);
    let told: Vec<_> = steps.iter().map(|it| (text(it), it.commands.join(";"))).collect();
    assert_eq!(
        told,
        [("First.".to_owned(), "dir \"C:\\a\"".to_owned()), ("Last.".to_owned(), String::new())]
    );
}

#[test]
fn lists_are_spread_over_commands() {
    let floppy = r"lost C:\a|f.dll|flpydisk.inf|n;";
    let steps = steps(
        "1. Export:\n   ```cmd\n   reg export \"{{inf.services}}\" \"{{inf.services}}.reg\"\n   ```",
        &[floppy],
    );
    assert_eq!(
        steps[0].commands,
        [r#"reg export "flpydisk" "flpydisk.reg""#, r#"reg export "sfloppy" "sfloppy.reg""#]
    );
}

#[test]
fn what_is_no_plain_value_is_left_to_be_filled_in() {
    let fix = "1. Copy:\n   ```cmd\n   copy \"{{file}}\" \"{{folder}}\"\n   ```\n2. Export:\n   ```cmd\n   reg export \"{{inf.services}}\"\n   ```";
    let steps = steps(fix, &["lost C:\\a|f\"&del C:&x.dll|oem12.inf|n;"]);
    assert_eq!(steps[0].commands, [r#"copy "<file>" "C:\a""#]);
    assert_eq!(
        text(&steps[0]),
        "Copy: Fill in <file> by hand: what the log has there is not a plain value: see the evidence."
    );
    assert_eq!(steps[1].commands, [r#"reg export "<inf.services>""#]);
    assert!(text(&steps[1]).contains("Fill in <inf.services> by hand"));
}

#[test]
fn values_are_text_and_never_templates() {
    let steps = steps("1. See {{note}} and {{file}}.", &[r"lost C:\a|{{note}}|disk.inf|**{{file}}** <b>;"]);
    assert_eq!(text(&steps[0]), "See **{{file}}** <b> and {{note}}.");
}

// ---- What a rule may ask for ----------------------------------------------------------------------------------

/// The findings of a rule, told shortly: certainty, whether it is current, values and occurrences.
fn told(rule: &str, messages: &[&str]) -> Vec<String> {
    let findings = case(&format!("id = \"x\"\n{rule}"), "1. x", &[("cbs", messages)]).findings;
    let one = |it: crate::case::Finding| {
        let values: Vec<String> =
            it.values.iter().map(|(name, values)| format!("{name}={}", values.join("+"))).collect();
        let history = if it.current { "" } else { ", history" };
        format!("{}{history}: {} x{}", it.certainty.name(), values.join(" "), it.occurrences)
    };
    findings.into_iter().map(one).collect()
}

const NEEDLE: &str = "[[when]]\nin = \"cbs\"\nmatch = '''needle {a:word}'''";

#[test]
fn a_distance_may_be_a_time() {
    let rule = format!("{NEEDLE}\nthen = '''finish'''\nwithin = \"2 minutes\"");
    let filler = ["filler"; 300];
    let far: Vec<&str> = [&["03:00:00@needle 1"][..], &filler, &["03:01:59@finish"]].concat();
    assert_eq!(told(&rule, &far), ["likely: a=1 x1"]);
    assert_eq!(told(&rule, &["03:00:00@needle 1", "03:02:01@finish"]), [""; 0]);
}

#[test]
fn a_condition_may_have_to_be_found_often() {
    let rule = format!("{NEEDLE}\nat_least = 3");
    assert_eq!(told(&rule, &["needle 1", "needle 1"]), [""; 0]);
    assert_eq!(told(&rule, &["needle 1", "needle 1", "needle 2"]), ["likely: a=1+2 x3"]);
}

#[test]
fn evidence_against_makes_it_only_possible() {
    let rule = format!("{NEEDLE}\n[[contradict]]\nin = \"cbs\"\nmatch = '''all is well'''");
    assert_eq!(told(&rule, &["needle 1"]), ["likely: a=1 x1"]);
    assert_eq!(told(&rule, &["needle 1", "all is well"]), ["possible: a=1 x1"]);
}

#[test]
fn an_exclusion_ends_it_and_a_later_success_makes_it_history() {
    let unless = format!("{NEEDLE}\n[[unless]]\nin = \"cbs\"\nmatch = '''mended {{a:word}}'''");
    assert_eq!(told(&unless, &["mended 1", "needle 1"]), [""; 0]);
    let later = format!("{unless}\nlater = true");
    assert_eq!(told(&later, &["mended 1", "needle 1"]), ["likely: a=1 x1"]);
    assert_eq!(told(&later, &["needle 1", "mended 2"]), ["likely: a=1 x1"]);
    assert_eq!(told(&later, &["needle 1", "mended 1"]), ["likely, history: a=1 x1"]);
    assert_eq!(told(&later, &["needle 1", "mended 1", "needle 1"]), ["likely: a=1 x2"]);
    assert_eq!(told(&later, &["needle 1", "needle 2", "mended 1"]), ["likely: a=1+2 x2"]);
}

#[test]
fn findings_may_be_grouped_by_a_value() {
    let rule = format!("group_by = \"a\"\n{NEEDLE}");
    assert_eq!(
        told(&rule, &["needle 1", "needle 2", "needle 1"]),
        ["likely: a=2 x1", "likely: a=1 x2"].into_iter().rev().collect::<Vec<_>>()
    );
    let later = format!("{rule}\n[[unless]]\nin = \"cbs\"\nmatch = '''mended {{a:word}}'''\nlater = true");
    assert_eq!(
        told(&later, &["needle 1", "needle 2", "mended 1"]),
        ["likely: a=2 x1", "likely, history: a=1 x1"]
    );
}

#[test]
fn a_rule_may_be_for_some_machines_only() {
    for (builds, applies) in [
        ("\"17763\"", true),
        ("\">= 17763\"", true),
        ("\"< 17763\"", false),
        ("[\"14393\", \"17134-18000\"]", true),
    ] {
        let rule = format!("applies_to = {{ build = {builds} }}\n{NEEDLE}");
        assert_eq!(told(&rule, &["machine build 17763", "needle 1"]).len(), usize::from(applies), "{builds}");
        // Where the build is not known, nothing speaks against the rule.
        assert_eq!(told(&rule, &["needle 1"]).len(), 1, "{builds}");
    }
}

#[test]
fn one_name_stands_for_one_thing() {
    let rule = format!("{NEEDLE}\n[[when]]\nin = \"cbs\"\nmatch = '''thread {{a:word}}'''");
    assert_eq!(told(&rule, &["needle 1", "thread 2"]), [""; 0]);
    assert_eq!(told(&rule, &["needle 1", "thread 2", "thread 1"]), ["likely: a=1 x1"]);
}

// ---- What is left unexplained -----------------------------------------------------------------------------------

/// Failures: one with a code and one without, each ended by a later success of the same thing.
const FAILURES: &str = r#"1. x

## It broke

```failure
in = "cbs"
match = '''broke {_what:word}'''

[[unless]]
in = "cbs"
match = '''works {_what:word}'''
later = true
```

## It ended with a code

```failure
in = "cbs"
match = '''ended with {code:hresult}'''
where = { code = "failure" }

[[unless]]
in = "cbs"
match = '''all is well'''
later = true
```
"#;

/// What is listed as unexplained: the code or the heading, how often, and how many lines of evidence.
fn unexplained(rule: &str, messages: &[&str]) -> Vec<String> {
    let case = case(&format!("id = \"x\"\n{rule}"), FAILURES, &[("cbs", messages)]);
    let told = |it: crate::case::Unexplained| {
        let what = it.code.map_or_else(|| it.name.unwrap_or_default(), |it| it.to_string());
        format!("{what} x{}, {}", it.occurrences, it.evidence.len())
    };
    case.unexplained.into_iter().map(told).collect()
}

const BROKE: &str = "[[when]]\nin = \"cbs\"\nmatch = '''broke {a:word}'''";

#[test]
fn a_failure_without_a_code_is_explained_by_the_rule_that_names_it() {
    let many: Vec<String> = (0..100).map(|it| format!("broke part{it}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    // More lines than are kept: whether each of them shows the finding is not known.
    assert_eq!(unexplained(BROKE, &many), ["It broke x60, 12"]);
    let explains = format!("explains = [\"It broke\"]\n{BROKE}");
    assert_eq!(unexplained(&explains, &many), [""; 0]);
    assert_eq!(unexplained(&explains, &["other", "ended with 0x80070002"]), ["0x80070002 x1, 1"]);
    // A warning explains nothing.
    let warning = format!("severity = \"warning\"\n{explains}");
    assert_eq!(unexplained(&warning, &many), ["It broke x100, 12"]);
}

#[test]
fn a_line_that_shows_a_finding_is_explained_by_it() {
    assert_eq!(unexplained(BROKE, &["broke a", "broke b"]), [""; 0]);
    let needs_more = format!("{BROKE}\nwhere = {{ a = \"a\" }}");
    assert_eq!(unexplained(&needs_more, &["broke a", "broke b"]), ["It broke x1, 1"]);
    // So a wrapper's code needs no `echoes` that would explain all failures of that code.
    let wrapper = "[[when]]\nin = \"cbs\"\nmatch = '''needle'''\nthen = '''ended with 0x80004005'''";
    assert_eq!(unexplained(wrapper, &["needle", "ended with 0x80004005"]), [""; 0]);
    assert_eq!(
        unexplained(wrapper, &["needle", "ended with 0x80004005", "ended with 0x80004005"]),
        ["0x80004005 x2, 2"]
    );
    assert_eq!(
        unexplained(wrapper, &["needle", "ended with 0x80004005", "ended with 0x80070005"]),
        ["0x80070005 x1, 1"]
    );
}

#[test]
fn a_later_success_ends_a_failure_of_the_same_thing() {
    assert_eq!(unexplained(NEEDLE, &["broke a", "works a"]), [""; 0]);
    assert_eq!(unexplained(NEEDLE, &["works a", "broke a"]), ["It broke x1, 1"]);
    assert_eq!(unexplained(NEEDLE, &["broke a", "broke b", "works b"]), ["It broke x1, 1"]);
    assert_eq!(unexplained(NEEDLE, &["ended with 0x80070002", "all is well"]), [""; 0]);
    let again = ["ended with 0x80070002", "all is well", "ended with 0x80070002"];
    assert_eq!(unexplained(NEEDLE, &again), ["0x80070002 x2, 2"]);
}

#[test]
fn what_is_history_is_not_listed() {
    for severity in ["error", "warning", "note"] {
        let rule = format!(
            "severity = \"{severity}\"\n[[when]]\nin = \"cbs\"\nmatch = '''ended with {{code:hresult}}'''\n[[unless]]\nin = \"cbs\"\nmatch = '''mended'''\nlater = true"
        );
        let messages = ["ended with 0x80070002", "mended"];
        assert_eq!(told(&rule, &messages), ["likely, history: code=0x80070002 x1"]);
        assert_eq!(unexplained(&rule, &messages), [""; 0], "{severity}");
    }
}
