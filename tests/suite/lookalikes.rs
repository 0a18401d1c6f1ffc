//! Lines that hold the code 0x80070002, or half of a signature, and are none of the five symptoms. A wrong
//! finding sends somebody to delete registry keys on a machine that has nothing wrong with them.

use serde_json::Value;

use super::{diagnose, line, rules};

const SEED: [&str; 5] = [
    "dotnet-optimization-service-orphaned",
    "servicing-folder-missing",
    "component-file-missing",
    "driver-keys-missing",
    "wimmount-driver-missing",
];

/// None of the five, whatever else is said.
#[track_caller]
fn none(what: &str, case: &Value) {
    for rule in rules(case) {
        assert!(!SEED.contains(&rule), "{rule} for {what}: {:#}", case["findings"][0]["evidence"]);
    }
}

#[track_caller]
fn cbs(what: &str, lines: &[(&str, &str, &str)]) {
    let log: String =
        lines.iter().map(|(level, component, message)| line(level, component, message)).collect();
    let log = line("Info", "CBS", "TI: --- Initializing Trusted Installer ---")
        + &log
        + &line("Info", "CBS", "Ending TrustedInstaller finalization.");
    none(what, &diagnose(&[("CBS.log", log)]));
}

const START: &str = r#"000000fc@2018/9/29:08:45:29.414 (F) Failed in StartService for [30]"clr_optimization_v4.0.30319_32" with error code 2[gle=0x80004005]"#;
const TICKLER: &str = "000000fd (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]";
const COMPONENT: &str =
    "amd64_microsoft-windows-gdi32_31bf3856ad364e35_10.0.14393.6451_none_0f9ad1b2c3d4e5f6";
const DOQE: &str = "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]";

