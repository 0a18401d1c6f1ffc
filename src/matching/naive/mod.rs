//! What the engine must find, found the plain way: the whole text is cut into records, and every test is held against
//! every record. Slow, and simple enough to be believed.

#[cfg(test)]
mod generate;
#[cfg(test)]
#[path = "../../../benches/generate/rules.rs"]
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::noise::{Noisy, Sessions};
use super::sequence::Progress;
use super::{BINDINGS, Hits, KEPT, Line, List, Matcher, Owner, Scanned, Scanner};
#[cfg(test)]
use crate::rule::Library;
use crate::rule::{Found, Sequence};
use crate::source::Format;
use crate::text::{Encoding, LINE_LIMIT, cut, decode_line};

/// The engine's documented limits, as its users know them.
const RECORD_LIMIT: usize = 64 << 10;
const AROUND: usize = 3;
const BEFORE_FAILURE: usize = 12;
const KEPT_TEXT: usize = 4096;
const KEPT_AROUND: usize = 512;

/// What was found for one sequence, as it can be compared and read.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    count: u64,
    overflown: bool,
    kept: Vec<String>,
    sets: Vec<String>,
}

/// All that was found in one source, by whose it is.
pub type All = BTreeMap<String, Told>;

/// What the engine found. `around` says whether the lines around are compared: of very long ones, less is kept.
pub fn told(hits: Hits, around: bool) -> All {
    let of = |found: super::Found| Told {
        count: found.count,
        overflown: found.overflown,
        kept: found.kept.into_iter().map(|it| shown(it.lines, around)).collect(),
        sets: found.sets.iter().map(|it| set(&it.binding, it.count, it.last.line, &it.last.time)).collect(),
    };
    let noise: Vec<_> = hits.noise.iter().map(noisy).collect();
    let found = hits.by_owner.into_iter().map(|(owner, found)| (format!("{owner:?}"), of(found)));
    found.chain(noise).collect()
}

fn noisy(it: &Noisy) -> (String, Told) {
    let sets = vec![format!("first at {}", it.first)];
    (format!("{:?}", Owner::Noise(it.noise)), Told { count: it.count, sets, ..Told::default() })
}

fn shown(mut lines: Vec<Line>, around: bool) -> String {
    for line in lines.iter_mut().filter(|_| !around) {
        (line.before, line.after) = (Vec::new(), Vec::new());
    }
    format!("{lines:#?}")
}

fn set(values: &super::Binding, count: u64, line: u64, time: &Option<String>) -> String {
    let pairs: Vec<String> = values.iter().map(|it| format!("{}={:?}", it.name, it.text)).collect();
    format!("{} x{count}, last at {line} {time:?}", pairs.join(" "))
}

/// A source as one text.
pub fn decode(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    let from = match encoding {
        Encoding::Bytes => return bytes.to_vec(),
        Encoding::Utf16Le => u16::from_le_bytes,
        Encoding::Utf16Be => u16::from_be_bytes,
    };
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|it| from(*it)).collect();
    let odd = if odd.is_empty() { "" } else { "\u{fffd}" };
    (String::from_utf16_lossy(&units) + odd).into_bytes()
}

/// A text in lines, each with its end, and the records that they make.
pub struct Text<'t> {
    lines: Vec<&'t [u8]>,
    /// The numbers of each record's lines, from 0 on.
    records: Vec<std::ops::Range<usize>>,
}

impl<'t> Text<'t> {
    pub fn new(format: &dyn Format, text: &'t [u8]) -> Self {
        let lines: Vec<&[u8]> = text.split_inclusive(|it| *it == b'\n').collect();
        let (mut records, mut first, mut size) = (Vec::new(), 0, 0);
        for (number, line) in lines.iter().enumerate() {
            if number > first && (starts(format, line) || size > RECORD_LIMIT) {
                records.push(first..number);
                (first, size) = (number, 0);
            }
            size += line.len();
        }
        if first < lines.len() {
            records.push(first..lines.len());
        }
        Self { lines, records }
    }

    /// Whether each line is so short that all that stands around it is kept.
    pub fn has_short_lines(&self) -> bool {
        self.lines.iter().all(|it| it.len() < RECORD_LIMIT / 16)
    }

    fn around(&self, lines: std::ops::Range<usize>) -> Vec<String> {
        let shown = |it: &&[u8]| {
            cut(decode_line(it.strip_suffix(b"\n").unwrap_or(it)).trim_end(), KEPT_AROUND).0.to_owned()
        };
        self.lines[lines].iter().map(shown).collect()
    }
}

fn starts(format: &dyn Format, line: &[u8]) -> bool {
    format.starts_record(line.strip_suffix(b"\n").unwrap_or(line))
}

/// One record, where it stands.
struct Spot<'t> {
    format: &'static dyn Format,
    text: &'t Text<'t>,
    lines: std::ops::Range<usize>,
    record: &'t str,
}

