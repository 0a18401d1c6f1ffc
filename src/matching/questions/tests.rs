//! Exports and listings asked: what they say is there, is missing, and what they leave open.

use super::*;
use crate::source::Node;
use crate::source::format;
use crate::text::Encoding;

#[track_caller]
fn check(format_name: &'static str, text: &str, path: &str, want: Want, expect: &str) {
    let question = Question { format: format_name, path: path.to_owned(), want };
    let mut bytes = text.as_bytes();
    let mut blocks = Blocks::new(&mut bytes, Encoding::Bytes);
    let reader = format(format_name).unwrap().tree().unwrap();
    let answer = ask(&[question], 0, reader, &mut blocks, &mut |_| {}).remove(0);
    let told = match answer {
        Answer::Yes(it) => format!("yes, {}: {}", it.line, it.text),
        Answer::No(it) => format!("no, {}: {}", it.line, it.text),
        Answer::Unknown => "unknown".to_owned(),
    };
    assert_eq!(told, expect);
}

const SERVICES: &str = "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services]\n\n\
    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Disk]\n\"Start\"=dword:00000000\n\"Owners\"=hex(7):64,00,00,00,65,00,00,00,00,00\n";

#[test]
fn a_key_is_missing_only_where_its_parent_is_covered() {
    let ask = |path, expect| check("registry", SERVICES, path, Want::Node, expect);
    ask(
        r"HKLM\System\CurrentControlSet\Services\disk",
        r"yes, 5: HKLM\System\CurrentControlSet\Services\disk",
    );
    ask(r"HKLM\SYSTEM\CurrentControlSet\Services\flpydisk", r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services");
    ask(
        r"HKLM\SYSTEM\CurrentControlSet\Services\BITS\Parameters",
        r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services",
    );
    ask(r"HKLM\SYSTEM\CurrentControlSet\Control", "unknown");
    ask(r"HKLM\SOFTWARE\x", "unknown");
}

#[test]
fn a_subkey_export_says_nothing_of_its_brothers() {
    let text = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\disk]\n";
    check("registry", text, r"HKLM\SYSTEM\CurrentControlSet\Services\flpydisk", Want::Node, "unknown");
}

#[test]
fn the_end_of_an_export_is_read_whatever_its_size() {
    for size in [256 << 10, (256 << 10) - 1, (256 << 10) + 1, 512 << 10] {
        let head = "[HKEY_LOCAL_MACHINE\\X]\n";
        let end = "[HKEY_LOCAL_MACHINE\\X\\last]";
        let text = format!("{head}{}\n{end}", ";".repeat(size - head.len() - end.len() - 1));
        assert_eq!(text.len(), size);
        check("registry", &text, r"HKLM\X\last", Want::Node, r"yes, 3: HKLM\X\last");
    }
}

#[test]
fn values_and_lists() {
    let value = |name: &str, equals: Option<&str>| Want::Value {
        name: name.to_owned(),
        equals: equals.map(str::to_owned),
    };
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services\disk";
    check("registry", SERVICES, path, value("start", Some("0")), &format!("yes, 6: {path}: start = 0"));
    check("registry", SERVICES, path, value("Start", Some("4")), &format!("no, 6: {path}: Start = 0"));
    check("registry", SERVICES, path, value("ImagePath", None), &format!("no, 5: {path}"));
    check("registry", SERVICES, path, value("Owners", Some("E")), &format!("yes, 7: {path}: Owners = d, e"));
    let any = |equals: &str| Want::AnyValue { name: "Owners".to_owned(), equals: Some(equals.to_owned()) };
    let parent = r"HKLM\SYSTEM\CurrentControlSet\Services";
    check("registry", SERVICES, parent, any("d"), &format!("yes, 7: {parent}: Owners = d, e"));
    check("registry", SERVICES, parent, any("f"), &format!("no, 3: {parent}"));
    let other = Want::AnyValue { name: "Never".to_owned(), equals: None };
    check("registry", SERVICES, parent, other, "unknown");
}

