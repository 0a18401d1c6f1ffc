//! What a bundle may hold and this version cannot read, told by its first bytes or its name: never passed
//! over in silence, and with what to send instead.

use crate::bundle::SkipKind;

/// A kind of member that is not read, and what to say of it.
pub struct Unread {
    /// The first bytes of such a member, or the end of its name.
    sign: Sign,
    /// For the report: what it is and what would help.
    pub reason: &'static str,
    /// Whether something is lost by it: a failure might be told in it, or it should have been text.
    pub kind: SkipKind,
}

enum Sign {
    Magic(&'static [u8]),
    Ending(&'static str),
}

use Sign::{Ending, Magic};

static UNREAD: [Unread; 12] = [
    Unread {
        sign: Magic(b"ElfFile\0"),
        reason: "a binary event log, not read by this version: export it as text with wevtutil qe FILE /lf:true /f:text",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"MSCF"),
        reason: "a cabinet file, not read by this version: send its content unpacked (expand -F:* FILE FOLDER)",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"7z\xBC\xAF\x27\x1C"),
        reason: "a 7z archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"\x1F\x8B"),
        reason: "a gzip file, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"\xFD7zXZ\0"),
        reason: "an xz file, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"Rar!"),
        reason: "a rar archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"regf"),
        reason: "a registry hive, not read by this version: export the key as text with reg export",
        kind: SkipKind::Harmless,
    },
    Unread { sign: Magic(b"MDMP"), reason: "a memory dump: not a log", kind: SkipKind::Harmless },
    Unread { sign: Magic(b"PAGEDU"), reason: "a memory dump: not a log", kind: SkipKind::Harmless },
    Unread {
        sign: Ending(".etl"),
        reason: "a binary trace that only the machine it comes from can decode: make WindowsUpdate.log there with Get-WindowsUpdateLog",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".tar"),
        reason: "a tar archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".evt"),
        reason: "an event log of Windows XP or older, not read by this version: export it as text",
        kind: SkipKind::Blind,
    },
];

/// Endings of files that should hold logs and that no sign above tells.
const UNKNOWN_LOGS: [&str; 8] = [".evtx", ".cab", ".7z", ".gz", ".bz2", ".zst", ".xz", ".rar"];

static UNKNOWN: Unread = Unread {
    sign: Ending(""),
    reason: "by its name it holds logs, but its content is of no kind that is known: damaged, or not read by this version",
    kind: SkipKind::Blind,
};

pub static BINARY: Unread =
    Unread { sign: Ending(""), reason: "binary data of a kind that is not known", kind: SkipKind::Harmless };

/// By its name it should be text: a log that cannot be read is not a log without failures.
static DAMAGED: Unread = Unread {
    sign: Ending(""),
    reason: "not text, as its name says it should be: damaged, or encoded in a way that is not known",
    kind: SkipKind::Loss,
};

const TEXTS: [&str; 4] = [".log", ".txt", ".reg", ".csv"];

/// Why a member is not read. `text` says whether its bytes could be text.
pub fn unread(path: &str, head: &[u8], text: bool) -> Option<&'static Unread> {
    let path = path.to_ascii_lowercase();
    let known = UNREAD.iter().find(|it| match it.sign {
        Magic(magic) => head.starts_with(magic),
        Ending(ending) => path.ends_with(ending),
    });
    let named = |endings: &[&str]| endings.iter().any(|it| path.ends_with(it));
    if known.is_none() && (!text || head.is_empty()) && named(&UNKNOWN_LOGS) {
        return Some(&UNKNOWN);
    }
    let other = if named(&TEXTS) { &DAMAGED } else { &BINARY };
    known.or((!text).then_some(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_before_the_name() {
        assert!(unread("System.log", b"ElfFile\0rest", false).unwrap().reason.contains("event log"));
        assert!(unread("a/X.ETL", b"\0\x01", false).unwrap().reason.contains("Get-WindowsUpdateLog"));
        assert!(unread("photo.bin", b"\0\x01", false).unwrap().reason.contains("not known"));
        assert_eq!(unread("CBS.log", b"\0\x01", false).unwrap().kind, SkipKind::Loss);
        assert!(unread("CBS.log", b"2024-03-14", true).is_none());
    }
}
