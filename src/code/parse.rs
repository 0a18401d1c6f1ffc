//! The spellings of codes, as logs, event logs, registry and people write them.

use super::{Code, tables};

/// No spelling of a code is longer, in bytes; text of a log may be.
pub const LONGEST: usize = 80;

/// A code and the form in which it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    pub code: Code,
    pub spelling: Spelling,
}

/// The form in which a code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `0x80070002`
    Hex,
    /// `80070002`: eight hexadecimal digits, as CSI and WindowsUpdate.log write an HRESULT.
    BareHex,
    /// `2`, `2147942402`: the Task Scheduler writes an HRESULT so.
    Decimal,
    /// `-2147024894`
    Signed,
    /// `ERROR_FILE_NOT_FOUND`
    Name,
    /// `HRESULT_FROM_WIN32(2)`, `NTSTATUS_FROM_WIN32(ERROR_INVALID_DATA)`: another code made of this one.
    Wrapped,
}

/// The macros that make one kind of code of another; they may hold a number or a name.
const WRAPPERS: [&str; 4] =
    ["HRESULT_FROM_WIN32(", "NTSTATUS_FROM_WIN32(", "HRESULT_FROM_NT(", "HRESULT_FROM_SETUPAPI("];

/// Words that stand in front of a code and say no more than that it is one.
const ANNOUNCING: [&str; 12] = [
    "code", "error", "exit", "failed", "failure", "gle", "hr", "hresult", "ntstatus", "result", "return",
    "status",
];

/// Reads a code in any of its spellings, alone or with the words and brackets that logs put around it.
pub fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    alone(text).or_else(|| announced(text))
}

/// A code without anything around it.
fn alone(text: &str) -> Option<Reading> {
    let inner = WRAPPERS.iter().find_map(|it| text.strip_prefix(it)?.strip_suffix(')'));
    match inner {
        Some(inner) => {
            let code = plain(inner.trim())?.code.as_hresult();
            Some(Reading { code, spelling: Spelling::Wrapped })
        }
        None => plain(text),
    }
}

fn plain(text: &str) -> Option<Reading> {
    let reading = |code, spelling| Some(Reading { code: Code(code), spelling });
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let is_hex = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_hexdigit());
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // A 64-bit process may write the sign in front.
        let signed = hex.len() == 16 && hex.get(..8).is_some_and(|it| it.eq_ignore_ascii_case("ffffffff"));
        let hex = if signed { &hex[8..] } else { hex };
        return reading(u32::from_str_radix(hex, 16).ok().filter(|_| is_hex(hex))?, Spelling::Hex);
    }
    if text.strip_prefix('-').is_some_and(digits) {
        return reading(text.parse::<i32>().ok()?.cast_unsigned(), Spelling::Signed);
    }
    if text.len() == 8 && is_hex(text) {
        return reading(u32::from_str_radix(text, 16).ok()?, Spelling::BareHex);
    }
    if digits(text) {
        return reading(text.parse().ok()?, Spelling::Decimal);
    }
    if !may_be_name(text) {
        return None;
    }
    Some(Reading { code: tables::value(text)?, spelling: Spelling::Name })
}

/// Whether to look for it in the tables: a word of a sentence is no name.
fn may_be_name(text: &str) -> bool {
    let in_name = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.bytes().all(in_name)
        && (text.contains('_') || text.starts_with("WSA"))
}

/// `*FAILED* [8024402C]`, `[gle=0x80070002]`, `NTSTATUS -1073283059`, `[HRESULT = 0x80070002 -
/// ERROR_FILE_NOT_FOUND]`, `800f0207 [Error,Facility=(000f),Code=519 (0x0207)]`.
fn announced(text: &str) -> Option<Reading> {
    const AROUND: [char; 7] = [' ', '\t', ':', '=', '*', '[', '('];
    let mut rest = text.trim_start_matches(AROUND);
    loop {
        let word = rest.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(rest.len());
        let announces = ANNOUNCING.iter().any(|it| it.eq_ignore_ascii_case(&rest[..word]));
        // A letter or a line more, and it is the beginning of a name.
        if !announces || rest[word..].starts_with(|it: char| !AROUND.contains(&it)) {
            break;
        }
        rest = rest[word..].trim_start_matches(AROUND);
    }
    let end = rest.find([' ', '\t', '[', ']', ',']).unwrap_or(rest.len());
    let (value, remark) = rest.split_at(end);
    // Its bracket was opened before it, as in `FAILURE(0x00000207)`.
    let value = if value.contains('(') { value } else { value.trim_end_matches(')') };
    if value == text || !is_remark(remark.trim()) {
        return None;
    }
    alone(value)
}

