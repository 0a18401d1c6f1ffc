//! The cases that are known, by what their bundles hold: whether a bundle has to be analyzed, and as which case.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Kept, Seen};
use crate::redact::Redaction;
use crate::report::{FileNames, Summary};

/// A bundle that was away for so many seconds and comes back with another content is a bundle of its own: the
/// report of the earlier one is kept. Before that, it is the same one, dropped again.
const AWAY: u64 = 600;

/// What the cases of this run are made with. A case that was made with anything else is made again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Making {
    pub made_by: String,
    /// Which password file there is: only for what was not read whole.
    pub passwords: String,
}

/// A bundle that has been read through once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub key: String,
    pub seen: Seen,
    pub hash: String,
    /// What its case is called.
    pub case: String,
}

/// What is to be done with a bundle.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// Its case is there.
    Known,
    /// The same content is being analyzed: ask again when that is done.
    Wait,
    /// It becomes this case.
    Analyze(Box<Entry>),
}

/// What has changed in the state and has to be written: entries, by their stems.
#[derive(Debug, Default)]
pub struct Changes {
    pub save: BTreeSet<String>,
    /// These cases are no more: their reports go too.
    pub remove: BTreeSet<String>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.save.is_empty() && self.remove.is_empty()
    }
}

/// All cases.
#[derive(Debug)]
pub struct Known {
    entries: BTreeMap<String, Entry>,
    /// Cases that are being made.
    in_hand: BTreeMap<String, Entry>,
    making: Making,
    redaction: Redaction,
    pub changes: Changes,
    /// Bundles that have lost their case, and have to be read again.
    pub again: Vec<String>,
}

/// Which reports of a case are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    All,
    Some,
    None,
}

impl Known {
    pub fn new(entries: Vec<Entry>, making: Making, redaction: Redaction) -> Self {
        let entries = entries.into_iter().map(|it| (it.stem.clone(), it)).collect();
        Self {
            entries,
            in_hand: BTreeMap::new(),
            making,
            redaction,
            changes: Changes::default(),
            again: Vec::new(),
        }
    }

    pub fn entry(&self, stem: &str) -> Option<&Entry> {
        self.entries.get(stem)
    }

    /// The rows of the index.
    pub fn rows(&self) -> Vec<Summary> {
        self.entries.values().filter_map(Entry::row).collect()
    }

    fn is_current(&self, entry: &Entry) -> bool {
        let Some(summary) = &entry.summary else { return false };
        let read = summary.whole || entry.passwords == self.making.passwords;
        entry.made_by == self.making.made_by && read && entry.row().is_some()
    }

    /// Whether a bundle that looks like this has its case, and nothing has to be read.
    pub fn has(&self, key: &str, seen: &Seen) -> bool {
        let is_it = |it: &Entry| (it.bundle == key && it.seen == *seen) || it.copies.get(key) == Some(seen);
        self.entries
            .values()
            .any(|it| is_it(it) && self.is_current(it) && !self.in_hand.contains_key(&it.stem))
    }

