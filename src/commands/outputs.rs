//! The reports on a run: its files, what is printed of it instead of the summary, and annotations for a CI system.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::Context;

use crate::case::Case;
use crate::cli::{Analyze, Annotate, Print};
use crate::report::{About, GITHUB_ANNOTATIONS, JSON_LINES, MARKDOWN_SUMMARY, Run, RunForm, RunOutput, Runs};

/// Where a report on a run goes.
enum Target {
    File(&'static str),
    Printed,
    /// Not where a script reads what is printed: GitHub looks at both.
    Annotations,
}

pub struct RunOutputs {
    runs: Runs,
    targets: Vec<Target>,
}

impl RunOutputs {
    pub fn new(files: &[&'static RunOutput], args: &Analyze, cases: usize) -> io::Result<Self> {
        let mut forms: Vec<(Target, &'static dyn RunForm)> =
            files.iter().map(|it| (Target::File(it.file), it.form)).collect();
        match args.print {
            Some(Print::Json) => forms.push((Target::Printed, JSON_LINES)),
            Some(Print::Markdown) => forms.push((Target::Printed, MARKDOWN_SUMMARY)),
            Some(Print::Summary) | None => {}
        }
        let in_actions = || std::env::var_os("GITHUB_ACTIONS").is_some_and(|it| it == "true");
        if args.annotate == Some(Annotate::Github) || (args.annotate.is_none() && in_actions()) {
            forms.push((Target::Annotations, GITHUB_ANNOTATIONS));
        }
        let (targets, forms): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        Ok(Self { runs: Runs::new(&forms, cases, &args.output)?, targets })
    }

    /// Whether standard output is free for it.
    pub fn prints_summary(&self) -> bool {
        !self.targets.iter().any(|it| matches!(it, Target::Printed))
    }

    pub fn add(&self, number: usize, case: &Case, about: &About<'_>) {
        self.runs.add(number, case, about);
    }

    /// Writes all of them.
    pub fn write(&self, run: &Run<'_>, output: &Path) -> anyhow::Result<()> {
        for (number, target) in self.targets.iter().enumerate() {
            match target {
                Target::File(name) => self
                    .runs
                    .write_file(number, run, output, name)
                    .with_context(|| format!("{}: cannot be written", output.join(name).display()))?,
                Target::Printed => {
                    self.print(number, run, &mut io::stdout().lock()).context("cannot print")?;
                }
                Target::Annotations => {
                    self.print(number, run, &mut io::stderr().lock()).context("cannot print annotations")?;
                }
            }
        }
        Ok(())
    }

    /// A reader that has gone away (`| head`) is no error.
    fn print(&self, number: usize, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        let mut into = io::BufWriter::new(into);
        match self.runs.write(number, run, &mut into).and_then(|()| into.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}
