//! `casebook.sarif`: a run in SARIF 2.1.0, for what shows findings beside code. Members of archives are nested
//! artifacts, what was not read is a notification, and what a team has accepted is suppressed.

mod artifacts;
mod result;
mod rules;

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::About;
use super::run::{Pieces, Run, RunForm};
use super::told::told;
use crate::bundle::SkipKind;
use crate::case::{Case, Verdict};
use crate::diagnosis::headline;
use artifacts::Artifacts;
use result::{result, safe};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub struct Sarif;

impl RunForm for Sarif {
    fn piece(&self, case: &Case, _about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        let mut artifacts = Artifacts::new(case);
        let results: Vec<Value> = told(case).iter().map(|it| result(case, it, &mut artifacts)).collect();
        let notifications = notifications(case, &mut artifacts);
        let piece = json!({
            "whole": case.whole,
            "results": results,
            "notifications": notifications,
            "artifacts": artifacts.table(),
        });
        serde_json::to_writer(into, &piece)?;
        Ok(())
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        let (mut ids, mut whole) = (BTreeSet::new(), true);
        pieces.each(&mut |piece| {
            let piece: Value = serde_json::from_slice(piece)?;
            whole &= piece["whole"] == true;
            let results = piece["results"].as_array().into_iter().flatten();
            ids.extend(results.filter_map(|it| it["ruleId"].as_str().map(str::to_owned)));
            Ok(())
        })?;
        let ids: Vec<String> = ids.into_iter().collect();
        write!(into, "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\n\"tool\":")?;
        serde_json::to_writer(&mut *into, &tool(&ids, run))?;
        write!(
            into,
            ",\n\"automationDetails\":{{\"id\":\"casebook/\"}},\n\
             \"invocations\":[{{\"executionSuccessful\":{whole},\"toolExecutionNotifications\":["
        )?;
        list(pieces, "notifications", &ids, into)?;
        write!(into, "]}}],\n\"artifacts\":[")?;
        list(pieces, "artifacts", &ids, into)?;
        write!(into, "],\n\"results\":[")?;
        list(pieces, "results", &ids, into)?;
        writeln!(into, "]\n}}]}}")
    }
}

/// One list of all pieces, an item a line. Artifacts are counted from the first case on.
fn list(pieces: &mut Pieces<'_>, key: &str, ids: &[String], into: &mut dyn Write) -> io::Result<()> {
    let (mut base, mut first) = (0, true);
    pieces.each(&mut |piece| {
        let mut piece: Value = serde_json::from_slice(piece)?;
        let count = piece["artifacts"].as_array().map_or(0, Vec::len);
        for it in piece[key].as_array_mut().into_iter().flatten() {
            shift(it, base);
            if let Some(at) = it["ruleId"].as_str().and_then(|id| ids.iter().position(|it| it == id)) {
                it["ruleIndex"] = at.into();
            }
            into.write_all(if first { b"\n" } else { b",\n" })?;
            // No text of a message is a command to the log of a CI job: see `printed`.
            into.write_all(serde_json::to_string(it)?.replace("##", "#\\u0023").as_bytes())?;
            first = false;
        }
        base += count;
        Ok(())
    })
}

/// Moves the numbers of artifacts from those of a case to those of the run.
fn shift(value: &mut Value, base: usize) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| shift(it, base)),
        Value::Object(members) => {
            for (key, it) in members {
                let is_number = it.as_u64().and_then(|it| usize::try_from(it).ok());
                match (key.as_str(), is_number) {
                    ("index" | "parentIndex", Some(number)) => *it = (number + base).into(),
                    // Values of a case may have any name.
                    ("properties", _) => {}
                    _ => shift(it, base),
                }
            }
        }
        _ => {}
    }
}

fn tool(ids: &[String], run: &Run<'_>) -> Value {
    let rules: Vec<Value> = ids.iter().map(|id| rules::descriptor(run.library, id)).collect();
    let version = run.about.program.rsplit(' ').next().unwrap_or_default();
    let notification = |id: &str, it: &str| json!({ "id": id, "shortDescription": text(it) });
    json!({
        "driver": {
            "name": "casebook",
            "semanticVersion": version,
            "rules": rules,
            "notifications": [
                notification("case", "The verdict over a case."),
                notification("not-read", "A member that was not read, or only in part."),
                notification("not-checked", "Rules that could not be checked for want of something."),
            ],
            "properties": { "rules": run.about.rules },
        }
    })
}

/// What there is to say of a case beside its results, so that a case without any is told as well.
fn notifications(case: &Case, artifacts: &mut Artifacts<'_>) -> Vec<Value> {
    let notification = |id: &str, level: &str, it: &str| json!({ "descriptor": { "id": id }, "level": level, "message": text(safe(it)) });
    let level = match case.verdict {
        Verdict::Explained | Verdict::Unexplained | Verdict::Clean => "note",
        Verdict::Inconclusive => "warning",
        Verdict::Unreadable => "error",
    };
    let verdict = format!("Case {}: {}: {}", case.name, case.verdict.name(), headline(case));
    let mut all = vec![notification("case", level, &verdict)];
    for it in &case.skipped {
        let level = match it.kind {
            SkipKind::Loss => "error",
            SkipKind::Blind => "warning",
            SkipKind::Empty | SkipKind::Harmless => "note",
        };
        let mut told =
            notification("not-read", level, &format!("Case {}: {}: {}", case.name, it.path, it.reason));
        told["locations"] =
            json!([{ "physicalLocation": { "artifactLocation": artifacts.location(&it.path) } }]);
        all.push(told);
    }
    if !case.not_checked.is_empty() {
        let mut rules: Vec<&str> = case.not_checked.iter().map(|it| it.rule.as_str()).collect();
        rules.dedup();
        let told = format!("Case {}: could not be checked: {}", case.name, rules.join(", "));
        all.push(notification("not-checked", "note", &told));
    }
    all
}

/// `message`, `multiformatMessageString` or `artifactContent`: text is all that we put into any of them.
#[derive(Serialize)]
struct Message {
    text: String,
}

fn text(text: impl Into<String>) -> Value {
    serde_json::to_value(Message { text: text.into() }).unwrap_or_default()
}
