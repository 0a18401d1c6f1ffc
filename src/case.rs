//! A case: all that a report may say of a bundle. Outputs read this and nothing else.

#[path = "case/story.rs"]
mod story;

use std::fmt;

use crate::bundle::Skipped;
use crate::code::Code;
use crate::rule::{Outcome, Severity, Shell};
use crate::source::Layout;

pub use story::{Collect, Coverage, Moment, MomentKind, Noise, RuleState, Timeline};

/// What became of one bundle.
#[derive(Debug)]
pub struct Case {
    pub name: String,
    /// The input as it was given.
    pub source: String,
    pub verdict: Verdict,
    pub machine: Machine,
    /// The likeliest cause first.
    pub findings: Vec<Finding>,
    pub unexplained: Vec<Unexplained>,
    /// The attempts to install updates, the latest first, and how many there are with those that are not told.
    pub updates: Vec<Attempt>,
    pub updates_count: u64,
    pub not_checked: Vec<NotChecked>,
    pub sources: Vec<Source>,
    pub skipped: Vec<Skipped>,
    /// What happened on the machine, as far as its sources tell.
    pub timeline: Timeline,
    /// Lines that look like failures and are known to be none.
    pub noise: Vec<Noise>,
    /// What became of each rule.
    pub coverage: Vec<Coverage>,
    /// What to ask the customer for, what decides most first.
    pub collect: Vec<Collect>,
    /// What made the bundle, where its names tell.
    pub layout: Option<Layout>,
    /// Findings and failures that a team lives with.
    pub accepted: Vec<Accepted>,
    /// Whether everything was read: nothing was damaged, encrypted or over a limit.
    pub whole: bool,
}

impl Case {
    /// Whether a team lives with it, and why.
    pub fn accepted(&self, which: Which) -> Option<&Accepted> {
        self.accepted.iter().find(|it| it.which == which)
    }

    /// Whether it counts for a job that asks what is open.
    pub fn counts(&self, which: Which) -> bool {
        self.accepted(which).is_none_or(|it| !it.holds)
    }
}

/// That a team lives with a finding or a failure, by its own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub which: Which,
    pub reason: String,
    /// The last day, `2027-01-31`.
    pub until: Option<String>,
    /// Whether that day is still to come: afterwards it counts again.
    pub holds: bool,
}

/// One of the findings of a case, or of its unexplained failures, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Finding(usize),
    Unexplained(usize),
}

/// The answer to "what is wrong with this machine?", in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A cause was found.
    Explained,
    /// Something failed, and no rule knows why.
    Unexplained,
    /// What would show a failure was read whole, and there is none in it.
    Clean,
    /// Read, but nothing in it could show a failure.
    Inconclusive,
    /// Nothing could be read.
    Unreadable,
}

impl Verdict {
    pub const ALL: [Self; 5] =
        [Self::Explained, Self::Unexplained, Self::Clean, Self::Inconclusive, Self::Unreadable];

    pub fn name(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Unexplained => "unexplained",
            Self::Clean => "clean",
            Self::Inconclusive => "inconclusive",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What the bundle tells of the machine; `None` is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    pub name: Option<String>,
    pub windows: Option<String>,
    pub build: Option<String>,
    pub architecture: Option<String>,
    /// `Professional`, as Windows calls it.
    pub edition: Option<String>,
    /// `de-DE`; its number where the language is not a common one.
    pub language: Option<String>,
    pub time_zone: Option<String>,
    /// `+0100`: how far the machine's clock was from UTC.
    pub utc_offset: Option<String>,
    /// The version of the servicing stack.
    pub servicing_stack: Option<String>,
    /// All that was told, with its place: of each fact first what is believed.
    pub facts: Vec<Fact>,
    /// The facts that sources tell differently.
    pub conflicts: Vec<Conflict>,
}

/// One thing that a source tells of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The word for it in rules: `build`.
    pub name: &'static str,
    pub value: String,
    /// Where it is told; empty where only the machine's own name for itself is known, of an event.
    pub path: String,
    pub at: At,
}

/// Values of a fact that cannot be of one machine, each as it was told first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub fact: &'static str,
    pub values: Vec<Fact>,
}

