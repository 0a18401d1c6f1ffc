//! The decisions of a watch, without waiting: a folder and a clock of their own.

use super::*;
use crate::redact::Redaction;

const QUIET: u64 = 5;

/// A watch, with a folder whose files have a size that is their content too.
struct Bed {
    watch: Watch,
    listing: Listing,
    now: Now,
    /// The reports that are there.
    reports: BTreeSet<String>,
    /// What was analyzed: the case and the content.
    made: Vec<(String, u64)>,
}

fn seen(bytes: u64) -> Seen {
    Seen { files: 1, bytes, stamp: bytes.to_string() }
}

fn summary(draft: &Entry) -> Summary {
    let mut summary = crate::watch::entry::tests::empty(&draft.stem);
    summary.name.clone_from(&draft.case);
    summary.whole = !draft.hash.starts_with("part");
    summary
}

fn making(made_by: &str) -> Making {
    Making { made_by: made_by.to_owned(), passwords: String::new() }
}

impl Bed {
    fn new() -> Self {
        Self::with(Vec::new(), making("1"))
    }

    fn with(entries: Vec<Entry>, making: Making) -> Self {
        let known = Known::new(entries, making, Redaction::default());
        let watch = Watch::new(Duration::from_secs(QUIET), known);
        Self {
            watch,
            listing: Listing::new(),
            now: Now { since: Duration::ZERO, wall: 1_000_000 },
            reports: BTreeSet::new(),
            made: Vec::new(),
        }
    }

    /// The same folder and what was saved, after a start.
    fn again(self, made_by: &str) -> Self {
        let entries = self.reports.iter().filter_map(|it| self.watch.known.entry(it)).cloned();
        let entries = entries.map(|it| Entry::read(&it.write()).unwrap()).collect();
        let mut bed = Self::with(entries, making(made_by));
        bed.listing = self.listing;
        bed.reports = self.reports;
        bed.now.wall = self.now.wall;
        bed
    }

    fn drop(&mut self, name: &str, content: u64) {
        self.listing.insert(name.to_owned(), seen(content));
    }

    fn take_away(&mut self, name: &str) {
        self.listing.remove(name);
    }

    fn pass(&mut self, seconds: u64) {
        self.now.since += Duration::from_secs(seconds);
        self.now.wall += seconds;
    }

    fn look(&mut self, moved: &[&str]) {
        let moved = moved.iter().map(|it| (*it).to_owned()).collect();
        let there = self.reports.clone();
        let reports = |it: &str| if there.contains(it) { Reports::All } else { Reports::None };
        self.watch.look(&self.listing, &moved, &reports, self.now.since, self.now);
        for stem in std::mem::take(&mut self.watch.known.changes).remove {
            self.reports.remove(&stem);
        }
    }

    /// Does all there is to do.
    fn work(&mut self) {
        while let Some(task) = self.watch.next(self.now) {
            self.finish(task);
        }
    }

    fn finish(&mut self, task: Task) {
        match task {
            Task::Hash { key, seen } => {
                let case = key.split('.').next().unwrap().to_owned();
                let hashed = match self.listing.get(&key) {
                    Some(it) if *it == seen => Hashed::Bundle { hash: seen.stamp.clone(), case },
                    _ => Hashed::Changed,
                };
                self.watch.hashed(&key, &seen, hashed, self.now);
                for stem in std::mem::take(&mut self.watch.known.changes).remove {
                    self.reports.remove(&stem);
                }
            }
            Task::Analyze { key, seen, draft } => {
                let analyzed = match self.listing.get(&key) {
                    Some(it) if *it == seen => {
                        self.made.push((draft.stem.clone(), seen.bytes));
                        self.reports.insert(draft.stem.clone());
                        Analyzed::Made(Box::new(summary(&draft)))
                    }
                    _ => Analyzed::Changed,
                };
                self.watch.analyzed(&key, &seen, *draft, analyzed, self.now);
            }
        }
    }

    /// Lets everything settle.
    fn settle(&mut self) {
        for _ in 0..4 {
            self.look(&[]);
            self.work();
            self.pass(QUIET);
        }
    }

    /// The cases, and the content that their reports are of.
    #[track_caller]
    fn check(&mut self, expect: &[(&str, u64)]) {
        let rows = self.watch.known.rows();
        let told: Vec<(String, u64)> = rows
            .iter()
            .map(|it| (it.stem.clone(), self.watch.known.entry(&it.stem).unwrap().hash.parse().unwrap()))
            .collect();
        let expect: Vec<_> = expect.iter().map(|(stem, content)| ((*stem).to_owned(), *content)).collect();
        assert_eq!(told, expect);
        assert_eq!(self.reports, expect.into_iter().map(|(stem, _)| stem).collect());
    }

    /// What was analyzed since the last question.
    #[track_caller]
    fn analyzed(&mut self, expect: &[(&str, u64)]) {
        let made = std::mem::take(&mut self.made);
        let expect: Vec<_> = expect.iter().map(|(stem, content)| ((*stem).to_owned(), *content)).collect();
        assert_eq!(made, expect);
    }
}

#[test]
fn a_bundle_is_whole_when_nothing_of_it_has_changed_for_a_while() {
    let mut bed = Bed::new();
    for size in 1..=4 {
        bed.drop("A.zip", size);
        bed.look(&[]);
        bed.work();
        bed.pass(QUIET - 1);
    }
    bed.analyzed(&[]);
    assert_eq!(bed.watch.due(), Some(bed.now.since + Duration::from_secs(1)));
    bed.pass(1);
    bed.look(&[]);
    bed.work();
    bed.analyzed(&[("A", 4)]);
    bed.settle();
    bed.analyzed(&[]);
    assert_eq!(bed.watch.due(), None);
}

