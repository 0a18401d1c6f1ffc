//! Bundles that mean harm: text that would like to be markup, a command or an escape sequence, and sizes that
//! would like all the memory and time there is.

use std::fs;
use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Casebook, Outcome, commands, diagnose, finding, line, rules, zip_of};

/// What would do harm raw: in a page, at a command prompt, in PowerShell, in a template, on a terminal.
const HOSTILE: [&str; 9] = [
    "a\"&del C:\\&<script>alert(1)</script>",
    "$(calc)",
    "{{rule}}",
    "%PATH%",
    "x' onmouseover='alert(1)",
    "\u{202e}gpj.exe",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a|b & c ^ d `whoami` ; rm -rf",
    "</pre><img src=https://evil.example/x onerror=alert(1)>",
];

/// Nothing of the data is markup, a control character or a request on any page or in the output.
#[track_caller]
fn is_harmless(outcome: &Outcome) {
    for entry in fs::read_dir(outcome.path("reports")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let text = outcome.text(&format!("reports/{name}"));
        if name.ends_with(".html") {
            is_safe_page(&name, &text);
        }
        assert!(!name.contains(['<', '"', '&', '\u{202e}', '\u{1b}', '\n', '%', '$']), "file name {name:?}");
    }
    for (what, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        assert!(!text.chars().any(is_bad), "{what}: {text:?}");
    }
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

fn is_bad(it: char) -> bool {
    (it.is_control() && !matches!(it, '\n' | '\t'))
        || matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[track_caller]
fn is_safe_page(name: &str, page: &str) {
    assert!(!page.chars().any(is_bad), "{name} holds a raw control character");
    let (style, script) = (between(page, "<style>", "</style>"), between(page, "<script>", "</script>"));
    // The index has a style of its own beside the common one.
    assert!((1..=2).contains(&style.len()), "{name}");
    assert_eq!(page.matches("<script").count(), script.len(), "{name}");
    assert!(script.len() <= 1, "{name}: one script of the program's own at most");
    let policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"")[0]
        .replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x3D;", "=");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{name}: {policy}");
    for it in style.iter().chain(&script) {
        let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(it)));
        assert!(policy.contains(&hash), "{name}: {hash} is not in {policy}");
    }
    let mut rest = page.to_owned();
    for it in style.iter().chain(&script) {
        rest = rest.replace(it, "");
    }
    for tag in tags(&rest) {
        let lower = tag.to_lowercase();
        let element =
            lower.trim_start_matches('/').split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap();
        assert!(
            !matches!(
                element,
                "img"
                    | "iframe"
                    | "object"
                    | "embed"
                    | "base"
                    | "form"
                    | "video"
                    | "audio"
                    | "image"
                    | "foreignobject"
                    | "animate"
                    | "set"
                    | "math"
            ),
            "{name}: <{tag}>"
        );
        for attribute in attributes(&lower) {
            assert!(!attribute.starts_with("on"), "{name}: an inline handler in <{tag}>");
            assert!(
                !matches!(attribute.as_str(), "src" | "srcset" | "style" | "srcdoc" | "action"),
                "{name}: <{tag}>"
            );
        }
        // Only a link that somebody clicks may lead elsewhere, and only those that the rules hold.
        if element != "a" {
            assert!(!lower.contains("http:") && !lower.contains("https:"), "{name}: <{tag}>");
        }
        // What is drawn is the program's own, and leads to a place on the page.
        if matches!(element, "use") {
            assert!(lower.contains("href=\"#mark-"), "{name}: <{tag}>");
        }
        // A label is text that is read out, whatever it says.
        let mut leads = lower.clone();
        for label in between(&lower, "aria-label=\"", "\"") {
            leads = leads.replace(label, "");
        }
        assert!(!leads.contains("javascript:") && !leads.contains("//evil.example"), "{name}: <{tag}>");
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    text.split(start).skip(1).map(|it| it.split(end).next().unwrap()).collect()
}

/// The inside of every tag, as a browser would see it: quoted attributes may hold `>`.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut quote = None;
        let end = rest.find(|it| {
            match (quote, it) {
                (None, '"' | '\'') => quote = Some(it),
                (Some(open), it) if open == it => quote = None,
                (None, '>') => return true,
                _ => {}
            }
            false
        });
        let end = end.unwrap_or(rest.len());
        tags.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    tags
}

