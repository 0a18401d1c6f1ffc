//! What formats make of their lines: a [`Record`] for logs and events, a [`Node`] for what can be asked.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::text::Next;

/// One entry of a log: a line with its continuation lines, or an event.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// `2024-03-14T02:11:21`, as the machine's clock told it, or `2024-03-14T02:11:21Z` where the source tells it
    /// in UTC; `None` where it does not tell, or tells it in a way that can be read as two different days.
    pub time: Option<String>,
    /// What the source says of itself: level, component, provider, event ID, the event's data.
    pub fields: Vec<(&'a str, Cow<'a, str>)>,
    /// What it says, without the fields in front.
    pub message: &'a str,
}

impl<'a> Record<'a> {
    /// The value of a field, by name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }

    /// Adds a field, where there is one.
    pub fn set(&mut self, name: &'a str, value: &'a str) {
        if !value.is_empty() {
            self.fields.push((name, Cow::Borrowed(value)));
        }
    }
}

/// Something that an export or a listing tells: names under names, with `\` between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// It is there, and all that is directly under it is told too.
    Covered(&'a str),
    /// It is there; what is under it is not told here.
    Named(&'a str),
    /// It is there, and some of what is under it could not be read: nothing can be said to be missing.
    Doubtful(&'a str),
    /// It is there, and of what is directly under it all from one name to another is told, in the registry's order.
    Between { path: &'a str, first: &'a str, last: &'a str },
    /// It is there, and all its values are told; what is under it is not.
    Valued(&'a str),
    /// Of all that was told from this line on, some may be left out: nothing of it shows that anything is missing.
    DoubtfulSince(u64),
    /// The source says outright that it is not there.
    Missing(&'a str),
    /// A value of a registry key.
    Value { key: &'a str, name: &'a str, data: &'a str },
    /// From here on, nodes belong to this control set of the registry; 0 is `CurrentControlSet` by name.
    View(u32),
    /// `Select\Current`: which control set the machine runs on.
    Current(u32),
}

/// Reads the lines of an export or a listing, one after the other.
pub trait TreeReader: Send {
    /// Takes the next line, numbered from 1, and tells what it says.
    fn line(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>));

    /// Whether this line says nothing of what is wanted, nor does any line up to the one that is returned. Lines
    /// are shown here first, in their order.
    fn passes_over(&mut self, _number: u64, _line: &[u8], _wanted: &Wanted) -> Option<Next> {
        None
    }

    /// Hears that there are no more lines, and tells what was kept back. `whole` says that the last one has its end:
    /// a text that breaks off in the middle of a line has been cut.
    fn end(&mut self, _whole: bool, _tell: &mut dyn FnMut(u64, Node<'_>)) {}
}

/// What is asked of a source that is walked: it goes only where this leads. All in lower case.
#[derive(Debug, Default)]
pub struct Wanted {
    /// The paths that are asked for, and all paths above them.
    pub paths: HashSet<String>,
    /// The paths of which what stands directly below is asked for values.
    pub below: HashSet<String>,
    /// The paths of which it is asked whether anything is there, so that any value counts.
    pub whole: HashSet<String>,
    /// The names of the values that are asked for.
    pub values: HashSet<String>,
}

/// What a source that is no text does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// For the report: what is not told, and why.
    pub reason: String,
    /// Whether it is there no more. Otherwise the source is whole, and another form of it would tell.
    pub damage: bool,
}

/// A source that is no text and is held whole, such as a hive. It has no lines.
pub trait TreeSource {
    /// How many names are in it, for the ledger.
    fn count(&self) -> u64;

    /// What is known from the start not to be told by it.
    fn lacks(&self) -> Vec<Lack>;

    /// Tells what it knows of what is wanted, and returns what could not be read on the way.
    fn walk(&self, wanted: &Wanted, tell: &mut dyn FnMut(Node<'_>)) -> Vec<Lack>;
}

/// `2024-03-14 02:11:21` or `2024/03/14 02:11:21…` at the start of `text`, as `2024-03-14T02:11:21`.
pub fn time_at_start(text: &str) -> Option<String> {
    let date = text.as_bytes().get(..19)?;
    let shape = |at: usize, byte: u8| date[at] == byte;
    let digits =
        date.iter().enumerate().all(|(at, it)| matches!(at, 4 | 7 | 10 | 13 | 16) || it.is_ascii_digit());
    let day = (shape(4, b'-') && shape(7, b'-')) || (shape(4, b'/') && shape(7, b'/'));
    let gap = matches!(date[10], b' ' | b'\t' | b'T');
    (digits && day && gap && shape(13, b':') && shape(16, b':')).then(|| {
        let mut time = String::with_capacity(20);
        for part in [&text[..4], "-", &text[5..7], "-", &text[8..10], "T", &text[11..19]] {
            time.push_str(part);
        }
        time
    })
}

/// The seconds that lie between two times of [`Record::time`]; `None` where one is not such a time.
pub fn seconds_between(one: &str, other: &str) -> Option<u64> {
    Some(seconds(one)?.abs_diff(seconds(other)?))
}

/// How many minutes a time is ahead of another one, in steps of a quarter of an hour as clocks of this world are
/// apart; `None` where they are not so many minutes apart, or further than clocks can be.
pub fn minutes_between(local: &str, universal: &str) -> Option<i64> {
    const STEP: i64 = 900;
    const NEAR: i64 = 120;
    const FURTHEST: i64 = 14 * 60;
    let apart = seconds(local)? - seconds(universal)?;
    let minutes = (apart + STEP / 2).div_euclid(STEP) * (STEP / 60);
    ((apart - minutes * 60).abs() <= NEAR && minutes.abs() <= FURTHEST).then_some(minutes)
}

/// A time so many minutes later, without the mark of UTC.
pub fn shifted(time: &str, minutes: i64) -> Option<String> {
    let moved = seconds(time)? + minutes * 60;
    let (days, rest) = (moved.div_euclid(86_400), moved.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

/// The day that [`seconds`] counts as `days`.
fn civil(days: i64) -> (i64, i64, i64) {
    // The day before the first of March of the year 0 is the first to count from.
    let days = days - 1;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Seconds of the civil calendar, without time zones: only differences mean anything.
fn seconds(time: &str) -> Option<i64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    // Counted from March on, a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(days * 86_400 + part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?)
}

/// Whether `line` starts with a date such as `2024-03-14` or `2024/03/14`: the cheap test for "a record starts".
pub fn starts_with_date(line: &[u8], between: u8) -> bool {
    line.len() > 18
        && line[4] == between
        && line[7] == between
        && line[..4].iter().all(u8::is_ascii_digit)
        && line[5].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_over_days_and_leap_years() {
        let between = |one, other| seconds_between(one, other).unwrap();
        assert_eq!(between("2024-02-28T23:59:30", "2024-02-29T00:00:10"), 40);
        assert_eq!(between("2024-02-29T00:00:00", "2024-03-01T00:00:00"), 86_400);
        assert_eq!(between("2023-12-31T23:00:00", "2024-01-01T01:00:00"), 7200);
        assert_eq!(seconds_between("yesterday", "2024-01-01T01:00:00"), None);
    }

    #[test]
    fn times_move_over_days_and_years() {
        let check = |time, minutes, expect: &str| assert_eq!(shifted(time, minutes).as_deref(), Some(expect));
        check("2024-02-28T23:30:00Z", 60, "2024-02-29T00:30:00");
        check("2024-03-01T00:30:00Z", -60, "2024-02-29T23:30:00");
        check("2023-12-31T23:59:59Z", 330, "2024-01-01T05:29:59");
        check("2024-01-01T00:00:00Z", -1, "2023-12-31T23:59:00");
        check("2000-02-29T12:00:00", 0, "2000-02-29T12:00:00");
        assert_eq!(shifted("yesterday", 60), None);
    }

    #[test]
    fn clocks_are_quarters_of_an_hour_apart() {
        let check = |local, universal, expect| assert_eq!(minutes_between(local, universal), expect);
        check("2024-07-25T02:54:53", "2024-07-24T18:54:53", Some(480));
        check("2024-07-24T13:24:54", "2024-07-24T18:54:53", Some(-330));
        check("2024-07-24T18:54:53", "2024-07-24T18:54:53", Some(0));
        check("2024-07-24T18:59:53", "2024-07-24T18:54:53", None);
        check("2024-07-26T18:54:53", "2024-07-24T18:54:53", None);
    }
}
