//! Lines of real shapes, with values of our own: which pattern is proposed, with which codes and values.

use super::*;

fn proposal(format: &str, text: &str) -> Proposal {
    let origin = Origin::of_text(log_format(format).unwrap(), text);
    propose(&origin, &Wishes::default()).unwrap()
}

/// The line of the article that begins with `start`.
fn line<'a>(article: &'a str, start: &str) -> &'a str {
    article.lines().find_map(|it| it.strip_prefix(start)).unwrap_or_default()
}

#[track_caller]
fn check(message: &str, pattern: &str, codes: &[&str], values: &[&str]) {
    let text = format!("2024-05-06 07:08:09, Error                 CSI    {message}");
    let article = proposal("cbs", &text).article;
    assert_eq!(line(&article, "match = "), format!("'''{pattern}'''"), "{article}");
    let codes: Vec<String> = codes.iter().map(|it| format!("\"{it}\"")).collect();
    let expect = if codes.is_empty() { String::new() } else { format!("[{}]", codes.join(", ")) };
    assert_eq!(line(&article, "codes = "), expect, "{article}");
    let told: Vec<&str> = article.lines().filter_map(|it| it.strip_prefix("=> ")).collect();
    assert_eq!(told, values, "{article}");
    assert!(article.contains(&text), "{article}");
}

const COMPONENT: &str =
    "amd64_fabrikam-print..spooler_31bf3856ad364e35_10.0.14393.5501_none_0f9ad1b2c3d4e5f6";

#[test]
fn a_service_with_sequence_time_and_quoting_prefix() {
    check(
        "000000aa@2024/5/6:06:08:09.414 (F) Failed in StartService for [30]\"fabrikam_v4.0.1_32\" with error code 2[gle=0x80004005]",
        "(F) Failed in StartService for [{_}]\"{service:service}\" with error code 2[gle={_:number}]",
        &["0x80070002"],
        &["service = fabrikam_v4.0.1_32"],
    );
    check(
        "000000aa (F) Failed in StartService for [l:8 ml:9]'MSSQL$ab' with error code 1058[gle=0x80004005]",
        "(F) Failed in StartService for [{_}]'{service:service}' with error code 1058[gle={_:number}]",
        &["0x80070422"],
        &["service = MSSQL$ab"],
    );
}

#[test]
fn a_component_and_its_file() {
    for between in ["", "\\"] {
        check(
            &format!(
                "Failed to find file: {COMPONENT}{between}spool.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"
            ),
            "Failed to find file: {component:component}{?\\}{file:filename} [HRESULT = 0x80070002",
            &["0x80070002"],
            &[&format!("component = {COMPONENT}"), "file = spool.dll"],
        );
    }
}

#[test]
fn a_driver_and_its_result() {
    check(
        "INSTALL index: 7, phase: 2, result 13, inf: oem4.inf",
        "INSTALL index: {_:number}, phase: {phase:number}, result 13, inf: {inf:inf}",
        &["0x8007000d"],
        &["phase = 2", "inf = oem4.inf"],
    );
    check(
        "Doqe: Recording result: 0x8007000d, for Inf: oem4.inf",
        "Doqe: Recording result: 0x8007000d, for Inf: {inf:inf}",
        &["0x8007000d"],
        &["inf = oem4.inf"],
    );
}

#[test]
fn packages_and_versions() {
    let package = "Package_for_KB5012345~31bf3856ad364e35~amd64~~14393.5285.1.4";
    check(
        &format!(
            "Package \"{package}\" requires Servicing Stack v10.0.14393.5285 but current Servicing Stack is v10.0.14393.4349. [HRESULT = 0x800f0823 - CBS_E_NEW_SERVICING_STACK_REQUIRED]"
        ),
        "Package \"{package:package}\" requires Servicing Stack v{version:word} but current Servicing Stack is v{version2:word}. [HRESULT = 0x800f0823",
        &["0x800f0823"],
        &[&format!("package = {package}"), "version = 10.0.14393.5285", "version2 = 10.0.14393.4349"],
    );
    check(
        &format!("Store corruption, manifest missing for package: {package}"),
        "Store corruption, manifest missing for package: {package:package}",
        &[],
        &[&format!("package = {package}")],
    );
}

#[test]
fn paths_with_blanks_and_braces_that_are_text() {
    check(
        "00000e47 (F) STATUS_OBJECT_NAME_NOT_FOUND #771# from Fabrikam::SysCreateFile(oa = @0xa1b2c3d4e5->OBJECT_ATTRIBUTES {s:48; rd:NULL; on:[69]\"\\??\\D:\\Apps\\It is here\\Tools\"; a:(OBJ_CASE_INSENSITIVE)})",
        "(F) STATUS_OBJECT_NAME_NOT_FOUND #{_:number}# from Fabrikam::SysCreateFile(oa = @{_:number}->OBJECT_ATTRIBUTES {s:{_:number}; rd:NULL; on:[{_}]\"\\??\\{path:path}\"; a:(OBJ_CASE_INSENSITIVE)})",
        &["0xc0000034"],
        &["path = D:\\Apps\\It is here\\Tools"],
    );
    check(
        "CMountWIM::DoExecute: Failed to mount WIM file C:\\$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim. Error 0xC1420121[gle=0xc1420121]",
        "CMountWIM::DoExecute: Failed to mount WIM file {path:path}. Error 0xC1420121[gle={_:number}]",
        &["0xc1420121"],
        &["path = C:\\$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim"],
    );
}