/// The names of a tag's attributes.
fn attributes(tag: &str) -> Vec<String> {
    let mut plain = String::new();
    let mut quote = None;
    for it in tag.chars() {
        match (quote, it) {
            (None, '"' | '\'') => quote = Some(it),
            (Some(open), it) if open == it => quote = None,
            (None, it) => plain.push(it),
            _ => {}
        }
    }
    plain.split_whitespace().skip(1).map(|it| it.split('=').next().unwrap().to_owned()).collect()
}

/// No command of the case holds any of the text.
#[track_caller]
fn no_command_holds(case: &Value, hostile: &str) {
    for found in case["findings"].as_array().unwrap() {
        for command in commands(found) {
            assert!(!command.contains(hostile.trim()), "{hostile:?} in the command {command}");
            assert!(!command.chars().any(|it| is_bad(it) || it == '\n'), "{command:?}");
            for bad in ["<script", "&del", "$(calc", "{{", "%PATH%", "`", "|", "onmouseover", "rm -rf"] {
                assert!(!command.contains(bad), "{bad} in the command {command}");
            }
        }
    }
}

#[track_caller]
fn run(members: &[(&str, &[u8])]) -> (Outcome, Value) {
    let outcome = Casebook::new().file("case.zip", zip_of(members)).args(&["analyze", "case.zip"]).run();
    is_harmless(&outcome);
    let case = outcome.case("case");
    (outcome, case)
}

/// The case is diagnosed, its commands hold nothing of the text, and it says what is to be filled in.
#[track_caller]
fn is_filled_in_by_hand(log: (&str, &str), rule: &str, hostile: &str) {
    let (outcome, case) = run(&[(log.0, log.1.as_bytes())]);
    assert_eq!(rules(&case), [rule], "{hostile:?}");
    no_command_holds(&case, hostile);
    let steps = finding(&case, rule)["steps"].to_string();
    assert!(steps.contains("by hand"), "{hostile:?}: what to fill in is not told: {steps}");
    assert!(outcome.text("reports/case.html").contains("by hand"));
}

#[test]
fn hostile_folders() {
    for hostile in HOSTILE {
        // Quotes end the name in the log itself: what is in front of them is the name.
        let hostile = hostile.replace(['"', '\''], "");
        let log = line(
            "Error",
            "CSI",
            &format!(
                "00000e47 (F) STATUS_OBJECT_NAME_NOT_FOUND #1# from Windows::Rtl::SystemImplementation::DirectFileSystemProvider::SysCreateFile(oa = @0xa1->OBJECT_ATTRIBUTES {{s:48; rd:NULL; on:[69]\"\\??\\C:\\Data\\{hostile}\\x\"; a:(OBJ_CASE_INSENSITIVE)}})"
            ),
        );
        if hostile == "{{rule}}" || hostile == "$(calc)" || hostile.starts_with("x on") {
            // Such a name is plain to the command prompt; it must stay as it is, and one value.
            let (_, case) = run(&[("CBS.log", log.as_bytes())]);
            assert_eq!(
                finding(&case, "servicing-folder-missing")["values"]["folder"][0],
                format!("C:\\Data\\{hostile}\\x")
            );
            for command in commands(finding(&case, "servicing-folder-missing")) {
                assert!(command.matches('"').count() % 2 == 0, "{command}");
            }
            continue;
        }
        is_filled_in_by_hand(("CBS.log", &log), "servicing-folder-missing", &hostile);
    }
}

#[test]
fn hostile_files() {
    let component = "amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6";
    for hostile in [
        "a\"&del C: &<script>alert(1)",
        "%PATH%.dll",
        "\u{202e}lld.exe",
        "\u{1b}[2J.dll",
        "a`whoami`|b",
        "a&calc",
        "..",
        "a.dll.",
        "^&calc",
        "a<b",
        "a>b",
        "a\"b",
    ] {
        let log = line(
            "Info",
            "CBS",
            &format!(
                "Failed to find file: {component}\\{hostile} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"
            ),
        );
        let (_, case) = run(&[("CBS.log", log.as_bytes())]);
        assert_eq!(rules(&case), ["component-file-missing"], "{hostile:?}");
        for command in commands(finding(&case, "component-file-missing")) {
            assert!(!command.contains(&format!("{component}\\{hostile}")), "{hostile:?} in {command}");
        }
        assert!(
            finding(&case, "component-file-missing")["steps"].to_string().contains("by hand"),
            "{hostile:?}"
        );
    }
}