impl Spot<'_> {
    fn line(&self, owner: Owner, found: Found) -> Line {
        let order = self.lines.start as u64 + 1;
        let kept = cut(self.record, KEPT_TEXT).0;
        let place = |at: usize| self.record[..at].replace('\r', "").len();
        let told = found.values.iter().filter(|it| !it.is_private() && it.span.1 <= kept.len());
        let (start, end) = (self.lines.start, self.lines.end);
        let before = if matches!(owner, Owner::Failure(_)) { BEFORE_FAILURE } else { AROUND };
        Line {
            number: self.format.number(self.record).unwrap_or(order),
            order,
            time: self.format.record(self.record).time,
            text: kept.replace('\r', ""),
            before: self.text.around(start.saturating_sub(before)..start),
            after: self.text.around(end..self.text.lines.len().min(end + AROUND)),
            marks: told.map(|it| (place(it.span.0), place(it.span.1))).collect(),
            values: found.values,
        }
    }
}

/// Everything that a matcher's tests find in a text.
pub fn find(matcher: &Matcher<'_>, format: &'static dyn Format, text: &Text<'_>, around: bool) -> All {
    let mut progress = Progress::new(&matcher.sequences);
    let (mut followed, mut single) = (Hits::default(), HashMap::<usize, Vec<Line>>::new());
    let mut sessions = Sessions::default();
    for lines in &text.records {
        let bytes = text.lines[lines.clone()].concat();
        let record = decode_line(&bytes);
        let at = Spot { format, text, lines: lines.clone(), record: record.trim_end() };
        let mut is_claimed = false;
        for (number, (owner, sequence)) in matcher.sequences.iter().enumerate() {
            if !sequence.formats.iter().any(|it| it.name() == format.name()) {
                continue;
            }
            let mut passed = passed(*owner, sequence, &at);
            if sequence.records.len() == 1 {
                for (_, line) in &passed {
                    match owner {
                        Owner::Noise(noise) if !is_claimed => sessions.note(*noise, line.number),
                        Owner::Attempt(it) => sessions.attempt(&matcher.attempts[*it], &line.values),
                        Owner::Failure(_) => sessions.failure(),
                        _ => {}
                    }
                    is_claimed |= matches!(owner, Owner::Failure(_) | Owner::Rule { list: List::When, .. });
                }
                single.entry(number).or_default().extend(passed.into_iter().map(|(_, it)| it));
                continue;
            }
            let starts = passed.iter().position(|(position, _)| *position == 0).map(|it| passed.remove(it));
            is_claimed |= passed.iter().any(|(position, _)| progress.is_waiting(number, *position));
            progress.take(number, passed, &mut followed);
            if sequence
                .broken_by
                .as_ref()
                .is_some_and(|it| it.find(at.record, &|| format.record(at.record)).is_some())
            {
                progress.forget(number);
            }
            progress.take(number, starts.into_iter().collect(), &mut followed);
        }
    }
    followed.noise = sessions.finish();
    let mut all = told(followed, around);
    for (number, lines) in single.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        let owner = matcher.sequences[number].0;
        if matches!(owner, Owner::Noise(_)) {
            continue;
        }
        all.insert(format!("{owner:?}"), summed_up(lines, around, owner.wants_each()));
    }
    all
}

/// The tests of a sequence that a record passes, by position.
fn passed(owner: Owner, sequence: &Sequence, at: &Spot<'_>) -> Vec<(usize, Line)> {
    let tests = sequence.records.iter().enumerate();
    let record = || at.format.record(at.record);
    tests
        .filter_map(|(position, it)| Some((position, at.line(owner, it.find(at.record, &record)?))))
        .collect()
}

/// Counts matches of one record, with the bounds of what is kept. Where each counts by itself, its values are
/// kept and nothing else.
fn summed_up(lines: Vec<Line>, around: bool, each: bool) -> Told {
    let mut told = Told::default();
    if each {
        told.count = lines.len() as u64;
        told.sets = lines.iter().map(|it| set(&it.values, 1, it.order, &it.time)).collect();
        return told;
    }
    let mut sets: Vec<(super::Binding, u64, u64, Option<String>)> = Vec::new();
    let mut places = HashMap::new();
    for line in lines {
        told.count += 1;
        let key: Vec<_> = line.values.iter().map(|it| (it.name.clone(), it.text.clone())).collect();
        let known = places.get(&key).copied();
        let is_new = known.is_none() && sets.len() < BINDINGS;
        if let Some(at) = known {
            let (_, count, place, time): &mut (_, _, _, Option<String>) = &mut sets[at];
            *count += 1;
            let is_later = match (&line.time, &*time) {
                (Some(this), Some(that)) if this != that => this > that,
                _ => true,
            };
            if is_later {
                (*place, *time) = (line.order, line.time.clone());
            }
        } else if is_new {
            places.insert(key, sets.len());
            sets.push((line.values.clone(), 1, line.order, line.time.clone()));
        } else {
            told.overflown = true;
        }
        if told.kept.len() < KEPT / 2 || (is_new && told.kept.len() < KEPT) {
            told.kept.push(shown(vec![line], around));
        }
    }
    told.sets = sets.iter().map(|(values, count, line, time)| set(values, *count, *line, time)).collect();
    told
}

