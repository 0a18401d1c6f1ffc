//! The story around the findings of a case: what happened and when, known noise, what became of each rule, and what to
//! collect next.

use super::At;
use crate::code::Code;
use crate::rule::{Outcome, Shell};

/// What happened on the machine, on one clock, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    pub moments: Vec<Moment>,
    /// How many there are with those that are not told.
    pub count: u64,
    /// Which clock its times are of, and how that is known: a sentence.
    pub clock: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub kind: MomentKind,
    /// On the clock of the timeline.
    pub time: String,
    /// When it ended, where it lasted.
    pub ended: Option<String>,
    /// What happened, in a few words.
    pub text: String,
    /// `KB5034768`, or the package.
    pub update: Option<String>,
    pub client: Option<String>,
    pub outcome: Option<Outcome>,
    pub code: Option<Code>,
    /// Where it is told, and in which format.
    pub path: String,
    pub at: At,
    pub form: &'static str,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MomentKind {
    /// A session of servicing.
    Session,
    /// An attempt to install an update.
    Attempt,
    /// A phase of an upgrade.
    Phase,
    /// A failure that a source tells of.
    Failure,
    /// A failed operation was undone.
    Rollback,
    Restart,
    /// Something ended well that had failed before.
    Success,
}

impl MomentKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Attempt => "attempt",
            Self::Phase => "phase",
            Self::Failure => "failure",
            Self::Rollback => "rollback",
            Self::Restart => "restart",
            Self::Success => "success",
        }
    }
}

/// Lines of a source that look like a failure and are known to be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noise {
    /// What they are, in a sentence.
    pub title: String,
    pub path: String,
    pub occurrences: u64,
    /// The first of them.
    pub at: At,
}

/// What became of a rule in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub rule: String,
    pub symptom: String,
    pub state: RuleState,
    /// Why it is so; nothing where it was checked.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuleState {
    /// All that it asks for was there.
    Checked,
    /// It is for other machines, or for another kind of trouble than the bundle tells of.
    NotApplicable,
    /// Something that it asks for was not there.
    NotChecked,
}

impl RuleState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::NotApplicable => "not-applicable",
            Self::NotChecked => "not-checked",
        }
    }
}

/// Something to ask the customer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    /// What it is.
    pub what: String,
    /// What it would decide, in a sentence.
    pub reason: String,
    /// The rules that it would decide.
    pub rules: Vec<String>,
    pub shell: Option<Shell>,
    /// Commands to run on the machine; they only read.
    pub commands: Vec<String>,
}
