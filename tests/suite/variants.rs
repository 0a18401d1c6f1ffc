//! The five symptoms of 0x80070002 with other values than the samples have: other services, folders, components,
//! drivers and drives, other encodings and line ends, and every kind of confirmation.

use serde_json::Value;

use super::pack::encode;
use super::{commands, diagnose, finding, line, rules, strings};

const DOTNET: &str = "dotnet-optimization-service-orphaned";
const FOLDER: &str = "servicing-folder-missing";
const COMPONENT: &str = "component-file-missing";
const DRIVER: &str = "driver-keys-missing";
const WIMMOUNT: &str = "wimmount-driver-missing";

const TICKLER: &str = "000000fd (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]";

/// Lines that stand in every log.
fn noise() -> String {
    let lines = [
        "Session: 31033555_3320119381 initialized by client WindowsUpdateAgent, external staging directory: (null).",
        "Not able to query DisableWerReporting flag.  Assuming not set... [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]",
    ];
    lines.iter().map(|it| line("Info", "CBS", it)).collect()
}

/// What the program says of a CBS.log with these lines amid noise.
#[track_caller]
fn cbs(lines: &[String]) -> Value {
    diagnose(&[("Logs/CBS/CBS.log", noise() + &lines.concat() + &noise())])
}

#[track_caller]
fn check(case: &Value, rule: &str, values: &[(&str, &[&str])]) {
    assert_eq!(case["verdict"], "explained");
    assert_eq!(rules(case), [rule]);
    let told = &finding(case, rule)["values"];
    for (name, expect) in values {
        assert_eq!(strings(&told[name]), *expect, "{name} of {rule}");
    }
}

#[track_caller]
fn has_commands(case: &Value, rule: &str, expect: &[&str]) {
    let found = commands(finding(case, rule));
    for wanted in expect {
        assert!(found.contains(wanted), "no command {wanted}\nin {found:#?}");
    }
}

#[track_caller]
fn no_command_holds(case: &Value, rule: &str, unwanted: &[&str]) {
    for command in commands(finding(case, rule)) {
        for it in unwanted {
            assert!(!command.to_lowercase().contains(&it.to_lowercase()), "{it:?} in the command {command}");
        }
    }
}

// ---- The .NET optimizer -------------------------------------------------------------------------------------

fn start_service(quoted: &str) -> String {
    line(
        "Error",
        "CSI",
        &format!(
            "000000fc@2024/3/12:02:14:07.414 (F) Failed in StartService for {quoted} with error code 2[gle=0x80004005]"
        ),
    )
}

