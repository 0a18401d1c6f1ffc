//! Failures that a later success ends, in whole bundles: a machine that has recovered is not accused, and one that
//! has not is never called healthy.

use serde_json::Value;

use super::{diagnose, line};

#[track_caller]
fn check(what: &str, files: &[(&str, &str)], verdict: &str, codes: &[&str]) {
    let case = diagnose(files);
    assert_eq!(case["verdict"], verdict, "{what}: {case:#}");
    let list = case["unexplained"].as_array().unwrap();
    let told: Vec<&str> = list.iter().map(|it| it["code"].as_str().unwrap_or("no code")).collect();
    assert_eq!(told, codes, "{what}");
}

fn at(hour: &str, messages: &[&str]) -> String {
    messages.iter().map(|it| line("Info", "CBS", it).replacen(" 03:", &format!(" {hour}:"), 1)).collect()
}

#[test]
fn damage_that_was_only_detected_stands_until_a_check_finds_nothing() {
    let scan = |hour: &str, count: &str| {
        let total = format!("Total Detected Corruption:\t{count}");
        at(
            hour,
            &[
                "Summary:",
                "Operation: Detect only ",
                "Operation result: 0x0",
                "Last Successful Step: CSI store detection completes.",
                &total,
            ],
        )
    };
    let repair = |hour: &str, result: &str| {
        let result = format!("Operation result: {result}");
        at(
            hour,
            &[
                "Summary:",
                "Operation: Detect and Repair ",
                &result,
                "Last Successful Step: Entire operation completes.",
                "Total Detected Corruption:\t8",
            ],
        )
    };
    check("damage", &[("CBS.log", &scan("03", "8"))], "unexplained", &["no code"]);
    check("none", &[("CBS.log", &scan("03", "0"))], "clean", &[]);
    check("mended", &[("CBS.log", &(scan("03", "8") + &repair("04", "0x0")))], "clean", &[]);
    check("not mended", &[("CBS.log", &repair("04", "0x800f081f"))], "unexplained", &["0x800f081f"]);
    check(
        "mended before",
        &[("CBS.log", &(repair("02", "0x0") + &scan("03", "8")))],
        "unexplained",
        &["no code"],
    );
    // What a repair has not reached, SFC has to copy: the repair alone does not end it.
    let sfc = at(
        "03",
        &[
            "[SR] Cannot repair member file [l:7]'fab.dll' of Microsoft-Windows-Fabrikam, version 10.0.14393.0, arch amd64, nonSxS in the store, hash mismatch",
        ],
    );
    check("files", &[("CBS.log", &(sfc.clone() + &repair("04", "0x0")))], "explained", &[]);
    let again = at("05", &["[SR] Verify complete"]);
    check("files mended", &[("CBS.log", &(sfc + &repair("04", "0x0") + &again))], "clean", &[]);
}

#[test]
fn a_network_that_was_away_is_no_failure() {
    let failed = "2024/03/12 03:14:07.0000000 2212  6640  Agent           * END * Finding updates CallerId = UpdateOrchestrator, Id = 12, Exit code = 0x80240013 (cV = x)\n";
    let found = |service: &str| {
        format!(
            "2024/03/12 04:14:07.0000000 2212  6640  Agent           ServiceID = {{{service}}} Windows Update\n2024/03/12 04:14:09.0000000 2212  6640  Agent           Found 0 updates and 10 categories in search; evaluated appl. rules of 20 out of 30 deployed entities\n"
        )
    };
    let windows = found("9482F4B4-E343-43B6-B170-9A65BC822C77");
    let store = found("855E8A7C-ECB4-4CA3-B045-1DFA50104289");
    check("failed", &[("WindowsUpdate.log", failed)], "unexplained", &["0x80240013"]);
    check("found later", &[("WindowsUpdate.log", &format!("{failed}{windows}"))], "clean", &[]);
    check(
        "found before",
        &[("WindowsUpdate.log", &format!("{}{failed}", windows.replace(" 04:", " 02:")))],
        "unexplained",
        &["0x80240013"],
    );
    check(
        "found apps",
        &[("WindowsUpdate.log", &format!("{failed}{store}"))],
        "unexplained",
        &["0x80240013"],
    );
}

#[test]
fn silence_of_configuration_manager_proves_nothing() {
    let log = |message: &str, hour: &str| {
        format!(
            "<![LOG[{message}]LOG]!><time=\"{hour}:14:07.414-060\" date=\"03-12-2024\" component=\"WUAHandler\" context=\"\" type=\"1\" thread=\"4100\" file=\"cwuahandler.cpp:3125\">\r\n"
        )
    };
    let failed = log("Scan failed with error = 0x8024402c.", "03");
    let well = log("Successfully completed scan.", "04");
    check("well", &[("WUAHandler.log", &well)], "inconclusive", &[]);
    check("failed", &[("WUAHandler.log", &failed)], "unexplained", &["0x8024402c"]);
    check("failed, then well", &[("WUAHandler.log", &format!("{failed}{well}"))], "inconclusive", &[]);
}

#[test]
fn an_update_that_is_installed_later_has_not_failed() {
    let event = |number: usize, id: u32, hour: u32, message: &str| {
        format!(
            "Event[{number}]:\n  Log Name: System\n  Source: Microsoft-Windows-WindowsUpdateClient\n  Date: 2024-03-12T{hour:02}:21:40.0000000Z\n  Event ID: {id}\n  Level: Information\n  Computer: WKS-0442\n  Description: \n{message}\n\n"
        )
    };
    let failed = |title: &str| {
        event(
            0,
            20,
            3,
            &format!(
                "Installation Failure: Windows failed to install the following update with error 0x80070643: {title}."
            ),
        )
    };
    let done = |title: &str| {
        event(
            1,
            19,
            9,
            &format!("Installation Successful: Windows successfully installed the following update: {title}"),
        )
    };
    let update = "Security Update for Windows (KB5034795)";
    let [old, new] = ["100", "120"].map(|it| {
        format!(
            "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.405.{it}.0)"
        )
    });
    let name = "System.txt";
    check("failed", &[(name, &failed(update))], "unexplained", &["0x80070643"]);
    check("installed", &[(name, &(failed(update) + &done(update)))], "clean", &[]);
    check("another one", &[(name, &(failed(update) + &done(&new)))], "unexplained", &["0x80070643"]);
    check("a later version", &[(name, &(failed(&old) + &done(&new)))], "clean", &[]);
}

#[test]
fn a_line_that_shows_a_finding_is_not_listed_beside_it() {
    let log = line(
        "Error",
        "CBS",
        "Startup: A possible hang was detected on the last boot. [HRESULT = 0x800f0920 - CBS_E_HANG_DETECTED]",
    ) + &line(
        "Error",
        "CBS",
        "Startup: No progress detected while needing to process the advanced operation queue, rolling back and cancelling the transaction. [HRESULT = 0x80004005 - E_FAIL]",
    );
    check("hang", &[("CBS.log", &log)], "explained", &[]);
    let other = line("Error", "CBS", "Failed to do something else. [HRESULT = 0x80004005 - E_FAIL]");
    let case: Value = diagnose(&[("CBS.log", &(log + &other))]);
    assert_eq!(case["unexplained"][0]["code"], "0x80004005", "{case:#}");
}
