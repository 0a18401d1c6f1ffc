//! Listings as the program and its collectors print them, and what they cover.

use super::*;

/// What a text tells, a line each; an empty line stands before it, as the program prints it.
fn told(text: &str, whole: bool) -> Vec<String> {
    let mut reader = Query::default();
    let mut told = Vec::new();
    let mut tell = |line: u64, node: Node<'_>| {
        told.push(match node {
            Node::Covered(key) => format!("{line} all of {key}"),
            Node::Named(key) => format!("{line} {key}"),
            Node::Value { key, name, data } => format!("{line} {key} {name} = {data:?}"),
            other => format!("{other:?}"),
        });
    };
    for (at, line) in text.split_terminator('\n').enumerate() {
        reader.line(at as u64 + 1, line, &mut tell);
    }
    reader.end(whole, &mut tell);
    told
}

/// The keys that are covered in the end.
#[track_caller]
fn check_covered(text: &str, expect: &[&str]) {
    let mut covered: Vec<(u64, String)> = Vec::new();
    let mut reader = Query::default();
    let mut tell = |line: u64, node: Node<'_>| match node {
        Node::Covered(key) => covered.push((line, key.rsplit('\\').next().unwrap().to_owned())),
        Node::DoubtfulSince(since) => covered.retain(|(line, _)| *line < since),
        Node::Doubtful(key) => covered.retain(|(_, it)| !key.ends_with(it.as_str())),
        _ => {}
    };
    for (at, line) in text.split_terminator('\n').enumerate() {
        reader.line(at as u64 + 1, line, &mut tell);
    }
    reader.end(true, &mut tell);
    let mut names: Vec<String> = covered.into_iter().map(|(_, name)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names, expect, "{text}");
}

const K: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";

/// `{K}` in a text stands for the key of the services.
fn with_k(text: &str) -> String {
    text.replace("{K}", K)
}

