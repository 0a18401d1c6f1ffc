//! Which few short texts to look for in whole blocks so that every record of interest is met. A searcher for some
//! twenty texts of four bytes runs at the speed of memory; one for a thousand long ones crawls, so rules share.

mod grams;
mod group;

use std::collections::BTreeSet;

use crate::rule::Need;

use grams::{GRAM, Grams, Text};
use group::{Bytes, NARROW, Searcher, WIDE, dealt};

/// A text that is looked for, and the tests that it stands for, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub text: Vec<u8>,
    pub tests: Vec<usize>,
}

/// Anchors in the order in which the searcher takes them; one may be there again.
#[derive(Default)]
pub struct Plan {
    pub anchors: Vec<Anchor>,
    /// Whether the searcher with more groups is the better one.
    pub wide: bool,
}

/// What looking at a record closer costs, what an anchor more costs, and what a stumble costs, in microseconds for a
/// megabyte of text. Measured; only their relation matters.
const RECORD: f64 = 0.3;
const ANCHOR: f64 = 8.0;
const STUMBLE: f64 = 0.02;
/// What the automaton costs that does without groups.
const AUTOMATON: f64 = 1500.0;

/// How much dearer than it is an anchor may be thought, to make do with fewer: each is tried.
pub const WEIGHTS: [f64; 4] = [1.0, 4.0, 16.0, 64.0];
/// Where trying costs more than it saves.
pub const ONE_WEIGHT: [f64; 1] = [4.0];
/// How much of an anchor behind its first bytes is compared too.
const LONGEST: usize = 12;
/// How much of a sample is looked at.
const SAMPLE: usize = 512 << 10;

fn megabytes(sample: &[u8]) -> f64 {
    (sample.len() as f64 / f64::from(1 << 20)).max(0.001)
}

/// Whether the searcher with more groups is to be had.
fn has_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Chooses anchors for tests that have these needs, at small cost for text like `sample`. A record that passes a
/// test contains one of the anchors that stand for it; no anchor is the start of another one.
pub fn plan(tests: &[&[Need]], sample: &[u8], weights: &[f64]) -> Plan {
    let sample = &sample[..sample.len().min(SAMPLE)];
    let (grams, bytes) = (Grams::of(tests, sample), Bytes::of(sample));
    let searchers: &[Searcher] = if has_wide() { &[NARROW, WIDE] } else { &[NARROW] };
    // A few common anchors look at more records; many rare ones make the searcher stumble.
    let covers = weights.iter().map(|it| Cover::of(&grams, ANCHOR * it));
    let choices = covers.flat_map(|it| it.choices(tests, &grams, &bytes, searchers));
    choices.min_by(|one, other| one.0.total_cmp(&other.0)).map(|it| it.1).unwrap_or_default()
}

/// Grams that cover all tests: of each test's needs there is one whose every text holds one of them.
#[derive(Default)]
struct Cover {
    grams: Vec<usize>,
    /// By gram, whether it is one of them.
    is_chosen: Vec<bool>,
}

impl Cover {
    /// The greedy choice: again and again the gram that covers most for its price.
    fn of(grams: &Grams, anchor: f64) -> Self {
        let prices: Vec<f64> = grams.lines.iter().map(|it| anchor + RECORD * it).collect();
        let mut cover = Self { grams: Vec::new(), is_chosen: vec![false; prices.len()] };
        // A gram that all texts of a need share may be dearer than one for each of them.
        let bounds: Vec<f64> = grams.tests.iter().map(|it| cover.cheapest(it, &prices).0 + anchor).collect();
        let mut counts = vec![0_u32; prices.len()];
        let affordable = |gram: usize, test: usize| prices[gram] <= bounds[test];
        for (test, alone) in grams.alone.iter().enumerate() {
            alone.iter().filter(|it| affordable(**it, test)).for_each(|it| counts[*it] += 1);
        }
        let mut is_covered = vec![false; grams.tests.len()];
        let mut open: Vec<usize> = (0..prices.len()).collect();
        loop {
            open.retain(|it| counts[*it] > 0);
            let worth = |it: usize| f64::from(counts[it]) / prices[it];
            let Some(best) = open.iter().copied().max_by(|one, other| worth(*one).total_cmp(&worth(*other)))
            else {
                break;
            };
            for test in grams.stands_for[best].iter().copied().filter(|it| affordable(best, *it)) {
                if !std::mem::replace(&mut is_covered[test], true) {
                    let alone = grams.alone[test].iter().filter(|it| affordable(**it, test));
                    alone.for_each(|it| counts[*it] -= 1);
                }
            }
            cover.choose(best);
        }
        // What needs one of several texts takes a gram for each of them.
        for (_, needs) in grams.tests.iter().enumerate().filter(|(test, _)| !is_covered[*test]) {
            cover.cheapest(needs, &prices).1.into_iter().for_each(|it| cover.choose(it));
        }
        cover
    }

    fn choose(&mut self, gram: usize) {
        if !std::mem::replace(&mut self.is_chosen[gram], true) {
            self.grams.push(gram);
        }
    }

