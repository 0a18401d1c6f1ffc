//! A line of the story of a machine: what it tells has happened, or how far its clock was from UTC.

use super::Signal;

/// A line of the story, and what it tells.
#[derive(Debug)]
pub struct Happening {
    pub signal: Signal,
    pub kind: HappeningKind,
}

/// The values that such a line may capture.
pub const HAPPENING_VALUES: [&str; 7] = ["update", "package", "client", "code", "extended", "detail", "utc"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HappeningKind {
    /// An upgrade went from one phase to the next, or told what it came to.
    Phase,
    /// A step of something longer: only the last one before a failure is told.
    Step,
    /// Something failed.
    Failure,
    /// A failed operation was undone.
    Rollback,
    Restart,
    /// It has the time in UTC too, as `utc`: nothing happened.
    Clock,
}

impl HappeningKind {
    pub const ALL: [Self; 6] =
        [Self::Phase, Self::Step, Self::Failure, Self::Rollback, Self::Restart, Self::Clock];

    pub fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Step => "step",
            Self::Failure => "failure",
            Self::Rollback => "rollback",
            Self::Restart => "restart",
            Self::Clock => "clock",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == word)
    }
}
