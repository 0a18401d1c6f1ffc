//! What a team hides: words and patterns are taken out of a case before anything of it is written, so that no
//! output can forget one.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::bundle::Skipped;
use crate::case::{
    Accepted, Attempt, Case, Collect, Conflict, Coverage, Evidence, Fact, Finding, Machine, Moment, Noise,
    NotChecked, Rich, Source, Span, Step, Timeline, Unexplained,
};

/// What stands in place of a hidden text.
const MARK: &str = "[redacted]";

/// What is hidden, in any case. Without anything to hide it does nothing.
#[derive(Clone, Debug, Default)]
pub struct Redaction(Vec<Regex>);

impl Redaction {
    /// Hides a word wherever it stands, in other words too.
    pub fn word(&mut self, word: &str) -> Result<(), String> {
        self.pattern(&regex::escape(word))
    }

    /// Hides what a regular expression matches.
    pub fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        let built = RegexBuilder::new(pattern).case_insensitive(true).build();
        let regex = built.map_err(|error| {
            // The reader of regular expressions draws the place over several lines; its last one says what it is.
            let told = error.to_string();
            told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })?;
        if regex.is_match("") {
            return Err("it also matches where nothing stands".to_owned());
        }
        self.0.push(regex);
        Ok(())
    }

    /// A text without what is hidden.
    pub fn text(&self, text: &str) -> String {
        replace(text, 0, &self.ranges(text))
    }

    /// Takes everything hidden out of a case.
    pub fn case(&self, case: &mut Case) {
        if self.0.is_empty() {
            return;
        }
        // Every field is named here: a new one does not compile before it is decided whether it can hold a name.
        let Case {
            name,
            source,
            verdict: _,
            machine,
            findings,
            unexplained,
            updates,
            updates_count: _,
            not_checked,
            sources,
            skipped,
            timeline,
            noise,
            coverage,
            collect,
            accepted,
            // Words of this program.
            layout: _,
            whole: _,
        } = case;
        self.all([name, source]);
        self.machine(machine);
        findings.iter_mut().for_each(|it| self.finding(it));
        for Unexplained { code: _, name, occurrences: _, evidence, shape, last, start } in unexplained {
            self.all([name, shape, last, start].into_iter().flatten());
            evidence.iter_mut().for_each(|it| self.evidence(it));
        }
        for Accepted { which: _, reason, until: _, holds: _ } in accepted {
            self.all([reason]);
        }
        updates.iter_mut().for_each(|it| self.attempt(it));
        for NotChecked { rule, symptom, missing } in not_checked {
            self.all([rule, symptom, missing]);
        }
        for Source { path, format: _, bytes: _, records: _, counted: _, first, last, whole: _ } in sources {
            self.all([path]);
            self.all([first, last].into_iter().flatten());
        }
        for Skipped { path, reason, kind: _ } in skipped {
            self.all([path, reason]);
        }
        self.timeline(timeline);
        for Noise { title, path, occurrences: _, at: _ } in noise {
            self.all([title, path]);
        }
        for Coverage { rule, symptom, state: _, reason } in coverage {
            self.all([rule, symptom]);
            self.all(reason);
        }
        for Collect { what, reason, rules, shell: _, commands } in collect {
            self.all([what, reason]);
            self.all(rules.iter_mut().chain(commands));
        }
    }

    fn all<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts {
            *text = self.text(text);
        }
    }

    fn machine(&self, machine: &mut Machine) {
        let Machine {
            name,
            windows,
            build,
            architecture,
            edition,
            language,
            time_zone,
            utc_offset,
            servicing_stack,
            facts,
            conflicts,
        } = machine;
        self.all([name, windows, build, architecture, edition].into_iter().flatten());
        self.all([language, time_zone, utc_offset, servicing_stack].into_iter().flatten());
        let disagreeing = conflicts.iter_mut().flat_map(|Conflict { fact: _, values }| values);
        for Fact { name: _, value, path, at: _ } in facts.iter_mut().chain(disagreeing) {
            self.all([value, path]);
        }
    }

    fn timeline(&self, Timeline { moments, count: _, clock }: &mut Timeline) {
        self.all([clock]);
        for moment in moments {
            let Moment {
                kind: _,
                time,
                ended,
                text,
                update,
                client,
                outcome: _,
                code: _,
                path,
                at: _,
                form: _,
            } = moment;
            self.all([time, text, path]);
            self.all([ended, update, client].into_iter().flatten());
        }
    }

    fn attempt(&self, attempt: &mut Attempt) {
        let Attempt { update, title, client, started, ended, outcome: _, code: _, path, at: _, form: _ } =
            attempt;
        self.all([update, title, client, started, ended].into_iter().flatten());
        self.all([path]);
    }

    fn finding(&self, finding: &mut Finding) {
        let Finding {
            rule,
            symptom,
            cause,
            severity: _,
            certainty: _,
            reasons,
            current: _,
            codes: _,
            echoes: _,
            first,
            last,
            values,
            occurrences: _,
            evidence,
            steps,
            references,
            related,
        } = finding;
        self.all([rule, symptom]);
        self.all([first, last].into_iter().flatten());
        self.all(related.iter_mut().flat_map(|(rule, symptom)| [rule, symptom]));
        self.all(reasons.iter_mut().chain(references));
        cause.iter_mut().for_each(|it| self.rich(it));
        for (name, found) in values {
            self.all([name]);
            self.all(found.iter_mut());
            // Values that differ in nothing but what is hidden are one now.
            let mut distinct: Vec<String> = Vec::new();
            for value in found.drain(..) {
                if !distinct.contains(&value) {
                    distinct.push(value);
                }
            }
            *found = distinct;
        }
        evidence.iter_mut().for_each(|it| self.evidence(it));
        steps.iter_mut().for_each(|it| self.step(it));
    }

    fn evidence(&self, evidence: &mut Evidence) {
        let Evidence { path, at: _, time, note, before, text, after, marks } = evidence;
        self.all([path]);
        self.all(time.iter_mut().chain(note));
        self.all(before.iter_mut().chain(after));
        let ranges = self.ranges(text);
        for mark in marks {
            *mark = (moved(mark.0, &ranges, false), moved(mark.1, &ranges, true));
        }
        *text = replace(text, 0, &ranges);
    }

    fn step(&self, step: &mut Step) {
        let Step { text, shell: _, commands, cautions } = step;
        self.rich(text);
        cautions.iter_mut().for_each(|it| self.rich(it));
        let mut hidden = false;
        for command in commands {
            let told = self.command(command);
            hidden |= told != *command;
            *command = told;
        }
        if hidden {
            let text = format!("These commands cannot be run as they are: fill in what {MARK} stands for.");
            cautions.push(vec![Span { code: false, text }]);
        }
    }

    /// In a command a value may be written with escapes, and a pattern knows the value without them.
    fn command(&self, command: &str) -> String {
        let told = self.text(command);
        let plain = [
            told.replace(r"\\", r"\").replace("\\\"", "\""),
            told.replace("''", "'"),
            told.replace("``", "\0").replace('`', "").replace('\0', "`"),
        ];
        plain.iter().find(|it| !self.ranges(it).is_empty()).map_or(told, |it| self.text(it))
    }

    /// A name may begin in one piece of a text and end in the next: its mark stands where it begins.
    fn rich(&self, rich: &mut Rich) {
        let whole: String = rich.iter().map(|it| it.text.as_str()).collect();
        let ranges = self.ranges(&whole);
        let mut at = 0;
        for span in rich {
            let told = replace(&span.text, at, &ranges);
            at += span.text.len();
            span.text = told;
        }
    }

    /// Where something hidden stands, in order and apart from one another.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let found = self.0.iter().flat_map(|it| it.find_iter(text)).map(|it| it.range());
        let mut found: Vec<Range<usize>> = found.filter(|it| !it.is_empty()).collect();
        found.sort_unstable_by_key(|it| (it.start, it.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in found {
            match apart.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        apart
    }
}

/// `text`, which starts at `base` of the whole that `ranges` are told in, without them.
fn replace(text: &str, base: usize, ranges: &[Range<usize>]) -> String {
    let mut told = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges.iter().filter(|it| it.end > base && it.start < base + text.len()) {
        let start = range.start.saturating_sub(base);
        told.push_str(&text[at..start]);
        if range.start >= base {
            told.push_str(MARK);
        }
        at = (range.end - base).min(text.len());
    }
    told.push_str(&text[at..]);
    told
}

/// Where a place of the text is when the ranges are replaced. A place within one moves to its edge.
fn moved(place: usize, ranges: &[Range<usize>], to_end: bool) -> usize {
    let mut told = place;
    let mut shift = 0_isize;
    for range in ranges.iter().take_while(|it| it.start < place) {
        let growth = MARK.len() as isize - range.len() as isize;
        if place < range.end {
            told = if to_end { range.end } else { range.start };
            shift += if to_end { growth } else { 0 };
        } else {
            shift += growth;
        }
    }
    told.saturating_add_signed(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hides(words: &[&str], patterns: &[&str]) -> Redaction {
        let mut redaction = Redaction::default();
        words.iter().for_each(|it| redaction.word(it).unwrap());
        patterns.iter().for_each(|it| redaction.pattern(it).unwrap());
        redaction
    }

    #[test]
    fn words_and_patterns_are_hidden_in_any_case() {
        let redaction = hides(&["contoso.local", "SRV09"], &[r"\\Users\\[^\\]+"]);
        assert_eq!(redaction.text("srv09.Contoso.Local"), "[redacted].[redacted]");
        assert_eq!(redaction.text(r"C:\users\Jane Doe\x, contosoXlocal"), r"C:[redacted]\x, contosoXlocal");
        assert_eq!(hides(&["abc", "bcd"], &[]).text("xabcdx"), "x[redacted]x", "overlapping ones are one");
        assert_eq!(hides(&["größe"], &[]).text("GRÖSSE GRÖßE"), "GRÖSSE [redacted]");
    }

    #[test]
    fn marks_stay_on_what_they_marked() {
        let redaction = hides(&["SRV09"], &[]);
        let text = "on SRV09 the file a.dll of SRV09-x".to_owned();
        let marks = vec![(18, 23), (27, 34), (0, 4), (5, 9)];
        let mut evidence = Evidence { text, marks, ..Evidence::default() };
        redaction.evidence(&mut evidence);
        let told: Vec<&str> = evidence.marks.iter().map(|it| &evidence.text[it.0..it.1]).collect();
        assert_eq!(told, ["a.dll", "[redacted]-x", "on [redacted]", "[redacted] "]);
    }

    #[test]
    fn a_name_over_two_pieces_is_hidden() {
        let piece = |code, text: &str| Span { code, text: text.to_owned() };
        let mut rich = vec![piece(false, "On contoso"), piece(true, ".local"), piece(false, " it is.")];
        hides(&["contoso.local"], &[]).rich(&mut rich);
        assert_eq!(rich, [piece(false, "On [redacted]"), piece(true, ""), piece(false, " it is.")]);
    }

    #[test]
    fn a_command_is_hidden_through_its_escapes() {
        let redaction = hides(&["o'neil"], &[r"\\Users\\[^\\]+"]);
        let commands = vec![r#""Path"="C:\\Users\\jane\\x""#.to_owned(), "copy 'O''Neil'".to_owned()];
        let mut step = Step { commands, ..Step::default() };
        redaction.step(&mut step);
        assert_eq!(step.commands, [r#""Path"="C:[redacted]\x""#, "copy '[redacted]'"]);
        assert!(step.cautions[0][0].text.contains("cannot be run"));
    }
}
