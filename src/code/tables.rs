//! The names of codes: what the headers and the documents of Windows call each value, in the tables of
//! `src/codes`. They are read when the first name is asked for, and not before.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Code;

/// A table of names, and what it is of.
struct Table {
    title: &'static str,
    text: &'static str,
}

macro_rules! table {
    ($title:literal, $file:literal) => {
        Table { title: $title, text: include_str!(concat!("../codes/", $file)) }
    };
}

/// From the most particular table to the most general one: where several know a code, the first one names it.
static TABLES: [Table; 11] = [
    table!("component-based servicing", "cbs.tsv"),
    table!("Windows Update", "wu.tsv"),
    table!("Windows setup", "mosetup.tsv"),
    table!("SetupAPI", "setupapi.tsv"),
    table!("WinHTTP", "winhttp.tsv"),
    table!("Win32", "win32.tsv"),
    table!("HRESULT", "hresult.tsv"),
    table!("BITS", "bits.tsv"),
    table!("Delivery Optimization", "delivery.tsv"),
    table!("WinINet", "wininet.tsv"),
    table!("NTSTATUS", "ntstatus.tsv"),
];

static NAMES: LazyLock<HashMap<Code, &'static str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (code, name) in all() {
        names.entry(code.as_hresult()).or_insert(name);
    }
    names
});

/// By the name in capitals: two names have a small letter in them.
static VALUES: LazyLock<HashMap<String, Code>> = LazyLock::new(|| {
    let mut values = HashMap::new();
    for (code, name) in all() {
        values.entry(name.to_ascii_uppercase()).or_insert(code);
    }
    values
});

/// The rows of a table whose first column is a value, in hexadecimal with `0x`, and the rest of each.
pub fn rows(table: &'static str) -> impl Iterator<Item = (u32, &'static str)> {
    table.lines().filter_map(|row| {
        let (value, rest) = row.split_once('\t')?;
        Some((u32::from_str_radix(value.strip_prefix("0x")?, 16).ok()?, rest.trim()))
    })
}

fn all() -> impl Iterator<Item = (Code, &'static str)> {
    TABLES.iter().flat_map(|table| rows(table.text)).map(|(value, name)| (Code(value), name))
}

/// The name of a code in its one form.
pub fn name(code: Code) -> Option<&'static str> {
    NAMES.get(&code).copied()
}

/// Every name of a code in its one form, each with what the table is of that knows it.
pub fn names(code: Code) -> Vec<(&'static str, &'static str)> {
    let of = |table: &'static Table| {
        let same = rows(table.text).filter(move |(value, _)| Code(*value).as_hresult() == code);
        same.map(move |(_, name)| (name, table.title))
    };
    TABLES.iter().flat_map(of).collect()
}

/// The code that has this name, in capitals or not.
pub fn value(name: &str) -> Option<Code> {
    VALUES.get(&name.to_ascii_uppercase()).copied()
}

/// Up to three names that look like `text`: those that contain it, or else those that differ from it by little.
pub fn near(text: &str) -> Vec<&'static str> {
    const MOST: usize = 3;
    // What is shorter stands in too many names.
    const SHORTEST: usize = 4;
    let text = text.to_ascii_uppercase();
    if text.len() < SHORTEST || text.len() > super::parse::LONGEST {
        return Vec::new();
    }
    let distance = |name: &str| match name.contains(&text) {
        true => 0,
        false => strsim::damerau_levenshtein(name, &text),
    };
    let few = text.len() / 3;
    let close = |name: &str| name.contains(&text) || name.len().abs_diff(text.len()) <= few;
    let mut found: Vec<(usize, &str)> =
        all().filter(|(_, it)| close(it)).map(|(_, it)| (distance(it), it)).collect();
    found.sort_by_key(|(distance, name)| (*distance, name.len(), *name));
    found.dedup();
    let best = found.first().map_or(0, |(distance, _)| *distance);
    found.retain(|(distance, _)| *distance <= few.min(best + 1));
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_none_stands_twice() {
        for table in &TABLES {
            let rows: Vec<_> = rows(table.text).collect();
            assert_eq!(rows.len(), table.text.lines().count(), "{}", table.title);
            let mut names: Vec<_> = rows.iter().map(|(_, name)| name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), rows.len(), "{}", table.title);
        }
    }

    #[test]
    fn all_tables_that_know_a_code_are_told() {
        assert_eq!(
            names(Code(0x8007_2EE7)),
            [
                ("ERROR_WINHTTP_NAME_NOT_RESOLVED", "WinHTTP"),
                ("WININET_E_NAME_NOT_RESOLVED", "HRESULT"),
                ("ERROR_INTERNET_NAME_NOT_RESOLVED", "WinINet")
            ]
        );
    }

    #[test]
    fn names_that_are_nearly_right_are_found() {
        assert_eq!(near("ERROR_FILE_NOT_FUOND"), ["ERROR_FILE_NOT_FOUND"]);
        assert!(near("store_corruption").contains(&"CBS_E_STORE_CORRUPTION"));
        assert_eq!(near("xyzzyplugh"), [""; 0]);
        assert_eq!(near("e"), [""; 0]);
        assert_eq!(near(&"E_".repeat(5_000)), [""; 0]);
    }
}
