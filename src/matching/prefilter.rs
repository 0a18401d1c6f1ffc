//! The literal texts that the tests of a format need. A few anchors are looked for in whole blocks; only in a
//! record that holds one is it asked which tests it may pass.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind, Span, packed};
use memchr::memmem::{self, Finder};

use crate::rule::{Need, RecordTest, Sequence};
use crate::source::Format;

use super::Owner;
use super::plan::{Anchor, ONE_WEIGHT, Plan, WEIGHTS, plan};

/// A test by its sequence and its position in it. The position behind the last one is what breaks the sequence.
pub type TestId = (usize, usize);

/// Lines as logs are full of: what they hold makes a poor anchor. A large log is its own sample.
static USUAL: &str = include_str!("usual-lines.txt");

/// More texts than this are searched for by an automaton that is slower and smaller.
const MANY: usize = 120;

/// The tests of one format, and the anchors in use for it.
pub struct Prefilter {
    tests: Vec<Wanted>,
    /// Tests that need no literal text: they are held against every record.
    pub always: Vec<TestId>,
    /// For those that begin something, and for all of them.
    anchors: [RwLock<Option<Arc<Anchors>>>; 2],
    /// Finds which texts occur in one record, also where they overlap; built when the first one is looked at.
    texts: OnceLock<Texts>,
}

/// A test, and what its records contain.
struct Wanted {
    id: TestId,
    needs: Vec<Need>,
    /// The need that usual lines hold least; searched for in records, once the first one is looked at.
    telling: OnceLock<Vec<Finder<'static>>>,
}

/// The tests that a record may pass.
#[derive(Default)]
pub struct Candidates {
    pub ids: Vec<TestId>,
    /// The same by their numbers in the prefilter, before their needs are looked at.
    numbers: Vec<usize>,
}

/// Which tests anchors stand for. What follows something is usual in many logs, and of no interest until that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    Beginnings,
    All,
}

/// What every record of interest holds one of.
pub struct Anchors {
    searcher: Option<Searcher>,
    /// The tests that each stands for, by their numbers in the prefilter.
    tests: Vec<Vec<usize>>,
    /// How many places of a megabyte are found in text like the sample.
    pub expected: f64,
    /// How much has been scanned with them, over all sources, and how many records were looked at.
    seen: AtomicU64,
    looked_at: AtomicU64,
    is_judged: AtomicBool,
}

/// Anchors are judged after this many bytes, and are bad if they are met this many times as often as expected.
const TRIAL: u64 = 4 << 20;
const TOO_OFTEN: f64 = 2.0;
/// So many records in a megabyte are looked at for next to nothing.
const FEW: f64 = 250.0;

/// More tests than this are not looked at one by one.
const FEW_TESTS: usize = 40;

enum Searcher {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

/// Texts and the tests that each stands for.
struct Texts {
    automaton: Option<AhoCorasick>,
    tests: Vec<Vec<TestId>>,
}

impl Prefilter {
    pub fn new(sequences: &[(Owner, &Sequence)], format: &dyn Format) -> Self {
        let (mut tests, mut always) = (Vec::new(), Vec::new());
        for (number, (_, sequence)) in sequences.iter().enumerate() {
            if !sequence.formats.iter().any(|it| it.name() == format.name()) {
                continue;
            }
            for (position, test) in sequence.tests().enumerate() {
                let id = (number, position);
                let needs: Vec<Need> = test.needs().into_iter().cloned().collect();
                if needs.is_empty() {
                    always.push(id);
                } else {
                    tests.push(Wanted { id, needs, telling: OnceLock::new() });
                }
            }
        }
        Self { tests, always, anchors: Default::default(), texts: OnceLock::new() }
    }

    /// Whether nothing at all is looked for in the format.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.always.is_empty()
    }

    /// The anchors in use.
    pub fn anchors(&self, wanted: For) -> Arc<Anchors> {
        let known = self.anchors[wanted as usize].read().unwrap_or_else(PoisonError::into_inner).clone();
        // What is usual somewhere says little of how often anchors are met here.
        known.unwrap_or_else(|| self.plan_for(wanted, USUAL.as_bytes(), false))
    }

    /// Chooses anchors for text like `sample`, for this source and those that follow.
    pub fn plan(&self, wanted: For, sample: &[u8]) -> Arc<Anchors> {
        self.plan_for(wanted, sample, true)
    }

    fn plan_for(&self, wanted: For, sample: &[u8], is_like: bool) -> Arc<Anchors> {
        let is_wanted = |(_, it): &(usize, &Wanted)| wanted == For::All || it.id.1 == 0;
        let (numbers, needs): (Vec<usize>, Vec<&[Need]>) =
            self.tests.iter().enumerate().filter(is_wanted).map(|(at, it)| (at, &it.needs[..])).unzip();
        let Plan { anchors, wide } = plan(&needs, sample, if is_like { &WEIGHTS } else { &ONE_WEIGHT });
        let tests = |it: &Anchor| it.tests.iter().map(|it| numbers[*it]).collect();
        let tests = anchors.iter().map(tests).collect();
        let texts: Vec<Vec<u8>> = anchors.into_iter().map(|it| it.text).collect();
        let expected_in = if is_like { sample } else { b"" };
        let anchors = Arc::new(Anchors::new(&texts, wide, tests, expected_in));
        let mut known = self.anchors[wanted as usize].write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Arc::clone(&anchors));
        anchors
    }

    /// Adds the tests that a record may pass, in a fixed order. The first anchor in it is at `first`.
    pub fn candidates(&self, anchors: &Anchors, record: &[u8], first: usize, candidates: &mut Candidates) {
        let Candidates { ids, numbers } = candidates;
        numbers.clear();
        if anchors.few(record, first, numbers) {
            numbers.sort_unstable();
            numbers.dedup();
            let wanted = numbers.iter().map(|it| &self.tests[*it]).filter(|it| it.may_be_in(record));
            ids.extend(wanted.map(|it| it.id));
        } else {
            self.candidates_by_text(record, ids);
        }
        ids.sort_unstable();
        ids.dedup();
    }

    fn candidates_by_text(&self, record: &[u8], ids: &mut Vec<TestId>) {
        let texts = self.texts.get_or_init(|| Texts::new(&self.tests));
        let Texts { automaton: Some(automaton), tests } = texts else { return };
        for found in automaton.find_overlapping_iter(record) {
            ids.extend(&tests[found.pattern().as_usize()]);
        }
    }
}

