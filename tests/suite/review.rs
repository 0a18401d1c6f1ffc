//! What a reader of the code found wrong, each as the bundle that showed it. It stays mended.

use super::{Casebook, Outcome, rules};

const FAILURE: &str = "2024-03-12 03:14:07, Error                 CBS    Failed to resolve package 'x' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]\r\n";

fn line(text: &str) -> String {
    format!("2024-03-12 03:14:07, Info                  CBS    {text}\r\n")
}

fn analyze(files: &[(&str, Vec<u8>)]) -> Outcome {
    let mut casebook = Casebook::new();
    for (name, content) in files {
        casebook = casebook.file(&format!("case/{name}"), content);
    }
    casebook.args(&["analyze", "--one-case", "case", "case"]).run()
}

#[test]
fn the_last_line_of_whole_blocks_is_read() {
    for size in [256 << 10, 1 << 20] {
        let filler = line("nothing here");
        let mut log = filler.repeat((size - FAILURE.len()) / filler.len() - 1);
        log.push_str(&line(&"x".repeat(size - log.len() - FAILURE.len() - line("").len())));
        log.push_str(FAILURE);
        assert_eq!(log.len(), size);
        assert_eq!(
            analyze(&[("CBS.log", log.into_bytes())]).case("case")["verdict"],
            "unexplained",
            "{size}"
        );
    }
}

#[test]
fn long_lines_lose_nothing() {
    let hit = "Failed to find file: amd64_a-b_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6\\a.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]";
    let log: String = (0..12).map(|_| line(&format!("{hit} {}", "x".repeat(900_000)))).collect();
    let case = analyze(&[("CBS.log", log.into_bytes())]).case("case");
    assert_eq!(case["findings"][0]["occurrences"], 12);
}

#[test]
fn rows_of_an_event_table_keep_their_lines() {
    let row = |text: &str| {
        format!(
            "Error\t14/03/2024 02:11:21\tMicrosoft-Windows-WindowsUpdateClient\t20\tWindows Update Agent\t{text}\r\n"
        )
    };
    let failure = "Installation Failure: Windows failed to install the following update with error 0x800f0922: Security Update for Windows (KB5034795).\r\nSecond line";
    let table = row(failure) + &row("Something else") + &row("And more");
    let case = analyze(&[("System.txt", table.into_bytes())]).case("case");
    assert_eq!(case["unexplained"][0]["code"], "0x800f0922");
    let text = case["unexplained"][0]["evidence"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("Second line") && !text.contains("Something else"), "{text}");
}

#[test]
fn a_listing_read_in_part_proves_nothing() {
    let log = "2024-03-12 03:14:07, Error                 CSI    0000012b (F) Failed in StartService for [l:30]'clr_optimization_v4.0.30319_32' with error code 2[gle=0x80004005]\r\n2024-03-12 03:14:07, Error                 CSI    0000012c (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #1# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]\r\n";
    let listing = |row: &str| {
        format!(
            " Volume in drive C has no label.\r\n\r\n Directory of C:\\Windows\\Microsoft.NET\\Framework\\v4.0.30319\r\n\r\n12/07/2019  04:08 AM    <DIR>          .\r\n{row}\r\n"
        )
    };
    for (row, certainty) in [
        ("12/07/2019  02:11 am           125,872 mscorsvw.exe", "possible"),
        ("12/07/2019  02:11 p. m.        125\u{ff}872 mscorsvw.exe", "possible"),
        ("12/07/2019  02h11              unreadable", "likely"),
        ("12/07/2019  02:11 AM           125,872 other.exe", "confirmed"),
    ] {
        let files = [("CBS.log", log.as_bytes().to_vec()), ("dir.txt", listing(row).into_bytes())];
        assert_eq!(analyze(&files).case("case")["findings"][0]["certainty"], certainty, "{row}");
    }
}

#[test]
fn hostile_text_costs_nothing() {
    let wrapped = "HRESULT_FROM_WIN32(".repeat(50_000);
    let event = format!(
        "Log Name:      System\r\nSource:        Microsoft-Windows-WindowsUpdateClient\r\nEvent ID:      20\r\nDescription:\r\nInstallation Failure: Windows failed to install the following update with error {wrapped}: Update for x (KB5034795).\r\n"
    );
    let export = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n\"a\"=hex:{}00\r\n\"b\"=\"{}\"\r\n",
        "00,\\\r\n".repeat(100_000),
        "\r\n".repeat(100_000)
    );
    let log = "{\n".repeat(200_000);
    let files = [
        ("System.txt", event.into_bytes()),
        ("x.reg", export.into_bytes()),
        ("ReportingEvents.log", log.into_bytes()),
        ("CBS.log", line("x").into_bytes()),
    ];
    assert!((0..=1).contains(&analyze(&files).status));
}

#[test]
fn what_was_contradicted_explains_nothing() {
    let log = line("")
        + "2024-03-12 03:14:07, Error                 CSI    0000012b (F) Failed in StartService for [l:30]'clr_optimization_v4.0.30319_32' with error code 2[gle=0x80004005]\r\n2024-03-12 03:14:07, Error                 CSI    0000012c (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #1# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]\r\n2024-03-12 03:14:08, Info                  CBS    Session: 1_2 finalized. Reboot required: no [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]\r\n";
    let export = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services]\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\disk]\r\n";
    let case = analyze(&[("CBS.log", log.into_bytes()), ("s.reg", export.into())]).case("case");
    assert_eq!(case["findings"][0]["certainty"], "possible");
    assert_eq!(case["unexplained"][0]["code"], "0x800f0922");
}

#[test]
fn nothing_that_might_tell_is_passed_over() {
    let healthy = line("x").into_bytes();
    for (name, content) in [
        ("old.evt", &b"\x30\0\0\0LfLe"[..]),
        ("System.evtx", b"\0\x01damaged"),
        ("logs.tar.bz2", b"BZh9\x17\x72"),
        ("System.evtx", b""),
    ] {
        let case = analyze(&[("CBS.log", healthy.clone()), (name, content.to_vec())]).case("case");
        assert_eq!(case["verdict"], "inconclusive", "{name}: {}", case["skipped"]);
    }
}

#[test]
fn what_gives_back_is_never_left_out() {
    let log: String = (0..300).map(|it| line(&format!("Failed to find file: amd64_part-{it}_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6\\f{it}.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"))).collect();
    let case = analyze(&[("CBS.log", log.into_bytes())]).case("case");
    assert_eq!(rules(&case), ["component-file-missing"]);
    let steps = case["findings"][0]["steps"].to_string();
    assert!(
        steps.contains(r#"icacls \"%SystemRoot%\\WinSxS\" /setowner \"NT SERVICE\\TrustedInstaller\""#),
        "{steps}"
    );
    assert!(steps.contains("200 more commands like the last of these"), "what is left out is told");
    assert!(
        case["findings"][0]["reasons"].as_array().unwrap().len() < 8,
        "{}",
        case["findings"][0]["reasons"]
    );
}
