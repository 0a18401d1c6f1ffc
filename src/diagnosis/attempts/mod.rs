//! The attempts that sources of one kind tell of, put together from their lines in the order of their times: which
//! line begins one, and which ends the one that was begun.

use std::collections::HashMap;

use super::updates::{are_near, are_within};
use crate::case::{At, Attempt};
use crate::code::Code;
use crate::matching::Place;
use crate::rule::Outcome;

/// What one line tells.
pub struct Line<'a> {
    /// Nothing where it only names the client of a session.
    pub outcome: Option<Outcome>,
    pub update: Option<String>,
    pub package: Option<&'a str>,
    pub title: Option<&'a str>,
    pub client: Option<&'a str>,
    pub session: Option<&'a str>,
    pub guid: Option<&'a str>,
    pub code: Option<Code>,
    pub place: &'a Place,
    pub path: &'a str,
    pub at: At,
    pub form: &'static str,
}

/// An attempt in the making, with what tells it from others.
#[derive(Debug)]
pub struct Made {
    pub attempt: Attempt,
    package: Option<String>,
    session: Option<String>,
    guid: Option<String>,
}

const HOUR: u64 = 3600;
/// How many of the latest attempts a line may belong to.
const BACK: usize = 500;

/// The attempts of one kind of sources.
#[derive(Default)]
pub struct History {
    made: Vec<Made>,
    /// Which client began a session.
    clients: HashMap<String, String>,
}

impl Line<'_> {
    /// Whether it says by itself which update it is about.
    fn names_update(&self) -> bool {
        self.update.is_some() || self.title.is_some() || self.guid.is_some()
    }
}

impl Made {
    fn new(line: &Line<'_>, outcome: Outcome) -> Self {
        let owned = |it: Option<&str>| it.map(str::to_owned);
        let time = line.place.time.clone();
        let (started, ended) = if outcome.is_start() { (time, None) } else { (None, time) };
        Self {
            attempt: Attempt {
                update: line.update.clone(),
                title: owned(line.title),
                client: owned(line.client),
                started,
                ended,
                outcome,
                code: line.code.filter(|_| !outcome.is_start()),
                path: line.path.to_owned(),
                at: line.at,
                form: line.form,
            },
            package: owned(line.package),
            session: owned(line.session),
            guid: owned(line.guid),
        }
    }

    /// Whether servicing tells of it as a session of its own.
    pub fn is_session(&self) -> bool {
        self.session.is_some()
    }

    fn is_open(&self) -> bool {
        self.attempt.outcome.is_start()
    }

    fn names_update(&self) -> bool {
        self.attempt.update.is_some() || self.attempt.title.is_some() || self.guid.is_some()
    }

    /// Whether a line is about this attempt's update, or this very attempt where both have a session.
    fn is_of(&self, line: &Line<'_>) -> bool {
        let both = |one: Option<&str>, other: Option<&str>| {
            one.zip(other).map(|(one, other)| one.eq_ignore_ascii_case(other))
        };
        let package = both(self.package.as_deref(), line.package);
        if let Some(same) = both(self.session.as_deref(), line.session) {
            return same && package.unwrap_or(true);
        }
        let by_guid = || both(self.guid.as_deref(), line.guid);
        let by_title = || both(self.attempt.title.as_deref(), line.title);
        let by_update = || both(self.attempt.update.as_deref(), line.update.as_deref());
        let nameless = || {
            let of_client = both(self.attempt.client.as_deref(), line.client).unwrap_or(false);
            of_client && !self.names_update() && !line.names_update()
        };
        by_guid().or(package).or_else(by_title).or_else(by_update).unwrap_or_else(nameless)
    }

    /// Whether a line tells of the same beginning in other words: the update client names the title, and servicing, a
    /// little later, the package.
    fn is_begun_by(&self, line: &Line<'_>) -> bool {
        let both = |one: bool, other: bool| one && other;
        let alike = both(self.package.is_some(), line.package.is_some())
            || both(self.attempt.title.is_some(), line.title.is_some())
            || both(self.guid.is_some(), line.guid.is_some());
        !alike && are_within(self.attempt.started.as_deref(), line.place.time.as_deref(), HOUR)
    }

    /// Whether a line only repeats how it ended.
    fn is_repeated_by(&self, line: &Line<'_>, outcome: Outcome) -> bool {
        self.attempt.outcome == outcome
            && self.attempt.code == line.code
            && are_near(self.attempt.ended.as_deref(), line.place.time.as_deref())
    }

    /// Takes over how it ended.
    fn end(&mut self, line: &Line<'_>, outcome: Outcome) {
        self.attempt.outcome = outcome;
        self.attempt.code = line.code;
        self.attempt.ended.clone_from(&line.place.time);
        line.path.clone_into(&mut self.attempt.path);
        self.attempt.at = line.at;
        self.learn(line);
    }

