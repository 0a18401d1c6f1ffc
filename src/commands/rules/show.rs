//! `casebook rules show`: the article of one rule on the terminal.

use std::io::Write;
use std::path::PathBuf;

use anstyle::Style;
use anyhow::Context;

use super::only;
use crate::commands::{Failure, Status};
use crate::explain::{condition, list_name, template};
use crate::matching::List;
use crate::rule::{Guard, Relation, RichTemplate, Rule, Step};
use crate::text::{one_line, visible};

pub fn run(id: &str, rules: &[PathBuf]) -> Result<Status, Failure> {
    let library = only(id, rules)?;
    for rule in &library.rules {
        anstream::stdout()
            .write_all(page(rule).as_bytes())
            .context("cannot print")
            .map_err(Failure::Refused)?;
    }
    Ok(Status::Whole)
}

fn page(rule: &Rule) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut page = format!("{bold}{}{bold:#}\n", one_line(&rule.symptom));
    let place = one_line(&format!("{}:{}", rule.place.file, rule.place.line));
    page += &format!("{}  {}  {dim}{place}{dim:#}\n", rule.id, rule.severity.name());
    for (label, codes) in [("codes", &rule.codes), ("echoes", &rule.echoes)] {
        for code in codes {
            let name = code.name().map_or_else(String::new, |it| format!(" {it}"));
            page += &format!("{label}: {code}{name}\n");
        }
    }
    if let Some(source) = &rule.source {
        page += &format!("source: {}\n", one_line(source));
    }
    page += &scope(rule);
    for paragraph in &rule.cause {
        page += &format!("\n{}\n", text(paragraph));
    }
    page += "\n";
    for list in List::ALL {
        for it in list.of(rule) {
            page += &format!("{bold}{}:{bold:#} {}\n", list_name(list), one_line(&condition(it)));
        }
    }
    if !rule.steps.is_empty() {
        page += &format!("\n{bold}Fix{bold:#}\n");
    }
    for (number, it) in rule.steps.iter().enumerate() {
        page += &step(number + 1, it);
    }
    page
}

/// For which machines the rule is, what it is told apart by, and what belongs to it.
fn scope(rule: &Rule) -> String {
    let builds = rule.applies_to.build.iter().map(|it| match (it.least, it.most) {
        (least, u32::MAX) => format!("build {least} and later"),
        (least, most) if least == most => format!("build {least}"),
        (least, most) => format!("builds {least} to {most}"),
    });
    let machines: Vec<String> = builds.chain(rule.applies_to.architecture.iter().cloned()).collect();
    let lines = [
        ("applies to", machines.join(", ")),
        ("grouped by", rule.group_by.clone().unwrap_or_default()),
        ("related", rule.related.join(", ")),
    ];
    lines
        .iter()
        .filter(|(_, it)| !it.is_empty())
        .map(|(label, it)| format!("{label}: {}\n", one_line(it)))
        .collect()
}

fn step(number: usize, step: &Step) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let guard =
        step.guard.as_ref().map_or_else(String::new, |it| format!("{bold}Only if {}:{bold:#} ", guard(it)));
    let mut told = format!("{number}. {guard}{}\n", text(&step.text).replace('\n', "\n   "));
    for commands in &step.commands {
        told += &format!("   {dim}{}{dim:#}\n", commands.shell.name());
        for line in &commands.lines {
            told += &format!("     {}\n", one_line(&template(line)));
        }
    }
    for caution in &step.cautions {
        told += &format!("   {bold}Caution:{bold:#} {}\n", text(caution).replace('\n', "\n   "));
    }
    told
}

/// `folder does not contain \WinSxS\`
fn guard(guard: &Guard) -> String {
    let relation = match (guard.relation, guard.negated) {
        (Relation::Is, false) => "is",
        (Relation::Is, true) => "is not",
        (Relation::Contains, false) => "contains",
        (Relation::Contains, true) => "does not contain",
        (Relation::StartsWith, false) => "starts with",
        (Relation::StartsWith, true) => "does not start with",
        (Relation::EndsWith, false) => "ends with",
        (Relation::EndsWith, true) => "does not end with",
    };
    one_line(&format!("{} {relation} {}", guard.name, guard.text))
}

fn text(rich: &RichTemplate) -> String {
    let text: String = rich.iter().map(|(_, it)| template(it)).collect();
    visible(text.trim_end()).into_owned()
}
