//! `<case>.md`: a case for a ticket, a wiki or a merge request; and a run for the summary of a CI job. GitHub's
//! Markdown, without raw HTML.

mod summary;
pub mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::told::{Of, Told, acceptance, code as code_words, place, told};
use super::{About, Output};
use crate::case::{Case, Collect, Evidence, Step, Verdict};
use crate::diagnosis::headline;
use crate::rule::Shell;
use text::{block, code, log_line, plain, rich};

pub use summary::Summary;

/// More pieces of evidence than this are told as a number: the page has them.
const EVIDENCE: usize = 3;
/// More rules that want the same are told as a number.
const RULES: usize = 8;
/// More rows of a list than this are told as a number.
const LISTED: usize = 50;

pub struct Markdown;

impl Output for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn extension(&self) -> &'static str {
        "md"
    }

    fn write(&self, case: &Case, about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        write!(into, "# {}\n\n{}", code(&case.name), head(case))?;
        for it in told(case) {
            write!(into, "\n{}", entry(&it))?;
        }
        write!(into, "{}", rest(case))?;
        writeln!(into, "\n---\n\nWritten by {} with {}.", plain(&about.program), plain(&about.rules))
    }
}

/// What the case comes to, and whose it is.
fn head(case: &Case) -> String {
    let mut told = format!("**{}**: {}\n", case.verdict.name(), plain(&headline(case)));
    let machine = &case.machine;
    let facts = [
        ("Machine", machine.name.as_deref()),
        ("Windows", machine.windows.as_deref()),
        ("Build", machine.build.as_deref()),
        ("Architecture", machine.architecture.as_deref()),
        ("Source", Some(case.source.as_str())),
    ];
    let facts = facts.iter().filter_map(|(name, it)| Some(format!("- {name}: {}\n", code((*it)?))));
    told += &format!("\n{}", facts.collect::<String>());
    if matches!(case.verdict, Verdict::Inconclusive | Verdict::Unreadable) {
        told += "\n**This is not a clean result**: a failure may be there and could not be seen.\n";
    }
    told
}

/// A finding, or a failure that none explains.
fn entry(it: &Told<'_>) -> String {
    let mut entry = format!("## {}\n\n", plain(&it.title));
    for line in facts(it) {
        entry += &format!("- {line}\n");
    }
    match it.of {
        Of::Finding(finding) => {
            for paragraph in &finding.cause {
                entry += &format!("\n{}\n", rich(paragraph));
            }
            entry += "\n### What to do\n\n";
            if finding.steps.is_empty() {
                entry += "The rule names no steps. Start from the evidence.\n";
            }
            for (number, it) in finding.steps.iter().enumerate() {
                entry += &step(number + 1, it);
            }
        }
        Of::Unexplained(_) => {
            for paragraph in it.cause() {
                entry += &format!("\n{}\n", plain(&paragraph));
            }
        }
    }
    entry += "\n### Evidence\n";
    entry += &it.evidence.iter().take(EVIDENCE).map(evidence).collect::<String>();
    match it.evidence.len().saturating_sub(EVIDENCE) {
        0 if it.evidence.is_empty() => entry += "\nNo line is quoted.\n",
        0 => {}
        more => entry += &format!("\n{more} more in the case's page and its JSON.\n"),
    }
    if let Of::Finding(finding) = it.of {
        let links = finding.references.iter().map(|it| format!("- {}\n", link(it))).collect::<String>();
        if !links.is_empty() {
            entry += &format!("\n### References\n\n{links}");
        }
    }
    entry
}

