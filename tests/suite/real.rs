//! Real data of other people's machines, where it lies beside the project: its README says what each must yield.

use std::path::PathBuf;

use serde_json::Value;

use super::{Casebook, root, rules};

const SEED: [&str; 5] = [
    "dotnet-optimization-service-orphaned",
    "servicing-folder-missing",
    "component-file-missing",
    "driver-keys-missing",
    "wimmount-driver-missing",
];

/// The folder of real data; `None` on a machine that does not have it.
fn folder() -> Option<PathBuf> {
    Some(root().join("../shared/real")).filter(|it| it.is_dir())
}

fn case(name: &str) -> Option<Value> {
    let file = folder()?.join(format!("{name}.zip"));
    let case = Casebook::new().arg("analyze").arg(file).run().status(0).case(name);
    for rule in rules(&case) {
        assert!(!SEED.contains(&rule), "{rule} in {name}");
    }
    Some(case)
}

#[test]
fn none_of_the_five_is_anywhere() {
    let Some(folder) = folder() else { return };
    let outcome = Casebook::new().arg("analyze").arg(folder).run();
    assert!(outcome.status <= 1 && !outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    for file in std::fs::read_dir(outcome.path("reports")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".json") {
            let case = outcome.case(name);
            assert!(rules(&case).iter().all(|it| !SEED.contains(it)), "{:?} in {name}", rules(&case));
        }
    }
}

#[test]
fn healthy_machines_are_clean() {
    for name in ["win11-24h2-logs", "windowsupdate-healthy"] {
        let Some(case) = case(name) else { return };
        assert_eq!(case["verdict"], "clean", "{name}: {:#}", case["unexplained"]);
        // They only look for updates; what servicing did there was to take a feature away.
        assert_eq!(case["updates_count"], 0, "{name}: {:#}", case["updates"]);
    }
}

#[test]
fn files_that_cannot_be_repaired_are_told() {
    let Some(case) = case("cbs-cannot-repair") else { return };
    assert!(["explained", "unexplained"].contains(&case["verdict"].as_str().unwrap()));
    assert!((case["findings"].to_string() + &case["unexplained"].to_string()).contains("696"), "{case:#}");
}

#[test]
fn the_failed_upgrade_is_told_with_its_code() {
    let Some(case) = case("setupact-failed-upgrade") else { return };
    assert!(["explained", "unexplained"].contains(&case["verdict"].as_str().unwrap()));
    let told = case["findings"].to_string() + &case["unexplained"].to_string();
    assert!(told.to_lowercase().contains("0x80070032"), "{told}");
    // All that SetupDiag tells: last phase, last operation, both codes; and what it does not, the cause first.
    assert_eq!(rules(&case)[0], "upgrade-disk-management-unavailable");
    let story = case["timeline"]["moments"].to_string();
    for expect in [
        "[SetupPhaseInstall] -> [SetupPhaseError]",
        "last operation: Save boot entries for the old OS",
        "0x80070032 - 0x50013",
    ] {
        assert!(story.contains(expect), "{expect} in {story}");
    }
}

#[test]
fn the_cancelled_setup_is_told_as_cancelled() {
    let Some(case) = case("setupact-cancelled") else { return };
    let told = (case["findings"].to_string() + &case["unexplained"].to_string()).to_lowercase();
    assert!(told.contains("cancel") || told.contains("0x800704c7"), "{case:#}");
}

#[test]
fn real_logs_tell_of_their_machines() {
    let Some(upgrade) = case("setupact-failed-upgrade") else { return };
    let told = ["build", "edition", "architecture", "language"].map(|it| upgrade["machine"][it].clone());
    assert_eq!(told, ["17134", "Professional", "amd64", "en-US"]);
    let Some(healthy) = case("win11-24h2-logs") else { return };
    assert_eq!(
        (&healthy["machine"]["build"], &healthy["machine"]["conflicts"]),
        (&"26100".into(), &serde_json::json!([]))
    );
    let formats: Vec<&str> =
        healthy["sources"].as_array().unwrap().iter().map(|it| it["format"].as_str().unwrap()).collect();
    assert_eq!(formats, ["cbs", "dism", "mosetup"]);
}

/// A real export answers what a log raises: on that machine all the keys are there.
#[test]
fn a_real_export_contradicts_and_confirms() {
    let Some(folder) = folder() else { return };
    let log = super::line("Info", "CBS", "INSTALL index: 1, phase: 2, result 2, inf: flpydisk.inf")
        + &super::line(
            "Info",
            "CBS",
            "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
        )
        + &super::line(
            "Error",
            "CSI",
            "000000fc (F) Failed in StartService for [l:30]'clr_optimization_v4.0.30319_64' with error code 2[gle=0x80004005]",
        )
        + &super::line(
            "Error",
            "CSI",
            "000000fd (F) 80070002 [Warning,Facility=FACILITY_NTWIN32,Code=ERROR_FILE_NOT_FOUND] #17049# from Windows::COM::NgenOnlineServiceTickler(...)[gle=0x80070002]",
        );
    let setup = super::line("Warning", "SP", "Failed to get WimMount ImagePath, 0x80070002")
        + &super::line(
            "Error",
            "SP",
            r"CMountWIM::DoExecute: Failed to mount WIM file D:\$WINDOWS.~BT\Sources\SafeOS\winre.wim. Error 0xC1420121[gle=0xc1420121]",
        );
    let export = std::fs::read(folder.join("services-export-healthy-win10.zip")).unwrap();
    let case = super::diagnose(&[
        ("CBS.log", log.as_bytes()),
        ("setupact.log", setup.as_bytes()),
        ("services.zip", &export[..]),
    ]);
    let certainty = |rule: &str| super::finding(&case, rule)["certainty"].as_str().unwrap().to_owned();
    assert_eq!(certainty("driver-keys-missing"), "possible");
    assert_eq!(certainty("wimmount-driver-missing"), "possible");
    assert_eq!(certainty("dotnet-optimization-service-orphaned"), "confirmed");
}

#[test]
fn a_real_hive_tells_of_its_machine() {
    let Some(file) = folder().map(|it| it.join("SYSTEM-hive-healthy-win10.gz")).filter(|it| it.is_file())
    else {
        return;
    };
    let case = Casebook::new().arg("analyze").arg(file).run().case("SYSTEM-hive-healthy-win10");
    let machine = &case["machine"];
    assert!(machine["name"].as_str().is_some_and(|it| it.starts_with("DESKTOP-")), "{machine:#}");
    assert_eq!((&machine["architecture"], &machine["utc_offset"]), (&"amd64".into(), &"+0200".into()));
    assert_eq!(machine["time_zone"], "W. Europe Standard Time");
}
