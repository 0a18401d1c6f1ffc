//! `rules show` and `rules why`: a rule as a person reads it, and why it speaks of a bundle or does not.

use super::{Casebook, Outcome, line, root};

const RULE: &str = "# T\n\n## A thing is broken\n\n```rule\nid = \"broken-thing\"\n\n[[when]]\nin = \"cbs\"\nmatch = '''Failed to open thing {thing:filename} [HRESULT = 0x80070002'''\nwhere = { level = \"Error\" }\n\n[[confirm]]\nregistry = 'HKLM\\SOFTWARE\\Things\\{{thing}}'\nis = \"missing\"\n```\n\nIt needs `{{thing}}`.\n\n```sample cbs\n2024-03-12 03:14:07, Error                 CBS    Failed to open thing a.dll [HRESULT = 0x80070002]\n=> thing = a.dll\n```\n\n### Fix\n\n1. Look:\n   ```cmd\n   dir \"{{thing}}\"\n   ```\n   > [!CAUTION]\n   > It hurts.\n";

const SEQUENCE: &str = "# T\n\n## Two lines\n\n```rule\nid = \"two-lines\"\n\n[[when]]\nin = \"cbs\"\nmatch = '''Opening the thing {thing:word} now'''\nthen = '''Closing the thing {thing:word} at last'''\nwithin = 3\nbroken_by = '''Restarting it all'''\n```\n\n### Fix\n\n1. Do it.\n";

/// What `rules why` says of a folder with this log (and other files).
fn why(rule: &str, files: &[(&str, &str)]) -> Outcome {
    let id = rule.split("id = \"").nth(1).unwrap().split('"').next().unwrap();
    let mut casebook = Casebook::new().file("rules/x.md", rule);
    for (name, text) in files {
        casebook = casebook.file(&format!("bundle/{name}"), text);
    }
    casebook.args(&["rules", "why", "bundle", "--rule", id, "--rules", "rules"]).run()
}

#[track_caller]
fn has(outcome: &Outcome, expect: &[&str]) {
    for it in expect {
        assert!(outcome.stdout.contains(it), "no {it:?} in:\n{}", outcome.stdout);
    }
}

fn healthy() -> String {
    line("Info", "CBS", "Starting TrustedInstaller initialization.")
}

#[test]
fn a_condition_that_holds_is_told_with_its_line() {
    let log =
        healthy() + &line("Error", "CBS", "Failed to open thing a.dll [HRESULT = 0x80070002 - X]").repeat(2);
    let key = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Things]\r\n";
    let outcome = why(RULE, &[("CBS.log", &log), ("things.reg", key)]).status(0);
    has(
        &outcome,
        &[
            "when: a record of cbs with Failed to open thing {thing:filename} [HRESULT = 0x80070002 and level is Error",
            "held, 2 times",
            "CBS.log:2: ",
            "things.reg:3: the registry key HKLM\\SOFTWARE\\Things\\a.dll is missing",
            "Finding: confirmed, found 2 times",
        ],
    );
}

#[test]
fn a_key_that_is_there_contradicts() {
    let log = line("Error", "CBS", "Failed to open thing a.dll [HRESULT = 0x80070002 - X]");
    let key = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Things]\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Things\\a.dll]\r\n";
    let outcome = why(RULE, &[("CBS.log", &log), ("things.reg", key)]).status(0);
    has(
        &outcome,
        &[
            "not held\n",
            "things.reg:5: the registry key HKLM\\SOFTWARE\\Things\\a.dll is there",
            "Finding: possible",
        ],
    );
}

#[test]
fn the_nearest_miss_stops_at_the_letter() {
    let near = line("Error", "CBS", "Failed to open thing a.dll [HRESULT = 0x80070003 - X]");
    let far = line("Error", "CBS", "Failed to open thong");
    let outcome = why(RULE, &[("CBS.log", &(healthy() + &far + &near + &far))]).status(0);
    has(
        &outcome,
        &[
            "nearest miss:\n    CBS.log:3\n",
            "expected ` [HRESULT = 0x80070002`",
            "No finding: condition 1 of `when`",
        ],
    );
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let caret = lines.iter().position(|it| it.trim() == "^").unwrap();
    let stop = lines[caret].find('^').unwrap();
    let above: String = lines[caret - 1].chars().skip(stop - 3).take(4).collect();
    assert_eq!(above, "0003", "{}", outcome.stdout);
    has(&outcome, &["not asked: what the logs say gives nothing to ask for"]);
}

#[test]
fn a_line_that_only_begins_alike_is_no_miss() {
    let outcome = why(RULE, &[("CBS.log", &line("Error", "CBS", "Failed, and nothing else"))]).status(0);
    has(&outcome, &["not held\n  nothing comes near it\n"]);
}