#[test]
fn everyday_noise() {
    for message in [
        "Not able to add pending.xml to Windows Error Report. [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "Not able to query DisableWerReporting flag.  Assuming not set... [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "Not able to get WU country code, skip setting country code. [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "Failed to clear CorruptionDetectedDuringAcr store corrupt flag (slow mode trigger). [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        r"Failed to get poqexec cmdline from Components\Configuration. [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        r"Failed to open registry key: HKLM\SYSTEM\CurrentControlSet\Services\flpydisk [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        "Session: 31033555_3320119381 finalized. Reboot required: no [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        r"Failed to find file [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    ] {
        for level in ["Info", "Warning", "Error"] {
            cbs(message, &[(level, "CBS", message)]);
        }
    }
}

#[test]
fn half_of_the_net_signature() {
    cbs("the service alone", &[("Error", "CSI", START)]);
    cbs("the tickler alone", &[("Error", "CSI", TICKLER)]);
    cbs("the tickler first", &[("Error", "CSI", TICKLER), ("Error", "CSI", START)]);
    let disabled = START.replace("error code 2[", "error code 1058[");
    cbs("a disabled service", &[("Error", "CSI", &disabled), ("Error", "CSI", TICKLER)]);
    let twenty = START.replace("error code 2[", "error code 20[");
    cbs("code 20", &[("Error", "CSI", &twenty), ("Error", "CSI", TICKLER)]);
    let other = START.replace("clr_optimization_v4.0.30319_32", "TrustedInstaller");
    cbs("another service", &[("Error", "CSI", &other), ("Error", "CSI", TICKLER)]);
    let prefixed = START.replace("clr_optimization_v4", "not_clr_optimization_v4");
    cbs(
        "a service whose name only holds the name",
        &[("Error", "CSI", &prefixed), ("Error", "CSI", TICKLER)],
    );
    let denied =
        TICKLER.replace("80070002", "80070005").replace("ERROR_FILE_NOT_FOUND", "ERROR_ACCESS_DENIED");
    cbs("the tickler for another reason", &[("Error", "CSI", START), ("Error", "CSI", &denied)]);
    let started = "000000fc Started [30]\"clr_optimization_v4.0.30319_32\" with error code 0";
    cbs("a service that starts", &[("Info", "CSI", started), ("Error", "CSI", TICKLER)]);
}

#[test]
fn the_net_signature_far_apart() {
    let mut log = line("Error", "CSI", START);
    log.push_str(
        &line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.").repeat(10_000),
    );
    log.push_str(&line("Error", "CSI", TICKLER));
    none("10,000 lines between", &diagnose(&[("CBS.log", log)]));
}

/// Two halves in two files are two events.
#[test]
fn a_signature_is_not_put_together_from_two_files() {
    let (start, end) = (line("Error", "CSI", START), line("Error", "CSI", TICKLER));
    none("CBS and CbsPersist", &diagnose(&[("CBS.log", &start), ("CbsPersist_20240311021100.log", &end)]));
    let (inf, doqe) = (
        line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf"),
        line("Info", "CBS", DOQE),
    );
    none("two machines", &diagnose(&[("a/CBS.log", &inf), ("b/CBS.log", &doqe)]));
    let (warning, error) = (line("Warning", "SP", WARNING), line("Error", "SP", MOUNT));
    none("setupact and setuperr", &diagnose(&[("setupact.log", &warning), ("setuperr.log", &error)]));
}

#[test]
fn names_that_are_not_found_and_need_not_be() {
    let file = |status: &str, function: &str| {
        format!(
            r#"00000e47 (F) {status} #13367681# from Windows::Rtl::SystemImplementation::{function}(flags = 0, da = (SYNCHRONIZE), oa = @0xa1->OBJECT_ATTRIBUTES {{s:48; rd:NULL; on:[69]"\??\C:\ProgramData\Microsoft\Windows\Start Menu\Programs\System Tools"; a:(OBJ_CASE_INSENSITIVE)}}, disp = Invalid)"#
        )
    };
    let missing = "STATUS_OBJECT_NAME_NOT_FOUND";
    for (status, function) in [
        (missing, "DirectRegistryProvider::SysQueryValueKey"),
        (missing, "DirectRegistryProvider::SysOpenKey"),
        (missing, "DirectFileSystemProvider::SysOpenFile"),
        (missing, "DirectFileSystemProvider::SysQueryAttributesFile"),
        (missing, "BufferedFileSystemProvider::SysCreateFile"),
        (missing, "CRegistryFileSystemProvider::SysCreateFile"),
        ("STATUS_OBJECT_PATH_NOT_FOUND", "DirectFileSystemProvider::SysCreateFile"),
        ("STATUS_SHARING_VIOLATION", "DirectFileSystemProvider::SysCreateFile"),
        ("STATUS_ACCESS_DENIED", "DirectFileSystemProvider::SysCreateFile"),
        ("STATUS_OBJECT_NAME_COLLISION", "DirectFileSystemProvider::SysCreateFile"),
        ("STATUS_DELETE_PENDING", "DirectFileSystemProvider::SysCreateFile"),
    ] {
        cbs(&format!("{status} of {function}"), &[("Error", "CSI", &file(status, function))]);
    }
}

#[test]
fn files_that_are_not_found_and_are_not_of_the_store() {
    for message in [
        r"Failed to find file: C:\Windows\SoftwareDistribution\Download\1f2e\update.mum [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]".to_owned(),
        r"Failed to find file: \\?\C:\Windows\Temp\a.cab [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]".to_owned(),
        "Failed to find file: update.ses [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]".to_owned(),
        "Failed to find file: Package_for_KB5035855~31bf3856ad364e35~amd64~~10.0.1.0.cat [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]".to_owned(),
        format!(r"Failed to find file: {COMPONENT}\a.dll [HRESULT = 0x80070003 - ERROR_PATH_NOT_FOUND]"),
        format!(r"Found file: {COMPONENT}\a.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"),
        format!(r"Failed to find file: {COMPONENT}.manifest [HRESULT = 0x80070003 - ERROR_PATH_NOT_FOUND]"),
    ] {
        cbs(&message, &[("Info", "CBS", &message), ("Error", "CBS", &message)]);
    }
}

#[test]
fn drivers_that_are_fine_or_fail_for_another_reason() {
    let inf = |result: &str| format!("INSTALL index: 55, phase: 2, result {result}, inf: flpydisk.inf");
    let (fine, failed) = (inf("0"), inf("2"));
    cbs("result 0", &[("Info", "CBS", &fine), ("Info", "CBS", DOQE)]);
    for zero in ["0x0", "0x00000000", "00"] {
        cbs(zero, &[("Info", "CBS", &inf(zero)), ("Info", "CBS", DOQE)]);
    }
    cbs("no INF at all", &[("Info", "CBS", DOQE)]);
    cbs("no failed update", &[("Info", "CBS", &failed)]);
    cbs("after it", &[("Info", "CBS", DOQE), ("Info", "CBS", &failed)]);
    for (code, name) in [
        ("0x8007000d", "ERROR_INVALID_DATA"),
        ("0x800f0922", "CBS_E_INSTALLERS_FAILED"),
        ("0x80070003", "ERROR_PATH_NOT_FOUND"),
    ] {
        let doqe = DOQE.replace("0x80070002", code).replace("ERROR_FILE_NOT_FOUND", name);
        cbs(code, &[("Info", "CBS", &failed), ("Info", "CBS", &doqe)]);
    }
    let uninstall = failed.replace("INSTALL", "UNINSTALL");
    cbs("the rollback", &[("Info", "CBS", &uninstall), ("Info", "CBS", DOQE)]);
    cbs(
        "one line with both words",
        &[("Info", "CBS", "Will INSTALL the drivers, result 2, inf: flpydisk.inf"), ("Info", "CBS", DOQE)],
    );
}

/// A longer number starts with the same digits.
#[test]
fn a_code_ends_where_it_ends() {
    let message = format!(r"Failed to find file: {COMPONENT}\a.dll [HRESULT = 0x800700020 - x]");
    cbs(&message, &[("Info", "CBS", &message)]);
}

/// A driver that failed for another reason in an attempt of its own, or in one that went well in the end, has no
/// part in a later failure.
#[test]
fn a_driver_of_an_earlier_attempt() {
    let failed = "INSTALL index: 12, phase: 2, result 13, inf: mshdc.inf";
    let other = "Doqe: Failed installing driver updates [HRESULT = 0x8007000d - ERROR_INVALID_DATA]";
    cbs(
        "an attempt that failed otherwise",
        &[("Info", "CBS", failed), ("Info", "CBS", other), ("Info", "CBS", DOQE)],
    );
    let mut lines = vec![("Info", "CBS", failed)];
    lines.extend([("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.")].repeat(10_000));
    lines.push(("Info", "CBS", DOQE));
    cbs("10,000 lines before", &lines);
}

const WARNING: &str = "Failed to get WimMount ImagePath, 0x80070002";
const MOUNT: &str = r"CMountWIM::DoExecute: Failed to mount WIM file C:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]";

#[test]
fn images_that_are_not_mounted_for_another_reason() {
    let setup = |what: &str, lines: &[(&str, &str)]| {
        let log: String = lines.iter().map(|(level, it)| line(level, "SP", it)).collect();
        let log = line("Info", "MOUPG", "SetupHost::Initialize: CmdLine = [/Install]") + &log;
        none(what, &diagnose(&[("Panther/setupact.log", log)]));
    };
    setup("ImagePath alone", &[("Warning", WARNING)]);
    setup("the mount alone", &[("Error", MOUNT)]);
    setup("the mount first", &[("Error", MOUNT), ("Warning", WARNING)]);
    setup(
        "0xC1420134",
        &[
            ("Warning", WARNING),
            ("Error", &MOUNT.replace("0xC1420121", "0xC1420134").replace("0xc1420121", "0xc1420134")),
        ],
    );
    setup("0xC142011C", &[("Warning", WARNING), ("Error", &MOUNT.replace("0xC1420121", "0xC142011C"))]);
    setup("access denied", &[("Warning", &WARNING.replace("80070002", "80070005")), ("Error", MOUNT)]);
    setup(
        "another operation",
        &[("Warning", WARNING), ("Error", &MOUNT.replace("CMountWIM", "CUnmountWIM"))],
    );
    let gle = MOUNT.replace("Error 0xC1420121[", "Error 0xC1420134[");
    setup("the code only as the last error", &[("Warning", WARNING), ("Error", &gle)]);
    let mut far = vec![("Warning", WARNING)];
    far.extend([("Info", "Operation is skipped")].repeat(10_000));
    far.push(("Error", MOUNT));
    setup("10,000 lines between", &far);
}

#[test]
fn events_alone_are_none_of_the_five() {
    for (code, title) in [
        ("0x80070002", "Security Update for Windows (KB4586793)"),
        ("0x80070002", "9NBLGGH4NNS1-Microsoft.DesktopAppInstaller"),
        ("0x80073d02", "9NBLGGH3FL3T-Microsoft.VCLibs.140.00"),
    ] {
        let event = format!(
            "Event[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-12T02:11:21.414\r\n  Event ID: 20\r\n  Level: Error\r\n  Computer: SRV09\r\n\
             \x20 Description: \r\nInstallation Failure: Windows failed to install the following update with error {code}: {title}.\r\n\r\n"
        );
        none(title, &diagnose(&[("System.txt", event)]));
    }
}

/// The update of a driver rollback is the one whose event says so, not an app of the Store.
#[test]
fn an_app_of_the_store_is_not_the_update() {
    let event = "Event[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-WindowsUpdateClient\r\n  Date: 2024-03-12T02:11:21.414\r\n  Event ID: 20\r\n  Level: Error\r\n  Computer: SRV09\r\n  Description: \r\n\
        Installation Failure: Windows failed to install the following update with error 0x80070002: 9NBLGGH4NNS1-Microsoft.KB1234567App.\r\n\r\n";
    let log = line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf")
        + &line("Info", "CBS", DOQE);
    let case = diagnose(&[("CBS.log", log.as_str()), ("System.txt", event)]);
    assert_eq!(rules(&case), ["driver-keys-missing"]);
    assert_eq!(case["findings"][0]["values"]["update"], Value::Null);
}

/// The signatures of all five, as their own logs have them.
fn signatures() -> (String, String) {
    let cbs = [
        line("Error", "CSI", START),
        line("Error", "CSI", TICKLER),
        line(
            "Info",
            "CBS",
            &format!(r"Failed to find file: {COMPONENT}\a.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"),
        ),
        line("Info", "CBS", "INSTALL index: 55, phase: 2, result 2, inf: flpydisk.inf"),
        line("Info", "CBS", DOQE),
    ];
    (cbs.concat(), line("Warning", "SP", WARNING) + &line("Error", "SP", MOUNT))
}

#[test]
fn text_of_one_log_in_another() {
    let (cbs, setup) = signatures();
    let panther: String = line("Info", "MOUPG", "SetupHost::Initialize").repeat(40);
    let servicing: String =
        line("Info", "CBS", "Session: 1_2 initialized by client WindowsUpdateAgent.").repeat(40);
    none("setup lines in CBS.log", &diagnose(&[("CBS.log", servicing + &setup)]));
    // An upgrade's log holds lines of CBS that speak of the offline image, not of this machine's store.
    let case = diagnose(&[("Panther/setupact.log", panther + &cbs)]);
    none("CBS lines in setupact.log", &case);
    let message =
        "Message text: ".to_owned() + cbs.lines().next().unwrap() + "\r\n" + cbs.lines().nth(1).unwrap();
    let event = format!(
        "Event[0]:\r\n  Log Name: Application\r\n  Source: Monitor\r\n  Date: 2024-03-12T02:11:21.414\r\n  Event ID: 1\r\n  Level: Error\r\n  Computer: SRV09\r\n  Description: \r\n{message}\r\n\r\n"
    );
    none("CBS lines in an event", &diagnose(&[("Application.txt", event)]));
}

/// Somebody explains, asks or answers: what they quote did not happen on this machine, or is in its log anyway.
#[test]
fn text_that_people_wrote() {
    let (cbs, setup) = signatures();
    let quoted =
        |mark: &str| (cbs.clone() + &setup).lines().map(|it| format!("{mark}{it}\r\n")).collect::<String>();
    let mail = format!(
        "From: someone@contoso.com\r\nTo: support@fabrikam.com\r\nSubject: Re: [INC0042318] update fails\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\nis it this?\r\n\r\n{}\r\nBest regards\r\n",
        quoted("> ")
    );
    let article = format!(
        "# What to do about 0x80070002\r\n\r\nLook for lines like these in CBS.log:\r\n\r\n```\r\n{}```\r\n\r\nThen call us.\r\n",
        quoted("")
    );
    let html = format!("<html><body><p>Example:</p><pre>\r\n{}</pre></body></html>\r\n", quoted(""));
    let csv = format!("\"time\";\"text\"\r\n{}", quoted("\"12.03.2024\";\""));
    let script = format!(
        "# Finds known failures\r\n$signatures = @'\r\n{}'@\r\nGet-Content CBS.log | Select-String $signatures\r\n",
        quoted("")
    );
    let all = [
        ("mail.eml", mail),
        ("README.txt", article.clone()),
        ("README.md", article),
        ("kb.html", html),
        ("export.csv", csv),
        ("find.ps1", script),
    ];
    let found: Vec<_> = all
        .iter()
        .map(|it| (it.0, diagnose(&[(it.0, &it.1)])))
        .filter(|(_, case)| !rules(case).is_empty())
        .map(|(name, case)| format!("{name} as {}: {:?}", case["sources"][0]["format"], rules(&case)))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A command that looks for a signature has it in its own output, behind a file name and line number.
#[test]
fn a_registry_export_and_a_listing_hold_no_log_lines() {
    let export = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Monitor]\r\n\"Last\"=\"{}\r\n{}\"\r\n",
        START.replace('"', "\\\""),
        TICKLER
    );
    none("an export", &diagnose(&[("a.reg", export)]));
    let listing = format!(
        " Volume in drive C has no label.\r\n\r\n Directory of C:\\Temp\r\n\r\n12/07/2019  04:08 AM                 1 Failed to find file {COMPONENT} [HRESULT = 0x80070002\r\n"
    );
    none("a listing", &diagnose(&[("dir.txt", listing)]));
}
