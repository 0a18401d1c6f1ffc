//! Small hives, written out cell by cell, and what becomes of them when bytes are wrong.

use super::super::data;
use super::writer::{List, New, hive, key, utf16};
use super::*;

fn service(name: &'static str, path: &str) -> New {
    let number = |it: u32| it.to_le_bytes().to_vec();
    let values = vec![
        ("ImagePath", data::EXPAND, utf16(path)),
        ("Start", data::DWORD, number(3)),
        ("Type", data::DWORD, number(1)),
        ("ErrorControl", data::DWORD, number(1)),
    ];
    New { name, values, ..New::default() }
}

fn system() -> New {
    let services = vec![
        service("disk", r"System32\drivers\disk.sys"),
        New { volatile: 1, ..service("WIMMount", r"system32\drivers\wimmount.sys") },
        service("Ünicode語", "x"),
    ];
    let set = key(
        "ControlSet001",
        vec![key("Control", vec![]), New { list: List::Nested, ..key("Services", services) }],
    );
    let current = New { flags: 0x10, ..key("CurrentControlSet", vec![]) };
    let select = New { values: vec![("Current", data::DWORD, vec![1, 0, 0, 0])], ..key("Select", vec![]) };
    New { list: List::Plain, ..key("ROOT", vec![set, current, select]) }
}

fn wanted(paths: &[&str], values: &[&str], below: &[&str]) -> Wanted {
    let mut wanted = Wanted::default();
    for path in paths {
        let path = path.to_lowercase();
        wanted.paths.extend(path.match_indices('\\').map(|(at, _)| path[..at].to_owned()));
        wanted.paths.insert(path);
    }
    wanted.values.extend(values.iter().map(|it| it.to_lowercase()));
    wanted.below.extend(below.iter().map(|it| it.to_lowercase()));
    wanted
}

