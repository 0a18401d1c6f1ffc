//! The data of the benchmarks, made from nothing but a seed: logs and exports of a machine that does not exist,
//! in the shapes of real lines, with a failure planted here and there.

// Each benchmark uses its own part of it.
#![allow(dead_code)]

pub mod rules;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fastrand::Rng;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Every workload starts from this, so that two machines measure the same bytes.
const SEED: u64 = 0x8007_0002;

/// Lines of a healthy machine and how many of them there are, in about the shares that real logs have; only codes and
/// drivers are more frequent. `#` is a decimal digit, `%` a hex digit, `@` a package, `^` a component.
const LINES: &[(u32, &str)] = &[
    (
        38,
        "Info                  CBS    Appl: detect Parent, Package: @, Parent: Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~, Disposition = Detect, VersionComp: EQ, BuildComp: GE",
    ),
    (20, "Info                  CBS    Appl: detectParent: parent found: @, state: Installed"),
    (
        38,
        "Info                  CBS    Appl: Evaluating package applicability for package @, applicable state: Installed",
    ),
    (
        12,
        "Info                  CBS    Appl: Selfupdate, Component: ^, elevation: 16, lower version revision holder: 10.0.14393.####",
    ),
    (
        1,
        "Info                  CBS    Session: 3#######_######### initialized by client WindowsUpdateAgent, external staging directory: (null)",
    ),
    (
        16,
        "Info                  CBS    Read out cached package applicability for package: @, ApplicableState: 112, CurrentState:112",
    ),
    (18, "Info                  CSI    0000%%%% [SR] Verifying 100 components"),
    (
        18,
        "Info                  CSI    0000%%%%@2024/3/1#:0#:1#:2#.### CSI Transaction @0x1%%%%%%%%%0 initialized for deployment engine {d16d444c-56d8-11d5-882d-0080c847b195} with flags 00000002 and client id [26]\"TI6.3#######_#########:1/\"",
    ),
    (14, "Info                  CSI    0000%%%% [SR] Verify complete for ^"),
    (1, "Info                  CBS    TiWorker signaled for shutdown, going to exit."),
    (
        10,
        "Info                  CBS    Plan: Package: @, current: Installed, pending: Default, start: Installed, applicable: Installed, targeted: Installed, limit: Installed",
    ),
    (
        8,
        "Info                  CBS    Doqe: q-uninstall: Inf: netrtl##.inf, Ranking: 2, Device-Install: 0, Key: ###, Identity: @",
    ),
    (8, "Info                  CBS    Exec: Processing started.  Session: 3#######_#########, Package: @"),
    (
        2,
        "Info                  CBS    Failed to get session package state for package: @ [HRESULT = 0x80070490 - ERROR_NOT_FOUND]",
    ),
    (
        1,
        "Info                  CBS    Not able to add pending.xml to Windows Error Report. [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    ),
    (6, "Info                  CBS    INSTALL index: ##, phase: 1, result 0, inf: netrtl##.inf"),
    (
        1,
        "Warning               CBS    Current tick count lower than last tick count. [HRESULT = 0x8007000d - ERROR_INVALID_DATA]",
    ),
];

/// Lines of failures, one group after every fifth part of a log.
const FAILURES: &[&str] = &[
    "Info                  CBS    Failed to find file: amd64_microsoft-windows-gdi32_31bf3856ad364e35_10.0.14393.####_none_%%%%%%%%%%%%%%%%\\gdi32full.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    "Error                 CBS    Exec: Failed to re-stage driver @ [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
    "Info                  CBS    INSTALL index: 5, phase: 1, result 2, inf: flpydisk.inf",
];

/// The line that says that the drivers before it could not be installed.
const DOOMED: &str = "Info                  CBS    Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]";

/// Drivers of an inbox that every Windows has; no export here holds their keys.
pub const INBOX: [&str; 20] = [
    "flpydisk",
    "sfloppy",
    "cdrom",
    "disk",
    "mshdc",
    "usbport",
    "usbstor",
    "volume",
    "volsnap",
    "wpdmtp",
    "monitor",
    "mouse",
    "keyboard",
    "hidserv",
    "netrndis",
    "msports",
    "printqueue",
    "bth",
    "battery",
    "acpi",
];

/// Makes text of one machine, line after line.
pub struct Machine {
    rng: Rng,
    packages: Vec<String>,
    components: Vec<String>,
    weights: u32,
    second: u64,
    line: String,
}

impl Machine {
    /// `number` tells machines of one run apart.
    pub fn new(number: u64) -> Self {
        let mut rng = Rng::with_seed(SEED ^ number);
        let words =
            ["Client", "Server", "Printing", "Network", "Media", "Shell", "Hyper-V", "Storage", "Security"];
        let mut name = |prefix: &str, n: usize| {
            let word = |rng: &mut Rng| words[rng.usize(..words.len())];
            let (one, two) = (word(&mut rng), word(&mut rng));
            format!("{prefix}{one}-{two}-{n}")
        };
        let packages = (0..400)
            .map(|it| {
                let name = name("Microsoft-Windows-", it);
                format!("{name}-Package~31bf3856ad364e35~amd64~~10.0.14393.{}", 1000 + it * 7 % 5000)
            })
            .collect();
        let components = (0..400)
            .map(|it| {
                format!(
                    "amd64_{}_31bf3856ad364e35_10.0.14393.{}_none",
                    name("", it).to_lowercase(),
                    1000 + it
                )
            })
            .collect();
        let weights = LINES.iter().map(|it| it.0).sum();
        Self { rng, packages, components, weights, second: 0, line: String::new() }
    }

    fn fill(&mut self, template: &str) {
        for it in template.chars() {
            match it {
                '#' => self.line.push(char::from(b'0' + self.rng.u8(..10))),
                '%' => self.line.push(char::from(b"0123456789abcdef"[self.rng.usize(..16)])),
                '@' if template.contains("@2024") || template.contains("@0x") => self.line.push('@'),
                '@' => {
                    let at = self.rng.usize(..self.packages.len());
                    self.line.push_str(&self.packages[at]);
                }
                '^' => {
                    let at = self.rng.usize(..self.components.len());
                    self.line.push_str(&self.components[at]);
                    let _ = write!(self.line, "_{:016x}", (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
                }
                it => self.line.push(it),
            }
        }
    }

    fn stamp(&mut self) {
        self.second += u64::from(self.rng.u8(..8) == 0);
        let (day, rest) = (self.second / 86_400, self.second % 86_400);
        let _ = write!(
            self.line,
            "2024-{:02}-{:02} {:02}:{:02}:{:02}, ",
            3 + day / 28 % 9,
            1 + day % 28,
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        );
    }

    /// The next line of a CBS.log.
    pub fn line(&mut self) -> &str {
        let mut pick = self.rng.u32(..self.weights);
        let template = LINES.iter().find(|it| {
            let here = pick < it.0;
            pick = pick.saturating_sub(it.0);
            here
        });
        self.written(template.map_or("", |it| it.1))
    }

    /// A line that tells of a failure.
    pub fn failure(&mut self, number: usize) -> &str {
        self.written(FAILURES[number % FAILURES.len()])
    }

    fn written(&mut self, template: &str) -> &str {
        self.line.clear();
        self.stamp();
        self.fill(template);
        self.line.push_str("\r\n");
        &self.line
    }

    /// `bytes` of a CBS.log, with a failure after each fifth.
    pub fn log(&mut self, bytes: u64, into: &mut dyn Write) -> io::Result<()> {
        let mut planted = 0;
        let mut written = 0;
        while written < bytes {
            let due = written > bytes / 5 * (planted as u64 + 1);
            let line = if due { self.failure(planted) } else { self.line() };
            into.write_all(line.as_bytes())?;
            written += line.len() as u64;
            planted += usize::from(due);
        }
        Ok(())
    }

    /// A CBS.log in which the INFs of [`INBOX`] failed: each asks for a key of its own.
    pub fn asking_log(&mut self, into: &mut dyn Write) -> io::Result<()> {
        for inf in INBOX {
            let text =
                format!("Info                  CBS    INSTALL index: 5, phase: 2, result 2, inf: {inf}.inf");
            into.write_all(self.written(&text).as_bytes())?;
        }
        into.write_all(self.written(DOOMED).as_bytes())
    }

    /// An export of `keys` services, as UTF-16 with its mark.
    pub fn export(&mut self, keys: usize, into: &mut dyn Write) -> io::Result<()> {
        let mut text = "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n".to_owned();
        const SERVICES: &str = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services";
        let _ = write!(text, "[{SERVICES}]\r\n\r\n");
        for number in 0..keys {
            self.line.clear();
            let name = ["", "\\Parameters", "\\Enum", "\\Security"][number % 4];
            self.fill("\"ImagePath\"=\"\\\\SystemRoot\\\\System32\\\\drivers\\\\netrtl##.sys\"\r\n\"Start\"=dword:0000000#\r\n\"Type\"=dword:00000001\r\n\r\n");
            let _ = write!(text, "[{SERVICES}\\svc{:06}{name}]\r\n{}", number / 4, self.line);
            if text.len() > 1 << 20 || number + 1 == keys {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                into.write_all(&bytes)?;
                text.clear();
            }
        }
        Ok(())
    }
}

/// A zip file at `path` with what `write` puts into its members.
pub fn zip_at(
    path: &Path,
    members: &mut dyn FnMut(&mut ZipWriter<BufWriter<File>>) -> io::Result<()>,
) -> io::Result<()> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path)?));
    members(&mut zip)?;
    zip.finish()?.flush()
}

/// Starts a member of any size.
pub fn member(zip: &mut ZipWriter<BufWriter<File>>, name: &str) -> io::Result<()> {
    zip.start_file(name, SimpleFileOptions::default().large_file(true)).map_err(io::Error::other)
}