#[test]
fn a_refused_field_is_named() {
    let log = line("Info", "CBS", "Failed to open thing a.dll [HRESULT = 0x80070002 - X]");
    let outcome = why(RULE, &[("CBS.log", &log)]).status(0);
    has(&outcome, &["`where` refuses it: level is `Info`, and must be: is Error", "CBS.log:1: "]);
}

#[test]
fn a_missing_source_is_named() {
    let outcome = why(RULE, &[("notes.txt", "hello\r\n")]).status(0);
    has(&outcome, &["could not be asked, for want of cbs: "]);
    assert!(!outcome.stdout.contains("nearest miss"), "{}", outcome.stdout);
}

#[test]
fn sequences_tell_which_part_is_missing() {
    let open = line("Info", "CBS", "Opening the thing a now");
    let close = |value: &str| line("Info", "CBS", &format!("Closing the thing {value} at last"));
    let other = line("Info", "CBS", "Something else");
    let told = |log: String, expect: &[&str]| has(&why(SEQUENCE, &[("CBS.log", &log)]).status(0), expect);
    told(open.clone() + &close("a"), &["held, once", "CBS.log:1: ", "CBS.log:2: ", "Finding: likely"]);
    told(
        open.clone() + &other.repeat(4) + &close("a"),
        &["the parts are 5 lines apart, and at most 3 lines are allowed", "CBS.log:1: ", "CBS.log:6: "],
    );
    told(open.clone() + &close("b"), &["not all near enough with the same values", "CBS.log:2: "]);
    let restart = line("Info", "CBS", "Restarting it all");
    told(open.clone() + &restart + &close("a"), &["`broken_by` stands between the parts", "CBS.log:2: "]);
    let late = line("Info", "CBS", "Closing the thing a at first");
    told(
        open + &late,
        &[
            "the start of the sequence is there",
            "and after it not Closing the thing {thing} at last",
            "CBS.log:2\n",
            "expected ` at last`",
        ],
    );
}

#[test]
fn the_samples_are_told_as_the_reports_tell_them() {
    for (sample, rule, expect) in [
        ("INC0047129", "dotnet-optimization-service-orphaned", "Finding: "),
        ("WKS-0442-baseline", "dotnet-optimization-service-orphaned", "No finding: "),
    ] {
        let path = root().join(format!("samples/{sample}.zip"));
        let outcome = Casebook::new().args(&["rules", "why", "--rule", rule]).arg(path).run().status(0);
        has(&outcome, &[expect]);
    }
}

#[test]
fn what_was_not_read_whole_is_told() {
    let bytes = std::fs::read(root().join("samples/REQ118207.zip")).unwrap();
    let outcome = Casebook::new()
        .file("cut.zip", &bytes[..bytes.len() / 2])
        .args(&["rules", "why", "cut.zip", "--rule", "dotnet-optimization-service-orphaned"])
        .run()
        .status(1);
    assert!(outcome.stderr.starts_with("casebook: "), "{}", outcome.stderr);
}

#[test]
fn a_rule_is_shown() {
    let outcome = Casebook::new()
        .file("rules/x.md", RULE)
        .args(&["rules", "show", "broken-thing", "--rules", "rules"])
        .run()
        .status(0);
    has(
        &outcome,
        &[
            "A thing is broken\nbroken-thing  error  rules/x.md:6\n",
            "It needs {{thing}}.",
            "confirm: registry HKLM\\SOFTWARE\\Things\\{{thing}} is missing\n",
            "Fix\n1. Look:\n   cmd\n     dir \"{{thing}}\"\n   Caution: It hurts.\n",
        ],
    );
    assert!(!outcome.stdout.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn every_rule_can_be_shown() {
    let list = Casebook::new().args(&["rules", "list"]).run().status(0).stdout;
    let ids: Vec<&str> =
        list.lines().filter(|it| it.contains("  ")).map(|it| it.split(' ').next().unwrap()).collect();
    assert!(ids.len() >= 5);
    for id in ids {
        let outcome = Casebook::new().args(&["rules", "show", id]).run().status(0);
        has(&outcome, &[id, "when: ", "1. "]);
    }
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest() {
    for args in [
        &["rules", "show", "dotnet-optimisation-service-orphaned"][..],
        &["rules", "why", ".", "--rule", "dotnet-optimisation-service-orphaned"],
    ] {
        let outcome = Casebook::new().args(args).run().status(2);
        assert!(
            outcome.stderr.contains("did you mean `dotnet-optimization-service-orphaned`?"),
            "{}",
            outcome.stderr
        );
    }
    let outcome = Casebook::new()
        .args(&["rules", "why", "gone.zip", "--rule", "dotnet-optimization-service-orphaned"])
        .run();
    assert!(outcome.status(2).stderr.contains("gone.zip: no such file or folder"));
}
