//! A rule is a symptom that casebook knows: what shows it, what confirms it, what it means and how it is
//! fixed. Rules are written as Markdown articles (`rules/README.md`); here they become checked values.

mod article;
mod raw;
mod kind;
mod need;
mod expression;
mod known;
mod pattern;
mod template;
mod shell;
mod problem;
mod condition;
mod attempt;
mod happening;
mod load;
mod library;

pub use attempt::{ATTEMPT_VALUES, Attempt, Outcome, Tells};
pub use condition::{Condition, Distance, FieldTest, Is, NodeTest, RecordTest, Sequence, Subject, Test};
pub use happening::{HAPPENING_VALUES, Happening, HappeningKind};
pub use kind::Kind;
pub use library::Library;
pub use load::with_suggestion;
pub use need::Need;
pub use pattern::{Found, Pattern, Value};
pub use problem::{Document, Problem, nearest};
pub use shell::Shell;
pub use template::{Piece, Template};

use crate::code::Code;

/// The JSON Schema of a `rule` block.
pub const SCHEMA: &str = include_str!("rule.schema.json");

/// A symptom, checked and ready to be matched.
#[derive(Debug)]
pub struct Rule {
    pub id: String,
    pub symptom: String,
    /// What the symptom means, a paragraph each.
    pub cause: Vec<RichTemplate>,
    pub severity: Severity,
    /// The codes that this failure shows.
    pub codes: Vec<Code>,
    /// Codes that it comes back as further up: explained by it, but not told of it.
    pub echoes: Vec<Code>,
    pub source: Option<String>,
    /// The machines that it is for.
    pub applies_to: Applies,
    /// A captured value that each finding is about: several values are several findings.
    pub group_by: Option<String>,
    /// Rules that a reader of this one should know, by id.
    pub related: Vec<String>,
    /// Failures that tell no code and are explained by it, by their headings.
    pub explains: Vec<String>,
    /// All must hold.
    pub when: Vec<Condition>,
    /// Independent evidence: one that holds confirms, one that does not contradicts.
    pub confirm: Vec<Condition>,
    /// Evidence against it: one that holds makes it merely possible.
    pub contradict: Vec<Condition>,
    /// If any holds, it is not this symptom.
    pub unless: Vec<Condition>,
    /// Adds values and evidence where it holds, and proves nothing.
    pub add: Vec<Condition>,
    pub steps: Vec<Step>,
    pub samples: Vec<Sample>,
    /// Where it is written.
    pub place: Place,
}

/// Which machines a rule is for; a test that is not there admits all.
#[derive(Clone, Debug, Default)]
pub struct Applies {
    pub build: Vec<Builds>,
    pub architecture: Vec<String>,
}

/// Builds of Windows: `17763`, `>= 17763`, `< 22000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builds {
    pub least: u32,
    pub most: u32,
}

impl Builds {
    fn parse(text: &str) -> Option<Self> {
        let number = |rest: &str| rest.trim().parse::<u32>().ok();
        let (least, most) = match text.trim() {
            it if it.starts_with(">=") => (number(&it[2..])?, u32::MAX),
            it if it.starts_with("<=") => (0, number(&it[2..])?),
            it if it.starts_with('>') => (number(&it[1..])?.checked_add(1)?, u32::MAX),
            it if it.starts_with('<') => (0, number(&it[1..])?.checked_sub(1)?),
            it => match it.split_once('-') {
                Some((least, most)) => (number(least)?, number(most)?),
                None => (number(it)?, number(it)?),
            },
        };
        (least <= most).then_some(Self { least, most })
    }
}

/// A line that tells by itself that something failed (or, for a fact, something about the machine), whether
/// or not a rule explains it.
#[derive(Debug)]
pub struct Signal {
    pub title: String,
    pub test: Sequence,
    /// Of a failure: what ends it where it is found later.
    pub unless: Vec<Sequence>,
    pub samples: Vec<Sample>,
    pub place: Place,
}

/// A value of the registry that tells something of the machine.
#[derive(Debug)]
pub struct RegistryFact {
    /// The format of the sources that can tell it.
    pub format: &'static str,
    /// The key, as it is asked for.
    pub key: String,
    pub value: String,
    /// What it tells: one of [`REGISTRY_FACTS`].
    pub fact: &'static str,
    pub samples: Vec<Sample>,
    pub place: Place,
}

/// What values of the registry may tell: facts that the report has, and what only adds to one of them or says how
/// it is to be read.
pub const REGISTRY_FACTS: [&str; 11] = [
    "name",
    "windows",
    "build",
    "architecture",
    "edition",
    "language",
    "time_zone",
    "utc_offset",
    "revision",
    "release",
    "installation",
];

/// How bad it is, in the words of SARIF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Error, Self::Warning, Self::Note].into_iter().find(|it| it.name() == word)
    }
}

/// A text in which code is told apart and values have their places.
pub type RichTemplate = Vec<(bool, Template)>;

/// One step of a fix.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is written.
    pub place: Place,
    /// The step is only for values that pass.
    pub guard: Option<Guard>,
    pub text: RichTemplate,
    pub commands: Vec<Commands>,
    pub cautions: Vec<RichTemplate>,
}

/// A block of commands for one shell, a template a line.
#[derive(Clone, Debug)]
pub struct Commands {
    pub shell: Shell,
    pub lines: Vec<Template>,
}

/// `Only if `folder` contains `\WinSxS\`:`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub name: String,
    pub relation: Relation,
    pub negated: bool,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Is,
    Contains,
    StartsWith,
    EndsWith,
}

impl Guard {
    /// Whether a step is for this value. Case is not told apart: Windows does not.
    pub fn admits(&self, value: &str) -> bool {
        let (value, text) = (value.to_lowercase(), self.text.to_lowercase());
        let holds = match self.relation {
            Relation::Is => value == text,
            Relation::Contains => value.contains(&text),
            Relation::StartsWith => value.starts_with(&text),
            Relation::EndsWith => value.ends_with(&text),
        };
        holds != self.negated
    }
}

/// Lines that a rule must match, or must not, and the values that it must capture from them.
#[derive(Clone, Debug)]
pub struct Sample {
    pub format: &'static str,
    pub text: String,
    pub expect: Vec<(String, String)>,
    pub counter: bool,
    pub place: Place,
}

/// A place in a rule file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The line itself.
    pub text: String,
}