/// A symptom that a rule knows, with what proves it and what fixes it.
#[derive(Debug)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    pub symptom: String,
    /// A paragraph each.
    pub cause: Vec<Rich>,
    pub severity: Severity,
    pub certainty: Certainty,
    /// Why it is as certain as it is, a sentence each.
    pub reasons: Vec<String>,
    /// Whether it still stands, or a later success has overtaken it.
    pub current: bool,
    pub codes: Vec<Code>,
    /// Codes of failures further up that only repeat this one, and how often each is told.
    pub echoes: Vec<(Code, u64)>,
    /// When it was seen first and last, as its sources tell it.
    pub first: Option<String>,
    pub last: Option<String>,
    /// What was captured: name and distinct values, in order of appearance.
    pub values: Vec<(String, Vec<String>)>,
    pub occurrences: u64,
    pub evidence: Vec<Evidence>,
    pub steps: Vec<Step>,
    pub references: Vec<String>,
    /// Rules that belong to it: id and symptom.
    pub related: Vec<(String, String)>,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The log's signature and independent evidence agree.
    Confirmed,
    /// The signature alone.
    Likely,
    /// Contradicted by other evidence, or weak.
    Possible,
}

impl Certainty {
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// Text in which code is told apart.
pub type Rich = Vec<Span>;

/// A piece of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub code: bool,
    pub text: String,
}

/// One step of a fix, with this machine's values in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub text: Rich,
    pub shell: Option<Shell>,
    /// One command a line.
    pub commands: Vec<String>,
    pub cautions: Vec<Rich>,
}

/// Where in a source something stands, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    Line(u64),
    /// The number of a record where there are no lines, as its source has it; the word is what it is called.
    Record(&'static str, u64),
    /// The source has neither.
    #[default]
    Nowhere,
}

impl fmt::Display for At {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(into, "line {number}"),
            Self::Record(word, number) => write!(into, "{word} {number}"),
            Self::Nowhere => Ok(()),
        }
    }
}

/// A place in a source that proves something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    pub path: String,
    pub at: At,
    pub time: Option<String>,
    /// What it says, where the text alone does not: `missing: …`.
    pub note: Option<String>,
    pub before: Vec<String>,
    pub text: String,
    pub after: Vec<String>,
    /// Where the captured values stand in the text.
    pub marks: Vec<(usize, usize)>,
}

/// A failure that no finding explains.
#[derive(Debug)]
pub struct Unexplained {
    pub code: Option<Code>,
    /// The code's name, or what the line says where there is no code.
    pub name: Option<String>,
    pub occurrences: u64,
    pub evidence: Vec<Evidence>,
    /// Its line with what differs from case to case folded: failures of one shape are one failure.
    pub shape: Option<String>,
    /// When it was seen last, as its source tells it.
    pub last: Option<String>,
    /// The command that starts a rule from its line.
    pub start: Option<String>,
}

/// One attempt to install an update, as far as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// `KB5034768`, or the package where no such number is told.
    pub update: Option<String>,
    pub title: Option<String>,
    /// Who wanted it: `WindowsUpdateAgent`.
    pub client: Option<String>,
    /// As the source tells it: in UTC where it ends in `Z`.
    pub started: Option<String>,
    pub ended: Option<String>,
    pub outcome: Outcome,
    pub code: Option<Code>,
    /// Where its outcome is told, and in which format.
    pub path: String,
    pub at: At,
    pub form: &'static str,
}

/// A rule, or a part of one, that could not be decided, and for want of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    pub rule: String,
    pub symptom: String,
    pub missing: String,
}

/// A member that was read, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub path: String,
    /// The format it was taken for.
    pub format: &'static str,
    pub bytes: u64,
    pub records: u64,
    /// What the numbers of its records count; nothing, where they are those of lines.
    pub counted: Option<&'static str>,
    /// The times of its first and last record.
    pub first: Option<String>,
    pub last: Option<String>,
    /// Whether it was read to its end.
    pub whole: bool,
}

impl Source {
    /// The place of its record, or node, of this number.
    pub fn at(&self, number: u64) -> At {
        match (number, self.counted) {
            (0, _) => At::Nowhere,
            (_, None) => At::Line(number),
            (_, Some(word)) => At::Record(word, number),
        }
    }
}