    /// Grams for every text of one of the needs, and what they cost beside those that are there.
    fn cheapest(&self, needs: &[Vec<Text>], prices: &[f64]) -> (f64, BTreeSet<usize>) {
        let cost = |gram: usize| if self.is_chosen[gram] { 0.0 } else { prices[gram] };
        let of_text = |it: &Text| it.iter().copied().min_by(|one, other| cost(*one).total_cmp(&cost(*other)));
        let choices = needs.iter().map(|need| need.iter().filter_map(of_text).collect::<BTreeSet<usize>>());
        let priced = choices.map(|it| (it.iter().map(|it| cost(*it)).sum::<f64>(), it));
        priced.min_by(|one, other| one.0.total_cmp(&other.0)).unwrap_or((f64::INFINITY, BTreeSet::new()))
    }

    /// A plan for each searcher that can look for so many anchors, with its estimated cost in microseconds for a
    /// megabyte.
    fn choices(
        &self,
        tests: &[&[Need]],
        grams: &Grams,
        bytes: &Bytes<'_>,
        searchers: &[Searcher],
    ) -> Vec<(f64, Plan)> {
        let anchors = self.anchors(tests, grams);
        let starts: Vec<[u8; GRAM]> =
            anchors.iter().map(|it| std::array::from_fn(|at| it.text[at])).collect();
        let looked_at: f64 = self.grams.iter().map(|it| RECORD * grams.lines[*it]).sum();
        let by_groups = |searcher: &Searcher| {
            let groups = searcher.group(&starts, bytes)?;
            let texts: Vec<Vec<[u8; GRAM]>> =
                groups.iter().map(|it| it.iter().map(|it| starts[*it]).collect()).collect();
            let cost = looked_at + f64::from(searcher.cost) + STUMBLE * bytes.stumbles(&texts);
            let anchors = dealt(&groups).into_iter().map(|it| anchors[it].clone()).collect();
            Some((cost, Plan { anchors, wide: *searcher == WIDE }))
        };
        let choices: Vec<(f64, Plan)> = searchers.iter().filter_map(by_groups).collect();
        if choices.is_empty() {
            return vec![(looked_at + AUTOMATON, Plan { anchors, wide: false })];
        }
        choices
    }

    /// Each gram with what always follows it in the texts that it stands for: the more is compared, the fewer
    /// records are looked at in vain.
    fn anchors(&self, tests: &[&[Need]], grams: &Grams) -> Vec<Anchor> {
        let mut place = vec![usize::MAX; self.is_chosen.len()];
        self.grams.iter().enumerate().for_each(|(at, it)| place[*it] = at);
        let mut anchors: Vec<Option<Anchor>> = self.grams.iter().map(|_| None).collect();
        for (test, numbered) in grams.tests.iter().enumerate() {
            let Some(need) = numbered.iter().position(|it| it.iter().all(|it| self.first_in(it).is_some()))
            else {
                continue;
            };
            for (text, numbered) in tests[test][need].iter().zip(&numbered[need]) {
                let Some(at) = self.first_in(numbered) else { continue };
                let rest = &text.as_bytes()[at..text.len().min(at + LONGEST)];
                let new = || Anchor { text: rest.to_vec(), tests: Vec::new() };
                let anchor = anchors[place[numbered[at]]].get_or_insert_with(new);
                let same = anchor.text.iter().zip(rest).take_while(|(one, other)| one == other).count();
                anchor.text.truncate(same);
                if anchor.tests.last() != Some(&test) {
                    anchor.tests.push(test);
                }
            }
        }
        anchors.into_iter().flatten().collect()
    }

    /// Where the first chosen gram of a text stands.
    fn first_in(&self, text: &Text) -> Option<usize> {
        text.iter().position(|it| self.is_chosen[*it])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(texts: &[&[&str]]) -> Vec<Need> {
        texts.iter().map(|it| it.iter().map(|it| (*it).to_owned()).collect()).collect()
    }

    fn anchors(tests: &[Vec<Need>], sample: &str) -> Vec<String> {
        let tests: Vec<&[Need]> = tests.iter().map(Vec::as_slice).collect();
        let anchors = plan(&tests, sample.as_bytes(), &WEIGHTS).anchors;
        anchors.into_iter().map(|it| String::from_utf8(it.text).unwrap()).collect()
    }

    #[test]
    fn tests_share_an_anchor() {
        let tests = [needs(&[&["Failed to stage"]]), needs(&[&["Failed to mount"]])];
        assert_eq!(anchors(&tests, "").len(), 1);
    }

    #[test]
    fn what_is_usual_is_avoided() {
        let sample = "Failed to do this or that\n".repeat(1000);
        let tests = [needs(&[&["Failed to stage"]]), needs(&[&["Failed to mount"]])];
        let found = anchors(&tests, &sample);
        assert!(found.iter().all(|it| !sample.contains(it.as_str())), "{found:?}");
    }

    #[test]
    fn every_test_is_covered() {
        let tests: Vec<Vec<Need>> = (0..300)
            .map(|it| match it % 3 {
                0 => needs(&[&[&format!("text {it}")], &[&format!("other {it} text")]]),
                1 => needs(&[&[&format!("one {it}"), &format!("two {it}")]]),
                _ => needs(&[&["Failed to"], &[&format!("{it:x}{it:08}")]]),
            })
            .collect();
        let found = anchors(&tests, "Failed to\n");
        let holds = |text: &String| found.iter().any(|it| text.contains(it.as_str()));
        assert!(tests.iter().all(|needs| needs.iter().any(|need| need.iter().all(holds))));
    }
}
