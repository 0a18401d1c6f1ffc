//! Names in a watched folder: which are left alone, and what makes two of them the same.

use std::ffi::OsStr;

use unicode_normalization::UnicodeNormalization;

/// What the names of files end in that are still on their way: browsers, copying programs and Office call them
/// so, and rename them when they are whole.
const UNFINISHED: [&str; 10] = [
    ".part",
    ".partial",
    ".crdownload",
    ".opdownload",
    ".filepart",
    ".tmp",
    ".temp",
    ".download",
    ".aria2",
    ".!ut",
];

/// Whether nothing of this name is ever taken for a bundle: a file on its way, a lock file of Office, one that
/// is hidden.
pub fn is_left_alone(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with('.') || name.starts_with("~$") || UNFINISHED.iter().any(|it| lower.ends_with(it))
}

/// What a name is known by. macOS and its file servers tell `ü` as one character or as two, depending on who
/// asks; both are one name. Bytes that are no text are written out, so that two such names stay two.
pub fn key(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) => name.nfc().collect(),
        None => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_its_way_is_left_alone() {
        for name in [
            "a.zip.part",
            "a.zip.PART",
            "Unconfirmed 1.crdownload",
            "a.zip.filepart",
            "x.tmp",
            "a.download",
            "~$ticket.docx",
            ".DS_Store",
            "._a.zip",
        ] {
            assert!(is_left_alone(name), "{name}");
        }
        for name in ["a.zip", "part", "a.part.zip", "~a.zip", "tmp"] {
            assert!(!is_left_alone(name), "{name}");
        }
    }

    #[test]
    fn one_name_in_two_forms_is_one() {
        assert_eq!(key(OsStr::new("Mu\u{308}ller.zip")), key(OsStr::new("M\u{fc}ller.zip")));
        assert_ne!(key(OsStr::new("A.zip")), key(OsStr::new("a.zip")));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_stay_apart() {
        use std::os::unix::ffi::OsStrExt;
        let (one, other) = (OsStr::from_bytes(b"a\xFF.zip"), OsStr::from_bytes(b"a\xFE.zip"));
        assert_ne!(key(one), key(other));
    }
}