#[test]
fn hostile_drivers() {
    for hostile in HOSTILE {
        let log = line("Info", "CBS", &format!("INSTALL index: 1, phase: 2, result 2, inf: {hostile}.inf"))
            + &line(
                "Info",
                "CBS",
                "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
            );
        is_filled_in_by_hand(("CBS.log", &log), "driver-keys-missing", hostile);
    }
}

/// No such service can be one of the optimizer's: the case may say so or nothing, but never hand on the text.
#[test]
fn hostile_services() {
    for hostile in HOSTILE {
        for service in
            [format!("clr_optimization_v4.0.30319_32{hostile}"), format!("clr_optimization_{hostile}_64")]
        {
            let log = line(
                "Error",
                "CSI",
                &format!(
                    "000000fc (F) Failed in StartService for [30]\"{service}\" with error code 2[gle=0x80004005]"
                ),
            ) + &line(
                "Error",
                "CSI",
                "000000fd (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]",
            );
            let (_, case) = run(&[("CBS.log", log.as_bytes())]);
            no_command_holds(&case, hostile);
        }
    }
}

#[test]
fn hostile_names_of_members_and_cases() {
    let log = line("Info", "CBS", "INSTALL index: 1, phase: 2, result 2, inf: mpio.inf")
        + &line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        );
    let names: Vec<String> = HOSTILE.iter().map(|it| format!("{it}/CBS.log")).collect();
    let mut members: Vec<(&str, &[u8])> = names.iter().map(|it| (it.as_str(), log.as_bytes())).collect();
    // Members that are told as not read.
    let broken: Vec<String> = HOSTILE.iter().map(|it| format!("{it}.zip")).collect();
    members.extend(broken.iter().map(|it| (it.as_str(), &b"rubbish"[..])));
    let (_, case) = run(&members);
    assert_eq!(finding(&case, "driver-keys-missing")["occurrences"], HOSTILE.len());
    no_command_holds(&case, "CBS.log");

    let mut casebook = Casebook::new();
    for hostile in HOSTILE {
        let name = format!("in/{}.zip", hostile.replace('/', "_"));
        casebook = casebook.file(&name, zip_of(&[("CBS.log", log.as_bytes()), ("bad.zip", b"rubbish")]));
    }
    let outcome = casebook.args(&["analyze", "in"]).run().status(1);
    is_harmless(&outcome);
    assert_eq!(outcome.stdout.lines().count(), HOSTILE.len() + 1, "a line for each case: {}", outcome.stdout);
}

/// A name with a line end must not look like another case's line.
#[test]
fn a_line_end_in_a_name_forges_no_line() {
    let name = "a\nclean         INC0042318  No failure";
    let log = line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.");
    let bundle = zip_of(&[("CBS.log", log.as_bytes()), ("x\ncasebook: all is well.zip", b"rubbish")]);
    let outcome =
        Casebook::new().file(&format!("in/{name}.zip"), bundle).args(&["analyze", "in"]).run().status(1);
    is_harmless(&outcome);
    for it in outcome.stdout.lines().chain(outcome.stderr.lines()) {
        assert!(
            !it.starts_with("clean  ") && !it.starts_with("casebook: all is well"),
            "{}{}",
            outcome.stdout,
            outcome.stderr
        );
    }
    let outcome = Casebook::new()
        .file("a.zip", zip_of(&[("CBS.log", log.as_bytes())]))
        .args(&["analyze", "a.zip", "--one-case", name])
        .run()
        .status(0);
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
}

#[test]
fn hostile_registry_values_and_listings() {
    let log = line("Warning", "SP", "Failed to get WimMount ImagePath, 0x80070002")
        + &line(
            "Error",
            "SP",
            r"CMountWIM::DoExecute: Failed to mount WIM file C:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]",
        );
    for hostile in HOSTILE {
        let export = format!(
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\WIMMount]\r\n\"ImagePath\"=\"{}\"\r\n",
            hostile.replace('\\', "\\\\").replace('"', "\\\"")
        );
        let (_, case) = run(&[("setupact.log", log.as_bytes()), ("a.reg", export.as_bytes())]);
        assert_eq!(finding(&case, "wimmount-driver-missing")["certainty"], "possible", "{hostile:?}");
        no_command_holds(&case, hostile);
    }
}

