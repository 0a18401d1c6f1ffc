//! The conditions of a rule: a line of a log or a sequence of lines, an event, a registry key or value, a file
//! or folder in a listing.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use regex::Captures;

use crate::code::same;
use crate::source::{Format, Record};

use super::Place;
use super::need::Need;
use super::pattern::{Captured, Found, Pattern, Value};
use super::template::Template;

/// What a bundle is asked. Its answer is yes, no, or unknown where the bundle lacks what would tell.
pub enum Condition {
    Records(Sequence),
    Node(NodeTest),
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Records(it) => it.fmt(f),
            Self::Node(it) => it.fmt(f),
        }
    }
}

/// Records that follow one another in a source of one of these formats. Most have one.
pub struct Sequence {
    pub formats: Vec<&'static dyn Format>,
    pub records: Vec<RecordTest>,
    /// How far the last record may be behind the first.
    pub within: Distance,
    /// How often it must be found to hold.
    pub at_least: u64,
    /// Of an exclusion: it holds only where it is found after the symptom, which is then history.
    pub later: bool,
    /// The author knows that without a literal text every record is looked at.
    pub slow: bool,
    /// A record that ends what has begun: nothing before it belongs to what follows.
    pub broken_by: Option<RecordTest>,
}

impl std::fmt::Debug for Sequence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sequence")
            .field("records", &self.records)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

/// How far two records may be apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    Lines(u64),
    Seconds(u64),
}

/// What one record must be.
#[derive(Debug, Default)]
pub struct RecordTest {
    /// What must occur in its text.
    pub pattern: Option<Pattern>,
    /// What its fields, or the values captured from it, must be.
    pub fields: Vec<(String, FieldTest)>,
    /// Where it is written.
    pub place: Place,
}

/// What a field must be.
#[derive(Debug)]
pub enum FieldTest {
    Is(Test),
    /// The field must contain this, and values are captured from it.
    Find(Pattern),
}

/// `"Error"`, `["Error", "Warning"]`, `"not 0"`, `"failure"`: equal to any of these in any spelling, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub any_of: Vec<String>,
    pub negated: bool,
}

impl Test {
    /// The word for "a code that tells of a failure".
    pub const FAILURE: &'static str = "failure";

    /// Whether it admits these names and no others.
    fn are_names(&self) -> bool {
        let is_name = |it: &String| it != Self::FAILURE && crate::code::Code::parse(it).is_none();
        !self.negated && self.any_of.iter().all(is_name)
    }

    pub fn admits(&self, value: &str) -> bool {
        let failure = || crate::code::Code::parse(value).is_some_and(crate::code::Code::is_failure);
        let holds =
            self.any_of.iter().any(|it| if it == Self::FAILURE { failure() } else { same(it, value) });
        holds != self.negated
    }
}

impl RecordTest {
    /// What every such record contains, the most telling first: of each, one of several literal texts.
    pub fn needs(&self) -> Vec<&Need> {
        // A field is compared in any spelling, so that its text says nothing of what a record contains.
        self.pattern.iter().flat_map(|it| it.needs()).collect()
    }

    /// Whether all records of a format must be looked at. Events are told by their providers, and so are few.
    pub fn is_slow(&self) -> bool {
        self.needs().is_empty() && self.providers().is_none()
    }

    /// Whose records can pass, if that is asked of the records and not of what is captured from them.
    pub fn providers(&self) -> Option<&[String]> {
        if self.is_captured("provider") {
            return None;
        }
        self.fields.iter().find_map(|(name, test)| match test {
            FieldTest::Is(test) if name == "provider" && test.are_names() => Some(&test.any_of[..]),
            _ => None,
        })
    }