#[test]
fn what_is_renamed_into_place_is_whole_at_once() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.drop("B.zip", 2);
    bed.look(&["A.zip"]);
    bed.work();
    bed.analyzed(&[("A", 1)]);
}

#[test]
fn content_decides_and_not_the_name() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.drop("B.zip", 1);
    bed.settle();
    bed.analyzed(&[("A", 1)]);
    // Dropped once more, and under a third name.
    bed.take_away("A.zip");
    bed.settle();
    bed.drop("A.zip", 1);
    bed.drop("C.zip", 1);
    bed.settle();
    bed.analyzed(&[]);
    bed.check(&[("A", 1)]);
    // The one whose case it is changes: the others are what it was, and need a case of their own.
    bed.drop("A.zip", 2);
    bed.settle();
    bed.analyzed(&[("A", 2), ("B", 1)]);
    bed.check(&[("A", 2), ("B", 1)]);
    // It becomes what another one is: its own report would be out of date.
    bed.drop("A.zip", 1);
    bed.settle();
    bed.analyzed(&[]);
    bed.check(&[("B", 1)]);
}

#[test]
fn a_bundle_that_changes_while_it_is_read_is_read_again() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.look(&[]);
    bed.pass(QUIET);
    bed.look(&[]);
    let hash = bed.watch.next(bed.now).unwrap();
    bed.drop("A.zip", 2);
    bed.look(&[]);
    bed.finish(hash);
    assert_eq!(bed.watch.next(bed.now), None);
    bed.pass(QUIET);
    bed.look(&[]);
    let hash = bed.watch.next(bed.now).unwrap();
    bed.finish(hash);
    let analyze = bed.watch.next(bed.now).unwrap();
    bed.drop("A.zip", 3);
    bed.finish(analyze);
    bed.analyzed(&[]);
    bed.settle();
    bed.analyzed(&[("A", 3)]);
    bed.check(&[("A", 3)]);
}

#[test]
fn what_is_deleted_while_it_is_read_leaves_nothing() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.look(&[]);
    bed.pass(QUIET);
    bed.look(&[]);
    let hash = bed.watch.next(bed.now).unwrap();
    bed.finish(hash);
    let analyze = bed.watch.next(bed.now).unwrap();
    bed.take_away("A.zip");
    bed.look(&[]);
    bed.finish(analyze);
    bed.settle();
    bed.check(&[]);
    assert!(bed.watch.is_idle());
}

#[test]
fn a_deleted_bundle_keeps_its_report_until_that_is_deleted_too() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.settle();
    bed.take_away("A.zip");
    bed.settle();
    bed.check(&[("A", 1)]);
    // Another bundle of its name, a day later, is another case.
    bed.pass(86_400);
    bed.drop("A.zip", 2);
    bed.settle();
    bed.check(&[("A", 1), ("A-2", 2)]);
    bed.drop("A.zip", 3);
    bed.settle();
    bed.check(&[("A", 1), ("A-2", 3)]);
    bed.reports.remove("A");
    bed.settle();
    bed.check(&[("A-2", 3)]);
    // The report of one that is there comes back.
    bed.reports.remove("A-2");
    bed.settle();
    bed.check(&[("A-2", 3)]);
}

#[test]
fn one_that_is_dropped_anew_at_once_is_the_same() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.settle();
    bed.take_away("A.zip");
    bed.look(&[]);
    bed.pass(60);
    bed.drop("A.zip", 2);
    bed.settle();
    bed.check(&[("A", 2)]);
}

#[test]
fn names_stay_after_a_start() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.drop("A.cab", 2);
    bed.drop("a.tar", 3);
    bed.settle();
    let expect = [("A", 2), ("A-2", 1), ("a-3", 3)];
    bed.check(&expect);
    let mut bed = bed.again("1");
    bed.settle();
    bed.analyzed(&[]);
    bed.check(&expect);
}

#[test]
fn other_rules_make_every_case_anew() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.drop("B.zip", 2);
    bed.settle();
    bed.take_away("B.zip");
    let mut bed = bed.again("2");
    bed.settle();
    bed.analyzed(&[("A", 1)]);
    bed.check(&[("A", 1), ("B", 2)]);
}

#[test]
fn reports_that_cannot_be_written_are_tried_again() {
    let mut bed = Bed::new();
    bed.drop("A.zip", 1);
    bed.look(&[]);
    bed.pass(QUIET);
    bed.look(&[]);
    let hash = bed.watch.next(bed.now).unwrap();
    bed.finish(hash);
    let Some(Task::Analyze { key, seen, draft }) = bed.watch.next(bed.now) else { panic!("no task") };
    bed.watch.analyzed(&key, &seen, *draft, Analyzed::Unwritten, bed.now);
    bed.look(&[]);
    assert_eq!(bed.watch.next(bed.now), None, "not at once");
    bed.pass(60);
    bed.settle();
    bed.check(&[("A", 1)]);
}

#[test]
fn memory_is_bounded_by_what_lies_there_and_what_is_known() {
    let mut bed = Bed::new();
    for number in 0..200 {
        bed.drop(&format!("{number}.zip"), number);
        bed.settle();
        bed.take_away(&format!("{number}.zip"));
        bed.reports.clear();
    }
    bed.settle();
    assert_eq!((bed.watch.items.len(), bed.watch.queue.len(), bed.watch.busy.len()), (0, 0, 0));
    bed.check(&[]);
}
