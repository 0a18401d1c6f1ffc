//! Which few short texts to look for in whole blocks so that every record of interest is met. A searcher for some
//! twenty texts of four bytes runs at the speed of memory; one for a thousand long ones crawls, so rules share.

use std::collections::{HashMap, HashSet};

use crate::rule::Need;

/// Four bytes of a text that some test needs.
type Gram = [u8; 4];
const GRAM: usize = 4;

/// A text that is looked for, and the tests that it stands for, by their numbers.
#[derive(Debug, PartialEq, Eq)]
pub struct Anchor {
    pub text: Vec<u8>,
    pub tests: Vec<usize>,
}

/// What looking at a record closer costs, and what an anchor more costs, in microseconds for a megabyte of text.
/// Measured; only their relation matters.
const RECORD: f64 = 0.3;
const ANCHOR: f64 = 8.0;
/// A searcher for so many anchors has so many groups of them, and costs this much; `None` is for any number.
/// It compares half bytes only, so each place where those of a group's anchors together look like an anchor is a
/// stumble.
struct Searcher {
    most: Option<usize>,
    groups: usize,
    cost: f64,
}

const SEARCHERS: [Searcher; 3] = [
    Searcher { most: Some(32), groups: 8, cost: 0.0 },
    Searcher { most: Some(64), groups: 16, cost: 120.0 },
    Searcher { most: None, groups: 1, cost: 1500.0 },
];
const HALF_BYTES: f64 = 16.0;
const STUMBLE: f64 = 0.02;

/// Whether the second searcher is to be had.
fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The searcher that is used for so many anchors.
fn searcher(anchors: usize) -> &'static Searcher {
    let [narrow, wide, any] = &SEARCHERS;
    let fits = |it: &Searcher| it.most.is_none_or(|most| anchors <= most);
    match () {
        () if fits(narrow) => narrow,
        () if is_wide() && fits(wide) => wide,
        () => any,
    }
}

/// How much dearer than it is an anchor may be thought, to make do with fewer: each is tried, which takes
/// milliseconds.
pub const WEIGHTS: [f64; 3] = [1.0, 4.0, 16.0];
/// Where that is not worth it.
pub const ONE_WEIGHT: [f64; 1] = [4.0];
/// How much of an anchor behind its first bytes is compared too.
const LONGEST: usize = 12;
/// How much of a sample is looked at.
const SAMPLE: usize = 512 << 10;

/// Chooses anchors for tests that have these needs, at small cost for text like `sample`. A record that passes a
/// test contains one of the anchors that stand for it; no anchor is the start of another.
pub fn plan(tests: &[&[Need]], sample: &[u8], weights: &[f64]) -> Vec<Anchor> {
    let sample = &sample[..sample.len().min(SAMPLE)];
    let usual = Usual::count(tests, sample);
    // A few common anchors look at more records; many rare ones make the searcher stumble.
    let covers: Vec<Cover> = weights.iter().map(|it| Cover::of(tests, &usual, ANCHOR * it)).collect();
    let cheapest = covers.iter().min_by(|one, other| one.cost(&usual).total_cmp(&other.cost(&usual)));
    spread(cheapest.map(|it| it.anchors(tests)).unwrap_or_default())
}

/// The searcher puts anchors into its groups by turns: those that look alike are put into one.
fn spread(mut anchors: Vec<Anchor>) -> Vec<Anchor> {
    anchors.sort_by(|one, other| one.text.cmp(&other.text));
    let rounds = anchors.len().div_ceil(searcher(anchors.len()).groups).max(1);
    let mut numbered: Vec<(usize, Anchor)> = anchors.into_iter().enumerate().collect();
    numbered.sort_by_key(|(number, _)| (number % rounds, number / rounds));
    numbered.into_iter().map(|(_, anchor)| anchor).collect()
}

/// In how many lines of a sample each four bytes occur, for each megabyte.
struct Usual {
    lines: HashMap<Gram, f64>,
}

impl Usual {
    fn count(tests: &[&[Need]], sample: &[u8]) -> Self {
        let all = tests.iter().flat_map(|it| it.iter()).flatten().flat_map(|it| grams(it));
        // The last line that a gram was seen in, so that one line counts once.
        let mut seen: HashMap<Gram, (u32, u32)> = all.map(|it| (it, (0, 0))).collect();
        let slot = |it: Gram| (u32::from_le_bytes(it).wrapping_mul(0x9E37_79B1) >> 16) as usize;
        let mut known = vec![false; 1 << 16];
        seen.keys().for_each(|it| known[slot(*it)] = true);
        for (number, line) in (1..).zip(sample.split(|it| *it == b'\n')) {
            for gram in windows(line).filter(|it| known[slot(*it)]) {
                if let Some((lines, last)) = seen.get_mut(&gram)
                    && *last != number
                {
                    (*lines, *last) = (*lines + 1, number);
                }
            }
        }
        let megabytes = (sample.len() as f64 / f64::from(1 << 20)).max(0.001);
        Self {
            lines: seen.into_iter().map(|(gram, (lines, _))| (gram, f64::from(lines) / megabytes)).collect(),
        }
    }

    fn of(&self, gram: &Gram) -> f64 {
        self.lines.get(gram).copied().unwrap_or(0.0)
    }
}

fn grams(text: &str) -> impl Iterator<Item = Gram> {
    windows(text.as_bytes())
}

/// The grams that stand in every text of a need.
fn common(need: &Need) -> impl Iterator<Item = Gram> {
    let (first, others) = need.split_first().map_or(("", &[][..]), |(first, others)| (&first[..], others));
    grams(first).filter(|gram| others.iter().all(|it| grams(it).any(|it| it == *gram)))
}

