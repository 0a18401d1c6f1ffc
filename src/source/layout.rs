//! What made a bundle, told by the names of its members, and what that collector leaves out although rules ask for
//! it: then it is the collector that has to change, and not the machine.

/// A collector, or a folder of Windows that was sent as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What it is called.
    pub name: &'static str,
    /// What it does not collect, a sentence each.
    pub lacks: &'static [&'static str],
}

/// A layout, and by what a member shows it.
struct Known {
    layout: Layout,
    /// Told of each member: whether only this layout has it, by the parts of its path in lower case.
    sign: fn(&[&str]) -> bool,
    /// How many such members there must be.
    least: usize,
}

static KNOWN: [Known; 7] = [
    Known {
        layout: Layout {
            name: "Intune's \"Collect diagnostics\"",
            lacks: &[
                r"It does not export HKLM\SYSTEM\CurrentControlSet\Services.",
                "Of the logs of servicing it takes CBS.log alone: what was rotated into CbsPersist_*.log is not there.",
                "Logs of Windows Update are binary traces: Get-WindowsUpdateLog has to be run on the machine.",
            ],
        },
        sign: |parts| parts.iter().any(|it| is_numbered(it)),
        least: 2,
    },
    Known {
        layout: Layout { name: "mdmdiagnosticstool", lacks: &["It takes neither CBS.log nor dism.log."] },
        sign: |parts| {
            let names = ["mdmdiagreport.xml", "mdmdiaglogmetadata.json", "mdmlogcollectorfootprint.txt"];
            parts.last().is_some_and(|it| names.contains(it))
        },
        least: 1,
    },
    Known {
        layout: Layout { name: "TSS", lacks: &[] },
        sign: |parts| parts.iter().any(|it| dated(it, "setup_report-") || dated(it, "wu_logs-")),
        least: 1,
    },
    Known {
        layout: Layout { name: "SDP", lacks: &[] },
        sign: |parts| {
            parts.last().is_some_and(|it| SDP.iter().any(|end| it.len() > end.len() && it.ends_with(end)))
        },
        least: 3,
    },
    Known {
        layout: Layout {
            name: "SetupDiag",
            lacks: &["It takes the logs of setup only: no CBS.log, no events and nothing of the registry."],
        },
        sign: |parts| matches!(parts, ["setupdiagresults.log" | "setupdiagresults.xml"]),
        least: 1,
    },
    Known {
        layout: Layout {
            name: "a Panther folder",
            lacks: &["It holds the logs of setup only: no CBS.log and nothing of the registry."],
        },
        sign: |parts| parts.contains(&"panther"),
        least: 1,
    },
    Known {
        layout: Layout {
            name: r"the folder C:\Windows\Logs\WindowsUpdate",
            lacks: &["It holds binary traces only: Get-WindowsUpdateLog has to be run on the machine."],
        },
        sign: |parts| parts.last().is_some_and(|it| it.starts_with("windowsupdate.") && it.ends_with(".etl")),
        least: 1,
    },
];

/// Ends of names that SDP gives, behind the machine's name.
const SDP: [&str; 6] = [
    "_cbs.log",
    "_reportingevents.log",
    "_setupapi.dev.log",
    "_reg_services.txt",
    "_evt_system.txt",
    "_dir_winsxs.txt",
];
/// The last two of them are folders that others send as they are: they are told only if nothing else is there.
const FOLDERS: usize = 2;

/// What made a bundle with these members. `None`: put together by hand, or by something that is not known.
pub fn layout(paths: &[&str]) -> Option<Layout> {
    let members: Vec<String> = paths.iter().map(|it| it.to_ascii_lowercase().replace('\\', "/")).collect();
    let parts = |it: &str| -> Vec<String> { it.split('/').map(str::to_owned).collect() };
    let members: Vec<Vec<String>> = members.iter().map(|it| parts(it)).collect();
    let collectors = KNOWN.len() - FOLDERS;
    let found = KNOWN.iter().enumerate().find(|(at, known)| {
        let shows = |it: &&Vec<String>| {
            let parts: Vec<&str> = it.iter().map(String::as_str).collect();
            (known.sign)(&parts)
        };
        let count = members.iter().filter(shows).count();
        count >= known.least && (*at < collectors || count == members.len())
    });
    found.map(|(_, known)| known.layout)
}

/// `(45) Events Application Events.evtx`, `(1) No Results - Error [0x80070001] …`
fn is_numbered(name: &str) -> bool {
    let Some((number, rest)) = name.strip_prefix('(').and_then(|it| it.split_once(") ")) else {
        return false;
    };
    let words = ["registrykey ", "command ", "events ", "foldersfiles ", "no results - error "];
    !number.is_empty()
        && number.bytes().all(|it| it.is_ascii_digit())
        && words.iter().any(|it| rest.starts_with(it))
}

/// `setup_report-2024-03-12.0314.07`: a word and a date behind it.
fn dated(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paths: &[&str], expect: Option<&str>) {
        assert_eq!(layout(paths).map(|it| it.name), expect);
    }

    #[test]
    fn collectors_are_known_by_their_names() {
        check(
            &[
                "results.xml",
                "(4) RegistryKey HKLM_Software_Example export.reg",
                r"(64) FoldersFiles windir_logs_CBS_cbs_log\cbs.log",
            ],
            Some("Intune's \"Collect diagnostics\""),
        );
        check(&["MDMDiagReport.xml", "setupact.log"], Some("mdmdiagnosticstool"));
        check(&[r"Setup_Report-2024-03-12.0314.07\SRV09_dir_WinSxS.txt"], Some("TSS"));
        check(
            &["SRV09_CBS.log", "SRV09_reg_services.txt", "SRV09_ReportingEvents.log", "a.txt"],
            Some("SDP"),
        );
        check(&["SetupDiagResults.log", "setupact.log", "ScanResult.xml"], Some("SetupDiag"));
    }

    #[test]
    fn folders_of_windows_are_told_where_nothing_else_is_there() {
        check(&["Panther/setupact.log", "Panther/UnattendGC/setupact.log"], Some("a Panther folder"));
        check(
            &["WindowsUpdate.20240312.031407.123.1.etl"],
            Some(r"the folder C:\Windows\Logs\WindowsUpdate"),
        );
        check(&["Panther/setupact.log", "CBS/CBS.log"], None);
    }

    #[test]
    fn what_was_put_together_by_hand_is_not_guessed() {
        check(&["CBS.log", "(1) copy of dism.log"], None);
        check(&["SRV09_CBS.log"], None);
        check(&["setupact.log"], None);
        check(&[], None);
    }
}
