//! Many brothers in a listing without their parent: with `/s`, the key that was asked for is not printed itself
//! if it has no values, as `HKLM\SYSTEM\CurrentControlSet\Services` has none.

use super::super::path::parent;

/// So many brothers, in the registry's order, are not a choice of someone's.
const MANY: usize = 32;

/// Brothers one after the other, with what lies below each of them.
#[derive(Default)]
pub struct Series {
    line: u64,
    above: String,
    first: String,
    /// The name of the last one, as the registry sorts.
    last: String,
    count: usize,
    /// A key without values is among them: only `/s` prints such ones.
    bare: bool,
    spoiled: bool,
}

impl Series {
    pub fn starting(line: u64, key: &str) -> Self {
        let above = parent(key).unwrap_or_default().to_owned();
        let first = sorted(key);
        Self { line, above, last: first.clone(), first, count: 1, ..Self::default() }
    }

    /// The next brother; anything else ends what could be said of the series.
    pub fn next(&mut self, line: u64, key: &str) {
        let name = sorted(key);
        if self.count == 0 {
            *self = Self::starting(line, key);
        } else if !parent(key).unwrap_or_default().eq_ignore_ascii_case(&self.above) || name <= self.last {
            self.spoiled = true;
        }
        self.last = name;
        self.count += 1;
    }

    pub fn bare(&mut self) {
        self.bare = true;
    }

    pub fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// The line of the first brother, and the key of which all subkeys are told from one name to another: a text
    /// may have lost its start or its end.
    pub fn covered(&self) -> Option<(u64, &str, &str, &str)> {
        let certain = self.count >= MANY && self.bare && !self.spoiled;
        certain.then_some((self.line, self.above.as_str(), self.first.as_str(), self.last.as_str()))
    }
}

fn sorted(key: &str) -> String {
    key.rsplit('\\').next().unwrap_or(key).to_uppercase()
}