    /// Whether a record passes, and what is captured. `record` parses the text only if that is needed.
    pub fn find<'t>(&self, text: &'t str, record: &dyn Fn() -> Record<'t>) -> Option<Found> {
        self.find_in(&Subject::new(text, record))
    }

    /// The same for a record that other tests are held against too.
    pub fn find_in<'p, 't>(&'p self, subject: &Subject<'p, 't>) -> Option<Found> {
        if !self.fields.iter().all(|(name, test)| self.is_captured(name) || test.may_pass(name, subject)) {
            return None;
        }
        let captured = match &self.pattern {
            // To find a place is dearer than to see that there is one.
            Some(pattern) if pattern.captures.is_empty() => {
                if !pattern.is_in(subject.text) {
                    return None;
                }
                None
            }
            Some(pattern) => Some(subject.captured(pattern)?),
            None => None,
        };
        let mut inside = Vec::<Value>::new();
        for (name, test) in &self.fields {
            let value = captured.as_ref().and_then(|it| it.get(name).map(Cow::Borrowed));
            let of_field =
                || inside.iter().find(|it| it.is_named(name)).map(|it| Cow::Owned(it.text.clone()));
            let value = value.or_else(of_field);
            let value = value.or_else(|| subject.record().field(name).map(Cow::Borrowed));
            match (test, value) {
                (FieldTest::Is(test), Some(value)) if test.admits(&value) => {}
                // What a record does not tell is not something else than what is asked for.
                (FieldTest::Is(_), _) | (FieldTest::Find(_), None) => return None,
                (FieldTest::Find(pattern), Some(value)) => {
                    let start = subject.text.find(&*value).unwrap_or(0);
                    let inner = pattern.find(&value)?;
                    let moved = |it: Value| Value { span: (start + it.span.0, start + it.span.1), ..it };
                    inside.extend(inner.values.into_iter().map(moved));
                }
            }
        }
        let mut found = captured.map_or_else(Found::default, |it| it.found());
        found.values.extend(inside);
        Some(found)
    }

    /// Whether a value of this name is captured by the test itself.
    fn is_captured(&self, name: &str) -> bool {
        let inner = self.fields.iter().filter_map(|(_, it)| match it {
            FieldTest::Find(pattern) => Some(pattern),
            FieldTest::Is(_) => None,
        });
        self.pattern.iter().chain(inner).any(|it| it.captures.iter().any(|(it, _)| **it == *name))
    }
}

impl FieldTest {
    /// Whether the record's own field passes: cheaper to see than a pattern.
    fn may_pass(&self, name: &str, subject: &Subject<'_, '_>) -> bool {
        match self {
            Self::Is(test) => subject.record().field(name).is_some_and(|it| test.admits(it)),
            Self::Find(_) => true,
        }
    }
}

/// An expression, and what it captured where it occurs.
type Tried<'p, 't> = (&'p str, Option<Rc<Captures<'t>>>);

/// A record that tests are held against. What several of them ask is found out once.
pub struct Subject<'p, 't> {
    pub text: &'t str,
    parse: &'p dyn Fn() -> Record<'t>,
    record: OnceCell<Record<'t>>,
    captured: RefCell<Vec<Tried<'p, 't>>>,
}

impl<'p, 't> Subject<'p, 't> {
    /// `parse` makes a record of the text, where that is needed.
    pub fn new(text: &'t str, parse: &'p dyn Fn() -> Record<'t>) -> Self {
        Self { text, parse, record: OnceCell::new(), captured: RefCell::default() }
    }

    pub fn record(&self) -> &Record<'t> {
        self.record.get_or_init(|| (self.parse)())
    }

    /// Rules on one subject often look for the same pattern.
    fn captured(&self, pattern: &'p Pattern) -> Option<Captured<'p, 't>> {
        let mut known = self.captured.borrow_mut();
        let captures = match known.iter().find(|(expression, _)| *expression == pattern.expression()) {
            Some((_, captures)) => captures.clone(),
            None => {
                let captures = pattern.captures_of(self.text).map(Rc::new);
                known.push((pattern.expression(), captures.clone()));
                captures
            }
        };
        captures.map(|captures| Captured { pattern, captures })
    }
}

/// A question about names under names: a registry key or value, a file or folder.
#[derive(Debug)]
pub struct NodeTest {
    /// `registry` or `listing`.
    pub format: &'static str,
    /// The key or path; `\*` at its end stands for "any directly under it".
    pub path: Template,
    /// A value of the key.
    pub value: Option<String>,
    /// What the value must be (or hold, if it is a list).
    pub equals: Option<Template>,
    pub is: Is,
    /// Only for captured values that pass.
    pub filters: Vec<(Template, Test)>,
}

/// What is asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    Present,
    Missing,
    /// There, and nothing under it.
    Empty,
}

impl Is {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "present" => Some(Self::Present),
            "missing" => Some(Self::Missing),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }
}
