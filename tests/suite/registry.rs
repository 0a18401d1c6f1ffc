//! The registry in all its forms answers what a log raises, and is silent where it cannot know.

use std::io::Read;

use serde_json::Value;

use super::{Casebook, finding, line, root, zip_of};

const SERVICES: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";

/// A setup that failed for want of `WIMMount`, or only seems to have.
fn setup() -> String {
    line("Warning", "SP", "Failed to get WimMount ImagePath, 0x80070002")
        + &line(
            "Error",
            "SP",
            r"CMountWIM::DoExecute: Failed to mount WIM file D:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]",
        )
}

fn case(name: &str, registry: &[u8], status: i32) -> Value {
    let members = [("setupact.log", setup().into_bytes()), (name, registry.to_vec())];
    let members: Vec<_> = members.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    Casebook::new()
        .file("case.zip", zip_of(&members))
        .args(&["analyze", "case.zip"])
        .run()
        .status(status)
        .case("case")
}

/// How certain it is that the key of `WIMMount` is missing.
#[track_caller]
fn check(name: &str, registry: &[u8], expect: &str) -> Value {
    let case = case(name, registry, 0);
    assert_eq!(finding(&case, "wimmount-driver-missing")["certainty"], expect, "{name}: {case:#}");
    case
}

fn hive(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/fixtures/registry").join(name)).unwrap()
}

/// What `reg query … /s` prints of these services.
fn query(services: &[&str]) -> String {
    let mut text = format!("\r\n{SERVICES}\r\n\r\n");
    for it in services {
        text += &format!(
            "{SERVICES}\\{it}\r\n    ImagePath    REG_EXPAND_SZ    System32\\drivers\\{it}.sys\r\n    Start    REG_DWORD    0x3\r\n\r\n"
        );
    }
    text
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn hives_prove_and_contradict() {
    let case = check("config/SYSTEM", &hive("three-services.hive"), "confirmed");
    let evidence = finding(&case, "wimmount-driver-missing")["evidence"].to_string();
    assert!(evidence.contains("config/SYSTEM") && evidence.contains("Services"), "{evidence}");
    let source = case["sources"].as_array().unwrap().iter().find(|it| it["path"] == "config/SYSTEM").unwrap();
    assert_eq!((&source["format"], &source["records"]), (&"registry".into(), &7.into()));
    check("config/x.hiv", &hive("with-wimmount.hive"), "possible");
}

#[test]
fn a_hive_that_was_copied_in_use_proves_only_what_is_there() {
    let unasked = case("none.txt", b"nothing\r\n", 0);
    let unasked = finding(&unasked, "wimmount-driver-missing")["certainty"].as_str().unwrap().to_owned();
    assert!(unasked != "confirmed" && unasked != "possible");
    let dirty = |name: &str| {
        let mut bytes = hive(name);
        bytes[4] ^= 1;
        bytes
    };
    let told = check("SYSTEM", &dirty("three-services.hive"), &unasked);
    assert!(told["skipped"].to_string().contains(".LOG1"), "{told:#}");
    check("SYSTEM", &dirty("with-wimmount.hive"), "possible");
}

#[test]
fn hives_of_nowhere_and_their_logs_are_told() {
    let mut nowhere = hive("three-services.hive");
    // The children of the root by other names, and no name inside.
    for (from, to) in [(&b"Select"[..], &b"Selbst"[..]), (b"ControlSet001", b"ControlSatz01")] {
        let at = nowhere.windows(from.len()).position(|it| it == from).unwrap();
        nowhere[at..at + to.len()].copy_from_slice(to);
    }
    let told = case("x.hiv", &nowhere, 0);
    assert!(told["skipped"].to_string().contains("where in the registry it belongs"), "{told:#}");
    let mut log = hive("three-services.hive");
    log[0x1C] = 6;
    let told = case("SYSTEM.LOG1", &log, 0);
    assert!(told["skipped"].to_string().contains("the log of a registry hive"), "{told:#}");
}

#[test]
fn a_hive_that_is_cut_short_is_a_loss() {
    let whole = hive("three-services.hive");
    let told = case("SYSTEM", &whole[..4200], 1);
    assert!(told["skipped"].to_string().contains("root key cannot be read"), "{told:#}");
}

#[test]
fn the_text_of_reg_query_proves_and_contradicts() {
    let (without, with) = (query(&["disk", "partmgr"]), query(&["disk", "WIMMount"]));
    check("reg.txt", without.as_bytes(), "confirmed");
    check("reg.txt", &utf16(&without), "confirmed");
    check("reg.txt", with.as_bytes(), "possible");
    // What is there is there, in whatever listing.
    check("reg.txt", format!("{with}End of search: 4 match(es) found.\r\n").as_bytes(), "possible");
}

#[test]
fn a_listing_that_may_be_incomplete_proves_nothing() {
    let unasked = case("none.txt", b"nothing\r\n", 0);
    let unasked = finding(&unasked, "wimmount-driver-missing")["certainty"].as_str().unwrap().to_owned();
    let whole = query(&["disk", "partmgr"]);
    for text in [
        format!("{whole}End of search: 4 match(es) found.\r\n"),
        format!("{whole}ERROR: Access is denied.\r\n"),
        whole.trim_end().to_owned(),
        whole.replace("\r\n\r\n", "\r\n"),
        whole.replacen(&format!("\r\n{SERVICES}\r\n"), "", 1),
        format!("C:\\>reg query {SERVICES} /s /v ImagePath\r\n{whole}"),
        format!("C:\\>reg query \\\\SRV09\\HKLM\\SYSTEM\\CurrentControlSet\\Services /s\r\n{whole}"),
        format!("\r\n{SERVICES}\\disk\r\n    Start    REG_DWORD    0x0\r\n\r\n"),
    ] {
        check("reg.txt", text.as_bytes(), &unasked);
    }
}

#[test]
fn collectors_say_that_a_key_is_missing() {
    let services = SERVICES.replace("HKEY_LOCAL_MACHINE", "HKLM");
    let text = format!("[WARNING] Registry Key '{services}\\WIMMount' does not exist.\r\n");
    check("reg.txt", text.as_bytes(), "confirmed");
    let text = format!(
        "C:\\>reg query {services}\\WIMMount\r\nERROR: The system was unable to find the specified registry key or value.\r\n"
    );
    check("reg.txt", text.as_bytes(), "confirmed");
}

/// The hive of a real machine, which has the key.
#[test]
fn a_real_hive_contradicts() {
    let Ok(packed) = std::fs::File::open(root().join("../shared/real/SYSTEM-hive-healthy-win10.gz")) else {
        return;
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    let case = check("files/windir_System32_config_SYSTEM", &bytes, "possible");
    assert!(case["skipped"].as_array().unwrap().is_empty(), "{:#}", case["skipped"]);
}
