//! Sources that are no text of lines, turned into text while they are read: so they go through the same
//! scanner as every log, and one rule serves all forms of a record.

use std::io::{self, Read};

/// Whose records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Providers {
    /// Everyone's.
    All,
    /// Only those of these providers; the others are counted and not shown.
    These(Vec<String>),
}

/// Text that is made of a source while it is read, and what there is to say of the source. Complete when
/// `read` has given 0, or an error: what stood before the damage has been given by then.
pub trait Decoded: Read {
    /// What could not be read, in sentences.
    fn losses(&self) -> Vec<String>;

    /// What the source holds, wanted or not.
    fn ledger(&self) -> &Ledger;
}

/// What a source holds, whether it was asked for or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// How many bytes were read, as they are in the bundle.
    pub bytes: u64,
    pub records: u64,
    /// The times of the oldest and the newest record, as in a record: with a `Z` where they are UTC.
    pub first: Option<String>,
    pub last: Option<String>,
    /// The machine that the first record tells of.
    pub computer: Option<String>,
}

impl Ledger {
    /// Whether [`Self::time`] would take note of this time, as far as whole seconds tell.
    pub fn is_outside(&self, time: &str) -> bool {
        let is_known = |it: &Option<String>, outside: fn(&str, &str) -> bool| {
            let seconds = it.as_deref().and_then(|it| it.get(..19)).zip(time.get(..19));
            seconds.is_some_and(|(known, new)| !outside(new, known))
        };
        !(is_known(&self.first, |new, known| new < known) && is_known(&self.last, |new, known| new > known))
    }

    /// Takes note of the machine, as the first record names it.
    pub fn machine(&mut self, name: &str) {
        if self.computer.is_none() && !name.is_empty() {
            self.computer = Some(name.to_owned());
        }
    }

    /// Takes note of a record's time: records need not stand in their order.
    pub fn time(&mut self, time: &str) {
        if time.is_empty() {
            return;
        }
        if self.first.as_deref().is_none_or(|it| time < it) {
            self.first = Some(time.to_owned());
        }
        if self.last.as_deref().is_none_or(|it| time > it) {
            self.last = Some(time.to_owned());
        }
    }
}

/// What makes the text, a piece at a time.
pub trait Steps {
    /// Adds the next piece of text, which may be empty; `false` when there is no more.
    fn step(&mut self, into: &mut String) -> io::Result<bool>;

    fn losses(&self) -> Vec<String>;

    fn ledger(&self) -> &Ledger;
}

/// A reader of the text that `S` makes.
pub struct Reading<S> {
    steps: S,
    text: String,
    given: usize,
    ended: bool,
}

impl<S: Steps> Reading<S> {
    pub fn new(steps: S) -> Self {
        Self { steps, text: String::new(), given: 0, ended: false }
    }
}

impl<S: Steps> Read for Reading<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.text.clear();
            self.given = 0;
            match self.steps.step(&mut self.text) {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        let rest = &self.text.as_bytes()[self.given..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

impl<S: Steps> Decoded for Reading<S> {
    fn losses(&self) -> Vec<String> {
        self.steps.losses()
    }

    fn ledger(&self) -> &Ledger {
        self.steps.ledger()
    }
}
