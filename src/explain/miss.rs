//! The nearest miss of a condition on records: how far it came, and where it stopped.

use crate::rule::{Distance, FieldTest, Found, RecordTest, Sequence};
use crate::source::{Format, Record, seconds_between};

use super::chain::Chain;
use super::words;

/// A place in a source.
#[derive(Clone, Debug, Default)]
pub struct Spot {
    pub path: String,
    pub line: u64,
    /// The line itself.
    pub text: String,
    /// Where in the line the match ends, in bytes.
    pub stop: usize,
    time: Option<String>,
}

/// Why a condition does not hold, as near as the bundle comes to it.
#[derive(Clone, Debug)]
pub enum Miss {
    /// A line that is like the pattern up to its stop, and what the pattern wants there.
    Stopped { at: Spot, expected: String },
    /// The pattern matches, a field is refused.
    Refused { at: Spot, field: String, value: Option<String>, wanted: String },
    /// Found, but not often enough.
    Seldom { at: Spot, count: u64, needed: u64 },
    /// A part of a sequence, and after it, in its source, not the next; perhaps a near miss of that.
    Alone { first: Spot, next: String, near: Option<Box<Miss>> },
    /// The parts are there, and too far from each other.
    Far { first: Spot, then: Spot, apart: String, within: String },
    /// Another record stands between them.
    Broken { first: Spot, by: Spot, then: Spot },
    /// The parts are there and near, but their values are not the same.
    Differ { first: Spot, then: Spot },
}

/// What is tried on every record for one condition.
pub struct Probe<'l> {
    pub sequence: &'l Sequence,
    tests: Vec<Try<'l>>,
    /// The newest record of each part that has its parts before it in the same source.
    last: Vec<Option<Spot>>,
    broken: Option<Spot>,
    /// The nearest pair of each part with the one before it.
    pairs: Vec<Option<Pair>>,
    first: Option<Spot>,
    count: u64,
}

struct Pair {
    first: Spot,
    then: Spot,
    broken: Option<Spot>,
    near: bool,
    apart: u64,
}

/// One record's test, and the best that any record has come to.
struct Try<'l> {
    test: &'l RecordTest,
    chain: Option<Chain>,
    reached: usize,
    fields: usize,
    near: Option<Miss>,
}

impl<'l> Probe<'l> {
    pub fn new(sequence: &'l Sequence) -> Self {
        let one = |test: &'l RecordTest| {
            let chain = test.pattern.as_ref().and_then(Chain::of);
            Try { test, chain, reached: 0, fields: 0, near: None }
        };
        let tests: Vec<Try<'l>> = sequence.records.iter().map(one).collect();
        let (last, pairs) = (vec![None; tests.len()], tests.iter().map(|_| None).collect());
        Self { sequence, tests, last, broken: None, pairs, first: None, count: 0 }
    }

    /// A new source begins: no sequence goes on from one into the other.
    pub fn source(&mut self) {
        self.last.fill(None);
        self.broken = None;
    }

    /// Takes the next record of the source.
    pub fn take(&mut self, path: &str, number: u64, text: &str, format: &dyn Format) {
        // From the end, so that a record follows others and never itself.
        for position in (0..self.tests.len()).rev() {
            if !self.tests[position].take(path, number, text, format) {
                continue;
            }
            let mut here = spot(path, number, text, 0);
            here.time = format.record(text).time;
            if position == 0 {
                self.count += 1;
                self.first.get_or_insert_with(|| here.clone());
            } else {
                let Some(first) = self.last[position - 1].clone() else { continue };
                self.pair(position, first, here.clone());
            }
            self.last[position] = Some(here);
        }
        let breaks = self.sequence.broken_by.as_ref();
        if breaks.is_some_and(|it| it.find(text, &|| format.record(text)).is_some()) {
            self.broken = Some(spot(path, number, text, 0));
        }
    }

    fn pair(&mut self, position: usize, first: Spot, then: Spot) {
        let apart = match self.sequence.within {
            Distance::Lines(_) => Some(then.line.saturating_sub(first.line)),
            Distance::Seconds(_) => first
                .time
                .as_ref()
                .zip(then.time.as_ref())
                .and_then(|(one, other)| seconds_between(one, other)),
        };
        let (Distance::Lines(within) | Distance::Seconds(within)) = self.sequence.within;
        let apart = apart.unwrap_or(u64::MAX);
        let broken = self.broken.clone().filter(|it| it.line > first.line);
        let nearer = self.pairs[position].as_ref().is_none_or(|it| apart < it.apart);
        if nearer {
            self.pairs[position] = Some(Pair { first, then, broken, near: apart <= within, apart });
        }
    }

    /// The nearest miss, after every record was taken.
    pub fn miss(mut self) -> Option<Miss> {
        let Some(first) = self.first.take() else { return self.tests.swap_remove(0).near };
        if self.tests.len() == 1 {
            let needed = self.sequence.at_least;
            return (self.count < needed).then_some(Miss::Seldom { at: first, count: self.count, needed });
        }
        let reached = self.pairs.iter().rposition(Option::is_some);
        let pair = reached.and_then(|it| self.pairs[it].take());
        let next = reached.map_or(1, |it| it + 1);
        if let Some(pair) = &pair
            && (next == self.tests.len() || !pair.near || pair.broken.is_some())
        {
            return Some(self.apart(pair));
        }
        let first = pair.map_or(first, |it| it.then);
        let test = self.tests.swap_remove(next);
        Some(Miss::Alone { first, next: words::record(test.test), near: test.near.map(Box::new) })
    }

    fn apart(&self, pair: &Pair) -> Miss {
        let (first, then) = (pair.first.clone(), pair.then.clone());
        match &pair.broken {
            _ if !pair.near => Miss::Far {
                first,
                then,
                apart: match self.sequence.within {
                    _ if pair.apart == u64::MAX => "an unknown time".to_owned(),
                    Distance::Lines(_) => words::distance(Distance::Lines(pair.apart)),
                    Distance::Seconds(_) => words::distance(Distance::Seconds(pair.apart)),
                },
                within: words::distance(self.sequence.within),
            },
            Some(by) => Miss::Broken { first, by: by.clone(), then },
            None => Miss::Differ { first, then },
        }
    }
}

