//! A source is one readable member of a bundle: a log, an event export, a registry export, a folder listing.
//! Each [`Format`] knows one kind; [`FORMATS`] is the table of them all. A new format is one file and one row.

mod record;
mod decoded;
mod servicing;
mod readiness;
mod cbs;
mod dism;
mod setup;
mod setupapi;
mod windows_update;
mod reporting_events;
mod mosetup;
mod poqexec;
mod configmgr;
mod packages;
mod systeminfo;
mod event;
mod registry;
mod listing;
mod plain;
mod xml;
mod msinfo;
mod setupdiag;
mod compat;
mod intune;
mod unread;
mod layout;
mod shapes;
mod collecting;

use std::io::Read;

pub use collecting::collecting;
pub use decoded::{Decoded, Providers};
pub use intune::not_collected;
pub use layout::{Layout, layout};
pub use record::{
    Lack, Node, Record, TreeReader, TreeSource, Wanted, minutes_between, seconds_between, shifted,
};
pub use shapes::{Part, Shape, parts};
pub use unread::{Unread, unread};

use crate::text::{Encoding, decode_head, sniff};

/// One kind of source: how it is recognized and how its lines become records.
pub trait Format: Sync {
    /// The word for it in rules (`in = "cbs"`) and in the report's ledger.
    fn name(&self) -> &'static str;

    /// What to ask a customer for, when a rule needs this format and the bundle has none.
    fn about(&self) -> &'static str;

    /// How well a member fits, by its file name and the first lines of its content; 0 is not at all.
    fn fit(&self, name: &str, head: &str) -> u32;

    /// The most that [`Self::fit`] ever gives.
    fn best_fit(&self) -> u32 {
        115
    }

    /// Whether bytes that are no text are of this format.
    fn fits_bytes(&self, _head: &[u8]) -> bool {
        false
    }

    /// What turns a source that is no text of lines into text, for those that need it.
    fn decoder<'r>(
        &self,
        _head: &[u8],
        _reader: &'r mut dyn Read,
        _wanted: &Providers,
    ) -> Option<Box<dyn Decoded + 'r>> {
        None
    }

    /// Where a record stands, if that is told in the record itself: in text that was made of something else,
    /// lines are no place.
    fn number(&self, _text: &str) -> Option<u64> {
        None
    }

    /// What the numbers of records count in a member that is no text and so has no lines.
    fn counted(&self) -> &'static str {
        "record"
    }

    /// Whether a record starts with this line; a line that starts none continues the record before.
    fn starts_record(&self, line: &[u8]) -> bool;

    /// The records that start in whole lines. One call for all of them, since a log has millions: compiled for each
    /// format, it asks [`Self::starts_record`] without a call.
    fn starts(&self, lines: &[u8]) -> Starts {
        let (mut starts, mut start) = (Starts::default(), 0);
        for end in memchr::memchr_iter(b'\n', lines) {
            if self.starts_record(&lines[start..end]) {
                starts.records += 1;
                starts.first = starts.first.or(Some(start));
                starts.last = Some(start);
            }
            starts.lines += 1;
            start = end + 1;
        }
        starts
    }

    /// The fields of one record, given with its continuation lines.
    fn record<'a>(&self, text: &'a str) -> Record<'a>;

    /// A reader of names under names, for formats that answer "is it there?": registry and listings.
    fn tree(&self) -> Option<Box<dyn TreeReader>> {
        None
    }

    /// A tree of a member that is no text, from all its bytes; `path` is its path in the bundle. The error says
    /// why nothing can be answered from it.
    fn binary(&self, _bytes: Vec<u8>, _path: &str) -> Result<Box<dyn TreeSource>, Lack> {
        Err(Lack { reason: format!("not {}", self.about()), damage: false })
    }

    /// A path in the tree as its reader tells it, whatever way it was spelled.
    fn path(&self, path: &str) -> String {
        path.to_owned()
    }

    /// What a name in the tree is, in a sentence: "the registry key … is missing".
    fn noun(&self) -> &'static str {
        "name"
    }
}

/// How many lines and records there are, and where in their text the first and the last record start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Starts {
    pub lines: u64,
    pub records: u64,
    pub first: Option<usize>,
    pub last: Option<usize>,
}