/// What the ledger has to say of the text.
pub fn ledger(format: &'static dyn Format, text: &Text<'_>) -> Scanned {
    let begun: Vec<&std::ops::Range<usize>> =
        text.records.iter().filter(|it| starts(format, text.lines[it.start])).collect();
    let mut scanned = Scanned { records: begun.len() as u64, ..Scanned::default() };
    let bytes = |it: &std::ops::Range<usize>| text.lines[it.clone()].concat();
    if let Some(first) = begun.first() {
        scanned.first_record(format, &bytes(first));
    }
    scanned.last = begun.last().and_then(|it| format.record(&decode_line(&bytes(it))).time);
    scanned.long_lines = text.lines.iter().filter(|it| it.len() > LINE_LIMIT).count() as u64;
    let runs = text.lines.iter().flat_map(|it| it.split(|it| *it != 0)).map(<[u8]>::len);
    scanned.zeros = runs.filter(|it| *it >= 64).sum::<usize>() as u64;
    scanned
}

/// Holds what `scan` makes of a source to what is found the plain way.
#[track_caller]
pub fn hold(
    matcher: &Matcher<'_>,
    format: &'static dyn Format,
    source: (&[u8], Encoding),
    what: &str,
    scan: &dyn Fn(&mut crate::text::Filler<'_>, Scanner<'_>) -> (Scanned, Hits),
) -> u64 {
    let decoded = decode(source.0, source.1);
    let text = Text::new(format, &decoded);
    let around = text.has_short_lines();
    let mut reader = source.0;
    let mut filler = crate::text::Filler::new(&mut reader, source.1);
    let (mut scanned, hits) = scan(&mut filler, Scanner::new(matcher, format));
    let expected = ledger(format, &text);
    if expected.last.is_none() {
        // Where the last record tells no time, one before it may stand for it, or not.
        scanned.last = None;
    }
    assert_eq!(scanned, expected, "{what}: the ledger of {}", format.name());
    let (fast, plain) = (told(hits, around), find(matcher, format, &text, around));
    for owner in fast.keys().chain(plain.keys()) {
        let (fast, plain) = (fast.get(owner), plain.get(owner));
        assert!(fast == plain, "{what}, {}, {owner}:\n{fast:#?}\nis not\n{plain:#?}", format.name());
    }
    plain.values().map(|it| it.count).sum()
}

/// An article of one rule with these conditions.
#[cfg(test)]
pub fn article(conditions: &str) -> String {
    format!("# T\n\n## S\n\n```rule\nid = \"x\"\n{conditions}\n```\n\n### Fix\n\n1. Nothing.\n")
}

/// A library of one article.
#[cfg(test)]
pub fn library(article: &str) -> Library {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), article).unwrap();
    let (library, problems) = Library::of(&[folder.path().to_owned()]).unwrap();
    assert_eq!(problems, [], "{article}");
    library
}

/// A rule of four symptoms that [`around_edge`] shows, each of another shape.
#[cfg(test)]
pub const EDGES: &str = r"# T

## S

```rule
id = 'x'

[[when]]
in = 'cbs'
match = 'needle {number:number} in the hay'

[[when]]
in = 'cbs'
regex = '(?s)Begin of it.*end of (?<what>\w+)'

[[when]]
in = 'cbs'
regex = '(?:pin|nail) was (?:lost|found)'

[[when]]
in = 'cbs'
match = 'sewing began'
then = 'sewing ended'
within = 5
```

### Fix

1. Nothing.
";

/// A line that fits nothing.
#[cfg(test)]
pub fn filling() -> String {
    format!("2024-03-12 03:14:07, Info                  CBS    nothing of interest{}\r\n", ".".repeat(900))
}

/// A log that shows each symptom once, in records of which the first starts `edge` bytes behind the start.
#[cfg(test)]
pub fn around_edge(edge: usize) -> Vec<u8> {
    let start = "2024-03-12 03:14:07, Info                  CBS    ";
    let filling = filling();
    let mut log = filling.repeat((edge - 200) / filling.len());
    let room = edge - log.len() - start.len() - 2;
    log += &format!("{start}{}\r\n", "x".repeat(room));
    log += &format!("{start}sewing began\r\n{start}needle 7 in the hay\r\n{start}Begin of it\r\n");
    log += &format!("    of which this is the end of story\r\n{start}nail was found, sewing ended\r\n");
    (log + &filling).into_bytes()
}
