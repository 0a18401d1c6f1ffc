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
    Name(fn(&str) -> bool),
}

use Sign::{Ending, Magic, Name};

static UNREAD: [Unread; 14] = [
    Unread {
        sign: Name(is_part),
        reason: "one part of a split archive, not read by this version: join the parts and send them as one zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"Rar!"),
        reason: "a rar archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"MSWIM\0\0\0"),
        reason: "a Windows image (wim or esd), not read by this version: send the logs that are in it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"SZDD\x88\xF0\x27\x33"),
        reason: "packed with compress, not read by this version: unpack it with expand FILE OUTPUT",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Magic(b"\x1F\x9D"),
        reason: "packed with compress, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread { sign: Magic(b"MDMP"), reason: "a memory dump: not a log", kind: SkipKind::Harmless },
    Unread { sign: Magic(b"PAGEDU"), reason: "a memory dump: not a log", kind: SkipKind::Harmless },
    Unread {
        sign: Ending(".etl"),
        reason: "a binary trace that only the machine it comes from can decode: make WindowsUpdate.log there with Get-WindowsUpdateLog",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".ace"),
        reason: "an ace archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".arj"),
        reason: "an arj archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".lzh"),
        reason: "an lzh archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread {
        sign: Ending(".lha"),
        reason: "an lzh archive, not read by this version: send it as a zip file",
        kind: SkipKind::Blind,
    },
    Unread { sign: Ending(".msu"), reason: "the package of an update: not a log", kind: SkipKind::Harmless },
    Unread {
        sign: Ending(".evt"),
        reason: "an event log of Windows XP or older, not read by this version: export it as text",
        kind: SkipKind::Blind,
    },
];

/// Endings of files that should hold logs and that no sign above tells.
const UNKNOWN_LOGS: [&str; 13] =
    [".evtx", ".cab", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".lzma", ".zst", ".rar"];

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
        Name(fits) => fits(&path),
    });
    let named = |endings: &[&str]| endings.iter().any(|it| path.ends_with(it));
    if known.is_none() && (!text || head.is_empty()) && named(&UNKNOWN_LOGS) {
        return Some(&UNKNOWN);
    }
    let other = if named(&TEXTS) { &DAMAGED } else { &BINARY };
    known.or((!text).then_some(other))
}

/// Parts of one archive are numbered: `x.7z.001`, `x.z01` beside `x.zip`, `x.r00` beside `x.rar`. A zip file's
/// first part is read as far as it goes. `CBS.log.001` is a log.
fn is_part(path: &str) -> bool {
    let Some((stem, number)) = path.rsplit_once('.') else { return false };
    let numbered = |from: usize| number.len() == 3 && number.bytes().skip(from).all(|it| it.is_ascii_digit());
    let archive = [".7z", ".zip", ".rar", ".tar", ".cab"].iter().any(|it| stem.ends_with(it));
    (numbered(0) && archive) || (numbered(1) && number.starts_with(['z', 'r']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_before_the_name() {
        assert!(unread("System.log", b"MDMP\x93\xa7", false).unwrap().reason.contains("memory dump"));
        assert!(unread("a/Old.evt", b"\x30\0\0\0LfLe", false).unwrap().reason.contains("Windows XP"));
        assert!(unread("a/X.ETL", b"\0\x01", false).unwrap().reason.contains("Get-WindowsUpdateLog"));
        assert!(unread("photo.bin", b"\0\x01", false).unwrap().reason.contains("not known"));
        assert_eq!(unread("CBS.log", b"\0\x01", false).unwrap().kind, SkipKind::Loss);
        assert!(unread("CBS.log", b"2024-03-14", true).is_none());
    }

    #[test]
    fn parts_of_archives_are_told_and_numbered_logs_are_none() {
        for part in ["logs.7z.001", "LOGS.ZIP.002", "logs.z01", "logs.r15", "a.b/logs.tar.003"] {
            assert!(unread(part, b"\0\x01", false).unwrap().reason.contains("split archive"), "{part}");
        }
        for log in ["CBS.log.001", "setupapi.dev.20240312_031407.log", "x.zip", "x.z1", "zip"] {
            assert!(unread(log, b"2024-03-14", true).is_none(), "{log}");
        }
    }
}
