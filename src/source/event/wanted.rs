//! Which events are asked for: the names of their providers, looked for in raw bytes first, since most of a log
//! is of others.

use aho_corasick::packed;
use memchr::memmem::Finder;

use super::super::decoded::Providers;

/// The providers whose events are wanted. Their names are looked for in the spelling that rules have: in such files
/// Windows writes them as they were registered.
pub struct Names {
    names: Vec<String>,
    utf8: Vec<Finder<'static>>,
    utf16: Wide,
}

/// Searches for names in UTF-16.
enum Wide {
    /// For the ends of all names at once, see [`telling_end`].
    Ends(packed::Searcher),
    /// For one name after the other, where this machine has nothing faster.
    Each(Vec<Finder<'static>>),
}

/// `None` where all events are wanted.
pub fn names(wanted: &Providers) -> Option<Names> {
    let Providers::These(names) = wanted else { return None };
    Some(Names {
        utf8: names.iter().map(|it| Finder::new(it).into_owned()).collect(),
        utf16: Wide::of(names),
        names: names.clone(),
    })
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The end of a name from where two letters meet that seldom do: `eClient`. Names begin with what stands
/// everywhere, and of each text a search for many compares only the first bytes.
fn telling_end(name: &str) -> &str {
    let pairs: Vec<_> = name.char_indices().zip(name.chars().skip(1)).collect();
    let rank = |one: char, other: char| match (one.is_ascii_lowercase(), other) {
        (true, 'A'..='Z' | '0'..='9') => 0,
        (false, 'A'..='Z' | '0'..='9') => 1,
        (false, _) => 2,
        (true, _) => 3,
    };
    let pairs = pairs.into_iter().rev().filter(|((at, _), _)| name.len() - at >= 4);
    let at = pairs.min_by_key(|((_, one), other)| rank(*one, *other)).map_or(0, |((at, _), _)| at);
    &name[at..]
}

impl Wide {
    fn of(names: &[String]) -> Self {
        let ends = names.iter().map(|it| wide(telling_end(it)));
        let each = || Self::Each(names.iter().map(|it| Finder::new(&wide(it)).into_owned()).collect());
        packed::Config::new().builder().extend(ends).build().map_or_else(each, Self::Ends)
    }
}

impl Names {
    /// Whether any of them may occur in the UTF-16 of a binary log.
    pub fn in_binary(&self, bytes: &[u8]) -> bool {
        match &self.utf16 {
            Wide::Ends(searcher) => searcher.find(bytes).is_some(),
            Wide::Each(names) => names.iter().any(|it| it.find(bytes).is_some()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_by_its_end() {
        for (name, end) in [
            ("Microsoft-Windows-WindowsUpdateClient", "eClient"),
            ("Microsoft-Windows-Servicing", "-Servicing"),
            ("Microsoft-Windows-WUSA", "WUSA"),
            ("Service Control Manager", " Manager"),
            ("User32", "User32"),
            ("ESENT", "SENT"),
            ("disk", "disk"),
            ("x", "x"),
            ("", ""),
        ] {
            assert_eq!(telling_end(name), end);
        }
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let all = ["Microsoft-Windows-WindowsUpdateClient", "Service Control Manager", "User32", "disk"]
            .map(str::to_owned);
        let names = names(&Providers::These(all.to_vec())).unwrap();
        for place in 0..80 {
            for name in &all {
                let text =
                    format!("{}{name} and more", "Microsoft-Windows-Kernel ".repeat(5)[..place].to_owned());
                assert!(names.in_binary(&wide(&text)) && names.in_text(text.as_bytes()), "{text}");
            }
        }
        assert!(!names.in_binary(&wide("Microsoft-Windows-Kernel-General in a Windows Update")));
    }
}
