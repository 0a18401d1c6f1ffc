//! The rules that a SARIF file speaks of, with what each means and how it is fixed: as the article says it, before any
//! machine's values are in it.

use serde_json::{Value, json};

use super::text;
use crate::report::told::UNEXPLAINED;
use crate::rule::{Library, RichTemplate, Rule, Step, Template};
use crate::text::visible;

/// `reportingDescriptor` of a rule.
pub fn descriptor(library: &Library, id: &str) -> Value {
    match library.rules.iter().find(|it| it.id == id) {
        Some(rule) => known(rule),
        None if id == UNEXPLAINED => unexplained(),
        None => json!({ "id": visible(id) }),
    }
}

fn known(rule: &Rule) -> Value {
    let cause: Vec<String> = rule.cause.iter().map(rich).collect();
    let fix = if rule.steps.is_empty() { "The rule names no steps.".to_owned() } else { fix(&rule.steps) };
    json!({
        "id": rule.id,
        "shortDescription": text(&rule.symptom),
        "fullDescription": text(if cause.is_empty() { rule.symptom.clone() } else { cause.join("\n\n") }),
        "help": text(format!("{}\n\nWhat to do\n\n{fix}", cause.join("\n\n"))),
        "defaultConfiguration": { "level": rule.severity.name() },
        "properties": { "codes": rule.codes.iter().map(ToString::to_string).collect::<Vec<_>>() },
    })
}

/// What stands for all failures that no rule explains.
fn unexplained() -> Value {
    json!({
        "id": UNEXPLAINED,
        "shortDescription": text("A failure that no rule explains."),
        "fullDescription": text("The logs tell of a failure, and casebook knows no rule that says what it means. Its lines are \
                     quoted as they are."),
        "help": text("Look up the code with `casebook explain CODE`. When the cause is found, write a rule for it: \
                     `casebook rules new` starts one from the line."),
        "defaultConfiguration": { "level": "error" },
    })
}

fn fix(steps: &[Step]) -> String {
    let mut lines = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        lines.push(format!("{}. {}", number + 1, rich(&step.text)));
        lines.extend(step.cautions.iter().map(|it| format!("   Caution: {}", rich(it))));
        let commands = step.commands.iter().flat_map(|it| &it.lines);
        lines.extend(commands.map(|it| format!("   {}", written(it))));
    }
    lines.join("\n")
}

fn rich(rich: &RichTemplate) -> String {
    let text: String = rich.iter().map(|(_, it)| written(it)).collect();
    visible(text.trim_end()).into_owned()
}

/// Braces mean something in a SARIF message: a value stands as `<component>`.
fn written(template: &Template) -> String {
    template.written().replace("{{", "<").replace("}}", ">")
}
