//! One run of one program: wall clock, processor time and peak memory of the whole process.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

/// A command line that is measured.
pub struct Measured {
    /// As the table names it.
    pub shown: &'static str,
    pub program: String,
    pub args: Vec<String>,
}

/// What a run cost: seconds, seconds, megabytes.
pub struct Figure {
    pub wall: f64,
    pub cpu: f64,
    pub peak: f64,
}

/// Stands for the folder that a program writes into.
pub const REPORTS: &str = "{reports}";

/// `reports` should be a folder that is not there yet: to write over files costs more than to write new ones.
pub fn measure(command: &Measured, reports: &Path) -> io::Result<Figure> {
    let args = command.args.iter().map(|it| if it == REPORTS { reports.as_os_str() } else { it.as_ref() });
    let start = Instant::now();
    let mut child = Command::new(&command.program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let done = child.wait4()?;
    let used = done.rusage;
    Ok(Figure {
        wall: start.elapsed().as_secs_f64(),
        cpu: (used.utime + used.stime).as_secs_f64(),
        peak: used.maxrss as f64 / f64::from(1 << 20),
    })
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