#[test]
fn keys_values_and_strings_of_several_lines() {
    assert_eq!(
        told(
            "\nHKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\a\n    x y    REG_SZ    one\ntwo\n    three\n    n    REG_DWORD    0x10\n    (Standard)    REG_SZ    d\n\n",
            true
        ),
        [
            "View(1)",
            r"2 HKLM\SYSTEM\CurrentControlSet\Services\a",
            r#"3 HKLM\SYSTEM\CurrentControlSet\Services\a x y = "one\ntwo\n    three""#,
            r#"6 HKLM\SYSTEM\CurrentControlSet\Services\a n = "16""#,
            r#"7 HKLM\SYSTEM\CurrentControlSet\Services\a  = "d""#,
            r#"Doubtful("HKLM\\SYSTEM\\CurrentControlSet\\Services\\a")"#,
        ]
    );
    assert_eq!(
        told("\nHKEY_LOCAL_MACHINE\\SYSTEM\\Select\n    Current    REG_DWORD    0x2\n\n", true)[1..],
        ["Current(2)".to_owned(), r#"3 HKLM\SYSTEM\Select Current = "2""#.to_owned()]
    );
}

#[test]
fn a_listing_with_all_below() {
    let text = with_k(
        "\n{K}\n\n{K}\\a\n\n{K}\\a\\b\n    x    REG_SZ    1\n\n{K}\\c\n    x    REG_SZ    1\n    y    REG_SZ    1\n\n{K}\\d\n\n",
    );
    // Of the last key nothing is known: it may be a mere name.
    check_covered(&text, &["Services", "a", "b", "c"]);
}

#[test]
fn a_listing_of_one_key_names_its_subkeys() {
    let text = with_k("\n{K}\n    x    REG_SZ    1\n    y    REG_SZ    1\n\n{K}\\a\n{K}\\b\n");
    check_covered(&text, &["Services"]);
    // Without values the key itself is not printed.
    check_covered(&with_k("\n{K}\\a\n{K}\\b\n{K}\\c\n"), &["Services"]);
    // Someone picked lines, or printed them in another way.
    check_covered(&with_k("{K}\\a\n{K}\\b\n"), &[]);
    check_covered(&with_k("Name\n----\n{K}\\a\n{K}\\b\n"), &[]);
    check_covered(&with_k("\n{K}\\a\n{K}\\b\\c\n"), &[]);
    check_covered(&with_k("\n{K}\\only\n"), &[]);
}

#[test]
fn one_value_may_have_been_asked_for() {
    check_covered(&with_k("\n{K}\\a\n    Start    REG_DWORD    0x1\n\n"), &[]);
    check_covered(
        &with_k("\n{K}\\a\n    Start    REG_DWORD    0x1\n\n\n{K}\\a\\b\n    Start    REG_DWORD    0x1\n\n"),
        &[],
    );
    check_covered(
        &with_k("\n{K}\\a\n    Start    REG_DWORD    0x1\n\n{K}\\a\\b\n    Start    REG_DWORD    0x1\n\n"),
        &["a", "b"],
    );
}

#[test]
fn the_hits_of_a_search_cover_nothing() {
    let text = "\n{K}\\a\n    x    REG_SZ    1\n    y    REG_SZ    1\n\n{K}\\b\n    x    REG_SZ    1\n    y    REG_SZ    1\n\nEnd of search: 4 match(es) found.\n";
    check_covered(&with_k(text), &[]);
    check_covered(&with_k(&text.replace("End of search: 4 match(es) found.", "Fin : 4 trouvé(s).")), &[]);
}

#[test]
fn a_command_says_what_it_covers() {
    let text = "==========\n20240314 02:11:21.123 : REG.exe QUERY HKLM\\SYSTEM\\CurrentControlSet\\Services /s\n==========\n\n{K}\\a\n\n{K}\\b\n    x    REG_SZ    1\n\n";
    check_covered(&with_k(text), &["Services", "a", "b"]);
    // That command does not print the values of subkeys.
    check_covered(&with_k(&text.replace(" /s\n", "\n")), &[]);
    let one = "C:\\>reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\n\n";
    check_covered(&with_k(&format!("{one}{{K}}\\a\n")), &["Services"]);
    check_covered(
        &with_k(&format!("{one}{{K}}\n    x    REG_SZ    1\n\n{{K}}\\a\n{{K}}\\b\n\nC:\\>")),
        &["Services"],
    );
    check_covered(&with_k(&text.replace(" /s\n", " /s /f x\n")), &[]);
    check_covered(&with_k(&text.replace(" /s\n", " /s | findstr x\n")), &[]);
    check_covered(&with_k(&text.replace("QUERY HKLM", r"QUERY \\SRV09\HKLM")), &[]);
    check_covered(&with_k(&text.replace(r"QUERY HKLM\SYSTEM", r"QUERY HKLM\SOFTWARE")), &[]);
}

#[test]
fn what_is_irregular_covers_nothing() {
    // Empty lines are gone.
    check_covered(&with_k("\n{K}\\a\n    x    REG_SZ    1\n    y    REG_DWORD    0x1\n{K}\\a\\b\n"), &[]);
    check_covered(&with_k("\n{K}\\a\n{K}\\b\n    x    REG_SZ    1\n    y    REG_SZ    1\n"), &[]);
    // A key between is gone.
    check_covered(&with_k("\n{K}\\a\n\n{K}\\a\\b\\c\n    x    REG_SZ    1\n\n"), &[]);
    // A console has wrapped it.
    check_covered(&with_k("\n{K}\n\n{K}\\long na\nme\n    x    REG_SZ    1\n\n"), &[]);
    // The program failed on the way, or before it.
    let text = "\n{K}\\a\n    x    REG_SZ    1\n    y    REG_SZ    1\n\n";
    check_covered(&with_k(text), &["a"]);
    check_covered(&with_k(&format!("{text}ERROR: Access is denied.\n")), &[]);
    check_covered(&with_k(&format!("FEHLER: Zugriff verweigert\n{text}")), &[]);
    // It has been cut.
    let cut = told(with_k(text).trim_end(), false);
    assert_eq!(cut.last().unwrap(), "DoubtfulSince(0)");
}

#[test]
fn a_value_that_cannot_be_read_casts_doubt_on_its_key() {
    let text = "\n{K}\\a\n    x    REG_SZ    1\n    y    REG_DWORD    what\n    z    REG_SZ    1\n\n";
    check_covered(&with_k(text), &[]);
    check_covered(
        &with_k("\n{K}\\a\n    x    REG_DWORD    0x1\n    y    DEVPROP    1\n    z    REG_SZ    1\n\n"),
        &[],
    );
}

#[test]
fn what_is_said_to_be_missing() {
    let missing = |text: &str, expect: bool| {
        let told = told(&with_k(text), true);
        let found = told.contains(&r#"Missing("HKLM\\SYSTEM\\CurrentControlSet\\Services\\a")"#.to_owned());
        assert_eq!(found, expect, "{told:?}");
    };
    let error = "ERROR: The system was unable to find the specified registry key or value.\n";
    missing("[WARNING] Registry Key 'HKLM:\\SYSTEM\\ControlSet001\\Services\\a' does not exist.\n", true);
    missing(&format!("C:\\>reg query {{K}}\\a\n{error}"), true);
    missing(&format!("C:\\>reg query {{K}}\\a /v Start\n{error}"), false);
    missing(&format!("C:\\>reg query {{K}}\\a /reg:32\n{error}"), false);
    missing(&format!("C:\\>reg query {{K}}\\a\n\n{{K}}\\a\n    x    REG_SZ    1\n\n{error}"), false);
    missing(&format!("[{{K}}\\a]\n{error}"), false);
    missing("C:\\>reg query {K}\\a\nERROR: Access is denied.\n", false);
}

#[test]
fn many_brothers_in_order_are_all() {
    let brothers = |count: usize, bare: bool| {
        let mut text = String::new();
        for at in 0..count {
            let values = if bare && at == 3 { "" } else { "    Start    REG_DWORD    0x1\n" };
            text += &format!("\n{K}\\s{at:03}\n{values}");
            text += &format!("\n{K}\\s{at:03}\\Enum\n    Count    REG_DWORD    0x1\n");
        }
        text + "\n"
    };
    let covered = |text: &str| {
        let all = told(text, true);
        assert!(!all.iter().any(|it| it.starts_with("Doubtful")), "{all:?}");
        let between =
            r#"Between { path: "HKLM\\SYSTEM\\CurrentControlSet\\Services", first: "S000", last: "S039" }"#;
        all.contains(&between.to_owned())
    };
    assert!(covered(&brothers(40, true)));
    assert!(!covered(&brothers(20, true)) && !covered(&brothers(40, false)));
    // Not in the registry's order: someone's own.
    assert!(!covered(&brothers(40, true).replace(r"s020", "s999")));
    assert!(!covered(&brothers(40, true).replace(&format!("\n{K}\\s030\n"), &format!("\n\n{K}\\s030\n"))));
}

#[test]
fn recognized_by_its_content() {
    let query = |text: &str, expect: bool| assert_eq!(is_query(&with_k(text)), expect, "{text}");
    query("{K}\\a\n    x    REG_SZ    1\n", true);
    query("\n{K}\\a\n{K}\\b\n", true);
    query("[WARNING] Registry Key 'HKLM:\\SOFTWARE\\X' does not exist.\n", true);
    query(
        "C:\\>reg query {K}\nERROR: The system was unable to find the specified registry key or value.\n",
        true,
    );
    query("{K}\\a\n{K}\\b\n", false);
    query("Windows Registry Editor Version 5.00\n\n[{K}]\n\"x\"=\"1\"\n", false);
    query("notes on {K}\nand more\n{K}\\a\nsome\nmore\n", false);
    query("@echo off\nreg query {K}\nreg query {K}\\a\n", false);
    query("ERROR: The system was unable to find the specified registry key or value.\n", false);
    query("2024-03-14 02:11:21, Info    CSI    x\n", false);
    query("", false);
}

/// Lines in any order, cut anywhere: no panic, and hits of a search never cover anything.
#[test]
fn mutated_listings_cover_no_more() {
    let text = with_k(
        "\nC:\\>reg query \"HKLM\\SYSTEM\\CurrentControlSet\\Services\" /s\n\n{K}\n\n{K}\\é\n    Start    REG_DWORD    0x3\n    ImagePath    REG_SZ    x\n\n{K}\\b\n{K}\\c\n\n=====\n[{K}]\nERROR: no\n    (Default)    REG_SZ    (value not set)\nmore\n\n\n{K}\\b\\d\n    m    REG_MULTI_SZ    a\\0b\n",
    );
    let lines: Vec<&str> = text.lines().collect();
    // A xorshift generator: the same texts in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    for _ in 0..5_000 {
        let mut mutated = String::new();
        for _ in 0..next(24) {
            let line = lines[next(lines.len())];
            let mut end = if next(8) == 0 { next(line.len() + 1) } else { line.len() };
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            // Without what begins a new output: the search was one.
            if !line.contains("reg query") && !line.starts_with(['=', '[']) {
                mutated += &line[..end];
            }
            mutated.push('\n');
        }
        told(&mutated, next(2) == 0);
        check_covered(&format!("{mutated}\n\nEnd of search: 2 match(es) found.\n"), &[]);
        is_query(&mutated);
    }
}
