//! The one clock of a case. Logs tell the machine's own time, events and some other sources UTC: what tells both
//! at once shows how far they are apart, and times in UTC are moved onto the machine's clock by what was told
//! nearest to them, because clocks change with the season.

use std::cmp::Ordering;

use super::Gathered;
use crate::matching::{Found, Owner, Place};
use crate::rule::HappeningKind;
use crate::source::{minutes_between, seconds_between, shifted};

/// No two clocks of this world are further apart.
const FURTHEST: u64 = 26 * 3600;

/// What is known of the machine's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    known: Vec<Known>,
}

/// How far the clock was from UTC, once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    /// When, by the machine's clock; nothing where that is not told.
    at: Option<String>,
    minutes: i64,
    /// The source that tells it.
    path: String,
}

impl Gathered<'_> {
    /// What sources tell of the clock: lines with two times, lines that name the offset, the registry.
    pub(super) fn clock(&self) -> Clock {
        let mut known = Vec::new();
        for (number, it) in self.library.happenings.iter().enumerate() {
            let found = self.found(Owner::Happening(number)).filter(|_| it.kind == HappeningKind::Clock);
            known.extend(found.into_iter().flat_map(|it| self.pairs(it)));
        }
        for number in 0..self.library.facts.len() {
            known.extend(self.found(Owner::Fact(number)).into_iter().flat_map(|it| self.offsets(it)));
        }
        let own = self.own_word().into_iter().filter(|it| it.name == "utc_offset");
        known.extend(
            own.filter_map(|it| Some(Known { at: None, minutes: minutes(&it.value)?, path: it.path })),
        );
        Clock { known }
    }

    /// Lines that tell the same moment by the machine's clock and in UTC.
    fn pairs(&self, found: &Found) -> Vec<Known> {
        let pair = |(utc, place): (&str, &Place)| {
            let local = place.time.as_deref().filter(|it| !is_utc(it))?;
            let minutes = minutes_between(local, &spelled(utc)?)?;
            Some(Known { at: Some(local.to_owned()), minutes, path: self.path_of(place) })
        };
        let told = found.sets.iter().filter_map(|set| {
            let utc = set.binding.iter().find(|it| it.is_named("utc"))?;
            Some((utc.text.as_str(), &set.last))
        });
        told.filter_map(pair).collect()
    }

    /// Lines that name the offset: the first and the last of each.
    fn offsets(&self, found: &Found) -> Vec<Known> {
        let mut known = Vec::new();
        for set in &found.sets {
            let told = set.binding.iter().find(|it| it.is_named("utc_offset"));
            let Some(minutes) = told.and_then(|it| minutes(&it.text)) else { continue };
            for place in [&set.first, &set.last] {
                let at = place.time.clone().filter(|it| !is_utc(it));
                known.push(Known { at, minutes, path: self.path_of(place) });
            }
        }
        known
    }

    fn path_of(&self, place: &Place) -> String {
        self.sources.get(place.source).map(|it| it.path.clone()).unwrap_or_default()
    }
}

impl Clock {
    /// What was told nearest to a time in UTC; what is told of no time counts only where there is nothing else.
    fn nearest(&self, utc: &str) -> Option<&Known> {
        let distance = |it: &&Known| {
            let at = it.at.as_deref().zip(shifted(utc, it.minutes));
            at.and_then(|(at, moved)| seconds_between(at, &moved)).unwrap_or(u64::MAX)
        };
        self.known.iter().min_by_key(distance)
    }

    /// A time on the machine's clock; one in UTC stays in UTC where nothing tells how far they are apart.
    pub fn local(&self, time: &str) -> String {
        let moved = is_utc(time).then(|| shifted(time, self.nearest(time)?.minutes)).flatten();
        moved.unwrap_or_else(|| time.to_owned())
    }

    /// Which of two times is later, where that is certain.
    pub fn order(&self, one: &str, other: &str) -> Option<Ordering> {
        let (one, other) = (self.local(one), self.local(other));
        let certain =
            is_utc(&one) == is_utc(&other) || seconds_between(&one, &other).is_some_and(|it| it > FURTHEST);
        certain.then(|| one.cmp(&other))
    }

    /// Whether one place is later than another one: by their times, or within one source by its order.
    pub fn is_after(&self, one: &Place, other: &Place) -> bool {
        let times = one.time.as_deref().zip(other.time.as_deref());
        match times.map(|(one, other)| self.order(one, other)) {
            Some(Some(Ordering::Equal)) | None => one.source == other.source && one.line > other.line,
            Some(order) => order == Some(Ordering::Greater),
        }
    }

    /// Whether two times are so near to one another.
    pub fn are_within(&self, one: &str, other: &str, seconds: u64) -> bool {
        let (one, other) = (self.local(one), self.local(other));
        is_utc(&one) == is_utc(&other) && seconds_between(&one, &other).is_some_and(|it| it <= seconds)
    }