#[test]
fn hostile_events() {
    let log = line("Info", "CBS", "INSTALL index: 1, phase: 2, result 2, inf: mpio.inf")
        + &line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        );
    for hostile in HOSTILE {
        let event = format!(
            "Event[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-12T02:11:21.414\r\n  Event ID: 20\r\n  Level: Error\r\n  Computer: {hostile}\r\n\
             \x20 Description: \r\nInstallation Failure: Windows failed to install the following update with error 0x80070002: {hostile} (KB4586793{hostile}).\r\n\r\n"
        );
        let (_, case) = run(&[("CBS.log", log.as_bytes()), ("System.txt", event.as_bytes())]);
        assert_eq!(rules(&case), ["driver-keys-missing"]);
        no_command_holds(&case, hostile);
        let update = &finding(&case, "driver-keys-missing")["values"]["update"];
        assert!(update.is_null() || update == &serde_json::json!(["KB4586793"]), "{update}");
    }
}

#[test]
fn pages_need_no_network_and_run_nothing_of_others() {
    let outcome = Casebook::new().arg("analyze").arg(super::root().join("samples")).run().status(0);
    is_harmless(&outcome);
}

// ---- Size ---------------------------------------------------------------------------------------------------------

fn no_file(name: &str) -> String {
    line(
        "Info",
        "CBS",
        &format!(
            "Failed to find file: amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6\\{name} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"
        ),
    )
}

#[test]
fn very_long_lines() {
    for length in [(1 << 20) - 200, 1 << 20, 3 << 20] {
        let log = line("Info", "CBS", &"x".repeat(length)) + &no_file("a.dll") + &line("Info", "CBS", "end");
        let (outcome, case) = run(&[("CBS.log", log.as_bytes())]);
        assert_eq!(rules(&case), ["component-file-missing"]);
        assert_eq!(case["findings"][0]["evidence"][0]["line"], 2, "{length}");
        assert_eq!(case["findings"][0]["occurrences"], 1, "{length}");
        assert!(outcome.text("reports/case.html").len() < 1 << 20, "the page is not as long as the line");
    }
    // One line that holds the signature behind (and in front of) a lot of text.
    let file = no_file("a.dll").trim_end().to_owned();
    let log = format!("{file}{}\r\n{}", "x".repeat(600_000), line("Info", "CBS", "end"));
    let (_, case) = run(&[("CBS.log", log.as_bytes())]);
    assert_eq!(rules(&case), ["component-file-missing"]);
    assert!(case.to_string().len() < 100_000);
}

/// After a power failure, NTFS leaves zeros where a log's last (or first) block was not written.
#[test]
fn logs_with_holes_of_zeros() {
    let file = no_file("a.dll");
    let healthy = line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.");
    let zeros = vec![0; 70_000];
    let at_end = [healthy.as_bytes(), file.as_bytes(), &zeros].concat();
    let between = [healthy.repeat(100).as_bytes(), &zeros, b"\r\n", file.as_bytes()].concat();
    let glued = [healthy.repeat(100).as_bytes(), &zeros, file.as_bytes()].concat();
    let small = [&zeros[..4096], b"\r\n", file.as_bytes(), healthy.repeat(100).as_bytes()].concat();
    let mut wrong = Vec::new();
    for (what, log) in
        [("at the end", at_end), ("between", between), ("in one line", glued), ("in front", small)]
    {
        let (outcome, case) = run(&[("CBS.log", &log), ("dism.log", line("Info", "DISM", "x").as_bytes())]);
        if rules(&case) != ["component-file-missing"] {
            // Not to be read is bad; that nobody hears of it is worse.
            wrong.push(format!(
                "{what}: status {}, {}, skipped {}",
                outcome.status, case["verdict"], case["skipped"]
            ));
        }
    }
    assert!(wrong.is_empty(), "zeros hide the rest of the log: {wrong:#?}");
}

