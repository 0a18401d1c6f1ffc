//! The types of captured values. A type is a grammar with an allow-list: a captured text that keeps to it may
//! enter a command; any other is shown as evidence only. Logs are written by strangers.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use crate::code::Code;

/// What kind of thing a captured text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Component,
    Filename,
    Path,
    Service,
    Inf,
    Package,
    Kb,
    Hresult,
    Regkey,
    Guid,
    Number,
    Word,
    Text,
}

/// What there is to know of a type: its name in rules, what is captured for it, and what of that is accepted.
struct Grammar {
    kind: Kind,
    name: &'static str,
    /// What a placeholder of the type captures, inside a line. Generous, so that an odd value is still seen.
    shape: &'static str,
    /// The same at the end of a pattern, where nothing behind it says where to stop.
    last: &'static str,
    /// The values that may enter a command.
    accepts: &'static str,
    /// Parts that templates may name: `inf.stem`.
    parts: &'static [&'static str],
    /// `accepts`, compiled when the first value is held to it.
    compiled: OnceLock<Option<Regex>>,
}

const NAME: &str = r"[\p{L}\p{N} ._+~$#@,=()\[\]{}'-]";

static GRAMMARS: LazyLock<[Grammar; 13]> = LazyLock::new(|| {
    use Kind::{
        Component, Filename, Guid, Hresult, Inf, Kb, Number, Package, Path, Regkey, Service, Text, Word,
    };
    const COMPONENT: &str =
        r#"(?i:[a-z0-9]+_[^\s\\/"']+?_[0-9a-f]{16}_[0-9]+(?:\.[0-9]+){3}_[^\s\\/"'_]+_[0-9a-f]{16})"#;
    const CODE: &str = r"(?:0[xX][0-9A-Fa-f]{1,8}|[A-Z]+_FROM_WIN32\([A-Z0-9_]+\)|[0-9A-Fa-f]{8}\b|[A-Z][A-Z0-9]*_[A-Z0-9_]+|-?[0-9]+)";
    const GUID: &str = r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?";
    const TOKEN: &str = r"[^\s,;]+";
    const INF: &str = r"[^\r\n]+?\.(?i:inf)";
    const NUMBER: &str = r"(?:0[xX][0-9A-Fa-f]+|-?[0-9]+)";
    let one = |kind, name, shape, last, accepts, parts| Grammar {
        kind,
        name,
        shape,
        last,
        accepts,
        parts,
        compiled: OnceLock::new(),
    };
    let path: &str =
        Box::leak(format!(r"(?:[A-Za-z]:|\\\\{NAME}+\\{NAME}+)(?:\\{NAME}+)*\\?").into_boxed_str());
    let names: &str = Box::leak(format!("{NAME}+").into_boxed_str());
    let key: &str =
        Box::leak(format!(r"(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_[A-Z_]+)(?:\\{NAME}+)+").into_boxed_str());
    [
        one(
            Component,
            "component",
            COMPONENT,
            COMPONENT,
            r"[A-Za-z0-9._-]+",
            &["name", "version", "architecture"],
        ),
        one(Filename, "filename", r"[^\r\n]+?", r"[^\r\n]+", names, &["stem", "extension"]),
        one(Path, "path", r"[^\r\n]+?", r"[^\r\n]+", path, &["parent", "name", "drive"]),
        one(Service, "service", r"[^\r\n]+?", TOKEN, r"[A-Za-z0-9_.$@-][A-Za-z0-9_.$@ -]*", &[]),
        one(Inf, "inf", INF, INF, r"(?i)[a-z0-9_.-]+\.inf", &["stem", "services", "inbox"]),
        one(Package, "package", r"[^\s,;\]]+?", r"[^\s,;\]]+", r"[A-Za-z0-9._~-]+", &["name", "version"]),
        one(Kb, "kb", r"(?i:KB)[0-9]{5,8}", r"(?i:KB)[0-9]{5,8}", r"(?i)KB[0-9]{5,8}", &["number"]),
        one(Hresult, "hresult", CODE, CODE, r"[A-Za-z0-9_()-]+", &["name"]),
        one(Regkey, "regkey", r"[^\r\n]+?", r"[^\r\n]+", key, &["parent", "name"]),
        one(Guid, "guid", GUID, GUID, GUID, &[]),
        one(Number, "number", NUMBER, NUMBER, NUMBER, &[]),
        one(Word, "word", r"[^\s,;]+?", TOKEN, r"[A-Za-z0-9_.][A-Za-z0-9_.-]*", &[]),
        one(Text, "text", r".+?", r".+", "", &[]),
    ]
});