/// What may follow a code and changes nothing of it: the end of its bracket, its name, its parts. A second
/// number is no remark: `0x80070002 - 0x20009` is more than one code.
fn is_remark(text: &str) -> bool {
    let named = |it: &str| {
        let it = it.trim_start();
        !it.starts_with(|it: char| it.is_ascii_digit())
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_ ]".contains(&it))
    };
    text.is_empty()
        || text == "]"
        || text.strip_prefix("- ").is_some_and(named)
        || text == "- ]"
        || ["[Error,", "[Warning,", "[gle="].iter().any(|it| text.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let code = read(text).unwrap_or_else(|| panic!("{text} is not read")).code;
        assert_eq!(code.as_hresult().to_string(), expect, "{text}");
    }

    #[test]
    fn every_spelling_is_one_code() {
        for text in [
            "0x80070002",
            "80070002",
            "0X80070002",
            "0xFFFFFFFF80070002",
            "0xffffffff80070002",
            "-2147024894",
            "2147942402",
            "2",
            "0x2",
            "ERROR_FILE_NOT_FOUND",
            "error_file_not_found",
            "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
            "HRESULT_FROM_WIN32(2)",
            "NTSTATUS_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
            "0xC0070002",
            "0xd0070002",
        ] {
            check(text, "0x80070002");
        }
        check("HRESULT_FROM_WIN32(14098)", "0x80073712");
        check("0x800f0831", "0x800f0831");
        check("CBS_E_STORE_CORRUPTION", "0x800f0831");
        check("12002", "0x80072ee2");
        check("2359302", "0x00240006");
        check("S_OK", "0x00000000");
        check("ERROR_SUCCESS", "0x00000000");
    }

    #[test]
    fn statuses_of_the_kernel_and_of_setup_are_read() {
        for text in
            ["STATUS_OBJECT_NAME_NOT_FOUND", "0xC0000034", "0xd0000034", "HRESULT_FROM_NT(0xC0000034)"]
        {
            check(text, "0xc0000034");
        }
        check("NTSTATUS -1073283059", "0x8007000d");
        check("0xd015001a", "0xc015001a");
        check("0xe000020b", "0x800f020b");
        // Windows setup ends with this number too, and means something else.
        check("0xe0000100", "0xe0000100");
    }

    #[test]
    fn what_logs_put_around_a_code_is_no_part_of_it() {
        for text in [
            "[HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
            "HRESULT = 0x80070002",
            "[HRESULT = 0x80070002]",
            "[HRESULT = 0x80070002 - Unknown Error]",
            "[HRESULT = 0x80070002 - ]",
            "HRESULT HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
            "*FAILED* [80070002]",
            "FAILED [80070002]",
            "[gle=0x80070002]",
            "hr:0x80070002",
            "hr = 0x80070002",
            "Exit code = 0x80070002",
            "error 0x80070002",
            "result 2",
            "error code 2[gle=0x80004005]",
            "FAILURE(0x00000002)",
            "80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND]",
        ] {
            check(text, "0x80070002");
        }
        check("800f0207 [Error,Facility=(000f),Code=519 (0x0207)]", "0x800f0207");
        check("result 13", "0x8007000d");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in [
            "",
            "0x",
            "0x+2",
            "+2",
            "hello",
            "Error",
            "error code",
            "ERROR_NO_SUCH_NAME",
            "errors 2",
            "error 5 of 10",
            "0x1ffffffff",
            "--2",
            "-99999999999",
            "4294967296",
            "0x80070002 - 0x20009",
            "0xC1900101-0x20017",
            "HRESULT_FROM_WIN32()",
            "HRESULT_FROM_WIN32(HRESULT_FROM_WIN32(2))",
            "*FAILED* [8024XXXX]",
            "größer 2",
            &"HRESULT_FROM_WIN32(".repeat(50_000),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn no_part_of_a_line_does_harm() {
        for line in [
            "[HRESULT = 0x80070002 – größer] – 0x20009",
            "*FAILED* [8024402Cé] Ünknown-",
            "0xFFFFFFFF8007é02",
        ] {
            for (start, _) in line.char_indices() {
                for (end, _) in line[start..].char_indices() {
                    let part = &line[start..start + end];
                    let _ = (read(part), crate::code::setup_result(part));
                }
            }
        }
    }

    #[test]
    fn the_form_is_told() {
        for (text, expect) in [
            ("0x2", Spelling::Hex),
            ("80070002", Spelling::BareHex),
            ("2", Spelling::Decimal),
            ("-2147024894", Spelling::Signed),
            ("E_FAIL", Spelling::Name),
            ("HRESULT_FROM_WIN32(2)", Spelling::Wrapped),
            ("result 13", Spelling::Decimal),
        ] {
            assert_eq!(read(text).unwrap().spelling, expect, "{text}");
        }
    }
}
