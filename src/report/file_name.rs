//! File names of reports. A case may be called anything; its files must be safe on every file system, differ
//! also where case is not told apart, and never be the index.

use std::collections::HashSet;
use std::fmt::Write as _;

/// Names that Windows keeps for devices: a report may be copied there.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];
const LONGEST: usize = 120;

/// Gives each case of a run a file name of its own.
pub struct FileNames {
    taken: HashSet<String>,
}

impl Default for FileNames {
    fn default() -> Self {
        Self { taken: HashSet::from(["index".to_owned()]) }
    }
}

impl FileNames {
    /// Names that differ from these too.
    pub fn beside<'n>(taken: impl Iterator<Item = &'n str>) -> Self {
        let mut names = Self::default();
        names.taken.extend(taken.map(str::to_lowercase));
        names
    }

    /// The file name for a case, without extension.
    pub fn next(&mut self, case: &str) -> String {
        let safe = safe(case);
        let mut name = safe.clone();
        let mut count = 1;
        while !self.taken.insert(name.to_lowercase()) {
            count += 1;
            name = format!("{safe}-{count}");
        }
        name
    }
}

fn safe(case: &str) -> String {
    let plain =
        |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '(' | ')' | '+' | '@' | '=');
    let mut name: String = case.chars().map(|it| if plain(it) { it } else { '_' }).collect();
    while name.len() > LONGEST {
        name.pop();
    }
    // A dot in front hides a file, one at the end is lost on Windows.
    let trimmed = name.trim_start_matches('.').trim_end_matches('.');
    let base = trimmed.split('.').next().unwrap_or_default().to_lowercase();
    if trimmed.is_empty() || DEVICES.contains(&base.as_str()) {
        format!("case-{trimmed}")
    } else {
        trimmed.to_owned()
    }
}

/// A file name as part of a link.
pub fn in_url(name: &str) -> String {
    let mut url = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_differ() {
        let mut names = FileNames::default();
        let all = [
            "INC0042318",
            "Müller GmbH",
            "../../etc",
            "a/b",
            "A_b",
            "index",
            "CON",
            "nul.txt",
            ".hidden",
            "",
            "x\u{202e}y",
        ];
        let told: Vec<String> = all.iter().map(|it| names.next(it)).collect();
        let expect = [
            "INC0042318",
            "Müller_GmbH",
            "_.._etc",
            "a_b",
            "A_b-2",
            "index-2",
            "case-CON",
            "case-nul.txt",
            "hidden",
            "case-",
            "x_y",
        ];
        assert_eq!(told, expect);
        assert!(names.next(&"ü".repeat(500)).len() <= LONGEST);
    }

    #[test]
    fn links_are_encoded() {
        assert_eq!(in_url("a b#%ü.html"), "a%20b%23%25%C3%BC.html");
    }
}
