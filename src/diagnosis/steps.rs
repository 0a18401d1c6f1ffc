//! The fix of a rule with this machine's values in its commands. A step, or a line of its commands, that names
//! a value with several instances is repeated for each; what cannot be written safely is left to be filled in.

use std::collections::HashSet;

use crate::case::{Span, Step};
use crate::matching::Binding;
use crate::rule::{Commands, Piece, Rule, Shell, Step as RuleStep, Template, Value};

use super::values::{Captured, blank, distinct, holds, names, piece, read_rich};

/// More repetitions of a step, or of a line of its commands, are told as a number.
const REPEATED: usize = 100;

/// Every step of the fix.
pub fn fill(rule: &Rule, captured: &Captured) -> Vec<Step> {
    rule.steps.iter().flat_map(|it| fill_step(it, captured)).collect()
}

fn fill_step(step: &RuleStep, captured: &Captured) -> Vec<Step> {
    let texts = || step.text.iter().map(|(_, template)| template);
    let lines = || step.commands.iter().flat_map(|it| &it.lines);
    let guard = step.guard.as_ref();
    // Sets of all values that the step uses, so that those that go together stay together.
    let mut all = names(texts().chain(lines()));
    if let Some(guard) = guard.filter(|it| !all.contains(&it.name.as_str())) {
        all.push(&guard.name);
    }
    let mut instances = captured.instances(&all);
    if let Some(guard) = guard {
        let admits = |it: &Binding| it.iter().any(|it| it.is_named(&guard.name) && guard.admits(&it.text));
        instances.retain(admits);
        if instances.is_empty() {
            return Vec::new();
        }
    }
    let in_text = names(texts());
    let sets = distinct(&instances, &in_text);
    let mut filled: Vec<Step> = sets
        .iter()
        .take(REPEATED)
        .map(|outer| {
            let inner: Vec<Binding> = instances.iter().filter(|it| holds(it, outer)).cloned().collect();
            one_step(step, outer, &inner)
        })
        .collect();
    if let (Some(more), Some(last)) =
        (sets.len().checked_sub(REPEATED).filter(|it| *it > 0), filled.last_mut())
    {
        let text = format!(" The same has to be done for {more} more values: see under the evidence.");
        last.text.push(Span { code: false, text });
    }
    filled
}

fn one_step(step: &RuleStep, outer: &Binding, instances: &[Binding]) -> Step {
    let mut blanks = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    for block in &step.commands {
        for unit in units(block) {
            repeat(block.shell, unit, instances, &mut commands, &mut blanks);
        }
    }
    let mut text = read_rich(&step.text, outer);
    for blank in blanks {
        text.push(Span { code: false, text: format!(" {blank}") });
    }
    let cautions = step.cautions.iter().map(|it| read_rich(it, outer)).collect();
    Step { text, shell: step.commands.first().map(|it| it.shell), commands, cautions }
}

/// Writes lines of commands once for each set of values that they name.
fn repeat(
    shell: Shell,
    unit: &[Template],
    instances: &[Binding],
    commands: &mut Vec<String>,
    blanks: &mut Vec<String>,
) {
    // Windows does not tell upper from lower case: twice the same is once too often.
    let mut written = HashSet::new();
    for binding in distinct(instances, &names(unit)) {
        for chosen in choices(unit, &binding) {
            let lines: Vec<String> =
                unit.iter().map(|it| command(shell, it, &binding, &chosen, blanks)).collect();
            // Lines that name no value are never left out: what they give back has been taken.
            if written.insert(lines.join("\n").to_lowercase()) && written.len() <= REPEATED {
                commands.extend(lines);
            }
        }
    }
    if let Some(more) = written.len().checked_sub(REPEATED).filter(|it| *it > 0) {
        blanks.push(format!(
            "{more} more commands like the last of these follow from the values under the evidence."
        ));
    }
}

/// What is repeated as a whole: each line of a command, but all of a registry file, where a value belongs to
/// the key above it.
fn units(block: &Commands) -> Vec<&[Template]> {
    match block.shell {
        Shell::Reg => vec![&block.lines],
        Shell::Cmd | Shell::Powershell => block.lines.chunks(1).collect(),
    }
}

/// An element of a list that a template names: the list's name and part, and the element.
type Choice = ((String, Option<String>), String);

/// Every way to choose one element of each list that the templates name; the same one in all its places.
fn choices(templates: &[Template], binding: &[Value]) -> Vec<Vec<Choice>> {
    let mut all: Vec<Vec<Choice>> = vec![Vec::new()];
    for (name, part) in templates.iter().flat_map(Template::values) {
        let list = (name.to_owned(), part.map(str::to_owned));
        let elements = piece(binding, name, part);
        if elements.len() > 1 && !all[0].iter().any(|(it, _)| *it == list) {
            let with = |chosen: &Vec<Choice>, it: &String| {
                let choice = [(list.clone(), it.clone())];
                chosen.iter().cloned().chain(choice).collect()
            };
            all = all.iter().flat_map(|chosen| elements.iter().map(move |it| with(chosen, it))).collect();
        }
    }
    all
}

/// One line of a command. A value that does not keep to its type's grammar, or cannot be written for the shell
/// as one value, does not enter it.
fn command(
    shell: Shell,
    template: &Template,
    binding: &[Value],
    chosen: &[Choice],
    blanks: &mut Vec<String>,
) -> String {
    let mut line = String::new();
    for it in &template.0 {
        let (name, part) = match it {
            Piece::Text(text) => {
                line.push_str(text);
                continue;
            }
            Piece::Value { name, part } => (name, part),
        };
        let element = chosen.iter().find(|((it, of), _)| it == name && of == part).map(|(_, it)| it.clone());
        let text = element.or_else(|| piece(binding, name, part.as_deref()).into_iter().next());
        let value = binding.iter().find(|it| it.is_named(name));
        let accepted = value.is_some_and(|it| it.kind.accepts(&it.text));
        let written = text.as_deref().filter(|_| accepted).and_then(|it| shell.quote(&line, it));
        if let Some(written) = written {
            line.push_str(&written);
            continue;
        }
        let blank = blank(name, part.as_deref());
        let why = match (value, text) {
            (None, _) => "the bundle does not tell it",
            (Some(_), _) if !accepted => "what the log has there is not a plain value: see the evidence",
            (Some(_), None) => "it does not follow from the log's value",
            (Some(_), Some(_)) => "the log's value cannot be written in this command as it is",
        };
        let told = format!("Fill in {blank} by hand: {why}.");
        if !blanks.contains(&told) {
            blanks.push(told);
        }
        line.push_str(&blank);
    }
    line
}
