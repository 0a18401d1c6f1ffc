//! The literal texts that the tests of a format need, as one automaton: it runs over whole blocks and leaves
//! only the places where a test may succeed.

use aho_corasick::{AhoCorasick, Input, MatchKind};

use crate::rule::{RecordTest, Sequence};
use crate::source::Format;

use super::Owner;

/// A test by its sequence and its position in it. The position behind the last one is what breaks the sequence.
pub type TestId = (usize, usize);

/// The tests of one format.
pub struct Prefilter {
    /// Finds where any anchor occurs, as fast as can be.
    any: Option<AhoCorasick>,
    /// Finds which anchors occur in one record, also where they overlap.
    all: Option<AhoCorasick>,
    /// The tests that an anchor stands for.
    tests: Vec<Vec<TestId>>,
    /// Tests without an anchor: they are held against every record.
    always: Vec<TestId>,
}

impl Prefilter {
    pub fn new(sequences: &[(Owner, &Sequence)], format: &dyn Format) -> Self {
        let mut anchors: Vec<&str> = Vec::new();
        let mut tests: Vec<Vec<TestId>> = Vec::new();
        let mut always = Vec::new();
        for (number, (_, sequence)) in sequences.iter().enumerate() {
            if !sequence.formats.iter().any(|it| it.name() == format.name()) {
                continue;
            }
            for (position, test) in sequence.tests().enumerate() {
                let id = (number, position);
                match &test.anchor {
                    None => always.push(id),
                    Some(anchor) => match anchors.iter().position(|it| it == anchor) {
                        Some(at) => tests[at].push(id),
                        None => {
                            anchors.push(anchor);
                            tests.push(vec![id]);
                        }
                    },
                }
            }
        }
        // Building fails only for millions of patterns; without an automaton, every record is a candidate.
        let build = |kind| AhoCorasick::builder().match_kind(kind).build(&anchors).ok();
        let some = !anchors.is_empty();
        let (any, all) = (build(MatchKind::LeftmostFirst), build(MatchKind::Standard));
        Self { any: any.filter(|_| some), all: all.filter(|_| some), tests, always }
    }

    /// Whether nothing at all is looked for in the format.
    pub fn is_empty(&self) -> bool {
        self.any.is_none() && self.always.is_empty()
    }

    /// The next place from `from` on where a record may be of interest.
    pub fn next(&self, text: &[u8], from: usize, to: usize) -> Option<usize> {
        if !self.always.is_empty() {
            return (from < to).then_some(from);
        }
        self.any.as_ref()?.find(Input::new(text).span(from..to)).map(|it| it.start())
    }

    /// The tests that a record may pass, in a fixed order.
    pub fn candidates(&self, record: &[u8]) -> Vec<TestId> {
        let mut ids = self.always.clone();
        if let Some(all) = &self.all {
            for found in all.find_overlapping_iter(record) {
                ids.extend(&self.tests[found.pattern().as_usize()]);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl Sequence {
    /// Its records' tests, and behind them the one of what breaks it.
    fn tests(&self) -> impl Iterator<Item = &RecordTest> {
        self.records.iter().chain(&self.broken_by)
    }
}
