//! The axis of the timeline: where a time stands, in percents of the width, and the ticks with their labels, which
//! never touch each other.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Span, ToSpan};
use serde::Serialize;

/// The room at both ends, so that no mark is cut.
const EDGE: f64 = 2.0;
/// More ticks than these would touch each other.
const TICKS: usize = 7;

pub struct Axis {
    from: DateTime,
    to: DateTime,
}

#[derive(Serialize)]
pub struct Tick {
    x: String,
    /// `03:15`, `Mar 12`, `Mar`, `2024`
    label: String,
    /// The day or the year of this label and those behind it; empty where it is the one before.
    context: String,
    /// Whether it goes first where there is little room.
    odd: bool,
    /// `start`, `middle` or `end`: which part of its label stands at the tick.
    anchor: &'static str,
}

/// How far ticks lie apart.
#[derive(Clone, Copy)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
}

const STEPS: [Step; 25] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(2 * 60),
    Step::Seconds(5 * 60),
    Step::Seconds(10 * 60),
    Step::Seconds(15 * 60),
    Step::Seconds(30 * 60),
    Step::Seconds(3600),
    Step::Seconds(2 * 3600),
    Step::Seconds(3 * 3600),
    Step::Seconds(6 * 3600),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
];

impl Axis {
    /// A time without length gets some.
    pub fn new(from: DateTime, to: DateTime) -> Self {
        if from.duration_until(to) >= SignedDuration::from_secs(10) {
            return Self { from, to };
        }
        let half = 5.minutes();
        Self { from: from.checked_sub(half).unwrap_or(from), to: to.checked_add(half).unwrap_or(to) }
    }

    /// Where a time stands; one outside stands at the edge.
    pub fn place(&self, at: DateTime) -> f64 {
        let seconds = |one: DateTime, other: DateTime| one.duration_until(other).as_secs_f64();
        let part = seconds(self.from, at) / seconds(self.from, self.to).max(1.0);
        EDGE + part.clamp(0.0, 1.0) * (100.0 - 2.0 * EDGE)
    }

    pub fn ticks(&self) -> Vec<Tick> {
        let (step, times) = STEPS
            .into_iter()
            .map(|step| (step, self.times(step)))
            .find(|(_, times)| times.len() <= TICKS)
            .unwrap_or((Step::Days(1), Vec::new()));
        let mut context = String::new();
        let mut ticks = Vec::new();
        for (at, time) in times.into_iter().enumerate() {
            let (label, of) = step.words(time);
            let place = self.place(time);
            let shown = if of == context { String::new() } else { of.clone() };
            context = of;
            let anchor = match place {
                it if it < 6.0 => "start",
                it if it > 94.0 => "end",
                _ => "middle",
            };
            ticks.push(Tick { x: percent(place), label, context: shown, odd: at % 2 == 1, anchor });
        }
        ticks
    }

    /// The times at round values, and at most one more of them than fit.
    fn times(&self, step: Step) -> Vec<DateTime> {
        let mut times = Vec::new();
        let mut next = step.first(self.from);
        while let Some(time) = next.filter(|it| *it <= self.to && times.len() <= TICKS) {
            times.push(time);
            next = time.checked_add(step.span()).ok();
        }
        times
    }
}

impl Step {
    fn span(self) -> Span {
        match self {
            Self::Seconds(it) => it.seconds(),
            Self::Days(it) => it.days(),
            Self::Months(it) => it.months(),
        }
    }

    /// The first round time that is not before this one.
    fn first(self, from: DateTime) -> Option<DateTime> {
        let day = from.date();
        let start = match self {
            Self::Seconds(_) => day.to_datetime(jiff::civil::Time::midnight()),
            // Weeks begin on Mondays.
            Self::Days(it) => {
                let monday = date(1, 1, 1);
                let past = i64::from(monday.until(day).ok()?.get_days()).rem_euclid(it);
                day.checked_sub(past.days()).ok()?.to_datetime(jiff::civil::Time::midnight())
            }
            Self::Months(it) => {
                let months = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
                let past = months.rem_euclid(it);
                let first = date(day.year(), day.month(), 1);
                first.checked_sub(past.months()).ok()?.to_datetime(jiff::civil::Time::midnight())
            }
        };
        if start >= from {
            return Some(start);
        }
        match self {
            Self::Seconds(step) => {
                let past = start.duration_until(from).as_secs();
                let into = i64::from(from.subsec_nanosecond() > 0);
                let steps = (past + into + step - 1) / step;
                start.checked_add((steps * step).seconds()).ok()
            }
            _ => start.checked_add(self.span()).ok(),
        }
    }

    /// The label, and what it is part of.
    fn words(self, time: DateTime) -> (String, String) {
        let (label, context) = match self {
            Self::Seconds(1..60) => ("%H:%M:%S", "%Y-%m-%d"),
            Self::Seconds(_) => ("%H:%M", "%Y-%m-%d"),
            Self::Days(_) => ("%b %-d", "%Y"),
            Self::Months(1..12) => ("%b", "%Y"),
            Self::Months(_) => ("%Y", ""),
        };
        (time.strftime(label).to_string(), time.strftime(context).to_string())
    }
}

/// `12.34%`
pub fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from: &str, to: &str, expect: &[&str]) {
        let axis = Axis::new(from.parse().unwrap(), to.parse().unwrap());
        let told = |it: Tick| format!("{} {}", it.label, it.context).trim_end().to_owned();
        assert_eq!(axis.ticks().into_iter().map(told).collect::<Vec<_>>(), expect, "{from} {to}");
    }

    #[test]
    fn ticks_are_round_and_few() {
        check(
            "2024-03-12T03:14:07",
            "2024-03-12T03:14:07",
            &["03:10 2024-03-12", "03:12", "03:14", "03:16", "03:18"],
        );
        check("2024-03-12T03:14:07", "2024-03-12T05:20:00", &["03:30 2024-03-12", "04:00", "04:30", "05:00"]);
        check(
            "2024-03-12T20:00:00",
            "2024-03-13T04:30:00",
            &["20:00 2024-03-12", "22:00", "00:00 2024-03-13", "02:00", "04:00"],
        );
        check("2023-12-30T08:00:00", "2024-01-02T08:00:00", &["Dec 31 2023", "Jan 1 2024", "Jan 2"]);
        check("2023-09-12T08:00:00", "2024-02-02T08:00:00", &["Oct 2023", "Nov", "Dec", "Jan 2024", "Feb"]);
        check("1999-11-12T08:00:00", "2024-02-02T08:00:00", &["2000", "2005", "2010", "2015", "2020"]);
    }

    #[test]
    fn any_two_times_have_an_axis() {
        for (from, to) in [
            ("0001-01-01T00:00:00", "9999-12-31T23:59:59"),
            ("9999-12-31T23:59:59", "9999-12-31T23:59:59"),
            ("2024-02-29T23:59:59", "2024-03-01T00:00:01"),
            ("-009999-01-01T00:00:00", "-009999-01-01T00:00:00"),
        ] {
            let axis = Axis::new(from.parse().unwrap(), to.parse().unwrap());
            assert!(axis.ticks().len() <= TICKS, "{from}");
            let place = axis.place(to.parse().unwrap());
            assert!((EDGE..=100.0 - EDGE).contains(&place), "{from}: {place}");
        }
    }
}