#[test]
fn the_control_set_must_be_certain() {
    let one = "[HKEY_LOCAL_MACHINE\\SYSTEM]\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services]\n";
    let two = format!("{one}[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services]\n");
    let selected = format!("{two}[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\n\"Current\"=dword:00000002\n");
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services\x";
    check("registry", one, path, Want::Node, r"no, 2: HKLM\SYSTEM\CurrentControlSet\Services");
    check("registry", &two, path, Want::Node, "unknown");
    check("registry", &selected, path, Want::Node, r"no, 3: HKLM\SYSTEM\CurrentControlSet\Services");
}

#[test]
fn listings() {
    let text = " Directory of C:\\a\n\n01/02/2024  03:04 AM    <DIR>          empty\n01/02/2024  03:04 AM    <DIR>          unlisted\n\
        01/02/2024  03:04 AM               5 f.dll\n\n Directory of C:\\a\\empty\n\n01/02/2024  03:04 AM    <DIR>          .\n";
    check("listing", text, r"C:\a\F.DLL", Want::Node, r"yes, 5: C:\a\F.DLL");
    check("listing", text, r"C:\a\g.dll", Want::Node, r"no, 1: C:\a");
    check("listing", text, r"C:\a\empty\g.dll", Want::Node, r"no, 7: C:\a\empty");
    check("listing", text, r"C:\a\unlisted\g.dll", Want::Node, "unknown");
    check("listing", text, r"C:\a\empty", Want::Empty, r"yes, 7: C:\a\empty");
    check("listing", text, r"C:\a", Want::Empty, r"no, 1: C:\a");
    check("listing", text, r"C:\b", Want::Node, "unknown");
}

