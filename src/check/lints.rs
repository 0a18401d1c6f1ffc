//! What is wrong with a rule though it can be read: a capture that nothing uses, a pattern that costs speed, a
//! command that destroys without a way back, two rules for the same line.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::matching::{Hits, List, Owner};
use crate::rule::{
    Condition, FieldTest, Library, Problem, RecordTest, Rule, Sample, Sequence, Step, Template,
};

/// Everything that the articles alone tell.
pub fn lints(library: &Library) -> Vec<Problem> {
    let mut problems = Vec::new();
    for rule in &library.rules {
        problems.extend(slow_patterns(rule));
        problems.extend(unused_captures(rule));
        problems.extend(destructive_commands(rule));
        problems.extend(no_cause(rule));
        problems.extend(unknown_related(library, rule));
        problems.extend(unknown_failures(library, rule));
    }
    problems
}

fn sequences(rule: &Rule) -> impl Iterator<Item = &Sequence> {
    List::ALL.into_iter().flat_map(|it| it.of(rule)).filter_map(|it| match it {
        Condition::Records(sequence) => Some(sequence),
        Condition::Node(_) => None,
    })
}

fn slow_patterns(rule: &Rule) -> Vec<Problem> {
    let tests = sequences(rule).filter(|it| !it.slow).flat_map(|it| it.records.iter().chain(&it.broken_by));
    let problem = |it: &RecordTest| {
        Problem {
        place: it.place.clone(),
        message: "no literal text of four letters or more stands in this pattern, so every record has to be looked \
                  at: add a fixed word, or accept the cost with `slow = true`"
            .to_owned(),
    }
    };
    tests.filter(|it| it.is_slow()).map(problem).collect()
}

/// The captures of a test, with those of its fields.
fn captures(test: &RecordTest) -> impl Iterator<Item = &str> {
    let fields = test.fields.iter().filter_map(|(_, it)| match it {
        FieldTest::Find(pattern) => Some(pattern),
        FieldTest::Is(_) => None,
    });
    test.pattern.iter().chain(fields).flat_map(|it| &it.captures).map(|(name, _)| &**name)
}

fn unused_captures(rule: &Rule) -> Vec<Problem> {
    let used = used_names(rule);
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    for test in sequences(rule).flat_map(|it| &it.records) {
        for name in captures(test).filter(|it| !used.contains(it)) {
            if seen.insert(name) {
                let message = format!(
                    "`{name}` is captured and never used: name it as {{{{{name}}}}} in the cause or the fix, or write {{_}} for it"
                );
                problems.push(Problem { place: test.place.clone(), message });
            }
        }
    }
    problems
}

/// Every captured name that something depends on.
fn used_names(rule: &Rule) -> HashSet<&str> {
    let rich = rule.cause.iter().chain(rule.steps.iter().flat_map(|it| it.cautions.iter().chain([&it.text])));
    let lines = rule.steps.iter().flat_map(|it| &it.commands).flat_map(|it| &it.lines);
    let nodes = List::ALL.into_iter().flat_map(|it| it.of(rule)).filter_map(|it| match it {
        Condition::Node(test) => Some(test),
        Condition::Records(_) => None,
    });
    let asked = nodes
        .flat_map(|it| [&it.path].into_iter().chain(&it.equals).chain(it.filters.iter().map(|(it, _)| it)));
    let templates = rich.flatten().map(|(_, it)| it).chain(lines).chain(asked);
    let mut used: HashSet<&str> = templates.flat_map(Template::values).map(|(name, _)| name).collect();
    used.extend(rule.steps.iter().filter_map(|it| it.guard.as_ref()).map(|it| it.name.as_str()));
    used.extend(rule.group_by.as_deref());
    let tests: Vec<&RecordTest> = sequences(rule).flat_map(|it| &it.records).collect();
    // A test on a value uses it, and so does a second place that must hold the same value.
    used.extend(tests.iter().flat_map(|it| it.fields.iter().map(|(name, _)| &**name)));
    let mut once = HashSet::new();
    used.extend(tests.iter().flat_map(|it| captures(it)).filter(|it| !once.insert(*it)));
    used
}

/// Commands that destroy, and what has to stand before them so that there is a way back.
struct Destructive {
    command: &'static str,
    way_back: &'static str,
    /// Whether the way back may come later: an owner can be given back.
    later: bool,
    remedy: &'static str,
}