/// Every format, in the order in which they are asked. The last one takes any text.
pub static FORMATS: &[&dyn Format] = &[
    &cbs::CBS,
    &dism::DISM,
    &setup::SETUP,
    &setupapi::SetupApi,
    &windows_update::WindowsUpdate,
    &reporting_events::ReportingEvents,
    &mosetup::MoSetup,
    &poqexec::PoqExec,
    &configmgr::ConfigMgr,
    &packages::Packages,
    &systeminfo::SystemInfo,
    &msinfo::MsInfo,
    &setupdiag::SetupDiag,
    &compat::Compat,
    &intune::Intune,
    &event::Event,
    &registry::Registry,
    &listing::Listing,
    &plain::Plain,
];

/// The format that a rule means by `name`.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|it| it.name() == name)
}

/// The format that fits a member best, by its path in the bundle and its first lines.
pub fn recognize(path: &str, head: &str) -> &'static dyn Format {
    let leaf = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let mut best: &'static dyn Format = &plain::Plain;
    let mut fit = 0;
    // Looking at a head costs as much as inflating a megabyte: who cannot fit better is not asked.
    for it in FORMATS {
        if it.best_fit() <= fit {
            continue;
        }
        let this = it.fit(&leaf, head);
        debug_assert!(this <= it.best_fit(), "{} says {this}", it.name());
        if this > fit {
            (best, fit) = (*it, this);
        }
    }
    best
}

/// What a member is taken for.
pub enum Taken {
    /// Text of a format, in an encoding, behind a byte order mark of so many bytes.
    Text { format: &'static dyn Format, encoding: Encoding, mark: usize },
    /// Bytes of a format that makes something of them itself.
    Bytes(&'static dyn Format),
    /// Nothing that is read.
    Unread(&'static Unread),
}

/// What a member is, by its path in the bundle and its first bytes.
pub fn identify(path: &str, head: &[u8]) -> Taken {
    if let Some(format) = recognize_bytes(head) {
        return Taken::Bytes(format);
    }
    let encoding = sniff(head);
    match (unread(path, head, encoding.is_some()), encoding) {
        (None, Some((encoding, mark))) => {
            let format = recognize(path, &decode_head(&head[mark..], encoding));
            Taken::Text { format, encoding, mark }
        }
        (Some(unread), _) => Taken::Unread(unread),
        (None, None) => Taken::Unread(&unread::BINARY),
    }
}

/// The format of a member that is no text, by its first bytes.
fn recognize_bytes(head: &[u8]) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|it| it.fits_bytes(head))
}

/// Whether a format takes any text.
pub fn is_plain(format: &dyn Format) -> bool {
    format.name() == plain::Plain.name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, head: &str, expect: &str) {
        assert_eq!(recognize(path, head).name(), expect, "{path}");
    }

    const CBS: &str = "2024-03-14 02:11:21, Info                  CBS    Session: 1 initialized\r\n";
    const DISM: &str = "2024-03-14 02:11:21, Info                  DISM   API: PID=1 TID=2 x\r\n";
    const SETUP: &str = "2024-03-14 02:11:21, Info                  MOUPG  SetupHost::Initialize\r\n";
    const DPX: &str = "2024-03-14 02:11:21, Info                  DPX    Started\r\n";

    #[test]
    fn content_decides_where_the_name_says_nothing() {
        check("a/one.txt", CBS, "cbs");
        check("a/one.txt", DISM, "dism");
        check("a/one.txt", SETUP, "setup");
        check(
            "a/one.txt",
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM]\r\n",
            "registry",
        );
        check("one.txt", "REGEDIT4\r\n", "registry");
        check("one.txt", "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\r\n    a    REG_DWORD    0x1\r\n", "registry");
        check("one.txt", "Event[0]:\r\n  Log Name: System\r\n  Source: x\r\n  Event ID: 20\r\n", "event");
        check("one.txt", " Volume in drive C has no label.\r\n\r\n Directory of C:\\Windows\r\n", "listing");
        check("one.txt", "2016-09-08\t10:48:19:500\t 848\t604\tAgent\tx\r\n", "windows-update");
        check("one.txt", "2023/05/22 08:08:32.6295131 8096  8116  Shared          x\r\n", "windows-update");
        check("one.txt", "hello\r\n", "text");
    }

    #[test]
    fn name_and_content_decide_together() {
        check("SRV09_CBS.log", CBS, "cbs");
        check("CbsPersist_20240314021100.log", CBS, "cbs");
        check("logs/DPX/setupact.log", DPX, "setup");
        check("Panther\\setuperr.log", SETUP, "setup");
        check("SRV09_reg_services.txt", "Windows Registry Editor Version 5.00\r\n", "registry");
        check("CBS.log", "nothing that is known\r\n", "cbs");
    }
}