/// Which services an INF file of Windows itself installs: in a healthy registry, the `Owners` value of a
/// service names its INF files.
static INF_SERVICES: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let rows = include_str!("inf-services.tsv").lines();
    rows.filter_map(|row| row.split_once('\t')).map(|(inf, keys)| (inf, keys.split(' ').collect())).collect()
});

impl Grammar {
    fn accepts(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&format!("^(?:{})$", self.accepts)).ok());
        compiled.as_ref().is_some_and(|it| it.is_match(value))
    }
}

impl Kind {
    /// Every type's name, for messages.
    pub fn names() -> Vec<&'static str> {
        GRAMMARS.iter().map(|it| it.name).collect()
    }

    pub fn parse(name: &str) -> Option<Self> {
        GRAMMARS.iter().find(|it| it.name == name).map(|it| it.kind)
    }

    fn grammar(self) -> &'static Grammar {
        &GRAMMARS[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.grammar().name
    }

    /// The regular expression that a placeholder of this type stands for.
    pub fn shape(self, last: bool) -> &'static str {
        if last { self.grammar().last } else { self.grammar().shape }
    }

    /// Whether a value keeps to the type's grammar and so may enter a command.
    pub fn accepts(self, value: &str) -> bool {
        let dots = |it: &str| it.ends_with(['.', ' ']) || it == "..";
        // To most programs a value that begins with a hyphen is an option, wherever it stands.
        let option = value.starts_with('-') && !matches!(self, Self::Number | Self::Hresult);
        match self {
            Self::Text => false,
            _ if option => false,
            Self::Service if value.len() > 256 => false,
            Self::Filename if dots(value) || value.len() > 255 => false,
            Self::Path if value.trim_end_matches('\\').split('\\').any(dots) || value.len() > 1024 => false,
            _ => self.grammar().accepts(value),
        }
    }

    /// The parts that a template may name behind a value of this type.
    pub fn parts(self) -> &'static [&'static str] {
        self.grammar().parts
    }

    /// A part of a value; several where the part is a list, none where the value has no such part.
    pub fn part(self, value: &str, part: &str) -> Vec<String> {
        let one = |it: Option<&str>| it.map(str::to_owned).into_iter().collect();
        match (self, part) {
            (Self::Component, "architecture") => one(value.split('_').next()),
            (Self::Component, "version") => one(value.rsplit('_').nth(2)),
            (Self::Component, "name") => {
                let tail =
                    value.rsplitn(5, '_').nth(4).and_then(|it| it.split_once('_')).map(|(_, name)| name);
                one(tail)
            }
            (Self::Filename, "stem") => one(Some(value.rsplit_once('.').map_or(value, |(stem, _)| stem))),
            (Self::Filename, "extension") => one(value.rsplit_once('.').map(|(_, extension)| extension)),
            (Self::Path | Self::Regkey, "parent") => {
                one(value.trim_end_matches('\\').rsplit_once('\\').map(|(it, _)| it))
            }
            (Self::Path | Self::Regkey, "name") => one(value.trim_end_matches('\\').rsplit('\\').next()),
            (Self::Path, "drive") => one(value.get(..2).filter(|it| it.ends_with(':'))),
            (Self::Inf, "stem") => one(value.get(..value.len().saturating_sub(4))),
            (Self::Inf, "services") => inf_services(value),
            (Self::Inf, "inbox") => {
                let known = INF_SERVICES.contains_key(value.to_ascii_lowercase().as_str());
                one(Some(if known { "yes" } else { "no" }))
            }
            (Self::Package, "name") => one(value.split('~').next()),
            (Self::Package, "version") => one(value.rsplit_once('~').map(|(_, version)| version)),
            (Self::Kb, "number") => one(value.get(2..)),
            (Self::Hresult, "name") => one(Code::parse(value).and_then(Code::name)),
            _ => Vec::new(),
        }
    }
}

