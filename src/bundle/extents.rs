//! Where the members of a zip file lie, held against one another: two that share their bytes would let a small
//! file unpack to any size, and what lies between them may be members that nobody lists.

use std::ops::Range;

/// What lies between two members without being of interest: fields of their headers, a checksum behind them.
const SLACK: u64 = 256;

/// What the places of members say of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Extents {
    /// By member, whether it lies over one that begins before it.
    pub overlapping: Vec<bool>,
    /// Places that no member covers.
    pub gaps: Vec<Range<u64>>,
}

impl Extents {
    /// Of members that take at least these bytes of a file of `length` bytes.
    pub fn of(members: &[Range<u64>], length: u64) -> Self {
        let mut order: Vec<usize> = (0..members.len()).collect();
        // Where two begin at one place, the first that is listed stands.
        order.sort_by_key(|it| (members[*it].start, *it));
        let mut extents = Self { overlapping: vec![false; members.len()], gaps: Vec::new() };
        let mut reach = 0;
        for number in order {
            let Range { start, end } = members[number];
            if start < reach {
                extents.overlapping[number] = true;
                continue;
            }
            extents.gap(reach..start);
            reach = end.max(start);
        }
        extents.gap(reach.min(length)..length);
        extents
    }

    fn gap(&mut self, range: Range<u64>) {
        if range.end - range.start > SLACK {
            self.gaps.push(range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_one_behind_the_other() {
        let check = |members: &[Range<u64>], overlapping: &[bool], gaps: &[Range<u64>]| {
            let extents = Extents::of(members, 10_000);
            assert_eq!((&extents.overlapping[..], &extents.gaps[..]), (overlapping, gaps));
        };
        let one = |it: Range<u64>| [it];
        check(&[0..4000, 4020..9900], &[false, false], &[]);
        check(&[4020..9900, 0..4000], &[false, false], &[]);
        check(&[0..4000, 0..4000, 3999..9900], &[false, true, true], &one(4000..10_000));
        check(&[1000..4000, 6000..9900], &[false, false], &[0..1000, 4000..6000]);
        check(&one(0..20_000), &[false], &[]);
        check(&one(30_000..40_000), &[false], &one(0..30_000));
    }
}
