//! The attempts to install updates: what servicing, the update client and their events tell of them, line by line,
//! becomes one list. What several sources tell of one attempt is told once, where that is certain.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::Gathered;
use super::attempts::{History, Line, Made};
use super::clock::{Clock, is_utc};
use crate::case::Attempt;
use crate::code::Code;
use crate::matching::{Owner, Set};
use crate::rule::{Outcome, Tells};
use crate::source::seconds_between;

/// No more attempts than this are told.
const TOLD: usize = 200;
/// Two sources tell of the same end within so many seconds.
const NEAR: u64 = 600;
/// No more attempts of one update than this are looked through for another one that is the same.
const LOOKED_AT: usize = 200;

impl Gathered<'_> {
    /// All attempts, with what several sources tell of one joined.
    pub(super) fn attempts(&self, clock: &Clock) -> Vec<Made> {
        // Within one kind of source, times in UTC and those of the machine's clock are of different logs.
        let mut streams: BTreeMap<(usize, bool), Vec<Line<'_>>> = BTreeMap::new();
        let mut forms: Vec<&str> = Vec::new();
        for line in self.lines_of_updates() {
            let form = forms.iter().position(|it| *it == line.form).unwrap_or_else(|| {
                forms.push(line.form);
                forms.len() - 1
            });
            streams.entry((form, line.place.time.as_deref().is_some_and(is_utc))).or_default().push(line);
        }
        let mut all: Vec<Made> = Vec::new();
        for mut lines in streams.into_values() {
            lines.sort_by_key(|it| (it.place.time.as_deref(), it.place.source, it.place.line));
            all.extend(History::of(&lines));
        }
        told_once(all, clock)
    }

    /// Every line that tells of an attempt. A log that is twice in the bundle tells nothing twice.
    pub(super) fn lines_of_updates(&self) -> Vec<Line<'_>> {
        let mut seen: HashMap<(usize, &str, String), usize> = HashMap::new();
        let mut lines = Vec::new();
        let known_since = self.known_since();
        for (number, block) in self.library.attempts.iter().enumerate() {
            for set in self.found(Owner::Attempt(number)).into_iter().flat_map(|it| &it.sets) {
                if let Some(time) = &set.last.time {
                    if known_since.is_some_and(|it| time.as_str() < it) {
                        continue;
                    }
                    let values: Vec<&str> = set.binding.iter().map(|it| it.text.as_str()).collect();
                    let first = *seen.entry((number, time, values.join("\0"))).or_insert(set.last.source);
                    if first != set.last.source {
                        continue;
                    }
                }
                lines.extend(self.line_of_update(set, block.tells));
            }
        }
        lines
    }

    /// Where a log has too many lines of one kind, the time from which on all are known: a beginning whose end was let
    /// go must not look as if it had none.
    fn known_since(&self) -> Option<&str> {
        let blocks = (0..self.library.attempts.len()).filter_map(|it| self.found(Owner::Attempt(it)));
        let overflown = blocks.filter(|it| it.overflown);
        overflown.filter_map(|it| it.sets.iter().filter_map(|it| it.last.time.as_deref()).min()).max()
    }

    fn line_of_update<'l>(&'l self, set: &'l Set, tells: Option<Tells>) -> Option<Line<'l>> {
        let value = |name: &str| {
            let value = set.binding.iter().find(|it| it.is_named(name)).map(|it| it.text.trim());
            value.filter(|it| !it.is_empty())
        };
        let title = value("title").map(|it| it.trim_end_matches('.'));
        if title.is_some_and(is_of_store) {
            return None;
        }
        let source = self.sources.get(set.last.source)?;
        let code = value("code").and_then(Code::parse).map(Code::as_hresult);
        let reboot = value("reboot").is_some_and(|it| it.eq_ignore_ascii_case("yes"));
        let package = value("package");
        let kb = [value("update"), package, title].into_iter().flatten().find_map(kb_in);
        Some(Line {
            outcome: tells.map(|it| outcome(it, code, reboot)),
            update: kb.or_else(|| value("update").or(package).map(str::to_owned)),
            package,
            title,
            client: value("client"),
            session: value("session"),
            guid: value("guid"),
            code,
            place: &set.last,
            path: &source.path,
            at: source.at(set.last.number),
            form: source.format,
        })
    }
}

/// The latest attempts, the latest first, and how many there are.
pub fn told(mut attempts: Vec<Attempt>, clock: &Clock) -> (Vec<Attempt>, u64) {
    attempts.sort_by_cached_key(|it| Reverse(time_of(it).map(|it| clock.local(it))));
    let count = attempts.len() as u64;
    attempts.truncate(TOLD);
    for it in &mut attempts {
        // That it went well is no code to look up.
        it.code = it.code.filter(|it| it.0 != 0);
    }
    (attempts, count)
}

/// What a line says became of an attempt, with what its code says of that.
fn outcome(tells: Tells, code: Option<Code>, reboot: bool) -> Outcome {
    let by_code = |code: Code| match code.0 {
        0 if reboot => Outcome::PendingRestart,
        0 => Outcome::Completed,
        0x8007_0BC2 | 0x8007_0BC3 | 0x0024_0005 => Outcome::PendingRestart,
        0x8007_04C7 | 0x8007_04D3 | 0x800F_0816 | 0x800F_0820 | 0x800F_0821 | 0x8024_000B => {
            Outcome::Canceled
        }
        0x800F_081E | 0x8024_0017 | 0x0024_0006 => Outcome::NotApplicable,
        _ if code.is_failure() => Outcome::Failed,
        _ => Outcome::Completed,
    };
    match (tells, code) {
        (Tells::Ended | Tells::Outcome(Outcome::Failed), Some(code)) if code.0 != 0 => by_code(code),
        (Tells::Ended, Some(code)) => by_code(code),
        (Tells::Ended, None) => Outcome::Completed,
        (Tells::Outcome(outcome), _) => outcome,
    }
}

