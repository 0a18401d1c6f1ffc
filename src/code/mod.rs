//! Error codes. Windows spells one code in many ways (`0x80070002`, `80070002`, `-2147024894`, `result 2`,
//! `ERROR_FILE_NOT_FOUND`); here each becomes one [`Code`] with its name.

mod extend;
mod meaning;
mod parse;
mod tables;

use std::fmt;

pub use extend::{SetupResult, setup_result};
pub use meaning::CodeKind;
pub use parse::{Reading, Spelling, read};
pub use tables::near;

/// A 32-bit error code: an HRESULT, an NTSTATUS, or a Win32 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u32);

/// Codes with the failure bit set that report no failure: what they say is "later", "by the user" or "not for
/// this machine".
const NO_FAILURE: [u32; 10] = [
    0x8007_0BC2, // success, reboot required
    0x8007_04C7, // cancelled by the user
    0x8007_04D3, // the request was aborted
    0x800F_0816, // the user cancelled
    0x800F_081E, // not applicable
    0x800F_0820, // cancelled
    0x8024_000B, // the call was cancelled
    0x8024_0017, // not applicable
    0x800F_0821, // aborted by the client
    0xC190_0210, // a scan for what blocks an upgrade found nothing
];

impl Code {
    /// Reads a code in any of its spellings.
    pub fn parse(text: &str) -> Option<Self> {
        parse::read(text).map(|it| it.code)
    }

    /// The code in the one form in which codes are compared and told: the HRESULT where a Win32 code or a code of
    /// SetupAPI became another one, and the NTSTATUS where that became an HRESULT.
    pub fn as_hresult(self) -> Self {
        const NT_BIT: u32 = 0x1000_0000;
        match self.0 {
            // A success is one, whoever has it.
            0x8007_0000 => Self(0),
            // NTSTATUS_FROM_WIN32, also within HRESULT_FROM_NT.
            0xC007_0001..=0xC007_FFFF | 0xD007_0001..=0xD007_FFFF => Self(0x8007_0000 | (self.0 & 0xFFFF)),
            0xD000_0000..=0xD0FF_FFFF => Self(self.0 & !NT_BIT),
            // HRESULT_FROM_SETUPAPI, as far as the numbers are those of SetupAPI alone.
            0xE000_0101..=0xE000_0103 | 0xE000_0200..=0xE000_02FF => Self(0x800F_0000 | (self.0 & 0xFFFF)),
            // Small numbers are Win32 codes.
            1..=0xFFFF => Self(0x8007_0000 | self.0),
            _ => self,
        }
    }

    /// Its symbolic name, if there is one.
    pub fn name(self) -> Option<&'static str> {
        tables::name(self.as_hresult())
    }

    /// Every symbolic name that a table has for it, the best first, each with what the table is of.
    pub fn names(self) -> Vec<(&'static str, &'static str)> {
        tables::names(self.as_hresult())
    }

    /// Whether something failed: success codes, reboots, cancellations and "not applicable" are none.
    pub fn is_failure(self) -> bool {
        let code = self.as_hresult();
        code.0 & 0x8000_0000 != 0 && !NO_FAILURE.contains(&code.0)
    }
}

/// As the field writes it: `0x80070002`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}

/// Whether two spellings mean the same: the same text but for case, or the same code.
pub fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || matches!((Code::parse(one), Code::parse(other)), (Some(one), Some(other)) if one.as_hresult() == other.as_hresult())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_most_particular_table() {
        assert_eq!(Code(0x8007_0002).name(), Some("ERROR_FILE_NOT_FOUND"));
        assert_eq!(Code(0x800F_0831).name(), Some("CBS_E_STORE_CORRUPTION"));
        assert_eq!(Code(2).name(), Some("ERROR_FILE_NOT_FOUND"));
        assert_eq!(Code(0xDEAD_BEEF).name(), None);
    }

    #[test]
    fn a_reboot_or_a_cancel_is_no_failure() {
        assert!(Code(0x8007_0002).is_failure());
        assert!(Code(0xC142_0121).is_failure());
        for code in [0, 0x8007_0BC2, 0x800F_081E, 0x8007_04C7, 0x0024_0001] {
            assert!(!Code(code).is_failure(), "{}", Code(code));
        }
    }

    #[test]
    fn codes_compare_in_any_spelling() {
        assert!(same("0x800F0831", "0x800f0831"));
        assert!(same("2", "0x80070002"));
        assert!(same("Error", "error"));
        assert!(!same("0x80070003", "0x80070002"));
        assert!(!same("Error", "Warning"));
    }
}