    /// Takes over what was not known.
    fn learn(&mut self, line: &Line<'_>) {
        let fill = |into: &mut Option<String>, from: Option<&str>| {
            if into.is_none() {
                *into = from.map(str::to_owned);
            }
        };
        fill(&mut self.attempt.update, line.update.as_deref());
        fill(&mut self.attempt.title, line.title);
        fill(&mut self.attempt.client, line.client);
        fill(&mut self.package, line.package);
        fill(&mut self.session, line.session);
        fill(&mut self.guid, line.guid);
    }

    /// Takes over what another kind of source tells of the same attempt.
    pub fn join(&mut self, other: Self) {
        let (this, that) = (&mut self.attempt, other.attempt);
        if (this.outcome, that.outcome) == (Outcome::Completed, Outcome::Installed) {
            (this.outcome, this.path, this.at, this.form) = (that.outcome, that.path, that.at, that.form);
            this.ended = that.ended;
        }
        this.title = this.title.take().or(that.title);
        this.client = this.client.take().or(that.client);
        this.started = this.started.take().or(that.started);
    }
}

impl History {
    /// The attempts that lines tell of, which stand in the order of their times.
    pub fn of(lines: &[Line<'_>]) -> Vec<Made> {
        let mut history = Self::default();
        for line in lines {
            match line.outcome {
                None => history.note_client(line),
                Some(outcome) if outcome.is_start() => history.start(line, outcome),
                Some(outcome) if line.session.is_some() && !line.names_update() && line.client.is_none() => {
                    history.end_session(line, outcome);
                }
                Some(outcome) => history.end(line, outcome),
            }
        }
        history.made
    }

    fn note_client(&mut self, line: &Line<'_>) {
        if let (Some(session), Some(client)) = (line.session, line.client) {
            self.clients.insert(session.to_owned(), client.to_owned());
        }
    }

    /// The latest attempt that passes.
    fn latest(&mut self, passes: impl Fn(&Made) -> bool) -> Option<&mut Made> {
        self.made.iter_mut().rev().take(BACK).find(|it| passes(it))
    }

    fn start(&mut self, line: &Line<'_>, outcome: Outcome) {
        let open = self.latest(|it| it.is_of(line)).filter(|it| it.is_open());
        let Some(open) = open else {
            self.made.push(Made::new(line, outcome));
            return;
        };
        let (was, is) = (open.attempt.outcome, outcome);
        let repeated = open.is_begun_by(line)
            || open.session.is_some() && open.session.as_deref() == line.session
            || open.attempt.started == line.place.time;
        match (was, is) {
            // A download may begin again and again before anything is installed.
            (Outcome::DownloadStarted, _) => {
                open.attempt.outcome = is;
                open.attempt.started.clone_from(&line.place.time);
                line.path.clone_into(&mut open.attempt.path);
                open.attempt.at = line.at;
                open.learn(line);
            }
            (_, Outcome::DownloadStarted) => {}
            _ if repeated => open.learn(line),
            // The one before was never heard of again.
            _ => self.made.push(Made::new(line, outcome)),
        }
    }

    fn end(&mut self, line: &Line<'_>, outcome: Outcome) {
        if let Some(made) = self.latest(|it| it.is_of(line)) {
            let same_session = made.session.is_some() && made.session.as_deref() == line.session;
            let was = made.attempt.outcome;
            if made.is_repeated_by(line, outcome) || same_session && was == Outcome::Failed && outcome != was
            {
                made.learn(line);
                return;
            }
            if made.is_open() || same_session || was == Outcome::PendingRestart {
                made.end(line, outcome);
                return;
            }
        } else if !line.names_update() && line.client.is_none() {
            // It is about the only one that is under way, if there is only one.
            let mut open = self.made.iter_mut().rev().take(BACK).filter(|it| it.is_open());
            if let (Some(one), None) = (open.next(), open.next()) {
                one.end(line, outcome);
                return;
            }
        } else if let Some(made) =
            self.latest(|it| !it.names_update() && it.session.is_none() && it.is_repeated_by(line, outcome))
        {
            made.learn(line);
            return;
        }
        self.made.push(Made::new(line, outcome));
    }

    /// The end of a session is that of all its packages. A session without one tells of an attempt only where it failed:
    /// most sessions just look.
    fn end_session(&mut self, line: &Line<'_>, outcome: Outcome) {
        let mut found = false;
        for made in self.made.iter_mut().rev().take(BACK).filter(|it| it.session.as_deref() == line.session) {
            found = true;
            let was = made.attempt.outcome;
            let changed = match (was, outcome) {
                _ if made.is_open() => true,
                (Outcome::Completed, Outcome::PendingRestart) => true,
                (Outcome::PendingRestart, Outcome::Completed) => true,
                (Outcome::Failed, _) => false,
                (_, Outcome::Failed) => true,
                _ => false,
            };
            if changed {
                made.end(line, outcome);
            }
        }
        if found || outcome != Outcome::Failed {
            return;
        }
        let adopted = self.latest(|it| it.session.is_none() && it.is_repeated_by(line, outcome));
        if let Some(made) = adopted {
            made.learn(line);
            return;
        }
        let client = line.session.and_then(|it| self.clients.get(it)).cloned();
        let mut made = Made::new(line, outcome);
        made.attempt.client = client;
        self.made.push(made);
    }
}

#[cfg(test)]
mod tests;
