//! The packages of a machine, as `dism /online /get-packages` lists them (in blocks or with /format:table) and
//! as Get-WindowsPackage does. A package is known by its identity; the labels beside it are in any language.

use super::Format;
use super::record::Record;

pub struct Packages;

/// States in other languages, and what they are called in English.
const STATES: [(&str, &str); 4] = [
    ("Installiert", "Installed"),
    ("Installation ausstehend", "Install Pending"),
    ("Installé", "Installed"),
    ("Installation en attente", "Install Pending"),
];

impl Format for Packages {
    fn name(&self) -> &'static str {
        "packages"
    }

    fn about(&self) -> &'static str {
        "the output of dism /online /get-packages"
    }

    fn fit(&self, _: &str, head: &str) -> u32 {
        let packages = head.lines().filter(|it| identity(it).is_some()).count();
        let others = head.lines().filter(|it| it.starts_with("20") || it.starts_with('<')).count();
        if packages >= 2 && others == 0 { 70 } else { 0 }
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        // Most lines have no such sign: decoding is for those that do.
        memchr::memchr(b'~', line).is_some() && identity(&crate::text::decode_line(line)).is_some()
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        let first = text.lines().next().unwrap_or_default();
        let Some(package) = identity(first) else { return record };
        record.set("package", package);
        let names = ["state", "release_type", "install_time"];
        if first.contains(" | ") {
            for (name, value) in names.into_iter().zip(first.split('|').skip(1)) {
                set(&mut record, name, value.trim());
            }
        } else {
            // State, release type and time follow in this order, whatever they are called.
            let values =
                text.lines().skip(1).map_while(|it| it.split_once(" :").or_else(|| it.split_once(':')));
            for (name, (_, value)) in names.into_iter().zip(values) {
                set(&mut record, name, value.trim());
            }
        }
        record
    }
}

fn set<'a>(record: &mut Record<'a>, name: &'static str, value: &'a str) {
    let english = STATES.iter().find(|(it, _)| *it == value && name == "state");
    record.set(name, english.map_or(value, |(_, it)| it));
}

/// `name~31bf3856ad364e35~amd64~~10.0.17763.1`, behind a label or at the start of a row.
fn identity(line: &str) -> Option<&str> {
    let value = match line.split_once(" | ") {
        Some((first, _)) => first.trim(),
        None => line.split_once(':').filter(|(label, _)| label.chars().count() <= 40)?.1.trim(),
    };
    let parts = value.split('~').count();
    (parts == 5 && !value.contains([' ', '\t', '\\', '[', '<', ','])).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;

    const LIST: &str = "\r\nDeployment Image Servicing and Management tool\r\nVersion: 10.0.17763.5830\r\n\r\nImage Version: 10.0.17763.5936\r\n\r\nPackages listing:\r\n\r\nPackage Identity : Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.17763.1\r\nState : Installed\r\nRelease Type : Foundation\r\nInstall Time : 9/15/2018 9:08 AM\r\n\r\nPackage Identity : Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.5936.1.9\r\nState : Install Pending\r\nRelease Type : Security Update\r\nInstall Time :\r\n";

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        assert!(Packages.starts_record(text.lines().next().unwrap().as_bytes()));
        let record = Packages.record(text);
        let field = |name| record.field(name).unwrap_or_default();
        assert_eq!([field("package"), field("state"), field("release_type"), field("install_time")], expect);
    }

    #[test]
    fn a_list() {
        assert_eq!(recognize("SRV09_dism_GetPackages.txt", LIST).name(), "packages");
        assert_eq!(LIST.lines().filter(|it| Packages.starts_record(it.as_bytes())).count(), 2);
        let last = &LIST[LIST.rfind("Package Identity").unwrap()..];
        check(
            last,
            [
                "Package_for_RollupFix~31bf3856ad364e35~amd64~~17763.5936.1.9",
                "Install Pending",
                "Security Update",
                "",
            ],
        );
    }

    #[test]
    fn other_languages() {
        check(
            "Paketidentität : Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2\r\nStatus : Installiert\r\n",
            ["Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2", "Installed", "", ""],
        );
        check(
            "Identité du package : Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2\r\nÉtat : Installé\r\n",
            ["Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2", "Installed", "", ""],
        );
    }

    #[test]
    fn a_table() {
        check(
            "Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2 | Staged | Update | 3/12/2024 3:14 AM",
            [
                "Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2",
                "Staged",
                "Update",
                "3/12/2024 3:14 AM",
            ],
        );
    }

    #[test]
    fn the_listing_of_powershell() {
        check(
            "PackageName  : Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2\r\nPackageState : Superseded\r\nReleaseType  : Update\r\nInstallTime  : 3/12/2024 3:14:00 AM\r\n",
            [
                "Package_for_KB5031455~31bf3856ad364e35~amd64~~10.0.1.2",
                "Superseded",
                "Update",
                "3/12/2024 3:14:00 AM",
            ],
        );
    }

    #[test]
    fn a_log_that_names_packages_is_none() {
        let line = "2024-03-14 02:11:21, Info                  CBS    Appl: Package: Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.17763.1\r\n";
        assert!(!Packages.starts_record(line.as_bytes()));
    }
}