fn windows(text: &[u8]) -> impl Iterator<Item = Gram> {
    text.windows(GRAM).map(|it| [it[0], it[1], it[2], it[3]])
}

/// Grams that cover all tests: of each test's needs there is one whose every text holds one of them.
#[derive(Default)]
struct Cover {
    grams: Vec<Gram>,
}

impl Cover {
    /// The greedy choice: again and again the gram that covers most for its price.
    fn of(tests: &[&[Need]], usual: &Usual, anchor: f64) -> Self {
        let price = |gram: &Gram| anchor + RECORD * usual.of(gram);
        let mut covers: HashMap<Gram, Vec<usize>> = HashMap::new();
        for (number, needs) in tests.iter().enumerate() {
            // A gram that all texts of a need share may be dearer than one for each of them.
            let bound = Self::default().cheapest(needs, &price).map_or(f64::INFINITY, |(cost, _)| cost);
            let shared = needs.iter().flat_map(common).filter(|it| price(it) <= bound);
            for gram in shared {
                let tests = covers.entry(gram).or_default();
                if tests.last() != Some(&number) {
                    tests.push(number);
                }
            }
        }
        let mut covered = vec![false; tests.len()];
        let mut cover = Self::default();
        // In a fixed order, so that equal prices are always decided alike.
        let mut open: Vec<(Gram, Vec<usize>)> = covers.into_iter().collect();
        open.sort_unstable();
        loop {
            for (_, tests) in &mut open {
                tests.retain(|it| !covered[*it]);
            }
            open.retain(|(_, tests)| !tests.is_empty());
            let worth = |it: &&(Gram, Vec<usize>)| it.1.len() as f64 / price(&it.0);
            let Some(best) = open.iter().max_by(|one, other| worth(one).total_cmp(&worth(other))) else {
                break;
            };
            best.1.iter().for_each(|it| covered[*it] = true);
            cover.grams.push(best.0);
        }
        for (number, needs) in tests.iter().enumerate() {
            if !covered[number] {
                cover.add_cheapest(needs, &price);
            }
        }
        cover
    }

    /// Covers a test that needs one of several texts: a gram for each of them.
    fn add_cheapest(&mut self, needs: &[Need], price: &dyn Fn(&Gram) -> f64) {
        for gram in self.cheapest(needs, price).into_iter().flat_map(|(_, grams)| grams) {
            if !self.grams.contains(&gram) {
                self.grams.push(gram);
            }
        }
    }

    /// Grams for every text of one of the needs, and what they cost beside those that are there.
    fn cheapest(&self, needs: &[Need], price: &dyn Fn(&Gram) -> f64) -> Option<(f64, Vec<Gram>)> {
        let cost = |gram: &Gram| if self.grams.contains(gram) { 0.0 } else { price(gram) };
        let cheapest = |text: &String| grams(text).min_by(|one, other| cost(one).total_cmp(&cost(other)));
        let choices = needs.iter().map(|need| need.iter().filter_map(cheapest).collect::<Vec<Gram>>());
        let priced = choices.map(|it| {
            let distinct: HashSet<Gram> = it.iter().copied().collect();
            (distinct.iter().map(cost).sum::<f64>(), it)
        });
        priced.min_by(|one, other| one.0.total_cmp(&other.0))
    }

    /// The estimated cost, in microseconds for a megabyte: records that are looked at, and stumbles.
    fn cost(&self, usual: &Usual) -> f64 {
        let looked_at: f64 = self.grams.iter().map(|it| RECORD * usual.of(it)).sum();
        let Searcher { most, groups, cost } = searcher(self.grams.len());
        let alike = self.grams.len() as f64 / *groups as f64 / HALF_BYTES;
        let stumbles = *groups as f64 * alike.powi(GRAM as i32) * f64::from(1 << 20);
        looked_at + cost + if most.is_some() { STUMBLE * stumbles } else { 0.0 }
    }

    /// Each gram with what always follows it in the texts that it stands for: the more is compared, the fewer
    /// records are looked at in vain.
    fn anchors(&self, tests: &[&[Need]]) -> Vec<Anchor> {
        let mut anchors: Vec<Option<Anchor>> = self.grams.iter().map(|_| None).collect();
        for (test, needs) in tests.iter().enumerate() {
            for text in self.need_met(needs).into_iter().flatten() {
                let Some((number, at)) = self.first_in(text) else { continue };
                let rest = &text.as_bytes()[at..text.len().min(at + LONGEST)];
                let new = || Anchor { text: rest.to_vec(), tests: Vec::new() };
                let anchor = anchors[number].get_or_insert_with(new);
                let same = anchor.text.iter().zip(rest).take_while(|(one, other)| one == other).count();
                anchor.text.truncate(same);
                if anchor.tests.last() != Some(&test) {
                    anchor.tests.push(test);
                }
            }
        }
        anchors.into_iter().flatten().collect()
    }

    /// The need of a test whose every text holds a gram.
    fn need_met<'n>(&self, needs: &'n [Need]) -> Option<&'n Need> {
        needs.iter().find(|need| need.iter().all(|it| self.first_in(it).is_some()))
    }

    /// The first gram in a text, by its number, and where it stands.
    fn first_in(&self, text: &str) -> Option<(usize, usize)> {
        let place = |(at, gram): (usize, Gram)| Some((self.grams.iter().position(|it| *it == gram)?, at));
        grams(text).enumerate().find_map(|(at, gram)| place((at, gram)))
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
        let anchors = plan(&tests, sample.as_bytes(), &WEIGHTS);
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