static DESTRUCTIVE: [Destructive; 7] = [
    Destructive {
        command: r"(?i)\breg(\.exe)?\s+delete\b|\bRemove-Item(Property)?\b.*\bHK|^\[-HKEY_|=-$|\bsc(\.exe)?\s+delete\b",
        way_back: r"(?i)\breg(\.exe)?\s+(export|save|copy)\b",
        later: false,
        remedy: "save this key first, with `reg export`",
    },
    Destructive {
        command: r"(?i)\b(rd|rmdir)\b.*\s/s\b|\bdel\b.*\s/s\b|\b(Remove-Item|ri|rm)\b.*\s-r",
        way_back: r"(?i)\b(ren|rename|move|copy|xcopy|robocopy|Copy-Item|Move-Item|Rename-Item)\b",
        later: false,
        remedy: "keep a copy first, with `ren`, `move` or `robocopy`",
    },
    Destructive {
        command: r"(?i)\btakeown\b|\bicacls\b.*\s/(reset|setowner)\b",
        way_back: r"(?i)\bicacls\b.*\s/(save|restore|setowner)\b",
        later: true,
        remedy: "save the permissions first (`icacls … /save`) or give the owner back (`icacls … /setowner`)",
    },
    Destructive {
        command: r"(?i)\bbcdedit\b.*/delete",
        way_back: r"(?i)\bbcdedit\b.*/export",
        later: false,
        remedy: "save the boot configuration first, with `bcdedit /export`",
    },
    Destructive {
        command: r"(?i)\bpnputil\b.*/delete-driver",
        way_back: r"(?i)\bpnputil\b.*/export-driver",
        later: false,
        remedy: "save the driver first, with `pnputil /export-driver`",
    },
    Destructive {
        command: r"(?i)^\s*format\s|\bdiskpart\b|\bvssadmin\b.*\bdelete\b|\bClear-(Item|Disk)\b",
        way_back: r"(?i)\bwbadmin\s+start\s+backup\b",
        later: false,
        remedy: "nothing brings back what it deletes: start a backup first (`wbadmin start backup`), or leave it out",
    },
    Destructive {
        command: r"(?i)\bDISM\b.*/ResetBase\b",
        way_back: r"(?i)\bwbadmin\s+start\s+backup\b",
        later: false,
        remedy: "updates can no longer be removed after it: start a backup first (`wbadmin start backup`), or leave it out",
    },
];

/// The table with its expressions compiled, when the first fix is looked at.
static COMPILED: LazyLock<Vec<(Regex, Regex, &Destructive)>> = LazyLock::new(|| {
    let compile =
        |it: &'static Destructive| Some((Regex::new(it.command).ok()?, Regex::new(it.way_back).ok()?, it));
    DESTRUCTIVE.iter().filter_map(compile).collect()
});

/// The registry key that a command names, or nothing.
fn key_of(line: &str) -> Option<String> {
    static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)\b(HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+):?(\\[^"'\]\r\n]*?)(?:["'\]]|\s+/|\s+\S+\.reg|$)"#,
        )
        .ok()
    });
    let found = KEY.as_ref()?.captures(line)?;
    let root = match found[1].to_uppercase().as_str() {
        "HKEY_LOCAL_MACHINE" => "HKLM".to_owned(),
        "HKEY_CURRENT_USER" => "HKCU".to_owned(),
        other => other.to_owned(),
    };
    Some(format!("{root}{}", found[2].trim_end()).to_lowercase())
}

/// Whether a line saves what another one destroys: of registry keys, the same or one above it.
fn saves(back: &str, line: &str) -> bool {
    match (key_of(back), key_of(line)) {
        (Some(saved), Some(deleted)) => deleted == saved || deleted.starts_with(&format!("{saved}\\")),
        _ => true,
    }
}

fn destructive_commands(rule: &Rule) -> Vec<Problem> {
    let lines: Vec<(&Step, String)> = rule
        .steps
        .iter()
        .flat_map(|step| {
            step.commands.iter().flat_map(move |it| it.lines.iter().map(move |it| (step, it.written())))
        })
        .collect();
    let mut problems = Vec::new();
    for (command, way_back, it) in COMPILED.iter() {
        for (at, (step, line)) in lines.iter().enumerate().filter(|(_, (_, line))| command.is_match(line)) {
            let others = if it.later { &lines[..] } else { &lines[..at] };
            if !others
                .iter()
                .any(|(_, other)| other != line && way_back.is_match(other) && saves(other, line))
            {
                let message = format!("`{line}` cannot be undone by this fix: {}", it.remedy);
                problems.push(Problem { place: step.place.clone(), message });
                break;
            }
        }
    }
    problems
}

/// A symptom that is not explained is half a rule.
fn no_cause(rule: &Rule) -> Option<Problem> {
    let message = "there is no cause: say in a paragraph what the symptom means".to_owned();
    rule.cause.is_empty().then(|| Problem { place: rule.place.clone(), message })
}

fn unknown_related(library: &Library, rule: &Rule) -> Vec<Problem> {
    let unknown = rule.related.iter().filter(|id| library.rules.iter().all(|it| it.id != **id));
    let message = |id: &String| format!("`related` names `{id}`, and there is no rule of that id");
    unknown.map(|id| Problem { place: rule.place.clone(), message: message(id) }).collect()
}

fn unknown_failures(library: &Library, rule: &Rule) -> Vec<Problem> {
    let unknown = rule.explains.iter().filter(|title| library.failures.iter().all(|it| it.title != **title));
    let message = |title: &String| {
        format!("`explains` names `{title}`, and there is no `failure` block under that heading")
    };
    unknown.map(|title| Problem { place: rule.place.clone(), message: message(title) }).collect()
}

