//! `casebook rules new`: an article, proposed from a line of a log.

use std::fs::OpenOptions;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};

use crate::cli::New;
use crate::commands::{Failure, Status};
use crate::propose::{Origin, Place, Wishes, log_format, log_formats, propose};
use crate::source::recognize;
use crate::text::{one_line, visible};

pub fn run(args: &New) -> Result<Status, Failure> {
    new(args).map_err(Failure::Refused)?;
    Ok(Status::Whole)
}

fn new(args: &New) -> anyhow::Result<()> {
    if let Some(path) = args.output.as_deref().filter(|it| it.symlink_metadata().is_ok()) {
        bail!("{}: is there already; name another file, or delete it first", path.display());
    }
    let (origin, wishes) = asked(args)?;
    let proposal = propose(&origin, &wishes)?;
    match &args.output {
        Some(path) => write_new(path, &proposal.article)?,
        None => print(&proposal.article)?,
    }
    let mut err = anstream::stderr();
    if !proposal.has_anchor {
        let _ = writeln!(
            err,
            "casebook: no four characters in a row are the same in every such line, so the rule would be tried on \
             each record and may find too much: write more of the text into `match`"
        );
    }
    let file =
        args.output.as_ref().map_or_else(|| "FILE.md".to_owned(), |it| one_line(&it.display().to_string()));
    let saved = if args.output.is_some() { "" } else { "save it as FILE.md, " };
    let _ = writeln!(
        err,
        "casebook: proposed the rule `{}`. Next: {saved}write what stands behind each TODO, then run\n    casebook rules check {file}",
        proposal.id
    );
    Ok(())
}

/// The record and what is wished for it: from the arguments, or else from whoever sits at the terminal.
fn asked(args: &New) -> anyhow::Result<(Origin, Wishes)> {
    let wishes = Wishes { id: args.id.clone(), symptom: args.symptom.clone() };
    if let Some(from) = &args.from {
        return Ok((Place::parse(from)?.read()?, wishes));
    }
    if let (Some(line), Some(format)) = (&args.line, &args.format) {
        return Ok((origin(format, line)?, wishes));
    }
    if !std::io::stdin().is_terminal() {
        match args.line {
            Some(_) => bail!("--line needs --format: one of {}", log_formats().join(", ")),
            None => bail!(
                "say which line the article is for: --from FILE:LINE, or --line TEXT with --format FORMAT \
                 (casebook asks for them only on a terminal)"
            ),
        }
    }
    ask_all(args, wishes, &mut std::io::stdin().lock(), &mut anstream::stderr())
}

fn origin(format: &str, line: &str) -> anyhow::Result<Origin> {
    let format = log_format(format)?;
    if line.trim().is_empty() {
        bail!("--line is empty: paste the line that tells of the failure");
    }
    Ok(Origin::of_text(format, line))
}

/// Asks for what the arguments do not say.
fn ask_all(
    args: &New,
    mut wishes: Wishes,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> anyhow::Result<(Origin, Wishes)> {
    let mut ask = |question: &str, usual: &str| -> anyhow::Result<String> {
        let usual_shown = if usual.is_empty() { String::new() } else { format!(" [{usual}]") };
        write!(output, "{question}{usual_shown}: ").and_then(|()| output.flush()).context("cannot ask")?;
        let mut answer = String::new();
        if input.read_line(&mut answer).context("cannot read the answer")? == 0 {
            return Err(anyhow!("the answers ended: nothing was written"));
        }
        let answer = answer.trim();
        Ok(if answer.is_empty() { usual.to_owned() } else { answer.to_owned() })
    };
    let origin = match &args.line {
        None => {
            let given = ask("The line, or where it stands (FILE:LINE)", "")?;
            match Place::parse(&given) {
                Ok(place) if place.on_disk.exists() => place.read()?,
                _ => pasted(args, &given, &mut ask)?,
            }
        }
        Some(line) => pasted(args, line, &mut ask)?,
    };
    if wishes.symptom.is_none() {
        let symptom = ask("What is wrong, in one sentence (may stay empty)", "")?;
        wishes.symptom = Some(symptom).filter(|it| !it.is_empty());
    }
    if wishes.id.is_none() {
        let usual = propose(&origin, &Wishes::default())?.id;
        wishes.id = Some(ask("The rule's id", &usual)?);
    }
    Ok((origin, wishes))
}

fn pasted(
    args: &New,
    line: &str,
    ask: &mut dyn FnMut(&str, &str) -> anyhow::Result<String>,
) -> anyhow::Result<Origin> {
    match &args.format {
        Some(format) => origin(format, line),
        None => {
            let question = format!("Which log it comes from ({})", log_formats().join(", "));
            origin(&ask(&question, recognize("", line).name())?, line)
        }
    }
}

/// Never over a file that is there, not even one that came in between.
fn write_new(path: &Path, article: &str) -> anyhow::Result<()> {
    let cannot = || format!("{}: cannot be written", path.display());
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).with_context(cannot)?;
    file.write_all(article.as_bytes()).with_context(cannot)
}

/// To a file or a pipe as it is: a stripped sample would be another line. A terminal must not obey a log.
fn print(article: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let shown = if out.is_terminal() { visible(article) } else { article.into() };
    out.write_all(shown.as_bytes()).and_then(|()| out.flush()).context("cannot print")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(args: &New, typed: &str, expect: &[&str]) {
        let mut told = Vec::new();
        let (origin, wishes) =
            ask_all(args, Wishes { id: args.id.clone(), symptom: None }, &mut typed.as_bytes(), &mut told)
                .unwrap();
        let told = String::from_utf8(told).unwrap();
        let article = propose(&origin, &wishes).unwrap().article;
        for it in expect {
            assert!(told.contains(it) || article.contains(it), "{it} is missing in\n{told}\n{article}");
        }
    }

    fn none() -> New {
        New { from: None, line: None, format: None, id: None, symptom: None, output: None }
    }

    const LINE: &str =
        "2024-03-12 03:14:07, Error                 CBS    Doqi: Failed loading driver operations queue.";

    #[test]
    fn what_is_not_given_is_asked_for() {
        let typed = format!("{LINE}\n\nThe queue is broken\n\n");
        let expect = ["[cbs]", "[doqi-failed-loading-driver-operations-queue]", "## The queue is broken\n"];
        check(&none(), &typed, &expect);
        let given = New { format: Some("dism".to_owned()), id: Some("mine".to_owned()), ..none() };
        check(&given, &format!("{LINE}\n\n"), &["sample dism", "id = \"mine\""]);
    }

    #[test]
    fn answers_that_end_write_nothing() {
        let end = ask_all(&none(), Wishes::default(), &mut LINE.as_bytes(), &mut Vec::new());
        assert!(end.is_err_and(|it| it.to_string().contains("ended")));
    }
}