/// What `reg query … /s` prints, with the key in place of `{K}`.
fn listing(text: &str) -> String {
    text.replace("{K}", r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services")
}

#[test]
fn the_text_of_reg_query() {
    let all = listing(
        "\n{K}\n\n{K}\\disk\n    ImagePath    REG_EXPAND_SZ    System32\\drivers\\disk.sys\n    Start    REG_DWORD    0x0\n    Owners    REG_MULTI_SZ    d\\0e\n\n",
    );
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services";
    let (disk, missing) = (format!(r"{path}\disk"), format!(r"{path}\flpydisk"));
    let value =
        |name: &str, equals: &str| Want::Value { name: name.to_owned(), equals: Some(equals.to_owned()) };
    check("registry", &all, &disk, Want::Node, &format!("yes, 4: {disk}"));
    check("registry", &all, &disk, value("start", "0"), &format!("yes, 6: {disk}: start = 0"));
    check("registry", &all, &disk, value("Owners", "E"), &format!("yes, 7: {disk}: Owners = d, e"));
    check(
        "registry",
        &all,
        &disk,
        Want::Value { name: "x".to_owned(), equals: None },
        &format!("no, 4: {disk}"),
    );
    check("registry", &all, &missing, Want::Node, &format!("no, 2: {path}"));
    // The same without its end, as hits of a search, and as the values of one key.
    check("registry", all.trim_end(), &missing, Want::Node, "unknown");
    let hits = format!("{all}End of search: 3 match(es) found.\n");
    check("registry", &hits, &missing, Want::Node, "unknown");
    check("registry", &hits, &disk, Want::Node, &format!("yes, 4: {disk}"));
    let one = listing("\n{K}\\disk\n    Start    REG_DWORD    0x0\n\n");
    check("registry", &one, &missing, Want::Node, "unknown");
    check("registry", &one, &disk, Want::Value { name: "x".to_owned(), equals: None }, "unknown");
    // The parent of what is there is there.
    check("registry", &one, path, Want::Node, &format!("yes, 2: {path}"));
    check("registry", &one, path, Want::Empty, "unknown");
}

#[test]
fn what_is_said_to_be_missing_is() {
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services\flpydisk";
    let text =
        "[WARNING] Registry Key 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\flpydisk' does not exist.\n";
    check("registry", text, path, Want::Node, &format!("no, 1: {path}"));
    let start = Want::Value { name: "Start".to_owned(), equals: None };
    check("registry", text, path, start.clone(), &format!("no, 1: {path}"));
    // Asked twice with another outcome, it proves nothing.
    let both = listing(&format!("{text}\n{{K}}\\flpydisk\n    Start    REG_DWORD    0x3\n\n"));
    check("registry", &both, path, Want::Node, "unknown");
    check("registry", &both, path, start, "unknown");
}

#[test]
fn a_name_that_may_be_spelled_otherwise_is_not_missing() {
    let text = "[HKEY_LOCAL_MACHINE\\X]\n[HKEY_LOCAL_MACHINE\\X\\Dr?ck]\n";
    check("registry", text, r"HKLM\X\Druck", Want::Node, r"no, 1: HKLM\X");
    check("registry", text, r"HKLM\X\Drück", Want::Node, "unknown");
}

#[test]
fn brothers_tell_what_is_missing_between_them() {
    let mut text = String::new();
    for at in 10..60 {
        let values = if at == 20 { "" } else { "    Start    REG_DWORD    0x3\n" };
        text += &listing(&format!("\n{{K}}\\s{at}\n{values}"));
    }
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services";
    let ask = |name: &str, expect: &str| {
        check("registry", &format!("{text}\n"), &format!(r"{path}\{name}"), Want::Node, expect);
    };
    ask("s30x", &format!("no, 2: {path}"));
    ask("S30", &format!(r"yes, 61: {path}\S30"));
    ask("a", "unknown");
    ask("t", "unknown");
}

/// A walk that tells these.
struct Told(Vec<Node<'static>>);

impl TreeSource for Told {
    fn count(&self) -> u64 {
        0
    }

    fn lacks(&self) -> Vec<Lack> {
        Vec::new()
    }

    fn walk(&self, wanted: &Wanted, tell: &mut dyn FnMut(Node<'_>)) -> Vec<Lack> {
        assert!(wanted.paths.contains(r"hklm\x\a") && wanted.paths.contains("hklm"));
        self.0.iter().for_each(|it| tell(*it));
        Vec::new()
    }
}

#[test]
fn a_walk_answers_without_lines() {
    let value = Node::Value { key: r"HKLM\X\a", name: "v", data: "1" };
    let ask = |told: &[Node<'static>], whole: bool, want: Want| {
        let question = Question { format: "registry", path: r"HKLM\X\a".to_owned(), want };
        ask_tree(&[question], 3, &Told(told.to_vec()), whole).0.remove(0)
    };
    let asked = |text: &str| Asked {
        source: 3,
        text: text.to_owned(),
        data: text.split_once(" = ").map(|(_, data)| data.to_owned()).unwrap_or_default(),
        ..Asked::default()
    };
    let named = |name: &str| Want::Value { name: name.to_owned(), equals: None };
    let parent = [Node::Covered(r"HKLM\X")];
    assert_eq!(ask(&parent, true, Want::Node), Answer::No(asked(r"HKLM\X")));
    assert_eq!(ask(&parent, false, Want::Node), Answer::Unknown);
    assert_eq!(ask(&[parent[0], Node::Doubtful(r"HKLM\X")], true, Want::Node), Answer::Unknown);
    let all = [parent[0], Node::Valued(r"HKLM\X\a"), value];
    assert_eq!(ask(&all, true, Want::Node), Answer::Yes(asked(r"HKLM\X\a")));
    assert_eq!(ask(&all, true, named("V")), Answer::Yes(asked(r"HKLM\X\a: V = 1")));
    assert_eq!(ask(&all, true, named("w")), Answer::No(asked(r"HKLM\X\a")));
    assert_eq!(ask(&all, true, Want::Empty), Answer::Unknown);
}

/// Reads every line, whatever it is allowed to pass over.
struct Patient(Box<dyn TreeReader>);

impl TreeReader for Patient {
    fn line(&mut self, number: u64, line: &str, tell: &mut dyn FnMut(u64, Node<'_>)) {
        self.0.line(number, line, tell);
    }

    fn end(&mut self, whole: bool, tell: &mut dyn FnMut(u64, Node<'_>)) {
        self.0.end(whole, tell);
    }
}

/// What may stand in an export, at random.
fn export(random: &mut fastrand::Rng, length: usize) -> String {
    const NAMES: [&str; 11] = [
        "SYSTEM",
        "ControlSet001",
        "ControlSet002",
        "CurrentControlSet",
        "Services",
        "disk",
        "b",
        "c?",
        "Select",
        "x",
        "y",
    ];
    const VALUES: [&str; 14] = [
        "\"Owners\"=\"d\"",
        "\"owners\"=hex(7):64,00,00,00,\\\r\n  65,00,00,00,00,00",
        "\"Ends\"=\"in a backslash\\\\\"",
        "\"Lines\"=\"one \\\"\r\n\"Owners\"=\"d\"\r\nthree\"",
        "\"Bytes\"=hex:00,\\\r\n\"Owners\"=\"e\"",
        "\"Start\"=dword:00000001",
        "\"Owners\"=hex(7):64,00,\\\r\n  00,00",
        "\"Text\"=\"first\r\n[section]\r\nlast\"",
        "\"Open\"=\"never closed",
        "\"Current\"=dword:00000002",
        "nonsense",
        "",
        "[-HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\disk]",
        "[HKEY_LOCAL_MACHINE\\SYSTEM",
    ];
    let mut text = String::new();
    let mut path: Vec<&str> = Vec::new();
    while text.len() < length {
        path.truncate(random.usize(..=path.len()));
        for _ in 0..random.usize(..3) {
            path.push(NAMES[random.usize(..NAMES.len())]);
        }
        let key: String = path.iter().map(|it| format!("\\{it}")).collect();
        text.push_str(&format!("[HKEY_LOCAL_MACHINE{key}]\r\n"));
        for _ in 0..random.usize(..4) {
            text.push_str(VALUES[random.usize(..VALUES.len())]);
            text.push_str("\r\n");
        }
    }
    text
}

#[test]
fn what_is_passed_over_changes_no_answer() {
    const WANTS: [Want; 2] = [Want::Node, Want::Empty];
    let value = |name: &str| Want::Value { name: name.to_owned(), equals: None };
    let any = |equals: &str| Want::AnyValue { name: "Owners".to_owned(), equals: Some(equals.to_owned()) };
    let wants = WANTS.into_iter().chain([value("Start"), value("Text"), any("d"), any("e")]);
    let paths = [
        r"HKLM\SYSTEM\CurrentControlSet\Services",
        r"HKLM\SYSTEM\CurrentControlSet\Services\disk",
        r"HKLM\SYSTEM\CurrentControlSet\Services\b\disk",
        r"HKLM\b\Services",
    ];
    let all: Vec<Question> = wants
        .flat_map(|want| {
            paths.map(|path| Question { format: "registry", path: path.to_owned(), want: want.clone() })
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..400 {
        // A few are longer than a block.
        let length = if round % 100 == 0 { 600 << 10 } else { random.usize(..3000) };
        let text = export(&mut random, length);
        let questions: Vec<Question> = all.iter().filter(|_| random.bool()).cloned().collect();
        let answers = |patient: bool| {
            let mut bytes = text.as_bytes();
            let mut blocks = Blocks::new(&mut bytes, Encoding::Bytes);
            let reader = format("registry").unwrap().tree().unwrap();
            let reader = if patient { Box::new(Patient(reader)) } else { reader };
            ask(&questions, 0, reader, &mut blocks, &mut |_| {})
        };
        assert_eq!(answers(false), answers(true), "{text}");
    }
}
