//! The names of codes: what the headers and the documents of Windows call each value, in the tables of
//! `src/codes`. They are read when the first name is asked for, and not before.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Code;

/// From the most particular table to the most general one: where several know a code, the first one names it.
static TABLES: [&str; 11] = [
    include_str!("../codes/cbs.tsv"),
    include_str!("../codes/wu.tsv"),
    include_str!("../codes/mosetup.tsv"),
    include_str!("../codes/setupapi.tsv"),
    include_str!("../codes/winhttp.tsv"),
    include_str!("../codes/win32.tsv"),
    include_str!("../codes/hresult.tsv"),
    include_str!("../codes/bits.tsv"),
    include_str!("../codes/delivery.tsv"),
    include_str!("../codes/wininet.tsv"),
    include_str!("../codes/ntstatus.tsv"),
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
    TABLES.iter().flat_map(|table| rows(table)).map(|(value, name)| (Code(value), name))
}

/// The name of a code in its one form.
pub fn name(code: Code) -> Option<&'static str> {
    NAMES.get(&code).copied()
}

/// The code that has this name, in capitals or not.
pub fn value(name: &str) -> Option<Code> {
    VALUES.get(&name.to_ascii_uppercase()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_none_stands_twice() {
        for table in TABLES {
            let rows: Vec<_> = rows(table).collect();
            assert_eq!(rows.len(), table.lines().count());
            let mut names: Vec<_> = rows.iter().map(|(_, name)| name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), rows.len());
        }
    }
}
