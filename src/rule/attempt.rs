//! A line that tells of an attempt to install an update: that it begins, how it ends, or who it is for. Servicing, the
//! update client and their events all tell of the same attempts.

use super::Signal;

/// A line of an attempt, and what it says of it.
#[derive(Debug)]
pub struct Attempt {
    pub signal: Signal,
    /// Nothing where the line only adds its values to an attempt of the same session.
    pub tells: Option<Tells>,
}

/// The values that such a line may capture.
pub const ATTEMPT_VALUES: [&str; 8] =
    ["update", "package", "title", "client", "session", "guid", "code", "reboot"];

/// What a line says of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    Outcome(Outcome),
    /// That it has ended; its code says how.
    Ended,
}

/// What became of an attempt, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its download began, and no more is told.
    DownloadStarted,
    /// It began, and its end is not told.
    Started,
    /// It ended without an error; whether something was installed or removed is not told.
    Completed,
    Installed,
    Removed,
    /// A restart was still to come.
    PendingRestart,
    Failed,
    /// There was nothing to do: it is not for this machine, or there already.
    NotApplicable,
    Canceled,
}

impl Outcome {
    pub const ALL: [Self; 9] = [
        Self::DownloadStarted,
        Self::Started,
        Self::Completed,
        Self::Installed,
        Self::Removed,
        Self::PendingRestart,
        Self::Failed,
        Self::NotApplicable,
        Self::Canceled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::DownloadStarted => "download-started",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Installed => "installed",
            Self::Removed => "removed",
            Self::PendingRestart => "pending-restart",
            Self::Failed => "failed",
            Self::NotApplicable => "not-applicable",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it says only that something began.
    pub fn is_start(self) -> bool {
        matches!(self, Self::DownloadStarted | Self::Started)
    }
}

impl Tells {
    pub const ENDED: &'static str = "ended";

    pub fn parse(word: &str) -> Option<Self> {
        if word == Self::ENDED {
            return Some(Self::Ended);
        }
        Outcome::ALL.into_iter().find(|it| it.name() == word).map(Self::Outcome)
    }
}
