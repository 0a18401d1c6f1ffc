//! Patterns that find a line: plain text with typed placeholders (`{name:type}`, `{?optional text}`), or a
//! regular expression with named groups. Both become one [`Pattern`].

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::expression::{groups, is_large};
use super::kind::Kind;
use super::known::known;
use super::need::{Need, needs};
use crate::text::cut;

/// A checked pattern. Its regular expression is compiled when the first candidate for it is met.
#[derive(Debug)]
pub struct Pattern {
    expression: String,
    compiled: OnceLock<Option<Regex>>,
    /// Name and type of each capture. A name that starts with `_` is for the rule's own use only.
    pub captures: Vec<(Arc<str>, Kind)>,
    needs: OnceLock<Vec<Need>>,
}

/// More characters of a value than this are not kept.
const LONGEST: usize = 2048;

/// What is wrong with a pattern, and at which of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct PatternError {
    pub at: usize,
    pub message: String,
}

fn error<T>(at: usize, message: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError { at, message: message.into() })
}

impl Pattern {
    /// From plain text with placeholders.
    pub fn from_match(text: &str) -> Result<Self, PatternError> {
        let (expression, captures) = translate(text)?;
        Ok(Self::new(expression, captures))
    }

    /// From a regular expression; `types` says what its named groups are, the others are text.
    pub fn from_regex(expression: &str, types: &BTreeMap<String, Kind>) -> Result<Self, PatternError> {
        let names = match known(expression) {
            Some(known) => known.groups.iter().map(|it| (*it).to_owned()).collect(),
            None => Self::read(expression)?,
        };
        if let Some(unknown) = types.keys().find(|it| !names.contains(it)) {
            return error(
                0,
                format!("types names `{unknown}`, but the expression has no group (?<{unknown}>…)"),
            );
        }
        let captures = names.into_iter().map(|name| {
            let kind = types.get(&name).copied().unwrap_or(Kind::Text);
            (name, kind)
        });
        Ok(Self::new(expression.to_owned(), captures.collect()))
    }

    /// The names of the groups of an expression that can be compiled.
    fn read(expression: &str) -> Result<Vec<String>, PatternError> {
        let hir = regex_syntax::parse(expression).or_else(|wrong| {
            let (at, what) = match wrong {
                regex_syntax::Error::Parse(it) => (it.span().start.offset, it.kind().to_string()),
                regex_syntax::Error::Translate(it) => (it.span().start.offset, it.kind().to_string()),
                other => (0, other.to_string()),
            };
            error(at, format!("the regular expression cannot be read: {what}"))
        })?;
        // Only what counts high can be too large to compile, and a pattern that cannot be compiled finds nothing.
        if is_large(&hir)
            && let Err(wrong) = Regex::new(expression)
        {
            return error(0, wrong.to_string());
        }
        Ok(groups(&hir))
    }

    fn new(expression: String, captures: Vec<(String, Kind)>) -> Self {
        let captures = captures.into_iter().map(|(name, kind)| (Arc::from(name), kind)).collect();
        Self { expression, compiled: OnceLock::new(), captures, needs: OnceLock::new() }
    }

    /// Literal texts that every match contains, the most telling first: the scanner looks for them before it
    /// looks for the pattern. They are found out when a log of its format is met.
    pub fn needs(&self) -> &[Need] {
        self.needs.get_or_init(|| match known(&self.expression) {
            Some(known) => {
                known.needs.iter().map(|it| it.iter().map(|it| (*it).to_owned()).collect()).collect()
            }
            None => regex_syntax::parse(&self.expression).map_or_else(|_| Vec::new(), |it| needs(&it)),
        })
    }

    /// The regular expression that it has become.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// The captured values if the pattern occurs in `text`, and where it occurs.
    pub fn find(&self, text: &str) -> Option<Found> {
        let captures = Rc::new(self.captures_of(text)?);
        Some(Captured { pattern: self, captures }.found())
    }

    /// What is captured if the pattern occurs in `text`, before anything of it is kept.
    pub fn captures_of<'t>(&self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.compiled()?.captures(text)
    }

    /// Whether the pattern occurs in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        self.compiled().is_some_and(|it| it.is_match(text))
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.expression).ok()).as_ref()
    }
}

/// What a pattern captured in a text that is still there.
pub struct Captured<'p, 't> {
    pub pattern: &'p Pattern,
    pub captures: Rc<regex::Captures<'t>>,
}

