//! A folder that takes drops: when a bundle is whole, and what is to be done next. Nothing here waits, reads or
//! writes; whoever does tells what was seen, and does what comes back.

mod name;
mod entry;
mod known;
mod status;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::report::Summary;

pub use entry::{Entry, Seen};
pub use known::{Changes, Found, Known, Making, Reports};
pub use name::{is_left_alone, key};
pub use status::{LastCase, Status};

use known::Decision;

/// How long a case waits whose reports could not be written, or a bundle that could not be read through.
const RETRY: Duration = Duration::from_secs(30);

/// What lies in the folder, by name.
pub type Listing = BTreeMap<String, Seen>;

/// A moment: how long the watch has been going on, and the clock on the wall in seconds since 1970. Only the
/// first decides what is whole: the second may be set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    pub since: Duration,
    pub wall: u64,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Read it through.
    Hash { key: String, seen: Seen },
    /// Make this case of it, as long as it looks the same.
    Analyze { key: String, seen: Seen, draft: Box<Entry> },
}

/// What came of reading a bundle through.
#[derive(Debug)]
pub enum Hashed {
    /// Its hash, and the name of its case.
    Bundle { hash: String, case: String },
    /// It is none: a README.
    Other,
    /// It is not what it was, or not there.
    Changed,
}

/// What came of analyzing a bundle.
#[derive(Debug)]
pub enum Analyzed {
    Made(Box<Summary>),
    /// It has changed while it was read: nothing is written.
    Changed,
    /// The reports could not be written. Some of them may be.
    Unwritten,
}

/// Where a bundle is on its way.
#[derive(Debug)]
enum Stage {
    /// It may still be growing.
    Settling(Duration),
    /// It waits, or is read.
    Queued,
    /// The same content is being analyzed.
    Held(Found),
    /// Nothing is left to do.
    Done,
}

#[derive(Debug)]
struct Item {
    seen: Seen,
    stage: Stage,
}

/// The watch over one folder.
#[derive(Debug)]
pub struct Watch {
    quiet: Duration,
    items: BTreeMap<String, Item>,
    /// Bundles that somebody is reading.
    busy: BTreeSet<String>,
    queue: VecDeque<Task>,
    pub known: Known,
}

impl Watch {
    pub fn new(quiet: Duration, known: Known) -> Self {
        Self { quiet, items: BTreeMap::new(), busy: BTreeSet::new(), queue: VecDeque::new(), known }
    }

    /// Hears what lies in the folder now, which of it was renamed into place and so is whole, and which reports
    /// of a case are there. Looking takes time: `began` is when it was begun, and `now`
    /// when it ended; the time from one look's end to another's beginning is what counts.
    pub fn look(
        &mut self,
        listing: &Listing,
        moved: &BTreeSet<String>,
        reports: &dyn Fn(&str) -> Reports,
        began: Duration,
        now: Now,
    ) {
        self.known.present(&|it| listing.get(it), reports, now.wall);
        self.items.retain(|key, _| listing.contains_key(key));
        for (key, seen) in listing {
            let since = match self.items.get(key) {
                Some(it) if it.seen == *seen => match it.stage {
                    Stage::Settling(since) => since,
                    _ => continue,
                },
                _ if self.known.has(key, seen) => {
                    self.set(key, seen, Stage::Done);
                    continue;
                }
                _ => now.since,
            };
            // Whoever reads it finds out that it has changed, and only then it is read again.
            let is_whole = moved.contains(key) || began.saturating_sub(since) >= self.quiet;
            let stage = match is_whole && !self.busy.contains(key) {
                true => self.queued(key, seen),
                false => Stage::Settling(since),
            };
            self.set(key, seen, stage);
        }
        self.read_again();
    }

    fn set(&mut self, key: &str, seen: &Seen, stage: Stage) {
        self.items.insert(key.to_owned(), Item { seen: seen.clone(), stage });
    }

    fn queued(&mut self, key: &str, seen: &Seen) -> Stage {
        self.queue.push_back(Task::Hash { key: key.to_owned(), seen: seen.clone() });
        Stage::Queued
    }

    /// Reads those once more that were done and have no case any more.
    fn read_again(&mut self) {
        for key in std::mem::take(&mut self.known.again) {
            let Some(Item { seen, stage: Stage::Done }) = self.items.get(&key) else { continue };
            let seen = seen.clone();
            let stage = self.queued(&key, &seen);
            self.set(&key, &seen, stage);
        }
    }