    /// Which clock these times, as sources tell them, are of when they are moved, and how that is known.
    pub fn sentence<'t>(&self, times: impl Iterator<Item = &'t str> + Clone) -> String {
        let universal: Vec<&str> = times.clone().filter(|it| is_utc(it)).collect();
        let all = times.clone().count() == universal.len();
        let mut used: Vec<&Known> = Vec::new();
        for known in universal.iter().filter_map(|it| self.nearest(it)) {
            if !used.iter().any(|it| it.minutes == known.minutes) {
                used.push(known);
            }
        }
        match (&used[..], universal.is_empty(), all) {
            (_, true, true) => String::new(),
            (_, true, false) => "All times are of the machine's own clock.".to_owned(),
            ([], false, true) => {
                "All times are in UTC: nothing tells how far the machine's own clock was from it.".to_owned()
            }
            ([], false, false) => "Times that end in Z are in UTC, the others are of the machine's own clock. Nothing \
                 tells how far the two are apart, so those in UTC stand behind the others, and what of the two came \
                 first is not known."
                .to_owned(),
            (used, false, _) => {
                let told: Vec<String> =
                    used.iter().map(|it| format!("{} by {}", offset(it.minutes), it.path)).collect();
                format!(
                    "All times are of the machine's own clock. Those that sources tell in UTC were moved onto it ({}).",
                    told.join(", ")
                )
            }
        }
    }
}

pub fn is_utc(time: &str) -> bool {
    time.ends_with('Z')
}

/// `60` of `+0100`.
fn minutes(offset: &str) -> Option<i64> {
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    Some(sign * (number(0, 2)? * 60 + number(2, 4)?))
}

/// `+0100` of `60`.
fn offset(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// `2024-03-12T02:14:07` of `2024/3/12:2:14:07`, however its numbers are kept apart.
fn spelled(utc: &str) -> Option<String> {
    let mut numbers = utc.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse::<u32>().ok());
    let [year, month, day, hour, minute, second] = std::array::from_fn(|_| numbers.next());
    let (year, month, day) = (year?, month?, day?);
    Some(format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", hour?, minute?, second?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(known: &[(Option<&str>, i64)]) -> Clock {
        let known = known.iter().map(|(at, minutes)| Known {
            at: at.map(str::to_owned),
            minutes: *minutes,
            path: "CBS.log".to_owned(),
        });
        Clock { known: known.collect() }
    }

    #[test]
    fn what_was_told_nearest_moves_a_time() {
        let seasons = clock(&[(Some("2024-03-30T12:00:00"), 60), (Some("2024-04-02T12:00:00"), 120)]);
        assert_eq!(seasons.local("2024-03-30T22:30:00Z"), "2024-03-30T23:30:00");
        assert_eq!(seasons.local("2024-04-01T22:30:00Z"), "2024-04-02T00:30:00");
        assert_eq!(seasons.local("2024-04-01T22:30:00"), "2024-04-01T22:30:00");
        let registry = clock(&[(None, -300), (Some("2023-01-01T00:00:00"), -360)]);
        assert_eq!(registry.local("2024-04-01T12:00:00Z"), "2024-04-01T06:00:00");
        assert_eq!(clock(&[(None, -300)]).local("2024-04-01T12:00:00Z"), "2024-04-01T07:00:00");
    }

    #[test]
    fn two_clocks_are_compared_only_where_the_order_is_certain() {
        let unknown = Clock::default();
        assert_eq!(unknown.local("2024-04-01T12:00:00Z"), "2024-04-01T12:00:00Z");
        assert_eq!(unknown.order("2024-04-01T12:00:00Z", "2024-04-01T11:00:00"), None);
        assert_eq!(unknown.order("2024-04-04T12:00:00Z", "2024-04-01T11:00:00"), Some(Ordering::Greater));
        let known = clock(&[(None, 120)]);
        assert_eq!(known.order("2024-04-01T10:30:00Z", "2024-04-01T12:00:00"), Some(Ordering::Greater));
        assert_eq!(known.order("2024-04-01T09:30:00Z", "2024-04-01T12:00:00"), Some(Ordering::Less));
    }

    #[test]
    fn offsets_in_their_spellings() {
        assert_eq!((minutes("+0530"), minutes("-0800"), minutes("0100")), (Some(330), Some(-480), None));
        assert_eq!((offset(330), offset(-480)), ("+0530".to_owned(), "-0800".to_owned()));
        assert_eq!(spelled("2024/7/24:18:54:53").as_deref(), Some("2024-07-24T18:54:53"));
        assert_eq!(spelled("2024/7/24"), None);
    }

    #[test]
    fn the_clock_is_told_in_words() {
        let told = |clock: &Clock, times: &[&str]| clock.sentence(times.iter().copied());
        assert_eq!(told(&Clock::default(), &[]), "");
        assert!(told(&Clock::default(), &["2024-04-01T12:00:00"]).contains("machine's own clock."));
        assert!(told(&Clock::default(), &["2024-04-01T12:00:00Z"]).starts_with("All times are in UTC"));
        let mixed = ["2024-04-01T12:00:00Z", "2024-04-01T12:00:00"];
        assert!(told(&Clock::default(), &mixed).contains("not known"));
        assert!(told(&clock(&[(None, 60)]), &mixed).contains("(+0100 by CBS.log)"));
    }
}
