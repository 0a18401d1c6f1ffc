//! The pieces of four bytes that the tests' texts are made of, numbered, with the tests that each could stand for and
//! with how usual it is.

use crate::rule::Need;

/// Four bytes of a text that some test needs.
type Gram = u32;
pub const GRAM: usize = 4;

/// All grams. Elsewhere they are told by their numbers.
pub struct Grams {
    /// By test: the texts of each of its needs, as the grams that stand in them, one after the other.
    pub tests: Vec<Vec<Vec<Text>>>,
    /// In how many lines of a megabyte of the sample each occurs.
    pub lines: Vec<f64>,
    /// By gram: the tests that it could stand for alone. By test: such grams.
    pub stands_for: Vec<Vec<usize>>,
    pub alone: Vec<Vec<usize>>,
}

/// The grams of one text, in its order.
pub type Text = Vec<usize>;

impl Grams {
    pub fn of(tests: &[&[Need]], sample: &[u8]) -> Self {
        let all = tests.iter().flat_map(|it| it.iter()).flatten().flat_map(|it| windows(it.as_bytes()));
        let numbers = Numbers::of(all);
        let text = |it: &String| windows(it.as_bytes()).filter_map(|it| numbers.get(it)).collect();
        let need = |it: &Need| it.iter().map(text).collect();
        let tests: Vec<Vec<Vec<Text>>> = tests.iter().map(|needs| needs.iter().map(need).collect()).collect();
        let mut stands_for = vec![Vec::new(); numbers.count];
        let mut alone = vec![Vec::new(); tests.len()];
        for (number, needs) in tests.iter().enumerate() {
            for gram in needs.iter().flat_map(|it| common(it)) {
                let tests: &mut Vec<usize> = &mut stands_for[gram];
                if tests.last() != Some(&number) {
                    tests.push(number);
                    alone[number].push(gram);
                }
            }
        }
        Self { lines: numbers.lines(sample), tests, stands_for, alone }
    }
}

/// The grams that stand in every text of a need.
fn common(need: &[Text]) -> impl Iterator<Item = usize> {
    let (first, others) =
        need.split_first().map_or((&[][..], &[][..]), |(first, others)| (&first[..], others));
    first.iter().copied().filter(|gram| others.iter().all(|it| it.contains(gram)))
}

fn windows(text: &[u8]) -> impl Iterator<Item = Gram> {
    text.windows(GRAM).map(|it| Gram::from_le_bytes([it[0], it[1], it[2], it[3]]))
}

/// The number of each gram: a table that is looked into for every byte of the sample, and so no general map.
struct Numbers {
    /// A gram and its number; the number of a free place is [`FREE`].
    places: Vec<(Gram, usize)>,
    shift: u32,
    count: usize,
}

const FREE: usize = usize::MAX;

impl Numbers {
    fn of(all: impl Iterator<Item = Gram>) -> Self {
        let mut all: Vec<Gram> = all.collect();
        all.sort_unstable();
        all.dedup();
        // At most a quarter of the places is taken, so that a look meets a free one soon.
        let bits = (4 * all.len()).next_power_of_two().trailing_zeros().max(1);
        let mut numbers =
            Self { places: vec![(0, FREE); 1 << bits], shift: Gram::BITS - bits, count: all.len() };
        for (number, gram) in all.into_iter().enumerate() {
            let mut place = numbers.start(gram);
            while numbers.places[place].1 != FREE {
                place = numbers.after(place);
            }
            numbers.places[place] = (gram, number);
        }
        numbers
    }

    fn start(&self, gram: Gram) -> usize {
        (gram.wrapping_mul(0x9E37_79B1) >> self.shift) as usize
    }

    fn after(&self, place: usize) -> usize {
        (place + 1) & (self.places.len() - 1)
    }

    fn get(&self, gram: Gram) -> Option<usize> {
        let mut place = self.start(gram);
        loop {
            let (taken, number) = self.places[place];
            if number == FREE || taken == gram {
                return (number != FREE).then_some(number);
            }
            place = self.after(place);
        }
    }

    /// In how many lines of a megabyte like the sample each gram occurs.
    fn lines(&self, sample: &[u8]) -> Vec<f64> {
        // With the last line that it was seen in, so that one line counts once.
        let mut seen = vec![(0_u32, 0_usize); self.count];
        for (number, line) in (1..).zip(sample.split(|it| *it == b'\n')) {
            for gram in windows(line).filter_map(|it| self.get(it)) {
                let (lines, last) = &mut seen[gram];
                *lines += u32::from(*last != number);
                *last = number;
            }
        }
        let megabytes = super::megabytes(sample);
        seen.into_iter().map(|(lines, _)| f64::from(lines) / megabytes).collect()
    }
}