    /// Hears which bundles lie in the folder at the time `wall`, in seconds since 1970, and which reports of a
    /// case are there.
    pub fn present<'l>(
        &mut self,
        lies: &dyn Fn(&str) -> Option<&'l Seen>,
        reports: &dyn Fn(&str) -> Reports,
        wall: u64,
    ) {
        for (stem, entry) in &mut self.entries {
            if self.in_hand.contains_key(stem) {
                continue;
            }
            let before = entry.copies.len();
            entry.copies.retain(|it, _| lies(it).is_some());
            let gone = match lies(&entry.bundle) {
                None => Some(entry.gone.unwrap_or(wall)),
                Some(seen) if *seen == entry.seen => None,
                // Whether one that comes back is still the same bundle is decided when it has been read.
                Some(_) => entry.gone,
            };
            if gone != entry.gone || before != entry.copies.len() {
                entry.gone = gone;
                self.changes.save.insert(stem.clone());
            }
            let left = if entry.summary.is_some() { reports(stem) } else { Reports::None };
            if gone.is_some() && entry.copies.is_empty() {
                // Whoever has deleted the reports of a bundle that is no more wants it forgotten; and those that
                // were not written to their end never will be.
                if left == Reports::None {
                    self.changes.remove.insert(stem.clone());
                }
            } else if left != Reports::All && entry.summary.take().is_some() {
                self.again.extend(entry.copies.keys().chain([&entry.bundle]).cloned());
            }
        }
        self.drop_removed();
    }

    fn drop_removed(&mut self) {
        for stem in &self.changes.remove {
            self.entries.remove(stem);
        }
    }

    /// Says what becomes of a bundle, at the time `wall`.
    pub fn decide(&mut self, found: &Found, wall: u64) -> Decision {
        let same = |it: &&Entry| it.hash == found.hash;
        if self.in_hand.values().any(|it| same(&it) || it.bundle == found.key) {
            return Decision::Wait;
        }
        // Its own case first, where several have this content.
        let stem = self
            .entries
            .values()
            .filter(same)
            .max_by_key(|it| (it.bundle == found.key, it.gone.is_none()))
            .map(|it| it.stem.clone());
        if stem.as_ref().is_some_and(|it| self.in_hand.contains_key(it)) {
            return Decision::Wait;
        }
        self.leave(found, stem.as_deref(), wall);
        let draft = match stem.and_then(|it| self.entries.get(&it)) {
            Some(entry) => {
                let mut entry = entry.clone();
                if entry.bundle == found.key || (entry.gone.is_some() && !self.is_current(&entry)) {
                    entry.copies.remove(&found.key);
                    entry.bundle.clone_from(&found.key);
                    entry.seen = found.seen.clone();
                    entry.gone = None;
                } else {
                    entry.copies.insert(found.key.clone(), found.seen.clone());
                }
                if self.is_current(&entry) {
                    self.changes.save.insert(entry.stem.clone());
                    self.entries.insert(entry.stem.clone(), entry);
                    return Decision::Known;
                }
                entry
            }
            None => self.draft(found, wall),
        };
        let draft = Entry {
            summary: None,
            made_by: self.making.made_by.clone(),
            passwords: self.making.passwords.clone(),
            ..draft
        };
        self.in_hand.insert(draft.stem.clone(), draft.clone());
        Decision::Analyze(Box::new(draft))
    }

    /// Takes a bundle from cases of another content. One that was its own, and whose content is known as another
    /// case by now, would only be out of date: it goes.
    fn leave(&mut self, found: &Found, joins: Option<&str>, wall: u64) {
        for (stem, entry) in &mut self.entries {
            if Some(stem.as_str()) == joins || self.in_hand.contains_key(stem) {
                continue;
            }
            if entry.copies.remove(&found.key).is_some() {
                self.changes.save.insert(stem.clone());
            }
            if joins.is_some() && is_of(entry, &found.key, wall) {
                self.changes.remove.insert(stem.clone());
                self.again.extend(entry.copies.keys().cloned());
            }
        }
        self.drop_removed();
    }

    /// The case that a bundle of unknown content becomes: the one that it was before it changed, or a new one.
    fn draft(&self, found: &Found, wall: u64) -> Entry {
        let own = self.entries.values().find(|it| is_of(it, &found.key, wall));
        let (key, hash, seen) = (found.key.clone(), found.hash.clone(), found.seen.clone());
        if let Some(own) = own {
            return Entry { hash, seen, gone: None, copies: BTreeMap::new(), ..own.clone() };
        }
        let all = || self.entries.values().chain(self.in_hand.values());
        let mut case = found.case.clone();
        let mut count = 1;
        while all().any(|it| it.case == case) {
            count += 1;
            case = format!("{}-{count}", found.case);
        }
        let stem = FileNames::beside(all().map(|it| it.stem.as_str())).next(&self.redaction.text(&case));
        Entry::new(stem, case, key, hash, seen)
    }

    /// A case is made. Others that had the content that it had before have no case any more.
    pub fn finish(&mut self, draft: Entry, summary: &Summary, wall: u64) {
        self.in_hand.remove(&draft.stem);
        let entry = Entry { summary: Some(Kept::of(summary)), finished: wall, ..draft };
        self.changes.save.insert(entry.stem.clone());
        let before = self.entries.insert(entry.stem.clone(), entry.clone());
        let left = before.into_iter().filter(|it| it.hash != entry.hash).flat_map(|it| it.copies.into_keys());
        self.again.extend(left.filter(|it| *it != entry.bundle));
    }

    /// Nothing is made of a bundle: what it was to become is given up.
    pub fn forget_draft(&mut self, key: &str) {
        self.in_hand.retain(|_, it| it.bundle != key && !it.copies.contains_key(key));
    }

    /// A case was not made, because its bundle has changed meanwhile or its reports cannot be written. If some
    /// of them are written, the case has none that belong together.
    pub fn give_up(&mut self, draft: Entry, begun: bool) {
        self.in_hand.remove(&draft.stem);
        if begun {
            self.entries.insert(draft.stem.clone(), draft);
        }
    }
}

/// Whether a case is that of the bundle with this name.
fn is_of(entry: &Entry, key: &str, wall: u64) -> bool {
    entry.bundle == key && entry.gone.is_none_or(|it| wall.saturating_sub(it) < AWAY)
}
