//! Whose a sequence is: which part of the library it belongs to, and in which list of a rule it stands.

use crate::rule::{Condition, Rule};

/// Which part of the library a sequence belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The condition `index` in a list of a rule.
    Rule {
        rule: usize,
        list: List,
        index: usize,
    },
    Failure(usize),
    /// What ends a failure: its exclusion `index`.
    Success {
        failure: usize,
        index: usize,
    },
    Fact(usize),
    Attempt(usize),
    Noise(usize),
    Happening(usize),
}

impl Owner {
    /// Whether each of its matches counts by itself, with its place, whatever values it has.
    pub(super) fn wants_each(self) -> bool {
        matches!(self, Self::Attempt(_) | Self::Happening(_))
    }

    /// Says that a record is held against it, to whoever takes times.
    pub(super) fn doing(self) -> tracing::span::EnteredSpan {
        match self {
            Self::Rule { rule, .. } => tracing::trace_span!("rule", rule).entered(),
            other => tracing::trace_span!("rule", other = ?other).entered(),
        }
    }
}

/// The lists of conditions that a rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    When,
    Confirm,
    Contradict,
    Unless,
    Add,
}

impl List {
    pub const ALL: [Self; 5] = [Self::When, Self::Confirm, Self::Contradict, Self::Unless, Self::Add];

    pub fn of(self, rule: &Rule) -> &[Condition] {
        match self {
            Self::When => &rule.when,
            Self::Confirm => &rule.confirm,
            Self::Contradict => &rule.contradict,
            Self::Unless => &rule.unless,
            Self::Add => &rule.add,
        }
    }
}
