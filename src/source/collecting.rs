//! How to collect on a machine what a format reads: commands that only read, and write copies into one folder of
//! temporary files. One row a format.

/// How what a format reads is collected.
pub struct Collecting {
    /// What it is: `the registry key {path}`; `{path}` stands for the key or folder that is asked for.
    pub what: &'static str,
    /// The word for the shell that the commands are for.
    pub shell: &'static str,
    /// `{path}` is as above, `{number}` tells one export from another.
    pub commands: &'static [&'static str],
}

const CMD: &str = "cmd";
const POWERSHELL: &str = "powershell";

/// The folder that everything is written to.
const FOLDER: &str = r#"if not exist "%TEMP%\casebook-collect" md "%TEMP%\casebook-collect""#;

static COLLECTING: [(&str, Collecting); 14] = [
    (
        "cbs",
        Collecting {
            what: r"CBS.log and all CbsPersist files from C:\Windows\Logs\CBS",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\Logs\CBS" "%TEMP%\casebook-collect\CBS" CBS.log CbsPersist_*.log CbsPersist_*.cab CheckSUR.log /R:1 /W:1"#,
            ],
        },
    ),
    (
        "dism",
        Collecting {
            what: r"dism.log from C:\Windows\Logs\DISM",
            shell: CMD,
            commands: &[
                FOLDER,
                r#"robocopy "%SystemRoot%\Logs\DISM" "%TEMP%\casebook-collect\DISM" dism.log dism.log.bak /R:1 /W:1"#,
            ],
        },
    ),
    (
        "setup",
        Collecting {
            what: "setup's logs, of the upgrade and of its rollback",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemDrive%\$WINDOWS.~BT\Sources\Panther" "%TEMP%\casebook-collect\Panther-new" *.log *.xml /S /R:1 /W:1"#,
                r#"robocopy "%SystemDrive%\$WINDOWS.~BT\Sources\Rollback" "%TEMP%\casebook-collect\Rollback" *.log *.xml /S /R:1 /W:1"#,
                r#"robocopy "%SystemRoot%\Panther" "%TEMP%\casebook-collect\Panther" *.log *.xml /S /R:1 /W:1"#,
            ],
        },
    ),
    (
        "setupapi",
        Collecting {
            what: r"the setupapi logs from C:\Windows\INF",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\INF" "%TEMP%\casebook-collect\INF" setupapi*.log /R:1 /W:1"#,
            ],
        },
    ),
    (
        "windows-update",
        Collecting {
            what: "WindowsUpdate.log, made of the update client's traces",
            shell: POWERSHELL,
            commands: &[
                r#"New-Item -ItemType Directory -Force -Path "$env:TEMP\casebook-collect" | Out-Null"#,
                r#"Get-WindowsUpdateLog -LogPath "$env:TEMP\casebook-collect\WindowsUpdate.log""#,
            ],
        },
    ),
    (
        "reporting-events",
        Collecting {
            what: r"ReportingEvents.log from C:\Windows\SoftwareDistribution",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\SoftwareDistribution" "%TEMP%\casebook-collect\SoftwareDistribution" ReportingEvents.log /R:1 /W:1"#,
            ],
        },
    ),
    (
        "mosetup",
        Collecting {
            what: r"BlueBox.log from C:\Windows\Logs\MoSetup",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\Logs\MoSetup" "%TEMP%\casebook-collect\MoSetup" *.log /R:1 /W:1"#,
            ],
        },
    ),
    (
        "poqexec",
        Collecting {
            what: r"poqexec.log from C:\Windows\WinSxS",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\WinSxS" "%TEMP%\casebook-collect\WinSxS" poqexec.log pending.xml /R:1 /W:1"#,
            ],
        },
    ),
    (
        "configmgr",
        Collecting {
            what: r"the logs of Configuration Manager from C:\Windows\CCM\Logs",
            shell: CMD,
            commands: &[
                r#"robocopy "%SystemRoot%\CCM\Logs" "%TEMP%\casebook-collect\CCM" WUAHandler*.log UpdatesDeployment*.log UpdatesHandler*.log ScanAgent*.log /R:1 /W:1"#,
            ],
        },
    ),
    (
        "packages",
        Collecting {
            what: "the list of packages and their states",
            shell: CMD,
            commands: &[
                FOLDER,
                r#"dism /English /Online /Get-Packages > "%TEMP%\casebook-collect\packages.txt""#,
            ],
        },
    ),
    (
        "systeminfo",
        Collecting {
            what: "systeminfo",
            shell: CMD,
            commands: &[FOLDER, r#"systeminfo > "%TEMP%\casebook-collect\systeminfo.txt""#],
        },
    ),
    (
        "event",
        Collecting {
            what: "the event logs System, Setup and of the update client",
            shell: CMD,
            commands: &[
                FOLDER,
                r#"wevtutil epl System "%TEMP%\casebook-collect\System.evtx" /ow:true"#,
                r#"wevtutil epl Setup "%TEMP%\casebook-collect\Setup.evtx" /ow:true"#,
                r#"wevtutil epl Microsoft-Windows-WindowsUpdateClient/Operational "%TEMP%\casebook-collect\WindowsUpdateClient.evtx" /ow:true"#,
            ],
        },
    ),
    (
        "registry",
        Collecting {
            what: "the registry key {path}",
            shell: CMD,
            commands: &[FOLDER, r#"reg export "{path}" "%TEMP%\casebook-collect\registry-{number}.reg" /y"#],
        },
    ),
    (
        "listing",
        Collecting {
            what: "a listing of the folder {path}",
            shell: CMD,
            commands: &[FOLDER, r#"dir /a /s "{path}" > "%TEMP%\casebook-collect\listing-{number}.txt""#],
        },
    ),
];

/// How what the format of this name reads is collected; nothing where a collector has to be run for it.
pub fn collecting(format: &str) -> Option<&'static Collecting> {
    COLLECTING.iter().find(|(name, _)| *name == format).map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FORMATS;

    #[test]
    fn every_row_is_of_a_format_and_most_formats_have_one() {
        for (name, _) in &COLLECTING {
            assert!(FORMATS.iter().any(|it| it.name() == *name), "{name}");
        }
        let without: Vec<&str> =
            FORMATS.iter().map(|it| it.name()).filter(|it| collecting(it).is_none()).collect();
        // Made by a collector, by setup itself, or by whoever asks.
        assert_eq!(without, ["msinfo", "setupdiag", "compat", "intune", "text"]);
    }

    /// Nothing is written but into the one folder, and nothing on the machine is changed.
    #[test]
    fn commands_only_read() {
        for (name, row) in &COLLECTING {
            for command in row.commands {
                let word = command.split(' ').next().unwrap_or_default();
                let reads = [
                    "robocopy",
                    "reg",
                    "wevtutil",
                    "dir",
                    "dism",
                    "systeminfo",
                    "if",
                    "New-Item",
                    "Get-WindowsUpdateLog",
                ];
                assert!(reads.contains(&word), "{name}: {command}");
                assert!(command.contains(r"casebook-collect"), "{name}: {command}");
                assert!(!command.to_lowercase().contains("/mov"), "{name}: {command}");
                assert!(word != "reg" || command.starts_with("reg export "), "{name}: {command}");
                assert!(word != "wevtutil" || command.starts_with("wevtutil epl "), "{name}: {command}");
                assert!(word != "dism" || command.contains(" /Get-"), "{name}: {command}");
            }
        }
    }
}
