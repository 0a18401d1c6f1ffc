//! The two codes that an upgrade ends with, `0xC1900101 - 0x20017`: what failed, and in which phase of Windows
//! setup at which operation.

use super::{Code, parse};

/// A result of Windows setup with its extended code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupResult {
    pub result: Code,
    /// The extended code as a number: `0x20017`.
    pub extend: u32,
    /// `SP_EXECUTION_SAFE_OS`, if it is one of those that are known.
    pub phase: Option<&'static str>,
    /// `SP_EXECUTION_OP_BOOT`, the same.
    pub operation: Option<&'static str>,
}

/// Reads a result and its extended code: `0x80070002 - 0x20009`, `0xC1900101-0x20017`, `80040005-20007`. The
/// result may have any spelling; the extended code is hexadecimal, with `0x` or with five digits.
pub fn setup_result(text: &str) -> Option<SetupResult> {
    let text = text.trim();
    if text.len() > parse::LONGEST {
        return None;
    }
    // Behind the first character: the sign of a number is no dash.
    let dash = |it: char| it == '-' || it == '–';
    let (at, found) = text.char_indices().skip(1).filter(|(_, it)| dash(*it)).last()?;
    let result = parse::read(&text[..at])?.code;
    let extend = extended(text[at + found.len_utf8()..].trim_start())?;
    let phase = known("phase", extend >> 16);
    let operation = known("operation", extend & 0xFFFF);
    Some(SetupResult { result: result.as_hresult(), extend, phase, operation })
}

fn extended(text: &str) -> Option<u32> {
    const DIGITS: usize = 5;
    let digits = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => Some(digits).filter(|it| (1..=DIGITS).contains(&it.len())),
        None => Some(text).filter(|it| it.len() == DIGITS),
    }?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    digits.bytes().all(|it| it.is_ascii_hexdigit()).then_some(value)
}

/// The name of a phase or an operation in the table of setup.
fn known(part: &str, value: u32) -> Option<&'static str> {
    let rows = include_str!("../codes/setup_extend.tsv").lines().filter_map(|row| {
        let (of, rest) = row.split_once('\t')?;
        let (number, name) = rest.split_once('\t')?;
        Some((of, u32::from_str_radix(number.strip_prefix("0x")?, 16).ok()?, name))
    });
    rows.filter(|(of, number, _)| *of == part && *number == value).map(|(_, _, name)| name).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, code: u32, extend: u32, phase: &'static str, operation: &'static str) {
        let found = setup_result(text).unwrap_or_else(|| panic!("{text} is not read"));
        let (phase, operation) = (Some(phase), Some(operation));
        assert_eq!(found, SetupResult { result: Code(code), extend, phase, operation }, "{text}");
    }

    #[test]
    fn phase_and_operation_have_names() {
        for text in [
            "0xC1900101 - 0x20017",
            "0xC1900101-0x20017",
            "C1900101-20017",
            "0xC1900101 – 0x20017",
            " 0xc1900101 -0X20017 ",
            "MOSETUP_E_SETUP_PLATFORM - 0x20017",
            "-1047527167 - 0x20017",
        ] {
            check(text, 0xC190_0101, 0x20017, "SP_EXECUTION_SAFE_OS", "SP_EXECUTION_OP_BOOT");
        }
        check(
            "0x8007042B - 0x4000D",
            0x8007_042B,
            0x4000D,
            "SP_EXECUTION_OOBE_BOOT",
            "SP_EXECUTION_OP_MIGRATE_DATA",
        );
        check("0x80070002-0x9", 0x8007_0002, 9, "SP_EXECUTION_UNKNOWN", "SP_EXECUTION_OP_PREPARE_ROLLBACK");
    }

    #[test]
    fn what_no_table_has_stays_a_number() {
        let found = setup_result("0x80070070 - 0x60000").unwrap();
        assert_eq!((found.extend, found.phase), (0x60000, None));
        assert_eq!(setup_result("0x80070070 - 0x2FFFF").unwrap().operation, None);
    }

    #[test]
    fn what_is_no_pair_is_none() {
        for text in [
            "",
            "-",
            "0x80070002",
            "-2147024894",
            "0x80070002 - ERROR_FILE_NOT_FOUND",
            "0x80070002 - 2009",
            "0x80070002 - 0x",
            "0x80070002 - 0x+2009",
            "0x80070002 - 0x200090",
            "2024-03-12",
            "{00112233-4455-6677-8899-aabbccddeeff}",
            &"-".repeat(50_000),
        ] {
            assert_eq!(setup_result(text), None, "{text}");
        }
    }
}