#[test]
fn any_net_version_bitness_and_quoting() {
    let all = [
        (r#"[30]"clr_optimization_v2.0.50727_64""#, "v2.0.50727", "64"),
        ("[l:30]'clr_optimization_v2.0.50727_32'", "v2.0.50727", "32"),
        ("[l:30 ml:31]'clr_optimization_v4.0.30319_64'", "v4.0.30319", "64"),
        (r#"[ml:62{31},l:60{30}]"clr_optimization_v4.0.30319_32""#, "v4.0.30319", "32"),
        (r#"[31]"clr_optimization_v10.1.123456_64""#, "v10.1.123456", "64"),
    ];
    for (quoted, version, bits) in all {
        let case = cbs(&[start_service(quoted), line("Error", "CSI", TICKLER)]);
        check(&case, DOTNET, &[("service", &[&format!("clr_optimization_{version}_{bits}")])]);
        for both in ["32", "64"] {
            let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\clr_optimization_{version}_{both}");
            let file = format!("%SystemDrive%\\clr_optimization_{version}_{both}.reg");
            has_commands(
                &case,
                DOTNET,
                &[&format!("reg export \"{key}\" \"{file}\""), &format!("reg delete \"{key}\" /f")],
            );
        }
        let other = if version == "v4.0.30319" { "v2.0.50727" } else { "v4.0.30319" };
        no_command_holds(&case, DOTNET, &[other]);
    }
}

#[test]
fn a_backup_comes_before_every_deletion() {
    let case =
        cbs(&[start_service(r#"[30]"clr_optimization_v2.0.50727_64""#), line("Error", "CSI", TICKLER)]);
    let commands = commands(finding(&case, DOTNET));
    let first_deletion = commands.iter().position(|it| it.starts_with("reg delete")).unwrap();
    let last_backup = commands.iter().rposition(|it| it.starts_with("reg export")).unwrap();
    assert!(last_backup < first_deletion, "{commands:#?}");
}

#[test]
fn two_net_services_in_one_log() {
    let case = cbs(&[
        start_service("[l:30]'clr_optimization_v2.0.50727_64'"),
        line("Error", "CSI", TICKLER),
        start_service("[l:30]'clr_optimization_v4.0.30319_32'"),
        line("Error", "CSI", TICKLER),
    ]);
    check(
        &case,
        DOTNET,
        &[("service", &["clr_optimization_v2.0.50727_64", "clr_optimization_v4.0.30319_32"])],
    );
    assert_eq!(finding(&case, DOTNET)["occurrences"], 2);
    let deletions = commands(finding(&case, DOTNET)).into_iter().filter(|it| it.starts_with("reg delete"));
    assert_eq!(deletions.count(), 4);
}

#[test]
fn two_net_services_before_one_failure() {
    let case = cbs(&[
        start_service(r#"[30]"clr_optimization_v4.0.30319_32""#),
        start_service(r#"[30]"clr_optimization_v4.0.30319_64""#),
        line("Error", "CSI", TICKLER),
    ]);
    check(
        &case,
        DOTNET,
        &[("service", &["clr_optimization_v4.0.30319_32", "clr_optimization_v4.0.30319_64"])],
    );
}

/// CSI also writes names without hex (log-formats.md, 2.1).
#[test]
fn the_tickler_fails_with_a_code_in_any_spelling() {
    let spellings = [
        "000000fd (F) 80070002 [Error,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #1# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]",
        "000000fd@2024/3/12:02:14:07.414 (F) HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]",
        "000000fd (F) HRESULT_FROM_WIN32(2) #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]",
    ];
    for tickler in spellings {
        let case =
            cbs(&[start_service(r#"[30]"clr_optimization_v4.0.30319_32""#), line("Error", "CSI", tickler)]);
        assert_eq!(rules(&case), [DOTNET], "{tickler}");
    }
}

#[test]
fn the_framework_folder_in_a_listing_decides() {
    let log =
        noise() + &start_service("[l:30]'clr_optimization_v2.0.50727_64'") + &line("Error", "CSI", TICKLER);
    let listing = |entry: &str| {
        format!(
            " Volume in drive C has no label.\r\n Volume Serial Number is 5E8F-2C34\r\n\r\n Directory of C:\\Windows\\Microsoft.NET\\Framework64\\v2.0.50727\r\n\r\n\
             12/07/2019  04:08 AM    <DIR>          .\r\n12/07/2019  04:08 AM    <DIR>          ..\r\n{entry}               0 File(s)              0 bytes\r\n"
        )
    };
    let certainty = |listing: &str| {
        let case = diagnose(&[("CBS.log", &log), ("dir_net.txt", &listing.to_owned())]);
        finding(&case, DOTNET)["certainty"].as_str().unwrap().to_owned()
    };
    assert_eq!(certainty(&listing("")), "confirmed");
    assert_eq!(certainty(&listing("12/07/2019  04:08 AM            88,584 mscorsvw.exe\r\n")), "possible");
    // The folder of the other bitness proves nothing.
    assert_eq!(certainty(&listing("").replace("Framework64", "Framework")), "likely");
}

// ---- A folder -----------------------------------------------------------------------------------------------

fn no_such_name(on: &str) -> String {
    line(
        "Error",
        "CSI",
        &format!(
            "00000e47 (F) STATUS_OBJECT_NAME_NOT_FOUND #13367681# from Windows::Rtl::SystemImplementation::DirectFileSystemProvider::SysCreateFile(flags = (AllowSharingViolation), handle = {{provider=NULL, handle=0, name= (\"null\")}}, da = (SYNCHRONIZE|FILE_READ_ATTRIBUTES), oa = @0xa130e9e088->OBJECT_ATTRIBUTES {{s:48; rd:NULL; on:{on}; a:(OBJ_CASE_INSENSITIVE)}}, iosb = @0xa130e9e068, as = (null), fa = 0, sa = (FILE_SHARE_READ|FILE_SHARE_WRITE|FILE_SHARE_DELETE), cd = FILE_OPEN, co = (FILE_SYNCHRONOUS_IO_NONALERT|0x00004000), eab = NULL, eal = 0, disp = Invalid)"
        ),
    )
}

#[test]
fn any_folder_on_any_drive() {
    let all = [
        (
            r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Administrative Tools",
            "Administrative Tools",
        ),
        (r"D:\Fabrikam Data (x86)\Größe & Länge", ""),
        (r"D:\Fabrikam Data (x86)\Größe und Länge", "Größe und Länge"),
        (r"E:\a", "a"),
        (r"C:\Windows\System32\drivers\de-DE", "de-DE"),
        (r"C:\$WINDOWS.~BT\Sources\[x], {y}; z", ""),
    ];
    for (folder, name) in all {
        for on in [format!("[69]\"\\??\\{folder}\""), format!("[l:69 ml:70]'\\??\\{folder}'")] {
            let case = cbs(&[no_such_name(&on)]);
            check(&case, FOLDER, &[("folder", &[folder])]);
            if name.is_empty() {
                // A name with a special character may be filled in by hand, but must not be changed.
                continue;
            }
            has_commands(
                &case,
                FOLDER,
                &[
                    &format!("robocopy \"{folder}\" \"D:\\casebook\\{name}\" /E /COPY:DAT"),
                    &format!("robocopy \"D:\\casebook\\{name}\" \"{folder}\" /E /COPY:DAT"),
                ],
            );
        }
    }
}

#[test]
fn folders_of_the_component_store_are_not_copied() {
    let all = [
        r"\??\C:\Windows\WinSxS\amd64_microsoft-windows-x_31bf3856ad364e35_10.0.14393.0_none_0123456789abcdef",
        r"\??\c:\windows\winsxs\Backup",
        r"\??\C:\Windows\WinSxS\Temp\InFlight\3f2504e04f89",
        r"\SystemRoot\WinSxS\Catalogs",
        r"\??\C:\Windows\WinSxS",
        r"\??\C:\Windows\WinSxS\",
        r"\??\D:\Windows\WINSXS",
    ];
    for folder in all {
        let case = cbs(&[no_such_name(&format!("[69]\"{folder}\""))]);
        assert_eq!(rules(&case), [FOLDER], "{folder}");
        no_command_holds(&case, FOLDER, &["robocopy", "xcopy", "takeown"]);
        has_commands(&case, FOLDER, &["DISM.exe /Online /Cleanup-Image /RestoreHealth"]);
    }
}

#[test]
fn each_of_two_folders_has_its_own_way() {
    let case = cbs(&[
        no_such_name(r#"[30]"\??\D:\Line of Business""#),
        no_such_name(r"[l:30]'\??\C:\Windows\WinSxS\Temp'"),
    ]);
    check(&case, FOLDER, &[("folder", &[r"D:\Line of Business", r"C:\Windows\WinSxS\Temp"])]);
    has_commands(
        &case,
        FOLDER,
        &[
            r#"robocopy "D:\casebook\Line of Business" "D:\Line of Business" /E /COPY:DAT"#,
            "DISM.exe /Online /Cleanup-Image /RestoreHealth",
        ],
    );
    let copies = commands(finding(&case, FOLDER)).into_iter().filter(|it| it.contains("robocopy"));
    assert!(copies.into_iter().all(|it| !it.contains("WinSxS")));
}

/// A path that ends in a backslash would take the closing quote with it: robocopy reads `"D:\a\"` as `D:\a"`.
#[test]
fn no_backslash_stands_before_a_closing_quote() {
    for folder in [r"D:\Apps\Tools\", r"D:\"] {
        let case = cbs(&[no_such_name(&format!("[69]\"\\??\\{folder}\""))]);
        for command in commands(finding(&case, FOLDER)) {
            assert!(!(command.contains("robocopy") && command.contains("\\\"")), "{folder}: {command}");
        }
    }
}

/// An apostrophe belongs to the path, in both quotings; half a path would name another folder.
#[test]
fn a_path_is_never_cut_at_an_apostrophe() {
    let folder = r"C:\Users\Administrator\Documents\Contoso's Tools";
    let length = folder.encode_utf16().count() + 4;
    for on in
        [format!("[{length}]\"\\??\\{folder}\""), format!("[l:{length} ml:{}]'\\??\\{folder}'", length + 1)]
    {
        let case = cbs(&[no_such_name(&on)]);
        check(&case, FOLDER, &[("folder", &[folder])]);
        for command in commands(finding(&case, FOLDER)) {
            assert!(!command.contains("Documents\\Contoso\""), "{on}: {command}");
        }
    }
}

// ---- A file of a component ------------------------------------------------------------------------------------

fn no_file(name: &str) -> String {
    line("Info", "CBS", &format!("Failed to find file: {name} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"))
}

#[test]
fn any_component_glued_or_not() {
    let components = [
        "amd64_microsoft-windows-gdi32_31bf3856ad364e35_10.0.14393.6451_none_0f9ad1b2c3d4e5f6",
        "wow64_microsoft-windows-i..tional-chinese-core_31bf3856ad364e35_10.0.17763.1_none_ffffffffffffffff",
        "x86_microsoft-windows-shell32.resources_31bf3856ad364e35_6.1.7601.23545_en-us_229deeb1ba2a85d3",
        "msil_system.web_b03f5f7f11d50a3a_4.0.15805.0_none_0000000000000001",
        "arm64_fabrikam_driver_31bf3856ad364e35_10.0.22621.1_sr-latn-rs_abcdefabcdefabcd",
    ];
    // Names that begin with hex digits, dots or a blank are where a glued one is cut in the wrong place.
    let files = [
        "DWrite.dll",
        "abcdef01.dll",
        "1394ohci.sys",
        "api-ms-win-core-file-l1-2-0.dll",
        "noextension",
        "a b (1).ttf",
        ".config",
    ];
    for component in components {
        let mut lines = Vec::new();
        for file in files {
            lines.push(no_file(&format!("{component}{file}")));
            lines.push(no_file(&format!("{component}\\{file}")));
        }
        let case = cbs(&lines);
        check(&case, COMPONENT, &[("component", &[component]), ("file", &files)]);
        assert_eq!(finding(&case, COMPONENT)["occurrences"], 2 * files.len());
        has_commands(&case, COMPONENT, &[&format!("mkdir \"%SystemRoot%\\WinSxS\\{component}\"")]);
        let all = commands(finding(&case, COMPONENT));
        for file in files {
            let path = format!("{component}\\{file}\"");
            assert!(all.iter().any(|it| it.contains(&path)), "no command for {file} in {all:#?}");
        }
        assert_eq!(
            all.iter().filter(|it| it.starts_with(r#"mkdir "%SystemRoot%"#)).count(),
            1,
            "one folder, one command"
        );
    }
}

#[test]
fn files_stay_with_their_components() {
    let one = "amd64_a-one_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6";
    let two = "x86_b-two_31bf3856ad364e35_10.0.14393.2_en-us_0f9ad1b2c3d4e5f7";
    let case = cbs(&[
        no_file(&format!("{one}\\one.dll")),
        no_file(&format!("{two}two.dll")),
        no_file(&format!("{two}\\three.mui")),
        no_file(&format!("{one}\\one.dll")),
    ]);
    check(&case, COMPONENT, &[("component", &[one, two]), ("file", &["one.dll", "two.dll", "three.mui"])]);
    let all = commands(finding(&case, COMPONENT));
    let copies: Vec<_> = all.iter().filter(|it| it.contains(".dll") || it.contains(".mui")).collect();
    assert_eq!(copies.len(), 12, "three files, looked for, there, back, and given back: {copies:#?}");
    for copy in copies {
        assert_eq!(copy.contains("one.dll"), copy.contains(one), "{copy}");
        assert_eq!(copy.contains("two.dll") || copy.contains("three.mui"), copy.contains(two), "{copy}");
    }
    assert!(all.iter().any(|it| it.contains("/setowner") && it.contains("TrustedInstaller")), "{all:#?}");
}

#[test]
fn the_file_is_named_in_windowsupdate_log() {
    let component = "x86_microsoft-windows-directwrite_31bf3856ad364e35_7.1.7601.23545_none_229deeb1ba2a85d3";
    let classic = format!(
        "2024-03-12\t10:48:19:500\t 848\t6a4\tHandler\tInfo CBS Failed to find file: {component}FntCache.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]\r\n"
    );
    let case = diagnose(&[("WindowsUpdate.log", classic)]);
    check(&case, COMPONENT, &[("component", &[component]), ("file", &["FntCache.dll"])]);
}

// ---- The keys of a driver -----------------------------------------------------------------------------------

fn install(result: &str, inf: &str) -> String {
    line("Info", "CBS", &format!("INSTALL index: 55, phase: 2, result {result}, inf: {inf}"))
}

fn doqe() -> String {
    line(
        "Info",
        "CBS",
        "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    )
}

fn driver_log(inf: &str) -> String {
    noise() + &install("0", "disk.inf") + &install("2", inf) + &doqe() + &noise()
}

#[test]
fn any_inbox_driver() {
    for (inf, keys) in [
        ("mpio.inf", &["mpio"][..]),
        ("usbstor.inf", &["USBSTOR"]),
        ("FLPYDISK.INF", &["flpydisk", "sfloppy"]),
        ("bth.inf", &["BthEnum", "BthMini", "BTHPORT", "BTHUSB"]),
    ] {
        let case = cbs(&[install("0", "disk.inf"), install("2", inf), install("0", "cdrom.inf"), doqe()]);
        check(&case, DRIVER, &[("inf", &[inf])]);
        let all = commands(finding(&case, DRIVER)).join("\n").to_lowercase();
        for key in keys {
            let export =
                format!(r#"reg export "hklm\system\currentcontrolset\services\{}""#, key.to_lowercase());
            assert!(all.contains(&export), "{export} in {all}");
        }
        no_command_holds(&case, DRIVER, &["\"disk.inf", "cdrom", r"Services\disk"]);
    }
}

#[test]
fn nothing_is_guessed_for_a_third_party_driver() {
    for inf in ["oem12.inf", "OEM7.INF", "oem103.inf"] {
        let case = cbs(&[install("2", inf), doqe()]);
        check(&case, DRIVER, &[("inf", &[inf])]);
        no_command_holds(&case, DRIVER, &[r"Services\oem", "oem12.reg", "oem7.reg", "oem103.reg"]);
        let steps = finding(&case, DRIVER)["steps"].to_string();
        assert!(steps.contains("Owners"), "how to find the keys is not told: {steps}");
        assert!(steps.contains("by hand"), "what is to be filled in is not told: {steps}");
    }
}

#[test]
fn two_drivers_fail_at_once() {
    let case = cbs(&[
        install("2", "flpydisk.inf"),
        install("0", "disk.inf"),
        install("3", "mpio.inf"),
        line("Info", "CBS", "Doqe: Recording result: 0x80070002, for Inf: flpydisk.inf"),
        doqe(),
    ]);
    check(&case, DRIVER, &[("inf", &["flpydisk.inf", "mpio.inf"])]);
    for service in ["flpydisk", "sfloppy", "mpio"] {
        let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{service}");
        has_commands(&case, DRIVER, &[&format!("reg export \"{key}\" \"D:\\{service}.reg\" /y")]);
    }
}

#[test]
fn any_result_but_zero_in_any_spelling() {
    for result in ["3", "2", "0x2", "0x80070002", "-2147024894", "0xe0000217"] {
        let case = cbs(&[install(result, "mpio.inf"), doqe()]);
        assert_eq!(rules(&case), [DRIVER], "result {result}");
    }
}

const UPDATE: &str = "2024-03 Cumulative Update for Windows Server 2016 for x64-based Systems (KB5035855)";

fn events() -> [(&'static str, String); 3] {
    let message = format!(
        "Installation Failure: Windows failed to install the following update with error 0x80070002: {UPDATE}."
    );
    [
        (
            "Event Viewer",
            format!(
                "Log Name:      System\r\nSource:        Microsoft-Windows-WindowsUpdateClient\r\nDate:          3/12/2024 2:11:21 AM\r\nEvent ID:      20\r\nTask Category: Windows Update Agent\r\n\
                 Level:         Error\r\nKeywords:      Installation,Installation\r\nUser:          SYSTEM\r\nComputer:      SRV09.contoso.com\r\nDescription:\r\n{message}\r\nEvent Xml:\r\n<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\r\n</Event>\r\n"
            ),
        ),
        (
            "wevtutil",
            format!(
                "Event[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-12T02:11:21.414\r\n  Event ID: 20\r\n  Task: Windows Update Agent\r\n  Level: Error\r\n  Opcode: Installation\r\n\
                 \x20 Keyword: Installation\r\n  User: S-1-5-18\r\n  User Name: NT AUTHORITY\\SYSTEM\r\n  Computer: SRV09\r\n  Description: \r\n{message}\r\n\r\n"
            ),
        ),
        (
            "table",
            format!(
                "Level\tDate and Time\tSource\tEvent ID\tTask Category\r\nError\t3/12/2024 2:11:21 AM\tMicrosoft-Windows-WindowsUpdateClient\t20\tWindows Update Agent\t{message}\r\n\
                 Information\t3/12/2024 2:10:21 AM\tService Control Manager\t7036\tNone\tThe service entered the stopped state.\r\n"
            ),
        ),
    ]
}

#[test]
fn the_event_adds_the_update() {
    for (what, event) in events() {
        for encoding in ["utf-8-bom", "utf-16le-bom", "windows-1252"] {
            let log = driver_log("usbstor.inf").into_bytes();
            let case =
                diagnose(&[("CBS.log", log), ("System events.txt", encode(event.as_bytes(), encoding))]);
            assert_eq!(rules(&case), [DRIVER], "{what} {encoding}");
            let told = &finding(&case, DRIVER)["values"];
            assert_eq!(strings(&told["inf"]), ["usbstor.inf"]);
            assert_eq!(told["update"], serde_json::json!(["KB5035855"]), "{what} {encoding}");
            assert!(finding(&case, DRIVER)["steps"].to_string().contains("KB5035855"), "{what}");
        }
    }
}

#[test]
fn an_event_of_another_failure_adds_nothing() {
    let event = events()[1].1.replace("0x80070002", "0x800f0831");
    let case = diagnose(&[("CBS.log", driver_log("usbstor.inf")), ("events.txt", event)]);
    assert_eq!(finding(&case, DRIVER)["values"]["update"], Value::Null);
}

// ---- What a registry export confirms --------------------------------------------------------------------------

const SERVICES: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";

/// A `.reg` export with these keys, each with a value.
fn export(keys: &[String]) -> String {
    let keys = keys.iter().map(|it| {
        format!("[{it}]\r\n\"Start\"=dword:00000003\r\n\"ImagePath\"=hex(2):78,00,\\\r\n  00,00\r\n\r\n")
    });
    format!("Windows Registry Editor Version 5.00\r\n\r\n{}", keys.collect::<String>())
}

fn key(name: &str) -> String {
    format!("{SERVICES}\\{name}")
}

fn wimmount_log(drive: &str) -> String {
    let lines = [
        line("Info", "MOUPG", "SetupHost::Initialize: CmdLine = [/Install]"),
        line("Warning", "SP", "Failed to get WimMount ImagePath, 0x80070002"),
        line("Info", "SP", "CMountWIM::DoExecute: Mounting WIM file"),
        line(
            "Error",
            "SP",
            &format!(
                "CMountWIM::DoExecute: Failed to mount WIM file {drive}$WINDOWS.~BT\\Sources\\SafeOS\\winre.wim. Error 0xC1420121[gle=0xc1420121]"
            ),
        ),
    ];
    lines.concat()
}

#[track_caller]
fn certainty(case: &Value, rule: &str, expect: &str) {
    assert_eq!(rules(case), [rule]);
    let found = finding(case, rule);
    assert_eq!(found["certainty"], expect, "{rule}: {}", found["reasons"]);
}

/// A case of each of the two rules that a missing key confirms, with this export.
fn with_export(export: &[u8]) -> [(&'static str, Value); 2] {
    let cbs = driver_log("flpydisk.inf").into_bytes();
    let setup = wimmount_log(r"C:\").into_bytes();
    [
        (DRIVER, diagnose(&[("CBS.log", cbs), ("SRV09_reg_services.txt", export.to_vec())])),
        (WIMMOUNT, diagnose(&[("setupact.log", setup), ("SRV09_reg_services.txt", export.to_vec())])),
    ]
}

#[test]
fn keys_missing_from_a_whole_export_confirm() {
    let plain = export(&[SERVICES.to_owned(), key("disk"), key("cdrom")]);
    let forms = [
        plain.clone(),
        plain.replace("CurrentControlSet", "ControlSet001"),
        plain.replace("Windows Registry Editor Version 5.00", "REGEDIT4").replace("78,00,", "78,"),
        plain.replace(
            "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services",
            "HKEY_LOCAL_MACHINE\\System\\CurrentControlset\\services",
        ),
        plain.replace("\r\n", "\n"),
    ];
    for form in forms {
        for encoding in ["utf-16le-bom", "windows-1252"] {
            for (rule, case) in with_export(&encode(form.as_bytes(), encoding)) {
                certainty(&case, rule, "confirmed");
                assert_eq!(strings(&finding(&case, rule)["references"]).len(), 1);
            }
        }
    }
}

#[test]
fn an_export_of_another_key_proves_nothing() {
    for (rule, case) in with_export(export(&[key("disk"), key("disk") + "\\Enum"]).as_bytes()) {
        certainty(&case, rule, "likely");
        let missing: Vec<_> = case["not_checked"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["rule"] == rule)
            .filter_map(|it| it["missing"].as_str())
            .collect();
        assert!(missing.contains(&r"registry: HKLM\SYSTEM\CurrentControlSet\Services"), "{missing:?}");
    }
}

#[test]
fn an_export_that_breaks_off_proves_nothing() {
    let whole = export(&[SERVICES.to_owned(), key("disk"), key("xyz")]);
    let zip = super::zip_of(&[
        ("CBS.log", driver_log("flpydisk.inf").as_bytes()),
        ("reg_services.txt", whole.as_bytes()),
    ]);
    // The export's checksum no longer fits.
    let mut damaged = zip.clone();
    let at = memchr::memmem::find(&zip, b"reg_services.txt").unwrap() + 16 + 60;
    damaged[at] ^= 0x55;
    let case = super::Casebook::new()
        .file("case.zip", damaged)
        .args(&["analyze", "case.zip"])
        .run()
        .status(1)
        .case("case");
    assert_eq!(finding(&case, DRIVER)["certainty"], "likely");
}

#[test]
fn keys_that_are_there_contradict() {
    let names = [SERVICES.to_owned(), key("disk"), key("flpydisk"), key("sfloppy"), key("WIMMount")];
    for (rule, case) in with_export(export(&names).as_bytes()) {
        certainty(&case, rule, "possible");
    }
    let single = [key("flpydisk"), key("sfloppy"), key("WimMount")];
    for (rule, case) in with_export(export(&single).replace("CurrentControlSet", "ControlSet001").as_bytes())
    {
        certainty(&case, rule, "possible");
    }
}

/// Which of two sets the machine runs on is only known where `Select` tells it.
#[test]
fn the_last_known_good_control_set_proves_nothing() {
    let first =
        export(&[SERVICES.replace("CurrentControlSet", "ControlSet001"), key("disk").replace("Current", "")]);
    let both = first.clone()
        + &first
            .replace("Windows Registry Editor Version 5.00", "")
            .replace("ControlSet001", "ControlSet002")
        + r"[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Services\flpydisk]"
        + "\r\n";
    for (rule, case) in with_export(both.as_bytes()) {
        certainty(&case, rule, "likely");
    }
}

#[test]
fn without_an_export_the_signature_is_likely_and_says_what_is_missing() {
    let case = diagnose(&[("CBS.log", driver_log("flpydisk.inf"))]);
    certainty(&case, DRIVER, "likely");
    assert!(case["not_checked"].to_string().contains(r"registry: HKLM\\SYSTEM\\CurrentControlSet\\Services"));
}

#[test]
fn a_net_service_in_an_export_confirms() {
    let log =
        noise() + &start_service("[l:30]'clr_optimization_v2.0.50727_64'") + &line("Error", "CSI", TICKLER);
    let single = export(&[key("clr_optimization_v2.0.50727_64")]);
    let case = diagnose(&[("CBS.log", &log), ("a.reg", &single)]);
    certainty(&case, DOTNET, "confirmed");
    let without = export(&[SERVICES.to_owned(), key("clr_optimization_v4.0.30319_64")]);
    let case = diagnose(&[("CBS.log", &log), ("a.reg", &without)]);
    certainty(&case, DOTNET, "possible");
}

// ---- WIMMount -------------------------------------------------------------------------------------------------

#[test]
fn any_drive() {
    for drive in [r"C:\", r"D:\", r"X:\", r"\\?\Volume{0d0e0f10-0000-0000-0000-100000000000}\"] {
        let case = diagnose(&[("Panther/setupact.log", wimmount_log(drive))]);
        check(&case, WIMMOUNT, &[]);
        assert_eq!(finding(&case, WIMMOUNT)["values"], serde_json::json!({}));
        assert!(commands(finding(&case, WIMMOUNT)).iter().any(|it| it.contains("wimmount.sys")));
        let codes = &finding(&case, WIMMOUNT)["codes"];
        assert_eq!(codes[0]["code"], "0x80070002", "{codes}");
    }
}

#[test]
fn codes_in_other_letters() {
    let log = wimmount_log(r"D:\").replace("Error 0xC1420121", "Error 0xc1420121");
    check(&diagnose(&[("setupact.log", log)]), WIMMOUNT, &[]);
}

// ---- How the lines are written ----------------------------------------------------------------------------------

const UMLAUT: &str = r"D:\Größe (alt)\Menü";

#[test]
fn every_encoding_and_line_end() {
    let log = noise() + &no_such_name(&format!("[30]\"\\??\\{UMLAUT}\"")) + &noise();
    let number = 4;
    let encodings =
        ["utf-8", "utf-8-bom", "utf-16le", "utf-16be", "utf-16le-bom", "utf-16be-bom", "windows-1252"];
    for encoding in encodings {
        // Mixed: every second line ends in a bare line feed.
        let mixed: String = log
            .lines()
            .enumerate()
            .map(|(at, it)| it.to_owned() + if at % 2 == 0 { "\n" } else { "\r\n" })
            .collect();
        for text in [log.clone(), log.replace('\r', ""), mixed, log.trim_end().to_owned()] {
            let bytes =
                if encoding == "utf-8" { text.into_bytes() } else { encode(text.as_bytes(), encoding) };
            let case = diagnose(&[("SRV09_CBS.log", bytes)]);
            assert_eq!(rules(&case), [FOLDER], "{encoding}");
            check(&case, FOLDER, &[("folder", &[UMLAUT])]);
            assert_eq!(case["sources"][0]["format"], "cbs", "{encoding}");
            assert_eq!(finding(&case, FOLDER)["evidence"][0]["line"], number, "{encoding}");
        }
    }
}

#[test]
fn a_log_that_ends_mid_line() {
    let whole = noise() + &no_file("amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6\\a.dll");
    // Behind the code, the line may end anywhere; before it, nothing is known.
    let code = whole.rfind("0x80070002").unwrap() + 10;
    for end in [code, code + 3, whole.len() - 2] {
        assert_eq!(rules(&diagnose(&[("CBS.log", &whole[..end])])), [COMPONENT]);
    }
    assert!(rules(&diagnose(&[("CBS.log", &whole[..code - 1])])).is_empty());
}

/// The seed article prints its lines like this.
#[test]
fn lines_without_time_stamps() {
    let cbs = r#"Info CSI 000000fb Begin executing advanced installer phase 50 (0x00000032) index 0 (sequence 0)
Error CSI 000000fc@2018/9/29:08:45:29.414 (F) Failed in StartService for [30]"clr_optimization_v4.0.30319_32" with error code 2[gle=0x80004005]
Error CSI 000000fd (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]
Error CSI 00000e47 (F) STATUS_OBJECT_NAME_NOT_FOUND #13367681# from Windows::Rtl::SystemImplementation::DirectFileSystemProvider::SysCreateFile(flags = (AllowSharingViolation), handle = {provider=NULL, handle=0, name= ("null")}, da = (SYNCHRONIZE|FILE_READ_ATTRIBUTES), oa = @0xa130e9e088->OBJECT_ATTRIBUTES {s:48; rd:NULL; on:[69]"\??\C:\ProgramData\Microsoft\Windows\Start Menu\Programs\System Tools"; a:(OBJ_CASE_INSENSITIVE)}, iosb = @0xa130e9e068, as = (null), fa = 0, sa = (FILE_SHARE_READ|FILE_SHARE_WRITE|FILE_SHARE_DELETE), cd = FILE_OPEN, co = (FILE_SYNCHRONOUS_IO_NONALERT|0x00004000), eab = NULL, eal = 0, disp = Invalid)
Info CBS Failed to find file: x86_microsoft-windows-directwrite_31bf3856ad364e35_7.1.7601.23545_none_229deeb1ba2a85d3DWrite.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]
Info CBS INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf
Info CBS Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]
"#;
    let setup = r"Warning SP Failed to get WimMount ImagePath, 0x80070002
Error SP CMountWIM::DoExecute: Failed to mount WIM file C:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]
";
    let event = "Log Name: System  \nSource: Microsoft-Windows-WindowsUpdateClient  \nDate: DD/MM/yyyy hh:ss:ff  \nEvent ID: 20  \nTask Category: Windows Update Agent  \nLevel: Error  \nKeywords: Installation,Installation  \nUser: SYSTEM  \nComputer: <ComputerName>  \nDescription:  \nInstallation Failure: Windows failed to install the following update with error 0x80070002: Security Update for Windows (KB4586793).\n";
    for names in [["CBS.log", "Setupact.log", "event.txt"], ["one.txt", "two.txt", "three.txt"]] {
        let case = diagnose(&[(names[0], cbs), (names[1], setup), (names[2], event)]);
        let mut found = rules(&case);
        found.sort_unstable();
        assert_eq!(found, [COMPONENT, DOTNET, DRIVER, FOLDER, WIMMOUNT], "{names:?}");
        let told = |rule: &str, name: &str| finding(&case, rule)["values"][name].clone();
        assert_eq!(told(DOTNET, "service"), serde_json::json!(["clr_optimization_v4.0.30319_32"]));
        assert_eq!(
            told(FOLDER, "folder"),
            serde_json::json!([r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\System Tools"])
        );
        assert_eq!(
            told(COMPONENT, "component"),
            serde_json::json!([
                "x86_microsoft-windows-directwrite_31bf3856ad364e35_7.1.7601.23545_none_229deeb1ba2a85d3"
            ])
        );
        assert_eq!(told(COMPONENT, "file"), serde_json::json!(["DWrite.dll"]));
        assert_eq!(told(DRIVER, "inf"), serde_json::json!(["flpydisk.inf"]));
        assert_eq!(told(DRIVER, "update"), serde_json::json!(["KB4586793"]));
    }
}

/// A collector's output starts with its command, a ticket's attachment with a greeting: below that, it is a log.
#[test]
fn a_log_below_a_heading_is_a_log() {
    let log =
        noise().repeat(20) + &no_file("amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6\\a.dll");
    for (name, heading) in [
        ("(26) Command type output.log", "C:\\Windows\\system32>type C:\\Windows\\Logs\\CBS\\CBS.log\r\n"),
        ("excerpt.txt", "Hello,\r\n\r\nthe update fails again. This is the end of my log:\r\n\r\n"),
    ] {
        let case = diagnose(&[(name, heading.to_owned() + &log)]);
        assert_eq!(rules(&case), [COMPONENT], "{name} as {}", case["sources"][0]["format"]);
    }
}

// ---- Where in a long log they stand -------------------------------------------------------------------------------

const BLOCK: usize = 256 << 10;
const BLOCKS: usize = 10;

/// A log of several MB with a signature line at (or around) each block's border, and the lines that they are in.
fn long_log(moved: isize) -> (String, Vec<u64>) {
    let component = "amd64_a_31bf3856ad364e35_10.0.14393.1_none_0f9ad1b2c3d4e5f6";
    let mut log = String::new();
    let mut number = 1;
    let mut numbers = Vec::new();
    for block in 1..=BLOCKS {
        let border = (BLOCK * block).checked_add_signed(moved).unwrap();
        while log.len() < border {
            let width = (border - log.len()).clamp(60, 190);
            let filler = line("Info", "CBS", &"x".repeat(width - 52));
            log.push_str(&filler);
            number += 1;
            if number % 7 == 0 {
                log.push_str("    a continuation line\n");
                number += 1;
            }
        }
        log.push_str(&no_file(&format!("{component}\\file{block}.dll")));
        numbers.push(number);
        number += 1;
    }
    (log + &noise(), numbers)
}

#[test]
fn line_numbers_are_exact_at_the_borders_of_blocks() {
    for (moved, encoding) in
        [(-170, "utf-8"), (-90, "utf-16le-bom"), (-1, "utf-8"), (0, "utf-16be"), (1, "utf-8")]
    {
        let (log, numbers) = long_log(moved);
        let case = diagnose(&[(
            "CBS.log",
            if encoding == "utf-8" { log.clone().into_bytes() } else { encode(log.as_bytes(), encoding) },
        )]);
        let found = finding(&case, COMPONENT);
        assert_eq!(found["occurrences"], BLOCKS, "{moved}");
        let lines: Vec<u64> =
            found["evidence"].as_array().unwrap().iter().filter_map(|it| it["line"].as_u64()).collect();
        assert_eq!(lines, numbers, "{moved}");
        let records = log.lines().filter(|it| it.starts_with("2024")).count();
        assert_eq!(case["sources"][0]["records"], records);
    }
}

/// A sequence may start in one block and end in the next.
#[test]
fn sequences_reach_over_the_border_of_blocks() {
    let start = start_service(r#"[30]"clr_optimization_v4.0.30319_32""#);
    for before in [1, 30, 100, 180, 230] {
        let mut log = String::new();
        let filler = line("Info", "CBS", &"x".repeat(90));
        while log.len() + filler.len() < BLOCK - before - 60 {
            log.push_str(&filler);
        }
        let rest = (BLOCK - before).saturating_sub(log.len() + 52);
        log.push_str(&line("Info", "CBS", &"y".repeat(rest)));
        let number = log.lines().count() + 1;
        log = log + &start + &line("Error", "CSI", TICKLER) + &filler.repeat(4000);
        let case = diagnose(&[("CBS.log", log)]);
        check(&case, DOTNET, &[]);
        let evidence = &finding(&case, DOTNET)["evidence"];
        assert_eq!((&evidence[0]["line"], &evidence[1]["line"]), (&number.into(), &(number + 1).into()));
    }
}
