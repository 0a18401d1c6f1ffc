//! The fix of a rule: its steps, their guards and commands, and the values that its texts name.

use std::collections::BTreeMap;

use super::Loader;
use crate::rule::article::{Article, RawStep, Rich, Section};
use crate::rule::kind::Kind;
use crate::rule::problem::nearest;
use crate::rule::{Commands, Guard, Piece, Relation, RichTemplate, Shell, Step, Template};

impl Loader<'_> {
    /// Checks that a template names values that are captured, and parts that they have.
    pub(super) fn template(
        &mut self,
        at: usize,
        template: &Template,
        captures: &BTreeMap<String, Kind>,
        command: bool,
    ) {
        for name in captures.keys() {
            let braces = [format!("{{{name}}}"), format!("{{{{{name}}}")];
            let text =
                template.0.iter().filter_map(|it| if let Piece::Text(text) = it { Some(text) } else { None });
            if text.into_iter().any(|it| braces.iter().any(|brace| it.contains(brace))) {
                self.problem(at, format!("a value stands in double braces: write {{{{{name}}}}}"));
            }
        }
        for (name, part) in template.values() {
            let Some(kind) = captures.get(name) else {
                if self.incomplete {
                    continue;
                }
                let like = nearest(name, captures.keys().map(String::as_str));
                let like =
                    like.map_or_else(|| "; nothing is".to_owned(), |it| format!("; did you mean `{it}`?"));
                self.problem(at, format!("{{{{{name}}}}} is not captured by any condition{like}"));
                continue;
            };
            if let Some(part) = part.filter(|it| !kind.parts().contains(it)) {
                let has = match kind.parts() {
                    [] => "has no parts".to_owned(),
                    parts => format!("has the parts {}", parts.join(", ")),
                };
                self.problem(at, format!("{{{{{name}.{part}}}}}: a {} {has}", kind.name()));
            }
            if command && *kind == Kind::Text {
                let message = format!(
                    "{{{{{name}}}}} is free text of a log and must not enter a command: give it a type"
                );
                self.problem(at, message);
            }
        }
    }

    pub(super) fn steps(
        &mut self,
        section: &Section,
        article: &Article,
        captures: &BTreeMap<String, Kind>,
    ) -> Vec<Step> {
        if section.fix.is_empty() {
            self.problem(
                section.start,
                "this symptom has no fix: write `### Fix` and a numbered list under it",
            );
        }
        article.before.iter().chain(&section.fix).map(|it| self.step(it, captures)).collect()
    }

    fn step(&mut self, raw: &RawStep, captures: &BTreeMap<String, Kind>) -> Step {
        let guard = raw.guard.as_deref().and_then(|text| {
            let guard = parse_guard(text);
            match &guard {
                None => self.problem(
                    raw.start,
                    "a guard reads: **Only if `name` [does not] contain(s)|start(s) with|end(s) with|is [not] `text`:**",
                ),
                Some(it) if !captures.contains_key(&it.name) => {
                    self.problem(raw.start, format!("`{}` is not captured by any condition", it.name));
                }
                Some(_) => {}
            }
            guard
        });
        let mut commands = Vec::new();
        for block in &raw.commands {
            let Some(shell) = Shell::parse(&block.tag) else {
                let message = format!("a block of commands names its shell: {}", Shell::NAMES.join(", "));
                self.problem(block.start, message);
                continue;
            };
            let lines: Vec<Template> = block.text.lines().map(|it| Template::parse(it.trim_end())).collect();
            for template in &lines {
                self.template(block.start, template, captures, true);
            }
            if commands.first().is_some_and(|it: &Commands| it.shell != shell) {
                self.problem(block.start, "the commands of one step are for one shell: start a new step");
            }
            commands.push(Commands { shell, lines });
        }
        let text = rich(&raw.text);
        let cautions: Vec<RichTemplate> = raw.cautions.iter().map(rich).collect();
        for (_, template) in text.iter().chain(cautions.iter().flatten()) {
            self.template(raw.start, template, captures, false);
        }
        Step { place: self.document.place(raw.start), guard, text, commands, cautions }
    }
}

fn parse_guard(text: &str) -> Option<Guard> {
    let (name, rest) = text.strip_prefix("Only if `")?.split_once("` ")?;
    let (words, rest) = rest.split_once('`')?;
    let (text, end) = rest.rsplit_once('`')?;
    let (relation, negated) = match words.trim() {
        "is" => (Relation::Is, false),
        "is not" => (Relation::Is, true),
        "contains" => (Relation::Contains, false),
        "does not contain" => (Relation::Contains, true),
        "starts with" => (Relation::StartsWith, false),
        "does not start with" => (Relation::StartsWith, true),
        "ends with" => (Relation::EndsWith, false),
        "does not end with" => (Relation::EndsWith, true),
        _ => return None,
    };
    matches!(end.trim(), "" | ":").then(|| Guard {
        name: name.to_owned(),
        relation,
        negated,
        text: text.to_owned(),
    })
}

pub(super) fn rich(text: &Rich) -> RichTemplate {
    text.iter().map(|it| (it.code, Template::parse(&it.text))).collect()
}