impl<'t> Captured<'_, 't> {
    /// One value, as it will be kept.
    pub fn get(&self, name: &str) -> Option<&'t str> {
        let (_, kind) = self.pattern.captures.iter().find(|(it, _)| **it == *name)?;
        Some(cut(trim(*kind, self.captures.name(name)?.as_str()), LONGEST).0)
    }

    pub fn found(&self) -> Found {
        let values = self.pattern.captures.iter().filter_map(|(name, kind)| {
            let value = self.captures.name(name)?;
            let (text, is_cut) = cut(trim(*kind, value.as_str()), LONGEST);
            // What is cut is no path or name any more.
            let kind = if is_cut { Kind::Text } else { *kind };
            let span = (value.start(), value.end());
            Some(Value { name: Arc::clone(name), kind, text: text.to_owned(), span })
        });
        Found { values: values.collect() }
    }
}

/// A full stop at the end of a package or a word belongs to the sentence around it.
fn trim(kind: Kind, value: &str) -> &str {
    match kind {
        Kind::Package | Kind::Word => value.trim_end_matches('.'),
        // A backslash at the end only says that it is a folder; that of a drive belongs to it.
        Kind::Path if !value.trim().ends_with(":\\") => value.trim().trim_end_matches('\\'),
        _ => value.trim(),
    }
}

/// What a pattern captured where it was found.
#[derive(Debug, Default)]
pub struct Found {
    pub values: Vec<Value>,
}

/// A captured value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub name: Arc<str>,
    pub kind: Kind,
    pub text: String,
    /// Where it stands in the text it was found in.
    pub span: (usize, usize),
}

impl Value {
    pub fn is_named(&self, name: &str) -> bool {
        *self.name == *name
    }

    /// Whether the value is for the rule's own use and not to be told.
    pub fn is_private(&self) -> bool {
        self.name.starts_with('_')
    }
}

/// Plain text with placeholders as a regular expression.
fn translate(text: &str) -> Result<(String, Vec<(String, Kind)>), PatternError> {
    let trimmed = text.trim();
    let offset = text.len() - text.trim_start().len();
    let (mut expression, mut captures) = (String::new(), Vec::<(String, Kind)>::new());
    let mut rest = trimmed;
    while !rest.is_empty() {
        let at = offset + trimmed.len() - rest.len();
        if let Some(after) = rest.strip_prefix("{?") {
            let Some((optional, behind)) = after.split_once('}') else {
                return error(at, "`{?` opens an optional text, but no `}` closes it");
            };
            if optional.is_empty() {
                return error(
                    at,
                    "`{?}` is empty: write the optional text behind the question mark, as in {?\\}",
                );
            }
            expression.push_str("(?:");
            literal(&mut expression, optional);
            expression.push_str(")?");
            rest = behind;
        } else if let Some((name, kind, behind)) = placeholder(rest) {
            let kind = match kind {
                None => Kind::Text,
                Some(word) => match Kind::parse(word) {
                    Some(kind) => kind,
                    None => return error(at, unknown_type(word)),
                },
            };
            let shape = kind.shape(behind.is_empty());
            if name == "_" {
                expression.push_str(&format!("(?:{shape})"));
            } else if captures.iter().any(|(it, _)| it == name) {
                return error(at, format!("`{name}` is captured twice: one value cannot have two places"));
            } else {
                expression.push_str(&format!("(?<{name}>{shape})"));
                captures.push((name.to_owned(), kind));
            }
            rest = behind;
        } else {
            // A brace that opens no placeholder is a brace.
            let end = rest.char_indices().skip(1).find(|(_, it)| *it == '{').map_or(rest.len(), |(at, _)| at);
            literal(&mut expression, &rest[..end]);
            rest = &rest[end..];
        }
    }
    if expression.is_empty() {
        return error(0, "the pattern is empty");
    }
    Ok((expression, captures))
}

/// `{name}` or `{name:type}` at the start of `text`: name, type, what follows.
fn placeholder(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (inside, behind) = text.strip_prefix('{')?.split_once('}')?;
    let (name, kind) = inside.split_once(':').map_or((inside, None), |(name, kind)| (name, Some(kind)));
    let is_word = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_lowercase() || it == '_')
            && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
    };
    (is_word(name) && kind.is_none_or(is_word)).then_some((name, kind, behind))
}

pub fn unknown_type(word: &str) -> String {
    let names = Kind::names();
    let near =
        names.iter().min_by_key(|it| strsim::damerau_levenshtein(it, word)).copied().unwrap_or_default();
    format!("there is no type `{word}`; did you mean `{near}`? The types are {}", names.join(", "))
}

