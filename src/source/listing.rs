//! Folder listings: what `dir /s` prints. A folder whose block is there is known completely; one that is only
//! named in its parent's block is there, and no more is known of it.

use super::Format;
use super::record::{Node, Record, TreeReader};

pub struct Listing;

impl Format for Listing {
    fn name(&self) -> &'static str {
        "listing"
    }

    fn about(&self) -> &'static str {
        "a folder listing (dir /a /s)"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let folders = head.lines().filter(|it| folder(it).is_some()).count();
        let entries = head.lines().filter(|it| entry(it).is_some()).count();
        let volume = head.trim_start().starts_with("Volume ");
        let content = folders > 0 && (entries > 0 || volume);
        u32::from(content) * 70 + u32::from(content && name.contains("dir")) * 20
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        line.first() == Some(&b' ')
            && line.get(1).is_some_and(|it| *it != b' ')
            && memchr::memmem::find(line, b":\\").is_some()
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        Record { message: text, ..Record::default() }
    }

    fn noun(&self) -> &'static str {
        "listed path"
    }

    fn tree(&self) -> Option<Box<dyn TreeReader>> {
        Some(Box::new(Dir::default()))
    }
}

#[derive(Default)]
struct Dir {
    folder: String,
}

impl TreeReader for Dir {
    fn line(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        if let Some(path) = folder(line) {
            path.trim_end_matches('\\').clone_into(&mut self.folder);
            tell(number, Node::Covered(&self.folder));
        } else if self.folder.is_empty() {
            // Rows before the first folder belong to none.
        } else if let Some(name) = entry(line) {
            if !matches!(name, "." | "..") {
                tell(number, Node::Named(&format!("{}\\{name}", self.folder)));
            }
        } else if line.starts_with(|it: char| it.is_ascii_digit()) {
            // A row that cannot be read may be any file: of this folder, not all is known.
            tell(number, Node::Doubtful(&self.folder));
        }
    }
}

/// The path in ` Directory of C:\Windows`, in any language: a single blank, then words around a path.
fn folder(line: &str) -> Option<&str> {
    let words = line.strip_prefix(' ').filter(|it| !it.starts_with(' '))?;
    let at = words.find(":\\")?.checked_sub(1)?;
    if !words.as_bytes()[at].is_ascii_alphabetic() {
        return None;
    }
    // Some languages put the path first and a word behind it.
    let path = words[at..].trim_end();
    Some(if at == 0 { path.rsplit_once(' ').map_or(path, |(path, _)| path) } else { path })
}

/// The name in `12/07/2019  04:08 AM           615,424 dsound.dll` or `14.03.2024  02:11    <DIR>          x`.
fn entry(line: &str) -> Option<&str> {
    if !line.starts_with(|it: char| it.is_ascii_digit()) {
        return None;
    }
    let (date, rest) = line.split_once(' ')?;
    let (clock, rest) = rest.trim_start().split_once(' ')?;
    if !clock.contains(':') || !date.contains(['/', '.', '-']) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = without_half_day(rest);
    let (size, name) = rest.split_once(' ')?;
    if size.starts_with('<') && size.ends_with('>') {
        let name = name.trim_start();
        // A link names its target behind the name.
        let link = size != "<DIR>" && name.ends_with(']');
        return Some(
            if link { name.rsplit_once(" [").map_or(name, |(name, _)| name) } else { name }.trim_end(),
        );
    }
    // Thousands are told apart by anything: commas, dots, blanks of many kinds.
    size.contains(|it: char| it.is_ascii_digit()).then(|| name.trim_end())
}

/// What stands behind `AM`, `pm`, `a.m.` or `p. m.`, if that stands there.
fn without_half_day(text: &str) -> &str {
    let letters = ["a.m.", "p.m.", "a. m.", "p. m.", "am", "pm"];
    let half =
        letters.iter().find(|it| text.get(..it.len()).is_some_and(|head| head.eq_ignore_ascii_case(it)));
    half.map_or(text, |it| text[it.len()..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut reader = Listing.tree().unwrap();
        let mut told = Vec::new();
        for (at, line) in text.lines().enumerate() {
            reader.line(at as u64 + 1, line, &mut |line, node| told.push(format!("{line} {node:?}")));
        }
        assert_eq!(told, expect);
    }

    #[test]
    fn folders_files_and_links() {
        check(
            " Volume in drive C has no label.\n Volume Serial Number is 5E8F-2C34\n\n Directory of C:\\Windows\n\n\
             12/07/2019  04:08 AM    <DIR>          .\n12/07/2019  04:08 AM    <DIR>          System32\n\
             12/07/2019  04:08 AM           615,424 a file.dll\n12/07/2019  04:08 AM    <SYMLINKD>     link [D:\\x]\n               1 File(s)        615,424 bytes\n",
            &[
                r#"4 Covered("C:\\Windows")"#,
                r#"7 Named("C:\\Windows\\System32")"#,
                r#"8 Named("C:\\Windows\\a file.dll")"#,
                r#"9 Named("C:\\Windows\\link")"#,
            ],
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_casts_doubt_on_its_folder() {
        check(
            " Directory of C:\\a\n12/07/2019  02:11 am           125\u{ff}872 b.exe\n12/07/2019  02:11 p. m.    <DIR>    c\n12/07/2019  what is this\n",
            &[
                r#"1 Covered("C:\\a")"#,
                r#"2 Named("C:\\a\\b.exe")"#,
                r#"3 Named("C:\\a\\c")"#,
                r#"4 Doubtful("C:\\a")"#,
            ],
        );
    }

    #[test]
    fn other_languages() {
        check(
            " Verzeichnis von C:\\Windows\n29.08.2002  04:00         1.004.032 explorer.exe\n C:\\Temp のディレクトリ\n",
            &[
                r#"1 Covered("C:\\Windows")"#,
                r#"2 Named("C:\\Windows\\explorer.exe")"#,
                r#"3 Covered("C:\\Temp")"#,
            ],
        );
    }
}
