//! Which events are asked for: the names of their providers, looked for in raw bytes first, since most of a log
//! is of others.

use std::sync::LazyLock;

use aho_corasick::packed;
use memchr::memmem::Finder;

use super::super::decoded::Providers;

/// The providers whose events are wanted, in any spelling.
pub struct Names {
    names: Vec<String>,
    utf16: Wide,
}

/// Searches for names in folded UTF-16.
enum Wide {
    /// For the ends of all names at once, see [`telling_end`].
    Ends(packed::Searcher),
    /// For one name after the other, where this machine has nothing faster.
    Each(Vec<Finder<'static>>),
}

/// `None` where all events are wanted.
pub fn names(wanted: &Providers) -> Option<Names> {
    let Providers::These(names) = wanted else { return None };
    Some(Names { utf16: Wide::of(names), names: names.clone() })
}

/// Upper case becomes lower case. Some other bytes become alike too, which is no harm: what is found is read.
fn folded(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|it| it | 0x20).collect()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Letters from the usual to the rare.
const LETTERS: &str = "etaionsrldchmpufgwybvkxjqz";
/// What names begin with that stand everywhere.
const USUAL_START: &str = "Microsoft-Windows-";

/// The end of a name from where two letters meet that seldom do: `UpdateClient`. Of each text, a search for many
/// compares only the first bytes.
fn telling_end(name: &str) -> &str {
    let own = name.strip_prefix(USUAL_START).unwrap_or(name);
    let rarity = |it: char| match it {
        '0'..='9' => LETTERS.len() / 2,
        _ => LETTERS.find(it.to_ascii_lowercase()).unwrap_or(0),
    };
    let pairs = own.char_indices().zip(own.chars().skip(1)).filter(|((at, _), _)| own.len() - at >= 4);
    let at = pairs.max_by_key(|((_, one), other)| rarity(*one) + rarity(*other)).map_or(0, |((at, _), _)| at);
    if own.len() < 4 { name } else { &own[at..] }
}

impl Wide {
    fn of(names: &[String]) -> Self {
        let pattern = |it: &str| folded(&wide(it));
        let ends = names.iter().map(|it| pattern(telling_end(it)));
        let each = || Self::Each(names.iter().map(|it| Finder::new(&pattern(it)).into_owned()).collect());
        packed::Config::new().builder().extend(ends).build().map_or_else(each, Self::Ends)
    }
}

impl Names {
    /// Whether any of them may occur in the UTF-16 of a binary log.
    pub fn in_binary(&self, bytes: &[u8]) -> bool {
        let bytes = folded(bytes);
        match &self.utf16 {
            Wide::Ends(searcher) => searcher.find(&bytes).is_some(),
            Wide::Each(names) => names.iter().any(|it| it.find(&bytes).is_some()),
        }
    }

    /// Whether an event may be of one of them, before it is read as XML.
    pub fn in_xml(&self, event: &[u8]) -> bool {
        provider(event).is_none_or(|it| self.has(it))
    }

    pub fn has(&self, provider: &str) -> bool {
        self.names.iter().any(|it| it.eq_ignore_ascii_case(provider))
    }
}

/// The name in `<Provider Name='…' …>`, where it is written the usual way and with nothing to resolve.
fn provider(event: &[u8]) -> Option<&str> {
    static TAG: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("<Provider "));
    static NAME: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(" Name="));
    let tag = &event[TAG.find(event)?..];
    let tag = &tag[..memchr::memchr(b'>', tag)?];
    let value = &tag[NAME.find(tag)? + NAME.needle().len()..];
    let (quote, value) = value.split_first().filter(|(it, _)| matches!(**it, b'\'' | b'"'))?;
    let name = std::str::from_utf8(&value[..memchr::memchr(*quote, value)?]).ok()?;
    let is_plain = !name.contains(|it: char| it == '&' || it.is_control());
    (is_plain && !name.trim().is_empty()).then_some(name)
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
            ("Microsoft-Windows-WindowsUpdateClient", "UpdateClient"),
            ("Microsoft-Windows-Servicing", "rvicing"),
            ("Microsoft-Windows-WUSA", "WUSA"),
            ("Microsoft-Windows-X", "Microsoft-Windows-X"),
            ("Service Control Manager", "rvice Control Manager"),
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
                assert!(
                    names.in_binary(&wide(&text)) && names.in_binary(&wide(&text.to_uppercase())),
                    "{text}"
                );
            }
        }
        assert!(!names.in_binary(&wide("Microsoft-Windows-Kernel-General in a Windows Update")));
    }
}
