//! The words of the reply: texts by their keys, out of `templates/reply.toml` or a team's own file of that name.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::rule::{Document, Problem, nearest, with_suggestion};
use crate::text::one_line;

/// The program's own words.
pub const ENGLISH: &str = include_str!("../../../templates/reply.toml");

/// What may stand in braces.
const VALUES: [&str; 9] = ["case", "source", "machine", "code", "times", "time", "count", "path", "reason"];

/// The texts of one language.
#[derive(Debug)]
pub struct Phrases(BTreeMap<String, String>);

impl Phrases {
    /// Reads the text of the file that is called `file`: each key that the program's own file has, and no other.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut document = Document::new(file, text);
        let raw: BTreeMap<String, Spanned<String>> = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                let at = error.span().map_or(0, |it| it.start);
                document.problem(at, with_suggestion(error.message()));
                return Err(document.problems);
            }
        };
        let known: BTreeMap<String, String> = toml::from_str(ENGLISH).unwrap_or_default();
        for (key, value) in &raw {
            if !known.contains_key(key) {
                let like = nearest(key, known.keys().map(String::as_str));
                let like = like.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                document.problem(value.span().start, format!("there is no text `{key}`{like}"));
            }
            for name in names(value.get_ref()).filter(|it| !VALUES.contains(it)) {
                let message =
                    format!("nothing is filled in for {{{name}}}; there are {{{}}}", VALUES.join("}, {"));
                document.problem(value.span().start, message);
            }
        }
        for key in known.keys().filter(|it| !raw.contains_key(*it)) {
            document.problem(text.len(), format!("the text `{key}` is missing"));
        }
        if document.problems.is_empty() {
            Ok(Self(raw.into_iter().map(|(key, it)| (key, it.into_inner())).collect()))
        } else {
            Err(document.problems)
        }
    }

    /// The text of a key with these values in it. A value stays one line, and none is looked through again.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.0.get(key).map_or("", String::as_str);
        let mut said = String::new();
        while let Some((before, name, after)) = next(rest) {
            said.push_str(before);
            if let Some((_, value)) = values.iter().find(|(it, _)| *it == name) {
                said.push_str(&one_line(value));
            }
            rest = after;
        }
        said + rest
    }
}

/// The text up to the first `{name}`, the name, and what is behind it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, inner) = text.split_once('{')?;
    let (name, after) = inner.split_once('}')?;
    Some((before, name, after))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, name, after) = next(rest)?;
        rest = after;
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        let phrases = Phrases::parse("reply.toml", ENGLISH).unwrap();
        let said = phrases.say("lost", &[("path", "{reason}\n# x"), ("reason", "damaged")]);
        assert_eq!(said, "Not readable: {reason}\\n# x (damaged)");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let own =
            ENGLISH.replace("greeting =", "greting =").replace("{times}, the last", "{often}, the last");
        let told: Vec<String> =
            Phrases::parse("own/reply.toml", &own).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(told[1].contains("there is no text `greting`; did you mean `greeting`?"), "{told:?}");
        assert!(told[0].contains("nothing is filled in for {often}"), "{told:?}");
        assert!(told[2].contains("the text `greeting` is missing"), "{told:?}");
        assert!(
            Phrases::parse("own/reply.toml", "a = [").unwrap_err()[0]
                .to_string()
                .starts_with("own/reply.toml:1:")
        );
    }
}