impl Wanted {
    fn may_be_in(&self, record: &[u8]) -> bool {
        let telling = self.telling.get_or_init(|| {
            let usual = |it: &&Need| {
                it.iter().map(|it| memmem::find_iter(USUAL.as_bytes(), it).count()).sum::<usize>()
            };
            let need = self.needs.iter().min_by_key(usual);
            need.into_iter().flatten().map(|it| Finder::new(it).into_owned()).collect()
        });
        telling.iter().any(|it| it.find(record).is_some())
    }
}

impl Anchors {
    fn new(anchors: &[Vec<u8>], wide: bool, tests: Vec<Vec<usize>>, sample: &[u8]) -> Self {
        let searcher = || {
            let mut config = packed::Config::new();
            config.match_kind(packed::MatchKind::LeftmostFirst);
            if wide {
                // Of itself it takes more groups only for more anchors than can be looked for well in few groups.
                config.only_teddy_fat(Some(true));
            }
            config.builder().extend(anchors).build()
        };
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(anchors).ok();
        let searcher = searcher().map(Searcher::Packed).or_else(|| automaton().map(Searcher::Automaton));
        let mut new = Self {
            searcher: searcher.filter(|_| !anchors.is_empty()),
            tests,
            expected: 0.0,
            seen: AtomicU64::new(0),
            looked_at: AtomicU64::new(0),
            is_judged: AtomicBool::new(false),
        };
        let megabytes = (sample.len() as f64 / f64::from(1 << 20)).max(0.001);
        let (mut at, mut found) = (0, 0.0);
        while let Some(place) = new.next(sample, at, sample.len()) {
            found += 1.0;
            at = memchr::memchr(b'\n', &sample[place..]).map_or(sample.len(), |it| place + it + 1);
        }
        new.expected = found / megabytes;
        new
    }

    /// Takes note of how they did. Whether they do badly is told once.
    pub fn do_badly(&self, seen: usize, looked_at: u64) -> bool {
        let seen = self.seen.fetch_add(seen as u64, Ordering::Relaxed) + seen as u64;
        let looked_at = self.looked_at.fetch_add(looked_at, Ordering::Relaxed) + looked_at;
        if seen < TRIAL || self.is_judged.swap(true, Ordering::Relaxed) {
            return false;
        }
        let often = looked_at as f64 / (seen as f64 / f64::from(1 << 20));
        often > FEW.max(TOO_OFTEN * self.expected)
    }

    /// The next place from `from` on where a record may be of interest.
    pub fn next(&self, text: &[u8], from: usize, to: usize) -> Option<usize> {
        self.find(text, from, to).map(|(at, _)| at)
    }

    fn find(&self, text: &[u8], from: usize, to: usize) -> Option<(usize, usize)> {
        let found = match self.searcher.as_ref()? {
            Searcher::Packed(it) => it.find_in(&text[..to], Span { start: from, end: to }),
            Searcher::Automaton(it) => it.find(Input::new(text).span(from..to)),
        };
        found.map(|it| (it.start(), it.pattern().as_usize()))
    }

    /// Adds the tests whose anchors are in the record, or tells that they are too many to look at each.
    fn few(&self, record: &[u8], first: usize, numbers: &mut Vec<usize>) -> bool {
        let mut from = first;
        while let Some((at, anchor)) = self.find(record, from, record.len()) {
            numbers.extend(&self.tests[anchor]);
            if numbers.len() > FEW_TESTS {
                return false;
            }
            from = at + 1;
        }
        true
    }
}

impl Texts {
    fn new(tests: &[Wanted]) -> Self {
        let mut texts: Vec<&str> = Vec::new();
        let mut places = std::collections::HashMap::new();
        let mut of: Vec<Vec<TestId>> = Vec::new();
        for Wanted { id, needs, .. } in tests {
            for text in needs.iter().take(1).flatten() {
                let place = *places.entry(text.as_str()).or_insert_with(|| {
                    texts.push(text);
                    of.push(Vec::new());
                    of.len() - 1
                });
                of[place].push(*id);
            }
        }
        // Building fails only for millions of texts, and then nothing would be found: no library is that large.
        // The fastest kind, unless it takes long to build and much memory.
        let kind = (texts.len() <= MANY).then_some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(&texts).ok();
        Self { automaton: automaton.filter(|_| !texts.is_empty()), tests: of }
    }
}

impl Sequence {
    /// Its records' tests, and behind them the one of what breaks it.
    fn tests(&self) -> impl Iterator<Item = &RecordTest> {
        self.records.iter().chain(&self.broken_by)
    }
}