    /// When the next bundle will be whole if nothing happens to it.
    pub fn due(&self) -> Option<Duration> {
        let settling = self.items.iter().filter(|(key, _)| !self.busy.contains(*key));
        let due = settling.filter_map(|(_, it)| match it.stage {
            Stage::Settling(since) => Some(since + self.quiet),
            _ => None,
        });
        due.min()
    }

    /// The next thing to do, what has waited longest first.
    pub fn next(&mut self, now: Now) -> Option<Task> {
        while let Some(task) = self.queue.pop_front() {
            let (Task::Hash { key, seen } | Task::Analyze { key, seen, .. }) = &task;
            let is_as_it_was =
                self.items.get(key).is_some_and(|it| it.seen == *seen && matches!(it.stage, Stage::Queued));
            if is_as_it_was && !self.busy.contains(key) {
                self.busy.insert(key.clone());
                return Some(task);
            }
            if let Task::Analyze { draft, .. } = task {
                self.known.give_up(*draft, false);
                self.release(now.wall);
            }
        }
        None
    }

    /// Hears what came of [`Task::Hash`].
    pub fn hashed(&mut self, key: &str, seen: &Seen, hashed: Hashed, now: Now) {
        self.busy.remove(key);
        let Some(item) = self.items.get_mut(key).filter(|it| it.seen == *seen) else { return };
        match hashed {
            Hashed::Bundle { hash, case } => {
                let found = Found { key: key.to_owned(), seen: seen.clone(), hash, case };
                self.decide(found, now.wall);
            }
            Hashed::Other => item.stage = Stage::Done,
            Hashed::Changed => item.stage = Stage::Settling(now.since),
        }
    }

    fn decide(&mut self, found: Found, wall: u64) {
        let (key, seen) = (found.key.clone(), found.seen.clone());
        let stage = match self.known.decide(&found, wall) {
            Decision::Known => Stage::Done,
            Decision::Wait => Stage::Held(found),
            Decision::Analyze(draft) => {
                self.queue.push_front(Task::Analyze { key: key.clone(), seen: seen.clone(), draft });
                Stage::Queued
            }
        };
        self.set(&key, &seen, stage);
        self.read_again();
    }

    /// Hears what came of [`Task::Analyze`].
    pub fn analyzed(&mut self, key: &str, seen: &Seen, draft: Entry, analyzed: Analyzed, now: Now) {
        self.busy.remove(key);
        let stage = match analyzed {
            Analyzed::Made(summary) => {
                self.known.finish(draft, &summary, now.wall);
                Stage::Done
            }
            Analyzed::Changed => {
                self.known.give_up(draft, false);
                Stage::Settling(now.since)
            }
            Analyzed::Unwritten => {
                self.known.give_up(draft, true);
                Stage::Settling(now.since + RETRY)
            }
        };
        if let Some(item) = self.items.get_mut(key).filter(|it| it.seen == *seen) {
            item.stage = stage;
        }
        self.release(now.wall);
        self.read_again();
    }

    /// Hears that a bundle cannot be read because of a fault in this program: it waits until it changes.
    pub fn failed(&mut self, key: &str) {
        self.busy.remove(key);
        self.known.forget_draft(key);
        if let Some(item) = self.items.get_mut(key) {
            item.stage = Stage::Done;
        }
    }

    /// Asks once more for the bundles that wait for another with their content.
    fn release(&mut self, wall: u64) {
        let held: Vec<Found> = self
            .items
            .values()
            .filter_map(|it| if let Stage::Held(found) = &it.stage { Some(found.clone()) } else { None })
            .collect();
        for found in held {
            self.decide(found, wall);
        }
    }

    /// Whether nothing that is whole waits or is being read.
    pub fn is_idle(&self) -> bool {
        self.busy.is_empty() && self.waiting() == 0
    }

    /// Takes nothing more.
    pub fn stop(&mut self) {
        self.queue.clear();
    }

    /// How many may still be growing.
    pub fn settling(&self) -> usize {
        self.items.values().filter(|it| matches!(it.stage, Stage::Settling(_))).count()
    }

    /// How many are whole and wait.
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.items.values().filter(|it| matches!(it.stage, Stage::Held(_))).count()
    }

    /// Those that somebody is reading.
    pub fn busy(&self) -> impl Iterator<Item = &str> {
        self.busy.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