#[test]
fn what_a_pattern_would_read_otherwise_is_any_character() {
    check(
        "Failed to fill {file:path} and {?x} and {name} for '''a''' [HRESULT = 0x80070005 - E_ACCESSDENIED]",
        "Failed to fill {_}file:path} and {_}?x} and {_}name} for {_}''a{_}'' [HRESULT = 0x80070005",
        &["0x80070005"],
        &[],
    );
}

#[test]
fn sessions_guids_and_installers() {
    check(
        "Session: 31034769_4265380821 failed to perform repair. [HRESULT = 0x80070bc9 - ERROR_FAIL_REBOOT_REQUIRED]",
        "Session: {_} failed to perform repair. [HRESULT = 0x80070bc9",
        &["0x80070bc9"],
        &[],
    );
    check(
        "0000002b (F) Failed execution of queue item Installer: Root Devices ({3d07d150-2f3d-4184-9793-d0fd59b0c885}) with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored",
        "(F) Failed execution of queue item Installer: Root Devices ({guid:guid}) with HRESULT HRESULT_FROM_WIN32(1058).  Failure will not be ignored",
        &["0x80070422"],
        &["guid = {3d07d150-2f3d-4184-9793-d0fd59b0c885}"],
    );
}

#[test]
fn who_asks_is_not_named() {
    check(
        "[9732.7580] Caller S-1-5-21-1004336348-1177238915-682003330-512 (PID: 4711) gave up on 2024-03 after 08:09:10",
        "[{_}] Caller {_} (PID: {_:number}) gave up on {_} after {_}",
        &[],
        &[],
    );
}

#[test]
fn registry_keys_and_updates() {
    check(
        "Cannot open 'HKLM\\SOFTWARE\\Fabrikam Corp\\Print' for KB5012345, status: -2147024891",
        "Cannot open '{key:regkey}' for {kb:kb}, status: {_number:number}",
        &["0x80070005"],
        &["key = HKLM\\SOFTWARE\\Fabrikam Corp\\Print", "kb = KB5012345"],
    );
}

#[test]
fn what_its_type_does_not_accept_is_not_named() {
    check(
        "Cannot read 'C:\\%odd%\\a' at 12:13:14.567, stage 3 of 9 in setup",
        "Cannot read '{_}' at {_}, stage {_:number} of {_:number} in setup",
        &[],
        &[],
    );
}

#[test]
fn an_event_is_asked_for_by_provider_and_number() {
    let text = "Event[3]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-14T02:11:21.414\r\n  Event ID: 20\r\n  Level: Error\r\n  Description: \r\nInstallation Failure: Windows failed to install the following update with error 0x80070002: Fabrikam driver (KB5012345).";
    let article = proposal("event", text).article;
    assert!(article.contains(
        "event = \"Microsoft-Windows-WindowsUpdateClient\"\nid = 20\nmatch = '''Installation Failure: "
    ));
    assert!(article.contains("with error 0x80070002: Fabrikam driver ({kb:kb}).'''"), "{article}");
}

#[test]
fn other_logs_and_continuation_lines() {
    let article = proposal(
        "windows-update",
        "2016-09-08\t10:48:19:500\t 848\t6a4\tHandler\tFATAL: CBS called Error with 0x800f0831,",
    );
    assert_eq!(line(&article.article, "match = "), "'''FATAL: CBS called Error with 0x800f0831,'''");
    let article = proposal(
        "dism",
        "2024-03-14 02:11:21, Error                 DISM   DISM Package Manager: PID=1234 TID=77 Failed finalizing changes. - CDISMPackageManager::Internal_Finalize(hr:0x800f081f)",
    );
    let pattern = "'''DISM Package Manager: PID={_:number} TID={_:number} Failed finalizing changes. - CDISMPackageManager::Internal_Finalize(hr:0x800f081f)'''";
    assert_eq!(line(&article.article, "match = "), pattern);
    let text = "2024-03-14 02:11:21, Error                 CSI    00000c6d (F) CMIADAPTER: Inner Error Message\n ['```'\n=> a = b";
    let article = proposal("cbs", text).article;
    assert_eq!(line(&article, "match = "), "'''(F) CMIADAPTER: Inner Error Message'''");
}

#[test]
fn hostile_lines_still_give_a_sound_article() {
    for message in
        ["\u{1b}[2J ``` \u{202e}x", "{{a}} {{_}}", "''' ''''", "# => x = y", "0x0 0x0", "{", "{?", "a\\"]
    {
        let found = proposal("cbs", &format!("2024-03-14 02:11:21, Error                 CBS    {message}"));
        assert!(!found.article.contains(['\u{1b}', '\u{202e}']));
        proposal("dism", &format!("{message}\n```\n=>\n# x"));
    }
}

#[test]
fn ids_and_formats_are_checked() {
    let origin = Origin::of_text(log_format("cbs").unwrap(), "Error CBS Failed to start");
    let message = |id: &str| {
        let wishes = Wishes { id: Some(id.to_owned()), symptom: None };
        propose(&origin, &wishes).unwrap_err().to_string()
    };
    assert!(message("A b").contains("is no id"));
    assert!(message("component-file-missing").contains("is taken"));
    assert!(log_format("cbz").err().unwrap().to_string().contains("cbs, dism"));
    assert!(log_format("registry").err().unwrap().to_string().contains("[[confirm]]"));
    assert!(!proposal("dism", "1 22 a 4").has_anchor);
}

#[test]
fn a_heading_is_one_line_of_plain_text() {
    assert_eq!(markdown("a *b* `c`\n# d {{e}}"), "a \\*b\\* \\`c\\`\\\\n\\# d \\{\\{e\\}\\}");
}