/// A log that cannot be read is not a log without failures.
#[test]
fn a_log_of_rubbish_is_not_clean() {
    let random: Vec<u8> =
        (0..20_000_u32).flat_map(|it| it.wrapping_mul(2_654_435_761).rotate_left(7).to_le_bytes()).collect();
    let healthy = line("Info", "DISM", "API: PID=1 TID=2 x").repeat(10);
    for (name, content) in [("CBS.log", &random[..]), ("CBS.log", &[0; 100_000])] {
        let (outcome, case) = run(&[(name, content), ("dism.log", healthy.as_bytes())]);
        assert_ne!(case["verdict"], "clean", "{name} was not read: {}", case["skipped"]);
        assert_eq!(outcome.status, 1);
    }
}

#[test]
fn folders_in_folders() {
    let deep = format!("in/case/{}CBS.log", "d/".repeat(300));
    let outcome = Casebook::new().file(&deep, no_file("a.dll")).args(&["analyze", "in"]).run().status(0);
    assert_eq!(rules(&outcome.case("case")), ["component-file-missing"]);
    let name = format!("{}CBS.log", "dir\\".repeat(300));
    assert_eq!(rules(&diagnose(&[(&name, no_file("a.dll"))])), ["component-file-missing"]);
}

#[test]
fn archives_in_archives() {
    let mut bytes = no_file("a.dll").into_bytes();
    let mut name = "CBS.log";
    for _ in 0..40 {
        bytes = zip_of(&[(name, &bytes)]);
        name = "inner.zip";
    }
    let outcome = Casebook::new().file("case.zip", &bytes).args(&["analyze", "case.zip"]).run().status(1);
    let case = outcome.case("case");
    assert_ne!(case["verdict"], "clean");
    assert!(!case["skipped"].as_array().unwrap().is_empty());
}

fn bomb(name: &str, piece: &[u8], megabytes: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default().large_file(true)).unwrap();
    for _ in 0..megabytes {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_of_zeros() {
    let bytes = bomb("x.log", &vec![0; 1 << 20], 200);
    let outcome = Casebook::new().file("case.zip", bytes).args(&["analyze", "case.zip"]);
    let outcome = outcome.run();
    assert_ne!(outcome.case("case")["verdict"], "clean");
    assert!(!outcome.case("case")["skipped"].as_array().unwrap().is_empty());
}

/// One line of 60 MB: text, but no log.
#[test]
fn a_bomb_of_one_letter() {
    let bytes = bomb("x.log", &vec![b'0'; 1 << 20], 60);
    let outcome = Casebook::new().file("case.zip", bytes).args(&["analyze", "case.zip"]);
    let outcome = outcome.run();
    assert_ne!(outcome.case("case")["verdict"], "clean");
}

#[test]
fn two_thousand_hits() {
    let same = no_file("a.dll").repeat(2000);
    let (outcome, case) = run(&[("CBS.log", same.as_bytes())]);
    assert_eq!(case["findings"][0]["occurrences"], 2000);
    assert!(outcome.text("reports/case.json").len() < 200_000);
    assert!(outcome.text("reports/case.html").len() < 400_000);

    let distinct: String = (0..2000).map(|it| no_file(&format!("file{it}.dll"))).collect();
    let (outcome, case) = run(&[("CBS.log", distinct.as_bytes())]);
    assert_eq!(case["findings"][0]["occurrences"], 2000);
    assert!(outcome.text("reports/case.json").len() < 1_000_000);
    let told = case["findings"][0]["values"]["file"].as_array().unwrap().len();
    let steps = case["findings"][0]["steps"].to_string();
    assert!(steps.contains("more"), "commands are left out in silence");
    assert!(
        told == 2000 || case.to_string().contains("more values"),
        "{told} of 2,000 files are told, the others in silence"
    );
}

#[test]
fn thousands_of_starts_without_an_end() {
    let start = line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf").repeat(5000);
    let end = line(
        "Info",
        "CBS",
        "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    );
    let log = start.clone() + &end + &start;
    let (outcome, case) = run(&[("CBS.log", log.as_bytes())]);
    assert_eq!(finding(&case, "driver-keys-missing")["values"]["inf"], serde_json::json!(["flpydisk.inf"]));
    assert!(outcome.text("reports/case.json").len() < 300_000);
}

#[test]
fn thousands_of_members() {
    let names: Vec<String> = (0..3000).map(|it| format!("logs/{it}.log")).collect();
    let log = line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.");
    let members: Vec<_> = names.iter().map(|it| (it.as_str(), log.as_bytes())).collect();
    let (_, case) = run(&members);
    assert_eq!(case["sources"].as_array().unwrap().len(), 3000);
}