impl Try<'_> {
    /// Whether the record passes; if not, it may be the nearest miss so far.
    fn take(&mut self, path: &str, number: u64, text: &str, format: &dyn Format) -> bool {
        if let Some(chain) = &self.chain
            && self.reached < chain.len()
        {
            let Some((reached, end)) = chain.further(text, self.reached) else { return false };
            self.reached = reached;
            let expected = chain.expected(reached);
            self.near = Some(Miss::Stopped { at: spot(path, number, text, end), expected });
        }
        let found = match &self.test.pattern {
            Some(pattern) => match pattern.find(text) {
                Some(found) => found,
                None => return false,
            },
            None => Found::default(),
        };
        self.fields(path, number, text, &found, &format.record(text))
    }

    /// Holds the fields against their tests, as [`RecordTest::find`] does, and notes the one that refuses.
    fn fields(&mut self, path: &str, number: u64, text: &str, found: &Found, record: &Record<'_>) -> bool {
        let mut values = found.values.clone();
        for (count, (name, test)) in self.test.fields.iter().enumerate() {
            let captured = found.values.iter().find(|it| it.is_named(name));
            let value = captured.map(|it| it.text.clone()).or_else(|| record.field(name).map(str::to_owned));
            let (passes, wanted) = match test {
                FieldTest::Is(test) => (value.as_ref().is_some_and(|it| test.admits(it)), words::test(test)),
                FieldTest::Find(pattern) => {
                    let inner = value.as_ref().and_then(|it| pattern.find(it));
                    values.extend(inner.iter().flat_map(|it| it.values.clone()));
                    (inner.is_some(), format!("is like {}", pattern.expression()))
                }
            };
            if passes {
                continue;
            }
            // Of a test without a pattern, the first field is all that makes a record like it.
            let like_it = count > 0 || self.test.pattern.is_some();
            let further = count > self.fields || !matches!(self.near, Some(Miss::Refused { .. }));
            if like_it && further {
                self.fields = count;
                let end = captured.map_or(0, |it| it.span.0);
                let at = spot(path, number, text, end);
                self.near = Some(Miss::Refused { at, field: name.clone(), value, wanted });
            }
            return false;
        }
        true
    }
}

/// The line of a record that the byte `at` is in.
fn spot(path: &str, number: u64, text: &str, at: usize) -> Spot {
    let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line = number + text[..at].matches('\n').count() as u64;
    let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
    let shown = text[start..end].trim_end_matches('\r').to_owned();
    // White space that a pattern took at the end of the line is not shown.
    let stop = (at - start).min(shown.len());
    Spot { path: path.to_owned(), line, text: shown, stop, time: None }
}
