//! Which anchors are looked for as one group. The searcher compares half bytes: a group accepts whatever has, place by
//! place, half bytes of its anchors, and looks closer there. Anchors that look alike make a narrow group.

use super::grams::GRAM;

/// A searcher of so many groups, for so many anchors at most, and what a megabyte costs beside what it stumbles over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searcher {
    pub groups: usize,
    most: usize,
    pub cost: u32,
}

pub const NARROW: Searcher = Searcher { groups: 8, most: 32, cost: 0 };
pub const WIDE: Searcher = Searcher { groups: 16, most: 64, cost: 60 };

/// So much of a sample is enough to see what is stumbled over.
const SAMPLE: usize = 64 << 10;

/// How often each byte occurs, in rows of sixteen: those that share their upper half.
pub struct Bytes<'s> {
    sample: &'s [u8],
    share: [[f64; 16]; 16],
}

impl<'s> Bytes<'s> {
    pub fn of(sample: &'s [u8]) -> Self {
        let sample = &sample[..sample.len().min(SAMPLE)];
        let mut share = [[0.0; 16]; 16];
        for byte in sample {
            share[usize::from(byte >> 4)][usize::from(byte & 15)] += 1.0 / sample.len() as f64;
        }
        // What the sample lacks is seldom, and not impossible.
        share.iter_mut().flatten().for_each(|it| *it += 0.0005);
        Self { sample, share }
    }

    /// How many bytes of the text are accepted, of all.
    fn accepted(&self, mask: &Mask) -> f64 {
        let place = |(upper, lower): (&u16, &u16)| {
            let rows = (0..16).filter(|it| upper >> it & 1 == 1);
            let row = |it: usize| {
                (0..16).filter(|at| lower >> at & 1 == 1).map(|at| self.share[it][at]).sum::<f64>()
            };
            rows.map(row).sum::<f64>()
        };
        mask.upper.iter().zip(&mask.lower).map(place).product()
    }

    /// How many places of a megabyte are stumbled over.
    pub fn stumbles(&self, groups: &[Vec<[u8; GRAM]>]) -> f64 {
        let mut tables = [[[0_u32; 16]; 2]; GRAM];
        for (group, text) in groups.iter().enumerate().flat_map(|(at, it)| it.iter().map(move |it| (at, it)))
        {
            for ([upper, lower], byte) in tables.iter_mut().zip(text) {
                upper[usize::from(byte >> 4)] |= 1 << group;
                lower[usize::from(byte & 15)] |= 1 << group;
            }
        }
        // Most places are told by their first bytes.
        let accepts = |it: &&[u8]| {
            let mut all = u32::MAX;
            tables.iter().zip(*it).all(|([upper, lower], byte)| {
                all &= upper[usize::from(byte >> 4)] & lower[usize::from(byte & 15)];
                all != 0
            })
        };
        let found = self.sample.windows(GRAM).filter(accepts).count();
        found as f64 / super::megabytes(self.sample)
    }
}

/// The half bytes of a group, a bit each, place by place.
#[derive(Clone, Copy, Default)]
struct Mask {
    upper: [u16; GRAM],
    lower: [u16; GRAM],
}

impl Mask {
    fn of(texts: impl Iterator<Item = [u8; GRAM]>) -> Self {
        let mut mask = Self::default();
        for text in texts {
            for (at, byte) in text.into_iter().enumerate() {
                mask.upper[at] |= 1 << (byte >> 4);
                mask.lower[at] |= 1 << (byte & 15);
            }
        }
        mask
    }
}

impl Searcher {
    /// Puts texts into groups, by their numbers; `None` if they are too many. The largest group comes first.
    pub fn group(self, texts: &[[u8; GRAM]], bytes: &Bytes<'_>) -> Option<Vec<Vec<usize>>> {
        if texts.len() > self.most {
            return None;
        }
        let room = self.most / self.groups;
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); self.groups];
        let accepted = |group: &[usize]| bytes.accepted(&Mask::of(group.iter().map(|it| texts[*it])));
        for number in 0..texts.len() {
            let growth = |it: &Vec<usize>| {
                let with: Vec<usize> = it.iter().copied().chain([number]).collect();
                accepted(&with) - if it.is_empty() { 0.0 } else { accepted(it) }
            };
            let with_room = (0..groups.len()).filter(|it| groups[*it].len() < room);
            let priced = with_room.map(|it| (it, growth(&groups[it])));
            let (best, _) = priced.min_by(|one, other| one.1.total_cmp(&other.1))?;
            groups[best].push(number);
        }
        groups.sort_by_key(|it| std::cmp::Reverse(it.len()));
        Some(groups)
    }
}

/// The order in which the searcher must be given texts, so that its groups are these: it deals them out by turns. Where
/// a group has fewer than others, one of its own is given again.
pub fn dealt(groups: &[Vec<usize>]) -> Vec<usize> {
    let rounds = groups.first().map_or(0, Vec::len);
    let last = groups.iter().filter(|it| it.len() == rounds).count();
    let turn = |round: usize| {
        let taking = if round + 1 == rounds { last } else { groups.len() };
        groups[..taking].iter().filter_map(move |it| it.get(round.min(it.len().saturating_sub(1))).copied())
    };
    (0..rounds).flat_map(turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(groups: &[&[usize]], expect: &[usize]) {
        assert_eq!(dealt(&groups.iter().map(|it| it.to_vec()).collect::<Vec<_>>()), expect);
    }

    #[test]
    fn texts_are_dealt_out_by_turns() {
        check(&[&[0], &[1], &[]], &[0, 1]);
        check(&[&[0, 1], &[2, 3], &[4]], &[0, 2, 4, 1, 3]);
        // Every turn but the last must be a whole one.
        check(&[&[0, 1, 2], &[3, 4], &[5]], &[0, 3, 5, 1, 4, 5, 2]);
    }

    #[test]
    fn what_looks_alike_is_one_group() {
        let texts: Vec<[u8; GRAM]> =
            ["aaaa", "zzzz", "aaab", "zzzy"].iter().map(|it| it.as_bytes().try_into().unwrap()).collect();
        let two = Searcher { groups: 2, most: 4, cost: 0 };
        let bytes = Bytes::of(b"any text of letters as a log may hold it");
        assert_eq!(two.group(&texts, &bytes), Some(vec![vec![0, 2], vec![1, 3]]));
        assert_eq!(two.group(&[*b"aaaa"; 5], &bytes), None);
    }

    #[test]
    fn stumbles_are_counted_where_all_half_bytes_fit() {
        let bytes = Bytes::of(b"axcd bxcd abce");
        let count = |groups: &[Vec<[u8; GRAM]>]| {
            (bytes.stumbles(groups) * super::super::megabytes(bytes.sample)).round() as u64
        };
        // `axcd` has the half bytes of `abcd` and `xxcd` taken together; apart they accept nothing here.
        assert_eq!(count(&[vec![*b"abcd", *b"xxcd"]]), 1);
        assert_eq!(count(&[vec![*b"abcd"], vec![*b"yxcd"]]), 0);
    }
}
