//! The fix of a rule with this machine's values in its commands. A step, or a line of its commands, that names
//! a value with several instances is repeated for each; what cannot be written safely is left to be filled in.

use crate::case::{Span, Step};
use crate::matching::Binding;
use crate::rule::{Piece, Rule, Shell, Step as RuleStep, Template, Value};

use super::values::{Captured, blank, names, piece, read_rich, same};

/// More commands than this in one step are told as a number.
const LINES: usize = 200;

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
        let admits = |it: &Binding| it.iter().any(|it| it.name == guard.name && guard.admits(&it.text));
        instances.retain(admits);
        if instances.is_empty() {
            return Vec::new();
        }
    }
    let in_text = names(texts());
    let mut filled = Vec::new();
    for outer in distinct(&instances, &in_text) {
        let inner: Vec<Binding> =
            instances.iter().filter(|it| same(&only(it, &in_text), &outer)).cloned().collect();
        filled.push(one_step(step, &outer, &inner));
    }
    filled
}

fn one_step(step: &RuleStep, outer: &Binding, instances: &[Binding]) -> Step {
    let mut blanks = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    for block in &step.commands {
        for template in &block.lines {
            for binding in distinct(instances, &names([template])) {
                for line in expand(template, &binding) {
                    let line = command(block.shell, &line, &binding, &mut blanks);
                    if !commands.contains(&line) || line.is_empty() {
                        commands.push(line);
                    }
                }
            }
        }
    }
    if commands.len() > LINES {
        let more = commands.len() - LINES;
        commands.truncate(LINES);
        blanks.push(format!("{more} more commands of this kind follow: see the values under the evidence."));
    }
    let mut text = read_rich(&step.text, outer);
    for blank in blanks {
        text.push(Span { code: false, text: format!(" {blank}") });
    }
    let cautions = step.cautions.iter().map(|it| read_rich(it, outer)).collect();
    Step { text, shell: step.commands.first().map(|it| it.shell), commands, cautions }
}

/// The named values of a set.
fn only(binding: &[Value], names: &[&str]) -> Binding {
    binding.iter().filter(|it| names.contains(&it.name.as_str())).cloned().collect()
}

/// The distinct sets of the named values; one empty set where there are none.
fn distinct(instances: &[Binding], names: &[&str]) -> Vec<Binding> {
    let mut sets: Vec<Binding> = Vec::new();
    for set in instances.iter().map(|it| only(it, names)) {
        if !sets.iter().any(|it| same(it, &set)) {
            sets.push(set);
        }
    }
    sets
}

/// A template whose lists are spread out: a copy for each element, the same element in all its places.
fn expand(template: &Template, binding: &[Value]) -> Vec<Template> {
    let list = template.values().find_map(|(name, part)| {
        let values = piece(binding, name, part);
        (values.len() > 1).then(|| (name.to_owned(), part.map(str::to_owned), values))
    });
    let Some((name, part, values)) = list else { return vec![template.clone()] };
    let this = Piece::Value { name, part };
    let spread = values.into_iter().map(|value| {
        let pieces =
            template.0.iter().map(|it| if *it == this { Piece::Text(value.clone()) } else { it.clone() });
        Template(pieces.collect())
    });
    spread.flat_map(|it| expand(&it, binding)).collect()
}

/// One line of a command. A value that does not keep to its type's grammar, or cannot be written for the shell
/// as one value, does not enter it.
fn command(shell: Shell, template: &Template, binding: &[Value], blanks: &mut Vec<String>) -> String {
    let mut line = String::new();
    for it in &template.0 {
        let (name, part) = match it {
            Piece::Text(text) => {
                line.push_str(text);
                continue;
            }
            Piece::Value { name, part } => (name, part.as_deref()),
        };
        let value = binding.iter().find(|it| it.name == *name);
        let accepted = value.filter(|it| it.kind.accepts(&it.text));
        let written = accepted.and_then(|_| shell.quote(&line, piece(binding, name, part).first()?));
        match written {
            Some(written) => line.push_str(&written),
            None => {
                let blank = blank(name, part);
                let why = match value {
                    None => "the bundle does not tell it",
                    Some(it) if !it.kind.accepts(&it.text) => {
                        "what the log has there is not a plain value: see the evidence"
                    }
                    Some(_) => "it does not follow from the log's value",
                };
                let told = format!("Fill in {blank} by hand: {why}.");
                if !blanks.contains(&told) {
                    blanks.push(told);
                }
                line.push_str(&blank);
            }
        }
    }
    line
}
