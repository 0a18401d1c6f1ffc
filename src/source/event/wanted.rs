//! Which events are asked for: the names of their providers, looked for in raw bytes first, since most of a log
//! is of others.

use memchr::memmem::Finder;

use super::super::decoded::Providers;

/// The providers whose events are wanted. Their names are looked for in the spelling that rules have: in such files
/// Windows writes them as they were registered. One search a name, since an automaton of them all is far slower here:
/// these names begin with what stands everywhere.
pub struct Names {
    names: Vec<String>,
    utf8: Vec<Finder<'static>>,
    utf16: Vec<Finder<'static>>,
}

/// `None` where all events are wanted.
pub fn names(wanted: &Providers) -> Option<Names> {
    let Providers::These(names) = wanted else { return None };
    let wide = |it: &String| it.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    Some(Names {
        utf8: names.iter().map(|it| Finder::new(it).into_owned()).collect(),
        utf16: names.iter().map(|it| Finder::new(&wide(it)).into_owned()).collect(),
        names: names.clone(),
    })
}

impl Names {
    /// Whether any of them occurs in the UTF-16 of a binary log.
    pub fn in_binary(&self, bytes: &[u8]) -> bool {
        self.utf16.iter().any(|it| it.find(bytes).is_some())
    }

    /// Whether any of them occurs in text.
    pub fn in_text(&self, bytes: &[u8]) -> bool {
        self.utf8.iter().any(|it| it.find(bytes).is_some())
    }

    pub fn has(&self, provider: &str) -> bool {
        self.names.iter().any(|it| it.eq_ignore_ascii_case(provider))
    }
}

/// The sentence for events that are too long to be shown whole.
pub fn shortened(count: u64) -> Option<String> {
    (count > 0).then(|| format!("{count} events carry more data than is read: the end of it was left out"))
}
