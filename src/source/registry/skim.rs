//! Which keys and values of an export need no closer look. An export has hundreds of thousands of keys, and rules ask
//! for a few: by the bytes of its name alone it is told that nobody asks for a key, nor for what is around it.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::super::record::Wanted;

/// Each key of an export is looked up in these.
type Names = HashSet<Vec<u8>, RandomState>;

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
        let names = wanted.paths.iter().map(last).collect();
        let asked = wanted.paths.iter().filter(|it| !is_above(it) && !wanted.below.contains(*it));
        let lower = |it: &String| it.as_bytes().to_vec();
        Self {
            names,
            asked: asked.chain(&wanted.whole).map(last).collect(),
            listed: wanted.below.iter().map(last).collect(),
            values: wanted.values.iter().map(lower).collect(),
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
