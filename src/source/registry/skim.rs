//! Which keys of an export need no closer look. An export has hundreds of thousands of keys, and rules ask for a
//! few: by the bytes of its name alone it is told that nobody asks for a key, nor for what is around it.

use std::collections::HashSet;

use super::super::record::Wanted;

/// Tells the keys that may be passed over, one after the other.
#[derive(Default)]
pub struct Skim {
    /// In lower case: the last names of all paths that are asked for and of all paths above them.
    names: HashSet<Vec<u8>>,
    /// The last names of the paths that are asked for: what lies directly below them counts too.
    asked: HashSet<Vec<u8>>,
    before: Vec<u8>,
    name: Vec<u8>,
}

impl Skim {
    pub fn new(wanted: &Wanted) -> Self {
        let last = |it: &String| it.rsplit('\\').next().unwrap_or(it).as_bytes().to_vec();
        let is_above = |it: &&String| wanted.paths.iter().any(|that| is_below(that, it));
        let names = wanted.paths.iter().map(last).collect();
        let asked = wanted.paths.iter().filter(|it| !is_above(it)).chain(&wanted.below).chain(&wanted.whole);
        Self { names, asked: asked.map(last).collect(), ..Self::default() }
    }

    /// Whether the key in `line`, which starts with `[HKEY`, may be passed over with its values.
    pub fn passes(&mut self, line: &[u8]) -> bool {
        let Some(end) = memchr::memrchr(b']', line) else { return false };
        let key = &line[1..end];
        let passes = self.passes_key(key);
        self.before.clear();
        self.before.extend_from_slice(key);
        passes
    }

    fn passes_key(&mut self, key: &[u8]) -> bool {
        // A name that a code page may have spoilt counts for its siblings.
        if !key.is_ascii() || key.contains(&b'?') {
            return false;
        }
        let Some(at) = memchr::memrchr(b'\\', key) else { return false };
        let (parent, name) = (&key[..at], &key[at + 1..]);
        // What lies above a key is told by it, unless the key before has told it already.
        let is_told =
            self.before.starts_with(parent) && matches!(self.before.get(parent.len()), None | Some(b'\\'));
        is_told && !self.is_wanted(name) && !self.is_asked(parent)
    }

    /// Whether it may be a path that is asked for or one above; control sets have names of their own.
    fn is_wanted(&mut self, name: &[u8]) -> bool {
        self.lower(name);
        self.names.contains(&self.name) || self.name.starts_with(b"controlset") || self.name == b"select"
    }

    fn is_asked(&mut self, parent: &[u8]) -> bool {
        let at = memchr::memrchr(b'\\', parent).map_or(0, |it| it + 1);
        self.lower(&parent[at..]);
        self.asked.contains(&self.name)
    }

    fn lower(&mut self, name: &[u8]) {
        self.name.clear();
        self.name.extend(name.iter().map(u8::to_ascii_lowercase));
    }
}

/// Whether `path` lies below `above`, both in lower case.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|it| it.starts_with('\\'))
}
