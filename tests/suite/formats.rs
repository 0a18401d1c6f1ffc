//! The formats that bundles hold beside the large logs: each is recognized by its content, told in the ledger, and
//! what it offers can be matched by a rule.

use serde_json::Value;

use super::{Casebook, finding, rules, zip_of};

/// What the program says of a bundle with this one member, with a rule that asks `condition` of it.
#[track_caller]
fn ask(path: &str, content: impl AsRef<[u8]>, condition: &str) -> Value {
    let article = format!(
        "# T\n\n## The format tells what the rule asks for\n\n```rule\nid = \"asked\"\n\n[[when]]\n{condition}\n```\n\nIt does.\n\n### Fix\n\n1. Look at it.\n"
    );
    Casebook::new()
        .file("case.zip", zip_of(&[(path, content.as_ref())]))
        .file("rules/one.md", article)
        .args(&["analyze", "case.zip", "--rules", "rules"])
        .run()
        .status(0)
        .case("case")
}

/// Fails unless the member is of the format and the rule finds what it asks for, at this line.
#[track_caller]
fn check(path: &str, content: impl AsRef<[u8]>, format: &str, condition: &str, line: u64) {
    let case = ask(path, content, &format!("in = \"{format}\"\n{condition}"));
    assert_eq!(case["sources"][0]["format"], format, "{case:#}");
    assert_eq!(finding(&case, "asked")["evidence"][0]["line"], line, "{case:#}");
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn a_section_of_device_installations_is_matched_with_its_title_and_status() {
    let log = "[Device Install Log]\r\n     OS Version = 10.0.19045\r\n\r\n[BeginLog]\r\n\r\n>>>  [Device Install (Hardware initiated) - USB\\VID_0BDA&PID_8153\\000001]\r\n>>>  Section start 2024/03/12 03:14:07.623\r\n!!!  dvi: Device not started: Device has problem: 0x27\r\n<<<  Section end 2024/03/12 03:14:09.101\r\n<<<  [Exit status: FAILURE(0x00000207)]\r\n\r\n>>>  [Delete Device - ROOT\\X\\0]\r\n>>>  Section start 2024/03/12 03:15:07.623\r\n<<<  [Exit status: SUCCESS]\r\n";
    let test = "match = '''dvi: Device not started'''\nwhere = { operation = \"Device Install (Hardware initiated)\", outcome = \"FAILURE\", code = \"0x207\" }";
    check("INF/setupapi.dev.log", log, "setupapi", test, 6);
    let succeeded = "in = \"setupapi\"\nmatch = '''Delete Device'''\nwhere = { outcome = \"FAILURE\" }";
    assert!(rules(&ask("setupapi.dev.log", log, succeeded)).is_empty());
}

#[test]
fn entries_of_the_readiness_tool_are_matched() {
    let log = "\r\n=================================\r\nChecking System Update Readiness.\r\nBinary Version 6.1.7601.22471\r\n2024-03-12 03:14\r\n\r\nChecking Windows Servicing Packages\r\n\r\nChecking Component Store\r\n(f)\tCSI Payload File Missing\t0x00000000\tadmparse.dll\tx86_microsoft-windows-ie_31bf3856ad364e35_6.1.7601.1_none_0123456789abcdef\r\n\r\nSummary:\r\nSeconds executed: 264\r\n Found 1 errors\r\n";
    let test = "match = '''CSI Payload File Missing'''\nwhere = { kind = \"found\" }";
    check("Logs/CBS/CheckSUR.log", log, "cbs", test, 10);
}

#[test]
fn the_log_of_the_setup_platform() {
    let log = "\u{feff}2024-03-12 03:14:07: CommandLine: [D:\\Sources\\SetupPrep.exe ]\r\n2024-03-12 03:14:08: Opening Box Result: [0x80070002]\r\n";
    check("Logs/MoSetup/BlueBox.log", log, "mosetup", "match = '''Opening Box Result: [{_:hresult}]'''", 2);
}

#[test]
fn the_log_of_pending_operations() {
    let log = "1da741f0a2b3c4d: 3f, c0000034, \\SystemRoot\\WinSxS\\Temp\\PendingRenames\\a.cdf-ms\r\n";
    let test = "match = '''PendingRenames'''\nwhere = { code = \"0xc0000034\" }";
    check("WinSxS/poqexec.log", log, "poqexec", test, 1);
}

#[test]
fn logs_of_configuration_manager_and_intune() {
    let log = "<![LOG[Starting]LOG]!><time=\"03:14:06.123-60\" date=\"3-12-2024\" component=\"WUAHandler\" context=\"\" type=\"1\" thread=\"4711\" file=\"a.cpp:1\">\r\n<![LOG[Failed to download\r\nthe update]LOG]!><time=\"03:14:07.123-60\" date=\"3-12-2024\" component=\"WUAHandler\" context=\"\" type=\"3\" thread=\"4711\" file=\"a.cpp:2\">\r\n";
    let test = "match = '''Failed to download'''\nwhere = { component = \"WUAHandler\", level = \"Error\" }";
    check("CCM/Logs/WUAHandler.log", log, "configmgr", test, 2);
    // A line of level error is none that says that the machine is not healthy.
    let case = ask("WUAHandler.log", log, "in = \"configmgr\"\nmatch = '''nothing like this'''");
    assert_eq!((&case["verdict"], &case["unexplained"]), (&"inconclusive".into(), &Value::Array(vec![])));
}

#[test]
fn lists_of_packages() {
    let list = "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.17763.5830\r\n\r\nImage Version: 10.0.17763.5936\r\n\r\nPackages listing:\r\n\r\nPackage Identity : Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.17763.1\r\nState : Installed\r\nRelease Type : Foundation\r\nInstall Time : 9/15/2018 9:08 AM\r\n\r\nPackage Identity : Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.5936.1.9\r\nState : Install Pending\r\nRelease Type : Security Update\r\nInstall Time :\r\n";
    let test = "match = '''Package_for_RollupFix'''\nwhere = { state = \"Install Pending\" }";
    check("SRV09_dism_GetPackages.txt", list, "packages", test, 14);
}

#[test]
fn what_systeminfo_says() {
    let text = "\r\nHost Name:                 SRV09\r\nOS Name:                   Microsoft Windows Server 2019 Standard\r\nOS Version:                10.0.17763 N/A Build 17763\r\nSystem Type:               x64-based PC\r\nHotfix(s):                 1 Hotfix(s) Installed.\r\n                           [01]: KB5034127\r\n";
    check(
        "systeminfo.txt",
        text,
        "systeminfo",
        "match = '''KB5034127'''\nwhere = { label = \"Hotfix(s)\" }",
        6,
    );
}

#[test]
fn reports_of_msinfo_in_both_forms() {
    let text = "System Information report written at: 03/12/24 03:14:07\r\nSystem Name: SRV09\r\n[System Summary]\r\n\r\nItem\tValue\t\r\nOS Name\tMicrosoft Windows Server 2019 Standard\t\r\nVersion\t10.0.17763 Build 17763\t\r\n";
    let test = "match = '''Windows'''\nwhere = { label = \"OS Name\" }";
    check("SRV09_Msinfo32.txt", utf16(text), "msinfo", test, 6);
    let xml = "<?xml version=\"1.0\"?>\r\n<MsInfo>\r\n<Category name=\"System Summary\">\r\n<Data>\r\n<Item><![CDATA[OS Name]]></Item>\r\n<Value><![CDATA[Microsoft Windows 10 Pro]]></Value>\r\n</Data>\r\n</Category>\r\n</MsInfo>";
    check("msinfo32.nfo", utf16(xml), "msinfo", test, 4);
}

const SETUPDIAG: &str = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<SetupDiag xmlns=\"https://docs.microsoft.com/x\">\r\n  <Version>1.6.0.0</Version>\r\n  <ProfileName>FindSPFatalError</ProfileName>\r\n  <FailureData>\r\nError: SetupDiag reports Fatal Error.\r\nError = 0x80070070 - 0x50011</FailureData>\r\n</SetupDiag>\r\n";

#[test]
fn the_verdict_of_setupdiag() {
    let test = "match = '''SetupDiag'''\nwhere = { profile = \"FindSPFatalError\", code = \"0x80070070\", extend = \"0x50011\" }";
    check("SetupDiagResults.xml", utf16(SETUPDIAG), "setupdiag", test, 2);
    let log = "Matching Profile found: FindSPFatalError - A4028172-1B09-48F8-AD3B-86CDD7D55852\r\nError: SetupDiag reports Fatal Error.\r\nError = 0x80070070-0x50011\r\n";
    check("SetupDiagResults.log", log, "setupdiag", test, 1);
}

#[test]
fn what_the_compatibility_scan_found() {
    // All in one line, as some versions write it.
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CompatReport><Programs><Program Name=\"Example Agent 1.0\"><CompatibilityInfo BlockingType=\"Hard\"/></Program></Programs><DriverPackages><DriverPackage Inf=\"oem7.inf\" BlockMigration=\"True\"/></DriverPackages></CompatReport>";
    let test = "match = '''HardBlock'''\nwhere = { blocking = \"Hard\", name = \"Example Agent 1.0\" }";
    check("Panther/CompatData_2024_03_12_03_14_07_0.xml", xml, "compat", test, 1);
    let driver = "match = '''DriverPackage'''\nwhere = { inf = \"oem7.inf\", block_migration = \"True\" }";
    check("Panther/ScanResult.xml", xml, "compat", driver, 1);
}

#[test]
fn what_intune_could_not_collect_is_no_failure() {
    let xml = "<Collection HRESULT=\"0\"><RegistryKey HRESULT=\"-2147024894\">HKLM\\Software\\Example</RegistryKey><FoldersFiles HRESULT=\"0\">%windir%\\logs\\CBS\\cbs.log</FoldersFiles></Collection>";
    check("results.xml", xml, "intune", "match = '''NotCollected'''\nwhere = { code = \"0x80070002\" }", 1);
    let empty = "(7) No Results - Error [0x80070002] RegistryKey HKLM_Software_Example";
    let case = super::diagnose(&[("results.xml", xml), (empty, "")]);
    assert_eq!(case["unexplained"], Value::Array(vec![]));
    assert!(case["skipped"][0]["reason"].as_str().unwrap().contains("could not be collected (0x80070002)"));
}

#[test]
fn xml_that_is_cut_is_told() {
    let half = utf16(&SETUPDIAG[..SETUPDIAG.len() - 40]);
    let outcome = Casebook::new()
        .file("case.zip", zip_of(&[("SetupDiagResults.xml", half.as_slice())]))
        .args(&["analyze", "case.zip"])
        .run()
        .status(1);
    let case = outcome.case("case");
    let reasons: Vec<&str> =
        case["skipped"].as_array().unwrap().iter().map(|it| it["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].contains("the rest was not read"), "{reasons:?}");
}

#[test]
fn the_collector_is_told_with_what_it_leaves_out() {
    let log = super::line("Info", "CBS", "x");
    let members = [
        (
            "(4) RegistryKey HKLM_Software_Example export.reg",
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Example]\r\n",
        ),
        ("(64) FoldersFiles windir_logs_CBS_cbs_log\\cbs.log", log.as_str()),
    ];
    let case = super::diagnose(&members);
    assert_eq!(case["layout"]["name"], "Intune's \"Collect diagnostics\"");
    assert!(case["layout"]["lacks"].to_string().contains("CbsPersist"), "{case:#}");
    assert_eq!(super::diagnose(&[("CBS.log", log)])["layout"], Value::Null);
}

/// Only an upgrade that succeeded says that nothing is wrong.
#[test]
fn setupdiag_without_a_code_is_never_clean() {
    let verdict = |content: &str| super::diagnose(&[("SetupDiagResults.xml", content)])["verdict"].clone();
    let xml = SETUPDIAG.replace("utf-16", "utf-8");
    assert_eq!(verdict(&xml), "unexplained");
    assert_eq!(verdict(&xml.replace("Error = 0x80070070 - 0x50011", "")), "unexplained");
    assert_eq!(verdict(&xml.replace("<ProfileName>FindSPFatalError</ProfileName>", "")), "unexplained");
    let log =
        "Matching Profile found: X - 0A0A0A0A-0000-0000-0000-000000000001\r\nWarning: it is blocked.\r\n";
    assert_eq!(verdict(log), "unexplained", "whatever its words are");
    let success =
        xml.replace("FindSPFatalError", "FindSuccessfulUpgrade").replace("0x80070070 - 0x50011", "");
    assert_eq!(verdict(&success), "clean");
}

/// Bytes of strangers: no XML may cost more than its length, and none ends the run.
#[test]
fn hostile_xml_costs_nothing() {
    let deep = "<CompatReport>".to_owned() + &"<a>".repeat(100_000);
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><CompatReport><DriverPackage Inf=\"&b;&b;\"/></CompatReport>".to_owned();
    let wide =
        "<CompatReport><DriverPackage ".to_owned() + &"Inf=\"x\" ".repeat(50_000) + "/></CompatReport>";
    let odd = "<CompatReport><Program Name=\"a\nb\" BlockingType='Hard'>&#0;&#xFFFFFFFF;&nothing;</Program></CompatReport>".to_owned();
    for (number, xml) in [deep, bomb, wide, odd].into_iter().enumerate() {
        let mut half = utf16(&xml);
        half.pop();
        for content in [xml.into_bytes(), half] {
            let outcome = Casebook::new()
                .file("case.zip", zip_of(&[("CompatData_1.xml", content.as_slice())]))
                .args(&["analyze", "case.zip"])
                .run();
            assert!(
                outcome.status <= 1 && !outcome.stderr.contains("panicked"),
                "{number}: {}",
                outcome.stderr
            );
        }
    }
}

/// A report of the readiness tool is in the format of servicing logs, and must not be clean by having no lines of theirs.
#[test]
fn damage_that_the_readiness_tool_left_is_a_failure() {
    let verdict = |summary: &str| {
        let log = format!(
            "=================================\r\nChecking System Update Readiness.\r\nBinary Version 6.1.7601.22471\r\n\r\n(f)\tCSI Payload File Missing\t0x00000000\ta.dll\tx86_a\r\n\r\nSummary:\r\nSeconds executed: 264\r\n{summary}"
        );
        super::diagnose(&[("CheckSUR.log", log)])["verdict"].clone()
    };
    assert_eq!(verdict(" Found 1 errors\r\n"), "explained", "a file is missing from the store");
    assert_eq!(verdict(" Found 1 errors\r\n Fixed 1 errors\r\n"), "clean");
    assert_eq!(verdict(""), "explained", "it is cut, and nothing says that the file was mended");
}