/// What there is to know of it in short.
fn facts(it: &Told<'_>) -> Vec<String> {
    let mut facts = vec![format!("Rule: {}", code(it.rule)), format!("Severity: {}", it.severity.name())];
    if let Of::Finding(finding) = it.of {
        let reasons: Vec<String> = finding.reasons.iter().map(|it| plain(it)).collect();
        let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(" ")) };
        facts.push(format!("Certainty: {}{why}", it.certainty));
    }
    facts.push(match it.current {
        true => "Still stands: yes".to_owned(),
        false => "Still stands: no, a later success has overtaken it; this is history".to_owned(),
    });
    let codes: Vec<String> = it.codes.iter().map(|it| code(&code_words(*it))).collect();
    if !codes.is_empty() {
        facts.push(format!("Codes: {}", codes.join(", ")));
    }
    facts.push(format!("Seen: {} times", it.occurrences));
    for (name, values) in it.values() {
        let shown: Vec<String> = values.iter().take(LISTED).map(|it| code(it)).collect();
        let more = values.len() - shown.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        facts.push(format!("Value {}: {}{more}", code(name), shown.join(", ")));
    }
    facts.extend(it.accepted.map(|it| format!("**Accepted**: {}", plain(&acceptance(it)))));
    facts
}

fn step(number: usize, step: &Step) -> String {
    let mut told = format!("{number}. {}\n", rich(&step.text));
    // What belongs to an item is indented by as much as its number takes.
    let indent = " ".repeat(number.to_string().len() + 2);
    for caution in &step.cautions {
        told += &format!("\n{indent}**Caution:** {}\n", rich(caution));
    }
    if let (Some(shell), false) = (step.shell, step.commands.is_empty()) {
        told += &format!("\n{indent}{}:\n\n{}\n", shell.label(), block(word(shell), &step.commands, &indent));
    }
    told
}

/// What readers of Markdown color the shell's language by.
fn word(shell: Shell) -> &'static str {
    match shell {
        Shell::Cmd => "bat",
        Shell::Powershell => "powershell",
        Shell::Reg => "reg",
    }
}

fn evidence(it: &Evidence) -> String {
    let time = it.time.as_ref().map_or(String::new(), |it| format!(", {}", plain(it)));
    let mut told = format!("\n{}{time}\n", code(&place(it)));
    if let Some(note) = &it.note {
        told += &format!("\n{}\n", plain(note));
    }
    if !it.text.is_empty() {
        let near = |it: &String| format!("  {}", log_line(it));
        // The line itself is marked; nothing of the log stands at the start of a line.
        let lines = it.before.iter().map(near).chain([format!("> {}", log_line(&it.text))]);
        told +=
            &format!("\n{}", block("log", &lines.chain(it.after.iter().map(near)).collect::<Vec<_>>(), ""));
    }
    told
}

/// A link of a rule's author; anything but a plain address is shown and leads nowhere.
fn link(address: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+,;=%".contains(it);
    if address.starts_with("https://") && address.chars().all(plain) {
        format!("<{address}>")
    } else {
        code(address)
    }
}

/// What was not checked, what to collect and what was not read.
fn rest(case: &Case) -> String {
    let mut told = String::new();
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            told += &format!("\n## {title}\n\n");
            let more = lines.len().saturating_sub(LISTED);
            told += &lines.iter().take(LISTED).map(|it| format!("- {it}\n")).collect::<String>();
            if more > 0 {
                told += &format!("- and {more} more: see the case's page\n");
            }
        }
    };
    list("What to collect", case.collect.iter().map(collect).collect());
    list("What could not be checked", not_checked(case));
    let skipped = case.skipped.iter().map(|it| format!("{}: {}", code(&it.path), plain(&it.reason)));
    list("What was not read", skipped.collect());
    told
}

/// What was missing, and which rules wanted it.
fn not_checked(case: &Case) -> Vec<String> {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in &case.not_checked {
        missing.entry(&it.missing).or_default().push(&it.rule);
    }
    let told = |(what, rules): (&str, Vec<&str>)| {
        let shown: Vec<String> = rules.iter().take(RULES).map(|it| code(it)).collect();
        let more = rules.len() - shown.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}, for {}{more}", plain(what), shown.join(", "))
    };
    missing.into_iter().map(told).collect()
}

fn collect(it: &Collect) -> String {
    let mut told = format!("{}: {}", plain(&it.what), plain(&it.reason));
    if let (Some(shell), false) = (it.shell, it.commands.is_empty()) {
        told += &format!("\n\n{}", block(word(shell), &it.commands, "  "));
    }
    told
}
