//! The conditions of a rule in words, one line each.

use crate::matching::List;
use crate::rule::{
    Condition, Distance, FieldTest, Is, NodeTest, Pattern, Piece, RecordTest, Sequence, Template, Test,
};

use super::chain::Chain;

/// The name that a list of conditions has in an article.
pub fn list_name(list: List) -> &'static str {
    match list {
        List::When => "when",
        List::Confirm => "confirm",
        List::Contradict => "contradict",
        List::Unless => "unless",
        List::Add => "add",
    }
}

/// `a line of cbs with …`, `registry HKLM\… is missing`
pub fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Records(it) => sequence(it),
        Condition::Node(it) => node(it),
    }
}

fn sequence(sequence: &Sequence) -> String {
    let formats: Vec<&str> = sequence.formats.iter().map(|it| it.name()).collect();
    let mut text = format!("a record of {} with ", formats.join(" or "));
    text.push_str(&sequence.records.iter().map(record).collect::<Vec<_>>().join(", then "));
    if sequence.records.len() > 1 {
        text.push_str(&format!(", within {}", distance(sequence.within)));
    }
    if let Some(breaks) = &sequence.broken_by {
        text.push_str(&format!(", not broken by {}", record(breaks)));
    }
    if sequence.at_least > 1 {
        text.push_str(&format!(", at least {} times", sequence.at_least));
    }
    if sequence.later {
        text.push_str(", later than the symptom");
    }
    text
}

pub fn distance(distance: Distance) -> String {
    match distance {
        Distance::Lines(1) => "1 line".to_owned(),
        Distance::Lines(count) => format!("{count} lines"),
        Distance::Seconds(count) => format!("{count} s"),
    }
}

/// What one record must be.
pub fn record(test: &RecordTest) -> String {
    let pattern = test.pattern.as_ref().map(|it| written(test, it).unwrap_or_else(|| in_pieces(it)));
    let fields = test.fields.iter().map(|(name, test)| field(name, test));
    pattern.into_iter().chain(fields).collect::<Vec<_>>().join(" and ")
}

/// The pattern as the article has it, where the line that is known of it holds just that.
fn written(test: &RecordTest, pattern: &Pattern) -> Option<String> {
    let line = &test.place.text;
    let quote = ["'''", "\"\"\"", "'", "\""]
        .into_iter()
        .filter_map(|it| Some((line.find(it)?, it)))
        .min_by_key(|(at, it)| (*at, usize::MAX - it.len()))?;
    let (at, quote) = quote;
    let inside = line[at + quote.len()..].split(quote).next()?;
    let same = |it: Pattern| it.expression() == pattern.expression();
    let is_it = inside == pattern.expression() || Pattern::from_match(inside).is_ok_and(same);
    is_it.then(|| inside.to_owned())
}

fn in_pieces(pattern: &Pattern) -> String {
    Chain::of(pattern).map_or_else(|| pattern.expression().to_owned(), |it| it.shown())
}

fn field(name: &str, wanted: &FieldTest) -> String {
    match wanted {
        FieldTest::Is(it) => format!("{name} {}", test(it)),
        FieldTest::Find(pattern) => format!("{name} like {}", pattern.expression()),
    }
}

/// `is Error or Warning`, `is not 0`
pub fn test(test: &Test) -> String {
    let any = |it: &String| if it == Test::FAILURE { "a failure".to_owned() } else { it.clone() };
    let all: Vec<String> = test.any_of.iter().map(any).collect();
    format!("is {}{}", if test.negated { "not " } else { "" }, all.join(" or "))
}

fn node(node: &NodeTest) -> String {
    let mut text = format!("{} {}", node.format, template(&node.path));
    let is = match node.is {
        Is::Present => "present",
        Is::Missing => "missing",
        Is::Empty => "empty",
    };
    if let Some(value) = &node.value {
        text.push_str(&format!(": value {}", if value.is_empty() { "(default)" } else { value }));
    }
    if let Some(equals) = &node.equals {
        text.push_str(&format!(" = {}", template(equals)));
    }
    text.push_str(&format!(" is {is}"));
    let filters = node.filters.iter().map(|(it, wanted)| format!("{} {}", template(it), test(wanted)));
    let filters = filters.collect::<Vec<_>>();
    if filters.is_empty() { text } else { format!("{text}, only where {}", filters.join(" and ")) }
}

/// A template as the article has it.
pub fn template(template: &Template) -> String {
    let piece = |it: &Piece| match it {
        Piece::Text(text) => text.clone(),
        Piece::Value { name, part: None } => format!("{{{{{name}}}}}"),
        Piece::Value { name, part: Some(part) } => format!("{{{{{name}.{part}}}}}"),
    };
    template.0.iter().map(piece).collect()
}