/// Apps of the Store are titled by their number there: they fail while they are in use, and are no updates of Windows.
fn is_of_store(title: &str) -> bool {
    let (number, rest) = title.split_at_checked(12).unwrap_or(("", ""));
    number.starts_with('9')
        && rest.starts_with('-')
        && number.bytes().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
}

/// `KB5034768` of whatever names it.
pub fn kb_in(text: &str) -> Option<String> {
    let starts = text.char_indices().map(|(at, _)| &text[at..]);
    let numbers = starts.filter(|it| it.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("KB")));
    let digits = numbers
        .map(|it| &it[2..it[2..].find(|it: char| !it.is_ascii_digit()).map_or(it.len(), |end| end + 2)]);
    digits.into_iter().find(|it| (5..=8).contains(&it.len())).map(|it| format!("KB{it}"))
}

/// Whether two times are of one kind and not far from one another.
pub fn are_near(one: Option<&str>, other: Option<&str>) -> bool {
    are_within(one, other, NEAR)
}

/// Whether two times are of one kind and so many seconds apart at most.
pub fn are_within(one: Option<&str>, other: Option<&str>, seconds: u64) -> bool {
    let (Some(this), Some(that)) = (one, other) else { return false };
    is_utc(this) == is_utc(that) && seconds_between(this, that).is_some_and(|it| it <= seconds)
}

/// The latest time that an attempt has.
pub fn time_of(attempt: &Attempt) -> Option<&str> {
    attempt.ended.as_deref().or(attempt.started.as_deref())
}

/// Joins what several kinds of sources tell of one attempt: update, outcome and code agree, and the times are near.
fn told_once(all: Vec<Made>, clock: &Clock) -> Vec<Made> {
    let mut once: Vec<Made> = Vec::new();
    let mut by_update: HashMap<String, Vec<usize>> = HashMap::new();
    for made in all {
        let key = made.attempt.update.as_ref().or(made.attempt.title.as_ref()).map(|it| it.to_lowercase());
        let Some(key) = key else {
            once.push(made);
            continue;
        };
        let like = by_update.entry(key).or_default();
        let same = like
            .iter()
            .rev()
            .take(LOOKED_AT)
            .find(|it| is_told_by(&once[**it].attempt, &made.attempt, clock));
        match same {
            Some(at) => once[*at].join(made),
            None => {
                like.push(once.len());
                once.push(made);
            }
        }
    }
    once
}

fn is_told_by(one: &Attempt, other: &Attempt, clock: &Clock) -> bool {
    let done = |it: &Attempt| matches!(it.outcome, Outcome::Completed | Outcome::Installed);
    let titles = one.title.as_ref().zip(other.title.as_ref());
    one.form != other.form
        && (one.outcome == other.outcome || done(one) && done(other))
        && one.code.filter(|it| it.0 != 0) == other.code.filter(|it| it.0 != 0)
        && titles.is_none_or(|(one, other)| one == other)
        && time_of(one).zip(time_of(other)).is_some_and(|(one, other)| clock.are_within(one, other, NEAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_of_the_store_are_none() {
        assert!(is_of_store("9NBLGGH4NNS1-Microsoft.DesktopAppInstaller"));
        assert!(!is_of_store("9-inch screen firmware"));
        assert!(!is_of_store("2024-02 Cumulative Update (KB5034768)"));
        assert!(!is_of_store("größer"));
    }

    #[test]
    fn numbers_of_updates() {
        assert_eq!(kb_in("2024-02 Update für x64 (KB5034768)").as_deref(), Some("KB5034768"));
        assert_eq!(kb_in("C:\\windows10.0-kb5034795-x64.msu").as_deref(), Some("KB5034795"));
        assert_eq!(
            kb_in("Package_for_KB5031419~31bf3856ad364e35~amd64~~6.3.1.7").as_deref(),
            Some("KB5031419")
        );
        assert_eq!(kb_in("Package_for_RollupFix~31bf3856ad364e35"), None);
        assert_eq!(kb_in("KB12 KB"), None);
    }

    #[test]
    fn the_code_decides_how_it_ended() {
        let check = |code: u32, reboot, expect| {
            assert_eq!(outcome(Tells::Ended, Some(Code(code)), reboot), expect, "{code:08x}");
        };
        check(0, false, Outcome::Completed);
        check(0, true, Outcome::PendingRestart);
        check(0x8007_0BC2, false, Outcome::PendingRestart);
        check(0x8007_0002, true, Outcome::Failed);
        check(0x800F_081E, false, Outcome::NotApplicable);
        check(0x8007_04C7, false, Outcome::Canceled);
        let failed = Tells::Outcome(Outcome::Failed);
        assert_eq!(outcome(failed, None, false), Outcome::Failed);
        assert_eq!(outcome(failed, Some(Code(0x8024_0017)), false), Outcome::NotApplicable);
        assert_eq!(outcome(failed, Some(Code(0)), false), Outcome::Failed);
    }

    #[test]
    fn utc_is_never_compared_with_the_clock_of_the_machine() {
        assert!(are_near(Some("2024-03-12T03:14:07"), Some("2024-03-12T03:20:00")));
        assert!(!are_near(Some("2024-03-12T03:14:07"), Some("2024-03-12T03:14:07Z")));
        assert!(!are_near(Some("2024-03-12T03:14:07"), Some("2024-03-12T05:14:07")));
        assert!(!are_near(None, None));
    }
}
