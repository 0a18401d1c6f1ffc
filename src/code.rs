//! Error codes. Windows spells one code in many ways (`0x80070002`, `80070002`, `-2147024894`, `result 2`,
//! `ERROR_FILE_NOT_FOUND`); here each becomes one [`Code`] with its name.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// A 32-bit error code: an HRESULT, or a Win32 code turned into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u32);

/// Names by value, from the most particular table to the most general one.
static TABLES: [&str; 4] = [
    include_str!("codes/cbs.tsv"),
    include_str!("codes/wu.tsv"),
    include_str!("codes/mosetup.tsv"),
    include_str!("codes/win32.tsv"),
];

static NAMES: LazyLock<HashMap<u32, &'static str>> = LazyLock::new(|| {
    // The first table that names a code wins, so go through them backwards.
    TABLES.iter().rev().flat_map(|table| rows(table)).collect()
});

static VALUES: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    TABLES.iter().rev().flat_map(|table| rows(table)).map(|(code, name)| (name, code)).collect()
});

fn rows(table: &'static str) -> impl Iterator<Item = (u32, &'static str)> {
    table.lines().filter_map(|row| {
        let (code, name) = row.split_once('\t')?;
        Some((u32::from_str_radix(code.strip_prefix("0x")?, 16).ok()?, name.trim()))
    })
}

/// Codes with the failure bit set that report no failure: what they say is "later", "by the user" or "not for
/// this machine".
const NO_FAILURE: [u32; 9] = [
    0x8007_0BC2, // success, reboot required
    0x8007_04C7, // cancelled by the user
    0x8007_04D3, // the request was aborted
    0x800F_0816, // the user cancelled
    0x800F_081E, // not applicable
    0x800F_0820, // cancelled
    0x8024_000B, // the call was cancelled
    0x8024_0017, // not applicable
    0x800F_0821, // aborted by the client
];

impl Code {
    /// Reads a code in any of its spellings.
    pub fn parse(text: &str) -> Option<Self> {
        // No spelling of a code is longer; text of a log may be.
        const LONGEST: usize = 80;
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let inner = ["HRESULT_FROM_WIN32(", "NTSTATUS_FROM_WIN32("]
            .iter()
            .find_map(|wrapper| text.strip_prefix(wrapper)?.strip_suffix(')'));
        match inner {
            Some(inner) => Self::parse_plain(inner.trim()).map(Self::as_hresult),
            None => Self::parse_plain(text),
        }
    }

    fn parse_plain(text: &str) -> Option<Self> {
        if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            return u32::from_str_radix(hex, 16).ok().map(Self);
        }
        if let Some(value) = VALUES.get(text) {
            return Some(Self(*value));
        }
        if text.starts_with('-') {
            return text.parse().ok().map(|it: i32| Self(it.cast_unsigned()));
        }
        // Eight hex digits without `0x` are how CSI and WindowsUpdate.log write an HRESULT; a decimal of ten
        // digits is how the Task Scheduler does.
        if text.len() == 8 && text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return u32::from_str_radix(text, 16).ok().map(Self);
        }
        text.parse().ok().map(Self)
    }

    /// The code as an HRESULT: small numbers are Win32 codes.
    pub fn as_hresult(self) -> Self {
        if (1..=0xFFFF).contains(&self.0) { Self(0x8007_0000 | self.0) } else { self }
    }

    /// Its symbolic name, if there is one.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(&self.as_hresult().0).copied()
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

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(Code::parse(text).unwrap().as_hresult().to_string(), expect);
    }

    #[test]
    fn every_spelling_is_one_code() {
        for text in ["0x80070002", "80070002", "0X80070002", "-2147024894", "2147942402", "2", "0x2"] {
            check(text, "0x80070002");
        }
        for text in
            ["ERROR_FILE_NOT_FOUND", "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)", "HRESULT_FROM_WIN32(2)"]
        {
            check(text, "0x80070002");
        }
        check("0x800f0831", "0x800f0831");
        check("CBS_E_STORE_CORRUPTION", "0x800f0831");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in
            ["", "0x", "hello", "0x1ffffffff", "--2", "-99999999999", &"HRESULT_FROM_WIN32(".repeat(50_000)]
        {
            assert_eq!(Code::parse(text), None, "{text}");
        }
    }

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