fn walk(bytes: Vec<u8>, wanted: &Wanted) -> (Vec<String>, Vec<Lack>) {
    let hive = Hive::open(bytes, "x").unwrap();
    let mut told = Vec::new();
    let lost = hive.walk(wanted, &mut |node| {
        told.push(match node {
            Node::Value { key, name, data } => format!("{key}: {name} = {data:?}"),
            other => format!("{other:?}").replace(r"\\", r"\"),
        });
    });
    (told, lost)
}

const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

#[test]
fn a_walk_goes_where_the_questions_lead() {
    let wanted = wanted(&[r"HKLM\System\CurrentControlSet\services\disk"], &["imagepath", "Start"], &[]);
    let (told, lost) = walk(hive(&system(), "SYSTEM"), &wanted);
    assert_eq!(
        told,
        [
            "Current(1)",
            r#"Named("HKLM\SYSTEM")"#,
            "View(1)",
            r#"Named("HKLM\SYSTEM\CurrentControlSet")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Control")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services\disk")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services\disk")"#,
            r#"HKLM\SYSTEM\CurrentControlSet\Services\disk: ImagePath = "System32\\drivers\\disk.sys""#,
            r#"HKLM\SYSTEM\CurrentControlSet\Services\disk: Start = "3""#,
            r#"Covered("HKLM\SYSTEM\CurrentControlSet\Services\disk")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services\WIMMount")"#,
            r#"Named("HKLM\SYSTEM\CurrentControlSet\Services\Ünicode語")"#,
            r#"Covered("HKLM\SYSTEM\CurrentControlSet\Services")"#,
            r#"Covered("HKLM\SYSTEM\CurrentControlSet")"#,
            "View(0)",
            r#"Named("HKLM\SYSTEM\Select")"#,
            r#"Covered("HKLM\SYSTEM")"#,
        ]
    );
    assert!(lost.is_empty());
}

#[test]
fn values_of_all_children_and_children_in_memory() {
    let wimmount = format!(r"{SERVICES}\wimmount");
    let wanted = wanted(&[SERVICES, &wimmount], &["Type"], &[SERVICES]);
    let (told, _) = walk(hive(&system(), ""), &wanted);
    assert_eq!(told.iter().filter(|it| it.ends_with(r#": Type = "1""#)).count(), 4, "{told:?}");
    assert!(told.contains(&format!(r#"Valued("{SERVICES}\WIMMount")"#)), "{told:?}");
}

#[test]
fn data_of_every_length_and_type() {
    let long = "long ".repeat(8000);
    let values = vec![
        ("none", 0, vec![]),
        ("short", data::STRING, utf16("a")),
        ("long", data::STRING, utf16(&long)),
        ("list", data::MULTI, utf16("a\0b\0")),
        ("big", data::DWORD_BIG_ENDIAN, vec![0, 0, 0, 2]),
        ("quad", data::QWORD, vec![1, 0, 0, 0, 0, 0, 0, 0]),
        ("bytes", data::BINARY, vec![1, 2, 3, 4, 5]),
        ("", data::STRING, utf16("default")),
    ];
    let key = New { values, ..key("Setup", vec![]) };
    let mut root = system();
    root.children.push(key);
    let mut wanted = wanted(&[r"HKLM\SYSTEM\Setup"], &[], &[]);
    wanted.whole.insert(r"hklm\system\setup".to_owned());
    let (told, lost) = walk(hive(&root, ""), &wanted);
    let told: Vec<&str> = told.iter().filter_map(|it| it.strip_prefix(r"HKLM\SYSTEM\Setup: ")).collect();
    let long = format!("long = {long:?}");
    let expect: [&str; 8] = [
        r#"none = """#,
        r#"short = "a""#,
        &long,
        r#"list = "a\nb""#,
        r#"big = "2""#,
        r#"quad = "1""#,
        r#"bytes = "01 02 03 04 05""#,
        r#" = "default""#,
    ];
    assert_eq!(told, expect);
    assert!(lost.is_empty());
}

#[test]
fn where_a_hive_hangs() {
    let check = |root: &New, name: &str, path: &str, expect: Option<&str>| {
        let opened = Hive::open(hive(root, name), path);
        assert_eq!(opened.as_ref().ok().map(|it| it.place.as_str()), expect, "{name} {path}");
    };
    check(&system(), "", "a/x.hiv", Some(r"HKLM\SYSTEM"));
    check(&system(), "", "NewOS/Windows/System32/config/SYSTEM", None);
    check(&system(), "", "config/RegBack/SYSTEM", None);
    let version = New {
        values: vec![("SystemRoot", data::STRING, utf16(r"C:\Windows"))],
        ..key("CurrentVersion", vec![])
    };
    let windows = key("Microsoft", vec![key("Windows NT", vec![version])]);
    let software = key("ROOT", vec![key("Classes", vec![]), windows]);
    check(&software, "", "x", Some(r"HKLM\SOFTWARE"));
    let of_user = key("ROOT", vec![key("Classes", vec![]), key("Microsoft", vec![])]);
    check(&of_user, "", "x", None);
    check(&of_user, r"\SystemRoot\System32\Config\SOFTWARE", "x", Some(r"HKLM\SOFTWARE"));
    let user = key("ROOT", vec![key("Software", vec![]), key("Control Panel", vec![])]);
    check(&user, r"\??\C:\Users\someone\ntuser.dat", "x", Some("HKCU"));
    check(&user, r"files\LocalService\NTUSER.DAT", "x", None);
    check(&user, r"\SystemRoot\System32\Config\DEFAULT", "x", Some(r"HKU\.DEFAULT"));
    check(&user, "", "a/NTUSER.DAT", Some("HKCU"));
    check(&user, "", "x", None);
    let components = key("ROOT", vec![key("CanonicalData", vec![]), key("DerivedData", vec![])]);
    check(&components, "", "SRV09_reg_Components.hiv", Some(r"HKLM\COMPONENTS"));
    check(&key("ROOT", vec![key("DriverDatabase", vec![])]), "", "DRIVERS", Some(r"HKLM\DRIVERS"));
    let few = key("x", vec![service("a", "x"), service("b", "x"), key(".NET", vec![])]);
    check(&few, "", "SRV09_reg_services.hiv", Some(SERVICES));
    check(&few, "", "x.hiv", None);
    check(&key("Services", vec![service("a", "x")]), "", "x.hiv", Some(SERVICES));
    let many = key("x", (0..20).map(|_| service("a", "x")).collect());
    check(&many, "", "x.hiv", Some(SERVICES));
    check(&key("x", vec![key("a", vec![]), service("b", "x"), key("c", vec![])]), "", "services.hiv", None);
}

/// Whether `disk` and another key are there and missing, as a walk tells it.
fn seen(bytes: Vec<u8>) -> (bool, bool) {
    let disk = format!(r"{SERVICES}\disk");
    let (told, _) = walk(bytes, &wanted(&[&disk], &[], &[]));
    (
        told.contains(&format!("Named({disk:?})").replace(r"\\", r"\")),
        told.contains(&format!(r#"Covered("{SERVICES}")"#)),
    )
}

#[test]
fn a_hive_that_was_copied_in_use_shows_nothing_to_be_missing() {
    let clean = hive(&system(), "SYSTEM");
    assert_eq!(seen(clean.clone()), (true, true));
    for (at, byte) in [(4, 8), (508, clean[508] ^ 1)] {
        let mut bytes = clean.clone();
        bytes[at] = byte;
        assert_eq!(Hive::open(bytes.clone(), "x").unwrap().lacks().len(), 1);
        assert_eq!(seen(bytes), (true, false));
    }
}

#[test]
fn damage_costs_what_it_hits() {
    let clean = hive(&system(), "SYSTEM");
    let find = |what: &[u8]| memchr::memmem::find(&clean, what).unwrap();
    // The brother's cell is no key any more; then the list of services is free.
    for at in [find(b"WIMMount") - 76, find(b"ri") - 1] {
        let mut bytes = clean.clone();
        bytes[at] = 0;
        let (told, lost) = walk(bytes.clone(), &wanted(&[&format!(r"{SERVICES}\disk")], &[], &[]));
        assert!(told.contains(&format!(r#"Doubtful("{SERVICES}")"#)) && lost.len() == 1, "{told:?}");
        assert!(told.contains(&r#"Covered("HKLM\SYSTEM\CurrentControlSet")"#.to_owned()), "{told:?}");
    }
    let cut = clean[..clean.len() - 1].to_vec();
    assert!(Hive::open(cut, "x").unwrap().lacks()[0].reason.contains("1 bytes"));
    assert!(Hive::open(clean[..5000].to_vec(), "x").is_err());
    assert!(Hive::open(b"regf".to_vec(), "x").is_err());
    let mut log = clean.clone();
    log[0x1C] = 6;
    assert!(Hive::open(log, "x").err().unwrap().reason.contains("log"));
}

#[test]
fn keys_are_counted() {
    assert_eq!(Hive::open(hive(&system(), ""), "x").unwrap().count(), 9);
}

/// A hive whose services list holds itself, or the root.
#[test]
fn circles_end() {
    let mut bytes = hive(&system(), "SYSTEM");
    let root = u32_at(&bytes, 0x24).unwrap();
    let list = memchr::memmem::find(&bytes, b"ri").unwrap();
    let own = (list - 4 - 4096) as u32;
    for target in [own, root] {
        bytes[list + 4..list + 8].copy_from_slice(&target.to_le_bytes());
        assert_eq!(seen(bytes.clone()), (false, false));
    }
}

/// Wrong bytes anywhere: no panic, an end, and never more told than a hive of its size can hold.
#[test]
fn mutated_hives_end() {
    let clean = hive(&system(), "SYSTEM");
    let mut wanted = wanted(&[&format!(r"{SERVICES}\disk"), r"HKLM\SYSTEM\Select"], &["Start"], &[SERVICES]);
    wanted.whole.insert(SERVICES.to_lowercase());
    let used = memchr::memrchr(b'e', &clean).unwrap() + 64;
    // A xorshift generator: the same bytes in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize % below
    };
    for _ in 0..20_000 {
        let mut bytes = clean.clone();
        for _ in 0..=next(4) {
            let at = if next(4) == 0 { next(512) } else { 4096 + next(used - 4096) };
            let odd = [0, 1, 0x7F, 0x80, 0xFF, next(256) as u8];
            bytes[at] = odd[next(odd.len())];
            if next(3) == 0 {
                let from = 4096 + next(used - 4096 - 4);
                bytes.copy_within(from..from + 4, at.min(used - 4));
            }
        }
        if next(50) == 0 {
            bytes.truncate(next(clean.len()));
        }
        let Ok(hive) = Hive::open(bytes, "x") else { continue };
        let mut told = 0;
        hive.walk(&wanted, &mut |_| told += 1);
        assert!(hive.count() < 1000 && told < 5000, "{told}");
    }
}
