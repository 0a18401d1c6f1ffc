//! The values that a rule captured in a case, put into its templates.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::matching::{Binding, List, Owner, combine};
use crate::rule::{Condition, Piece, RichTemplate, Rule, Template, Value};

use super::Gathered;
use crate::case::{Rich, Span};

/// What was captured for a rule: for each of its conditions, the distinct sets of values.
#[derive(Debug, Default)]
pub struct Captured {
    groups: Vec<Vec<Binding>>,
}

impl Captured {
    /// All that was captured by the conditions on records in these lists.
    pub fn of(gathered: &Gathered<'_>, number: usize, rule: &Rule, lists: &[List]) -> Self {
        let mut groups = Vec::new();
        for list in lists {
            for (index, condition) in list.of(rule).iter().enumerate() {
                if let Condition::Records(_) = condition
                    && let Some(found) = gathered.found(Owner::Rule { rule: number, list: *list, index })
                {
                    groups.push(found.sets.iter().map(|it| it.binding.clone()).collect());
                }
            }
        }
        Self { groups }
    }

    /// What is left where one name has one value only.
    pub fn narrowed(mut self, group: Option<&Value>) -> Self {
        if let Some(group) = group {
            let other = |it: &Value| it.name == group.name && it.text != group.text;
            self.groups.iter_mut().for_each(|sets| sets.retain(|set| !set.iter().any(other)));
        }
        self
    }

    /// For the report: each name that is not private, with its distinct values in order of appearance.
    pub fn told(&self) -> Vec<(String, Vec<String>)> {
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        let mut seen = HashSet::new();
        let together = self.together();
        for value in self.groups.iter().flatten().flatten().filter(|it| !it.is_private()) {
            if together.get(&*value.name).is_some_and(|it| !it.contains(&value.text)) {
                continue;
            }
            let at = told.iter().position(|(name, _)| **name == *value.name).unwrap_or_else(|| {
                told.push((value.name.to_string(), Vec::new()));
                told.len() - 1
            });
            if seen.insert((at, &value.text)) {
                told[at].1.push(value.text.clone());
            }
        }
        told
    }

    /// For the names that several conditions capture, the values on which these agree.
    fn together(&self) -> HashMap<String, HashSet<String>> {
        let mut conditions: HashMap<&str, usize> = HashMap::new();
        for group in &self.groups {
            let names: HashSet<&str> = group.iter().flatten().map(|it| &*it.name).collect();
            names.into_iter().for_each(|it| *conditions.entry(it).or_default() += 1);
        }
        let shared = conditions.into_iter().filter(|(_, count)| *count > 1);
        let values = |name: &str| self.instances(&[name]).into_iter().flatten().map(|it| it.text).collect();
        shared.map(|(name, _)| (name.to_owned(), values(name))).collect()
    }

    /// Every distinct set of the named values that go together. A name that was never captured is left out.
    pub fn instances(&self, names: &[&str]) -> Vec<Binding> {
        let mut instances = vec![Binding::new()];
        for group in &self.groups {
            let mut sets = distinct(group, names);
            sets.retain(|it| !it.is_empty());
            // What agrees with nothing else does not belong here; it must not take the rest with it.
            let combined = combine(&instances, &sets.iter().collect::<Vec<_>>());
            if !combined.is_empty() {
                instances = combined;
            }
        }
        instances
    }

    /// Whether what the conditions captured under equal names goes together.
    pub fn agrees(&self) -> bool {
        let mut all = vec![Binding::new()];
        for group in self.groups.iter().filter(|it| !it.is_empty()) {
            all = combine(&all, &group.iter().collect::<Vec<_>>());
        }
        !all.is_empty()
    }
}

/// The distinct sets that are left of `bindings` when only the named values are looked at.
pub fn distinct(bindings: &[Binding], names: &[&str]) -> Vec<Binding> {
    let mut seen = HashSet::new();
    let only =
        |it: &Binding| it.iter().filter(|it| names.iter().any(|name| it.is_named(name))).cloned().collect();
    bindings.iter().map(only).filter(|it| seen.insert(key(it))).collect()
}

/// What tells two sets of values apart.
fn key(binding: &Binding) -> Vec<(Arc<str>, String)> {
    let mut key: Vec<_> = binding.iter().map(|it| (it.name.clone(), it.text.clone())).collect();
    key.sort();
    key
}

/// Whether a set holds these values and perhaps more.
pub fn holds(binding: &[Value], values: &[Value]) -> bool {
    values.iter().all(|it| binding.iter().any(|that| that.name == it.name && that.text == it.text))
}

/// The names that templates use, each once.
pub fn names<'t>(templates: impl IntoIterator<Item = &'t Template>) -> Vec<&'t str> {
    let mut names = Vec::new();
    for (name, _) in templates.into_iter().flat_map(Template::values) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The values that a piece of a template stands for: several where it names a list, none where there is none.
pub fn piece(binding: &[Value], name: &str, part: Option<&str>) -> Vec<String> {
    let Some(value) = binding.iter().find(|it| it.is_named(name)) else { return Vec::new() };
    match part {
        None => vec![value.text.clone()],
        Some(part) => value.kind.part(&value.text, part),
    }
}

/// A template as text to read: lists are joined, and a value that is not there is named.
pub fn read(template: &Template, binding: &[Value]) -> String {
    let mut text = String::new();
    for it in &template.0 {
        match it {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Value { name, part } => match &piece(binding, name, part.as_deref())[..] {
                [] => text.push_str(&blank(name, part.as_deref())),
                values => text.push_str(&values.join(", ")),
            },
        }
    }
    text
}

/// What stands for a value that must be filled in by hand.
pub fn blank(name: &str, part: Option<&str>) -> String {
    let name = name.trim_start_matches('_');
    part.map_or_else(|| format!("<{name}>"), |part| format!("<{name}.{part}>"))
}

/// A rich text with values in it: each stays in the place that the article gave it, and cannot become markup.
pub fn read_rich(template: &RichTemplate, binding: &[Value]) -> Rich {
    template.iter().map(|(code, it)| Span { code: *code, text: read(it, binding) }).collect()
}

/// A paragraph that speaks of all values at once: every distinct one in its place.
pub fn read_all(template: &RichTemplate, captured: &Captured) -> Rich {
    /// More values than this in one sentence are no sentence.
    const FEW: usize = 3;
    let text = |it: &Template| {
        let mut text = String::new();
        for it in &it.0 {
            match it {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Value { name, part } => {
                    let mut seen = HashSet::new();
                    let instances = captured.instances(&[name]);
                    let all = instances.iter().flat_map(|it| piece(it, name, part.as_deref()));
                    let mut values: Vec<String> = all.filter(|it| seen.insert(it.clone())).collect();
                    let more = values.len().saturating_sub(FEW);
                    values.truncate(FEW);
                    text.push_str(&if values.is_empty() {
                        blank(name, part.as_deref())
                    } else {
                        values.join(", ")
                    });
                    if more > 0 {
                        text.push_str(&format!(" and {more} more"));
                    }
                }
            }
        }
        text
    };
    template.iter().map(|(code, it)| Span { code: *code, text: text(it) }).collect()
}
