//! Which keys and values of an export need no closer look. An export has hundreds of thousands of keys, and rules ask
//! for a few: by the bytes of its name alone it is told that nobody asks for a key, nor for what is around it.

use std::collections::HashSet;

use super::super::record::Wanted;

/// Some names, in lower case. Each key of an export is looked up in them, and hardly any is one of them: nearly always
/// its length and three of its letters tell.
#[derive(Default)]
struct Names {
    all: HashSet<Vec<u8>>,
    /// A bit for each of 1024 marks that a name may have.
    marks: [u64; 16],
}

impl Names {
    fn of(names: impl Iterator<Item = Vec<u8>>) -> Self {
        let all: HashSet<Vec<u8>> = names.collect();
        let mut marks = [0; 16];
        all.iter().map(|it| mark(it)).for_each(|(word, bit)| marks[word] |= bit);
        Self { all, marks }
    }

    fn contains(&self, name: &[u8]) -> bool {
        let (word, bit) = mark(name);
        self.marks[word] & bit != 0 && self.all.contains(name)
    }
}

fn mark(name: &[u8]) -> (usize, u64) {
    let letter = |at: usize| name.get(at).map_or(0, |it| usize::from(*it));
    let last = letter(name.len().saturating_sub(1));
    let mark = name.len() * 101 + letter(0) * 31 + letter(name.len() / 2) * 7 + last * 37;
    (mark / 64 % 16, 1 << (mark % 64))
}

/// Tells the keys that may be passed over, one after the other.
#[derive(Default)]
pub struct Skim {
    /// In lower case: the last names of all paths that are asked for and of all paths above them.
    names: Names,
    /// The last names of the paths that are asked for: what lies directly below them counts too.
    asked: Names,
    /// Those of the paths of which only some values of what lies directly below them count, and these values.
    listed: Names,
    values: Names,
    before: Vec<u8>,
    name: Vec<u8>,
}

/// What of a key may count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counts {
    #[default]
    All,
    /// Values that are asked for, and the key only if it has one.
    Values,
    Nothing,
}

/// No longer value is passed over.
const LONG: usize = 64 << 10;

impl Skim {
    pub fn new(wanted: &Wanted) -> Self {
        let last = |it: &String| it.rsplit('\\').next().unwrap_or(it).as_bytes().to_vec();
        let is_above = |it: &&String| wanted.paths.iter().any(|that| is_below(that, it));
        let names = wanted.paths.iter().map(last);
        let asked = wanted.paths.iter().filter(|it| !is_above(it) && !wanted.below.contains(*it));
        let lower = |it: &String| it.as_bytes().to_vec();
        Self {
            names: Names::of(names),
            asked: Names::of(asked.chain(&wanted.whole).map(last)),
            listed: Names::of(wanted.below.iter().map(last)),
            values: Names::of(wanted.values.iter().map(lower)),
            ..Self::default()
        }
    }

    /// What counts of the key in `line`, which starts with `[HKEY`.
    pub fn key(&mut self, line: &[u8]) -> Counts {
        let Some(end) = memchr::memrchr(b']', line) else { return Counts::All };
        let key = &line[1..end];
        let counts = self.counts(key);
        self.before.clear();
        self.before.extend_from_slice(key);
        counts
    }

    fn counts(&mut self, key: &[u8]) -> Counts {
        // A name that a code page may have spoilt counts for its siblings.
        if !key.is_ascii() || memchr::memchr(b'?', key).is_some() {
            return Counts::All;
        }
        let Some(at) = memchr::memrchr(b'\\', key) else { return Counts::All };
        let (parent, name) = (&key[..at], &key[at + 1..]);
        // What lies above a key is told by it, unless the key before has told it already.
        let is_told =
            self.before.starts_with(parent) && matches!(self.before.get(parent.len()), None | Some(b'\\'));
        if !is_told || self.is_wanted(name) {
            return Counts::All;
        }
        let at = memchr::memrchr(b'\\', parent).map_or(0, |it| it + 1);
        self.lower(&parent[at..]);
        match () {
            () if self.asked.contains(&self.name) => Counts::All,
            () if self.listed.contains(&self.name) => Counts::Values,
            () => Counts::Nothing,
        }
    }

    /// Whether a line of a key of which only values count is blank, or a whole value that nobody asks for.
    pub fn passes_value(&mut self, line: &[u8]) -> bool {
        let line = line.trim_ascii_end();
        let Some(rest) = line.strip_prefix(b"\"").filter(|it| it.len() < LONG) else {
            return line.is_empty();
        };
        let Some(end) = memchr::memchr(b'"', rest) else { return false };
        let (name, data) = (&rest[..end], &rest[end + 1..]);
        if !name.is_ascii() || name.contains(&b'\\') {
            return false;
        }
        let is_whole = match data.strip_prefix(b"=") {
            Some([b'"', text @ ..]) => closes(text),
            Some(data) if data.starts_with(b"dword:") => true,
            Some(data) if data.starts_with(b"hex") => !data.ends_with(b"\\"),
            _ => false,
        };
        self.lower(name);
        is_whole && !self.values.contains(&self.name)
    }

    /// Whether it may be a path that is asked for or one above; control sets have names of their own.
    fn is_wanted(&mut self, name: &[u8]) -> bool {
        self.lower(name);
        self.names.contains(&self.name) || self.name.starts_with(b"controlset") || self.name == b"select"
    }

    fn lower(&mut self, name: &[u8]) {
        self.name.clear();
        self.name.extend_from_slice(name);
        self.name.make_ascii_lowercase();
    }
}

/// Whether a string ends in this text: at a quote that no backslash takes its meaning from.
fn closes(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        if text[at + found] == b'"' {
            return true;
        }
        at = (at + found + 2).min(text.len());
    }
    false
}

/// Whether `path` lies below `above`, both in lower case.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|it| it.starts_with('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_lose_no_name() {
        let mut rng = fastrand::Rng::with_seed(5);
        let mut name = || -> Vec<u8> { (0..rng.usize(0..9)).map(|_| rng.u8(b'a'..=b'h')).collect() };
        let names = Names::of((0..60).map(|_| name()));
        let (mut is_one, mut is_marked) = (0, 0);
        for name in names.all.iter().cloned().chain((0..5000).map(|_| name())) {
            let (word, bit) = mark(&name);
            assert_eq!(names.contains(&name), names.all.contains(&name));
            is_one += usize::from(names.contains(&name));
            is_marked += usize::from(names.marks[word] & bit != 0);
        }
        assert!(is_one >= names.all.len() && is_marked < is_one + 1000, "{is_marked} {is_one}");
    }
}