/// The services of an INF file: as Windows has them, or else the one of its own name. The file names of
/// third-party drivers (`oem12.inf`) are only numbers, so nothing follows from them.
fn inf_services(inf: &str) -> Vec<String> {
    let inf = inf.to_ascii_lowercase();
    let stem = inf.strip_suffix(".inf").unwrap_or(&inf);
    let numbered =
        stem.strip_prefix("oem").is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    match INF_SERVICES.get(inf.as_str()) {
        Some(services) => services.iter().map(|it| (*it).to_owned()).collect(),
        None if numbered => Vec::new(),
        None => vec![stem.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, good: &[&str], bad: &[&str]) {
        let kind = Kind::parse(kind).unwrap();
        for it in good {
            assert!(kind.accepts(it), "{kind:?} {it}");
        }
        for it in bad {
            assert!(!kind.accepts(it), "{kind:?} {it}");
        }
    }

    #[test]
    fn only_what_keeps_to_the_grammar_enters_a_command() {
        let hostile =
            ["a\"&del C:\\&<script>", "$(calc)", "a\nb", "a\u{202e}b", "%PATH%", "a`b", "a;b", "a|b", ""];
        for kind in Kind::names() {
            check(kind, &[], &["a\"&del C:\\&<script>", "a\nb", "a\u{202e}b", "%PATH%", "a`b", "a|b", ""]);
        }
        check("filename", &["DWrite.dll", "größe (1).dll", "$x.sys", "{a}.cat"], &["..", "a.", "a\\b"]);
        check(
            "path",
            &[r"C:\$WINDOWS.~BT\Sources", r"\\srv\share\x", "C:", r"D:\a b\"],
            &[r"C:\a\..\b", "Windows", r"C:\a%x%"],
        );
        check("service", &["clr_optimization_v4.0.30319_32", "MSSQL$X"], &hostile);
        check("inf", &["flpydisk.inf", "oem12.INF"], &["flpydisk", "a b.inf"]);
        check("package", &["Package_for_RollupFix~31bf3856ad364e35~amd64~~14393.4889.1.2"], &["a b"]);
        check("kb", &["KB5034768"], &["KB1", "5034768"]);
        check(
            "component",
            &["amd64_a-b..c_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6"],
            &["a b", "a\\b"],
        );
        check("regkey", &[r"HKLM\SYSTEM\CurrentControlSet\Services\BITS"], &[r"SYSTEM\x", r"HKLM\a%b"]);
        check("hresult", &["0x80070002", "HRESULT_FROM_WIN32(14098)"], &["a b"]);
        check("text", &[], &["anything"]);
        check("number", &["-2147024894"], &[]);
        for kind in ["filename", "service", "inf", "package", "word"] {
            check(kind, &[], &["-x", "-x.inf"]);
        }
    }

    #[test]
    fn parts() {
        let part = |kind: &str, value, part| Kind::parse(kind).unwrap().part(value, part).join(" ");
        let component = "amd64_microsoft-windows-x_y_31bf3856ad364e35_10.0.14393.5501_none_0f9ad1b2c3d4e5f6";
        assert_eq!(part("component", component, "version"), "10.0.14393.5501");
        assert_eq!(part("component", component, "name"), "microsoft-windows-x_y");
        assert_eq!(part("inf", "flpydisk.inf", "stem"), "flpydisk");
        assert_eq!(part("inf", "FlpyDisk.inf", "services"), "flpydisk sfloppy");
        assert_eq!(part("inf", "acme.inf", "services"), "acme");
        assert_eq!(part("inf", "oem12.inf", "services"), "");
        assert_eq!(part("path", r"C:\a\b\", "parent"), r"C:\a");
        assert_eq!(part("path", r"C:\a\b", "name"), "b");
        assert_eq!(part("kb", "KB5034768", "number"), "5034768");
        assert_eq!(part("package", "Package_for_KB1~31bf~amd64~~6.3.1.4", "version"), "6.3.1.4");
        assert_eq!(part("hresult", "0x80070002", "name"), "ERROR_FILE_NOT_FOUND");
    }

    #[test]
    fn the_table_is_in_the_order_of_the_types() {
        for name in Kind::names() {
            assert_eq!(Kind::parse(name).unwrap().name(), name);
        }
    }
}
