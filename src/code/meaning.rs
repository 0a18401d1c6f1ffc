//! What the commonest codes mean to somebody who looks at an update that failed, and which part of Windows a code
//! comes from. The sentences stand in `src/codes/meanings.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Code, tables};

/// What is known of a code beside its name.
struct Meaning {
    sentence: &'static str,
    wrapper: bool,
}

static MEANINGS: LazyLock<HashMap<u32, Meaning>> = LazyLock::new(|| {
    let rows = tables::rows(include_str!("../codes/meanings.tsv"));
    rows.filter_map(|(code, rest)| {
        let (kind, sentence) = rest.split_once('\t')?;
        Some((code, Meaning { sentence, wrapper: kind == "wrapper" }))
    })
    .collect()
});

/// The part of Windows that a code comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility {
    /// What the headers call it: `FACILITY_WIN32`. Some facilities are in use and in no header.
    pub name: Option<&'static str>,
    /// The same in words, within a sentence.
    pub about: &'static str,
}

/// By the upper half of a code that tells of a failure.
static FACILITIES: LazyLock<HashMap<u32, Facility>> = LazyLock::new(|| {
    let rows = tables::rows(include_str!("../codes/facilities.tsv"));
    rows.filter_map(|(upper, rest)| {
        let (name, about) = rest.split_once('\t')?;
        Some((upper, Facility { name: Some(name).filter(|it| *it != "-"), about }))
    })
    .collect()
});

/// What a code is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// A success: there is nothing to tell apart.
    Success,
    /// A Win32 code, here as the HRESULT with it inside.
    Win32,
    /// Any other HRESULT, or what looks like one.
    Hresult,
    /// A status of the kernel.
    Ntstatus,
}

impl CodeKind {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Win32 => "win32",
            Self::Hresult => "hresult",
            Self::Ntstatus => "ntstatus",
        }
    }
}

impl Code {
    /// What it means for an update that failed, in one sentence; only for codes of which that is sure.
    pub fn meaning(self) -> Option<&'static str> {
        MEANINGS.get(&self.as_hresult().0).map(|it| it.sentence)
    }

    /// Whether it mostly only hands on that something failed, so that the cause is another code before it.
    pub fn is_wrapper(self) -> bool {
        MEANINGS.get(&self.as_hresult().0).is_some_and(|it| it.wrapper)
    }

    /// The part of Windows that it comes from, if that is known.
    pub fn facility(self) -> Option<Facility> {
        const FAILURE: u32 = 0x8000;
        // Servicing has its codes in the upper part of what is SetupAPI's.
        const CBS: Facility =
            Facility { name: Some("FACILITY_SETUPAPI"), about: "component-based servicing (CBS)" };
        let code = self.as_hresult().0;
        if code == 0 {
            return None;
        }
        let upper = FAILURE | (code >> 16);
        if upper == 0x800F && code & 0xFFFF >= 0x0800 {
            return Some(CBS);
        }
        FACILITIES.get(&upper).copied()
    }

    /// What it is made as, by its form.
    pub fn kind(self) -> CodeKind {
        let code = self.as_hresult().0;
        match code >> 16 {
            it if it & 0x8000 == 0 => CodeKind::Success,
            0x8007 => CodeKind::Win32,
            // What has the form of a status, and is the HRESULT of the licensing service.
            0xC004 => CodeKind::Hresult,
            0xC000..=0xC0FF => CodeKind::Ntstatus,
            _ => CodeKind::Hresult,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meaning_is_one_sentence_and_is_read() {
        let table = include_str!("../codes/meanings.tsv");
        assert_eq!(MEANINGS.len(), table.lines().count(), "a code twice, or a row that is not read");
        for (code, meaning) in MEANINGS.iter() {
            let (code, sentence) = (Code(*code), meaning.sentence);
            assert_eq!(code.as_hresult(), code, "{code} is told in another form");
            assert!(sentence.ends_with('.') && !sentence.contains(". "), "{code}: {sentence}");
            assert!(sentence.len() < 170, "{code}: {sentence}");
        }
        for row in table.lines() {
            assert!(["-", "wrapper"].contains(&row.split('\t').nth(1).unwrap()), "{row}");
        }
    }

    #[test]
    fn wrappers_are_told_apart() {
        for code in [0x8000_4005, 0x8000_4004, 0x8007_045B, 0x800F_0922, 0x8007_0BC9, 0x8024_200B] {
            assert!(Code(code).is_wrapper(), "{}", Code(code));
        }
        for code in [0x8007_0002, 0x800F_0831, 0xDEAD_BEEF, 0] {
            assert!(!Code(code).is_wrapper(), "{}", Code(code));
        }
    }

    #[test]
    fn facilities_are_told_by_name_and_in_words() {
        #[track_caller]
        fn check(code: u32, name: Option<&str>, about: &str, kind: CodeKind) {
            let facility = Code(code).facility().unwrap();
            assert_eq!((facility.name, facility.about, Code(code).kind()), (name, about, kind));
        }
        check(2, Some("FACILITY_WIN32"), "a Win32 code", CodeKind::Win32);
        check(0xC007_000D, Some("FACILITY_WIN32"), "a Win32 code", CodeKind::Win32);
        check(0x8024_402C, Some("FACILITY_WINDOWSUPDATE"), "Windows Update", CodeKind::Hresult);
        check(0x0024_0006, Some("FACILITY_WINDOWSUPDATE"), "Windows Update", CodeKind::Success);
        check(0x800F_0207, Some("FACILITY_SETUPAPI"), "devices and drivers", CodeKind::Hresult);
        check(0xE000_0207, Some("FACILITY_SETUPAPI"), "devices and drivers", CodeKind::Hresult);
        check(0x800F_0922, Some("FACILITY_SETUPAPI"), "component-based servicing (CBS)", CodeKind::Hresult);
        check(0xC190_0101, None, "Windows setup", CodeKind::Hresult);
        check(0xD015_001A, Some("FACILITY_SXS_ERROR_CODE"), "the component store", CodeKind::Ntstatus);
        assert_eq!(Code(0).facility(), None);
        assert_eq!(Code(0xDEAD_BEEF).facility(), None);
    }

    #[test]
    fn every_facility_is_read() {
        assert_eq!(FACILITIES.len(), include_str!("../codes/facilities.tsv").lines().count());
    }
}