/// Literal text. Two or more blanks (or a tab) stand for any run of white space, since columns are padded
/// differently; the digits of a code may be in either case.
fn literal(expression: &mut String, text: &str) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n']).len();
        let digits = rest
            .strip_prefix("0x")
            .map_or(0, |it| it.len() - it.trim_start_matches(|it: char| it.is_ascii_hexdigit()).len());
        let take = if blanks > 1 || matches!(first, '\t' | '\n') {
            expression.push_str(r"\s+");
            blanks
        } else if digits > 0 {
            // A whole code ends where it ends: 0x80070002 is not the start of another one.
            let end = if digits == 8 { r"\b" } else { "" };
            expression.push_str(&format!("0x(?i:{}){end}", &rest[2..2 + digits]));
            2 + digits
        } else {
            expression.push_str(&regex::escape(&rest[..first.len_utf8()]));
            first.len_utf8()
        };
        rest = &rest[take..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expect: Option<&[(&str, &str)]>) {
        let pattern = Pattern::from_match(pattern).unwrap();
        let found = pattern.find(text);
        let values = found
            .map(|it| it.values.into_iter().map(|it| (it.name.to_string(), it.text)).collect::<Vec<_>>());
        let expect = expect.map(|it| {
            it.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<Vec<_>>()
        });
        assert_eq!(values, expect);
    }

    const FILE: &str = r"Failed to find file: {component:component}{?\}{file:filename} [HRESULT = 0x80070002";
    const COMPONENT: &str =
        "x86_microsoft-windows-directwrite_31bf3856ad364e35_7.1.7601.23545_none_229deeb1ba2a85d3";

    #[test]
    fn a_file_glued_to_its_component_or_not() {
        let expect = Some(&[("component", COMPONENT), ("file", "DWrite.dll")][..]);
        check(
            FILE,
            &format!("Failed to find file: {COMPONENT}DWrite.dll [HRESULT = 0x80070002 - X]"),
            expect,
        );
        check(
            FILE,
            &format!("Failed to find file: {COMPONENT}\\DWrite.dll [HRESULT = 0x80070002 - X]"),
            expect,
        );
        check(
            FILE,
            &format!("Failed to find file: {COMPONENT}\\DWrite.dll [HRESULT = 0x80070003 - X]"),
            None,
        );
        check(FILE, r"Failed to find file: C:\x\DWrite.dll [HRESULT = 0x80070002 - X]", None);
    }

    #[test]
    fn placeholders_at_the_end_take_all_of_it() {
        check(
            "INSTALL index: {_:number}, result {result:number}, inf: {inf:inf}",
            "INSTALL index: 5, result 2, inf: a.inf",
            Some(&[("result", "2"), ("inf", "a.inf")]),
        );
        check("x {rest}", "x one two", Some(&[("rest", "one two")]));
    }

    #[test]
    fn letters_of_any_length() {
        check("größe{ü:ü} {a:word}", "größe{ü:ü} x", Some(&[("a", "x")]));
        check("{a:word}ü{b:word}", "xüy", Some(&[("a", "x"), ("b", "y")]));
    }

    #[test]
    fn braces_blanks_and_codes() {
        check("on {s:48; rd:NULL} {_private:word}!", "on {s:48; rd:NULL} a!", Some(&[("_private", "a")]));
        check("Info  CBS", "Info                  CBS", Some(&[]));
        check("Info CBS", "Info                  CBS", None);
        check("Error 0xC1420121[gle=0xc1420121]", "Error 0xc1420121[gle=0xC1420121]", Some(&[]));
    }

    #[test]
    fn needs_are_the_texts_that_must_be_there() {
        let needs = |it: &str| Pattern::from_match(it).unwrap().needs().to_vec();
        assert_eq!(needs(FILE), [["Failed to find file: "], [" [HRESULT = 0x80070002"]]);
        assert_eq!(needs("{a:word} [HRESULT = 0x80070002"), [[" [HRESULT = 0x80070002"]]);
        assert_eq!(needs("{a:word} = {b:word}"), [[""; 0]; 0]);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let message = |it: &str| Pattern::from_match(it).map(|_| ()).unwrap_err();
        assert_eq!(message("a {x:componet}").at, 2);
        assert!(message("a {x:componet}").message.contains("did you mean `component`"));
        assert!(message("{x:word} {x:word}").message.contains("captured twice"));
        assert!(message("a {?b").message.contains("no `}` closes it"));
        let regex = |it: &str| {
            Pattern::from_regex(it, &BTreeMap::from([("y".to_owned(), Kind::Word)])).map(|_| ()).unwrap_err()
        };
        assert_eq!(regex("ab(cd").at, 2);
        assert!(regex("ab(?<x>c)").message.contains("`y`"));
    }
}