/// The rules, but for `rule` and those it names as related, whose whole signature stands in a sample of it.
pub fn also_claimed(library: &Library, rule: &Rule, sample: &Sample, hits: &Hits) -> Option<Problem> {
    let claims = |number: usize, other: &Rule| {
        let held = |index: usize| hits.of(Owner::Rule { rule: number, list: List::When, index }).is_some();
        let records = other.when.iter().all(|it| matches!(it, Condition::Records(_)));
        records && (0..other.when.len()).all(held)
    };
    let others = library.rules.iter().enumerate();
    let mut others = others.filter(|(_, it)| {
        it.id != rule.id && !rule.related.contains(&it.id) && !it.related.contains(&rule.id)
    });
    let (_, other) = others.find(|(number, it)| claims(*number, it))?;
    let message = format!(
        "the rule `{}` ({}:{}) is matched by this sample too: make one of them more particular, or name it in `related`",
        other.id, other.place.file, other.place.line
    );
    Some(Problem { place: sample.place.clone(), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &str, fix: &str) -> Vec<String> {
        let article =
            format!("# T\n\n## S\n\n```rule\nid = \"x\"\n{rule}\n```\n\nCause.\n\n### Fix\n\n{fix}\n");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.md"), article).unwrap();
        let (library, problems) = Library::of(&[folder.path().to_owned()]).unwrap();
        assert_eq!(problems, []);
        lints(&library).into_iter().map(|it| format!("{}: {}", it.place.line, it.message)).collect()
    }

    #[track_caller]
    fn check(rule: &str, fix: &str, expect: &[&str]) {
        let told = told(rule, fix);
        assert_eq!(told.len(), expect.len(), "{told:#?}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}");
        }
    }

    const WHEN: &str = "[[when]]\nin = \"cbs\"\nmatch = '''needle'''";

    #[test]
    fn patterns_without_a_literal() {
        check("[[when]]\nin = \"cbs\"\nmatch = '''{_:word} = {_:word}'''", "1. x", &["9: no literal text"]);
        check("[[when]]\nin = \"cbs\"\nmatch = '''{_:word} = {_:word}'''\nslow = true", "1. x", &[]);
    }

    #[test]
    fn captures_that_nothing_uses() {
        let when = "[[when]]\nin = \"cbs\"\nmatch = '''needle {a:word} {b:word}'''";
        check(when, "1. See {{a}}.", &["9: `b` is captured and never used"]);
        check(&format!("{when}\nwhere = {{ b = \"x\" }}"), "1. See {{a}}.", &[]);
        check(&format!("{when}\nthen = '''other {{b:word}}'''"), "1. See {{a}}.", &[]);
    }

    #[test]
    fn commands_without_a_way_back() {
        let fix = |commands: &str| format!("1. x\n   ```cmd\n   {commands}\n   ```");
        check(WHEN, &fix("reg delete HKLM\\x /f"), &["16: `reg delete HKLM\\x /f` cannot be undone"]);
        check(WHEN, &fix("reg export HKLM\\x x.reg\n   reg delete HKLM\\x /f"), &[]);
        check(WHEN, &fix("reg delete HKLM\\x /f\n   reg export HKLM\\x x.reg"), &["16: "]);
        check(WHEN, &fix("reg export HKLM\\y y.reg\n   reg delete HKLM\\x /f"), &["16: "]);
        check(WHEN, &fix("reg export \"HKLM\\x\" x.reg\n   reg delete \"HKEY_LOCAL_MACHINE\\x\\y\" /f"), &[]);
        check(WHEN, "1. x\n   ```reg\n   [-HKEY_LOCAL_MACHINE\\x]\n   ```", &["16: "]);
        check(WHEN, &fix("sc delete x"), &["16: "]);
        check(WHEN, &fix("vssadmin delete shadows /all"), &["16: "]);
        check(WHEN, &fix("rd /s /q C:\\x"), &["16: "]);
        check(WHEN, &fix("takeown /f C:\\x"), &["16: "]);
        check(WHEN, &fix("icacls C:\\x /reset /T"), &["16: "]);
        check(WHEN, &fix("icacls C:\\x /save y\n   takeown /f C:\\x\n   icacls C:\\x /reset"), &[]);
    }

    #[test]
    fn every_expression_of_the_table_can_be_read() {
        assert_eq!(COMPILED.len(), DESTRUCTIVE.len());
    }

    #[test]
    fn related_rules_must_be_there() {
        check(&format!("related = [\"y\"]\n{WHEN}"), "1. x", &["6: `related` names `y`"]);
    }

    #[test]
    fn failures_that_are_explained_must_be_there() {
        check(&format!("explains = [\"It failed\"]\n{WHEN}"), "1. x", &["6: `explains` names `It failed`"]);
    }
}
