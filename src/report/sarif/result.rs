//! A finding, or a failure that none explains, as a SARIF result.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::artifacts::Artifacts;
use super::text;
use crate::case::{At, Case, Evidence};
use crate::report::told::{Of, Told, place};
use crate::text::visible;

/// More places than this are told as a number in the properties.
const PLACES: usize = 20;

pub fn result(case: &Case, it: &Told<'_>, artifacts: &mut Artifacts<'_>) -> Value {
    let fingerprint = fingerprint(case, it);
    let locations: Vec<Value> = it.evidence.iter().take(1).map(|it| location(it, artifacts)).collect();
    let related = it.evidence.iter().skip(1).take(PLACES).enumerate();
    let related: Vec<Value> = related
        .map(|(number, it)| {
            let mut location = location(it, artifacts);
            location["id"] = (number + 1).into();
            location
        })
        .collect();
    // What has been overtaken is told, and is no failure any more.
    let (kind, level) = if it.current { ("fail", it.severity.name()) } else { ("informational", "none") };
    let suppressions: Vec<Value> = it
        .accepted
        .filter(|it| it.holds)
        .map(|it| json!({ "kind": "external", "status": "accepted", "justification": safe(&it.reason) }))
        .into_iter()
        .collect();
    json!({
        "ruleId": it.rule,
        "kind": kind,
        "level": level,
        "message": text(message(case, it)),
        "locations": locations,
        "relatedLocations": related,
        "partialFingerprints": {
            "casebook/v1": fingerprint,
            "primaryLocationLineHash": format!("{}:1", &fingerprint[..16]),
        },
        "suppressions": suppressions,
        "occurrenceCount": it.occurrences.max(1),
        "properties": properties(case, it),
    })
}

/// The sentence that lists show comes first.
fn message(case: &Case, it: &Told<'_>) -> String {
    let title = it.title.trim_end_matches('.');
    let mut lines = vec![format!("{title} (case {}).", case.name)];
    if !it.certainty.is_empty() {
        lines.push(format!("Certainty: {}. Seen {} times.", it.certainty, it.occurrences));
    }
    if !it.current {
        lines.push("A later success has overtaken it: this is history.".to_owned());
    }
    lines.extend(it.cause());
    let fix = it.fix();
    if !fix.is_empty() {
        lines.push("What to do:".to_owned());
        lines.extend(fix);
    }
    safe(&lines.join("\n"))
}

/// Text of a message: none of it is a link, a placeholder, or cannot be seen. Other braces stay single, as most readers
/// show them as they are: a doubled one would be a wrong command.
pub fn safe(text: &str) -> String {
    let (mut told, mut rest) = (String::new(), visible(text).replace("](", "] ("));
    while let Some(at) = rest.find('{') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = at + 1 + digits;
        let placeholder = digits > 0 && rest[end..].starts_with('}');
        told += &rest[..at];
        told +=
            &if placeholder { format!("{{{{{}}}}}", &rest[at + 1..end]) } else { rest[at..end].to_owned() };
        rest = rest.split_off(end + usize::from(placeholder));
    }
    told + &rest
}

/// What stays the same from run to run: what is found and with which values, not where it stands. More logs of the same
/// machine, or another order of cases, do not change it.
fn fingerprint(case: &Case, it: &Told<'_>) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(&case.name);
    add(it.rule);
    match it.of {
        Of::Finding(_) => {
            let mut values: Vec<(&String, Vec<&String>)> =
                it.values().iter().map(|(name, values)| (name, values.iter().collect())).collect();
            values.sort();
            for (name, mut values) in values {
                values.sort();
                add(name);
                values.iter().for_each(|it| add(it));
            }
        }
        Of::Unexplained(failure) => match failure.code {
            Some(code) => add(&code.to_string()),
            None => add(failure.name.as_deref().unwrap_or_default()),
        },
    }
    hash.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

fn location(it: &Evidence, artifacts: &mut Artifacts<'_>) -> Value {
    let mut physical = json!({ "artifactLocation": artifacts.location(&it.path) });
    let line = match it.at {
        // SARIF counts in 31 bits.
        At::Line(number) => i32::try_from(number).ok().filter(|it| *it > 0),
        At::Record(..) | At::Nowhere => None,
    };
    if let Some(line) = line {
        physical["region"] = json!({ "startLine": line, "snippet": text(visible(&it.text)) });
        let around = i32::try_from(it.before.len()).unwrap_or(i32::MAX);
        if line > around && !(it.before.is_empty() && it.after.is_empty()) {
            let lines = it.before.iter().chain([&it.text]).chain(&it.after);
            let lines: Vec<String> = lines.map(|it| visible(it).into_owned()).collect();
            let after = i32::try_from(it.after.len()).unwrap_or(0);
            physical["contextRegion"] = json!({
                "startLine": line - around,
                "endLine": line.saturating_add(after),
                "snippet": text(lines.join("\n")),
            });
        }
    }
    let mut location = json!({ "physicalLocation": physical });
    let told = match (&it.note, line) {
        (Some(note), _) => Some(format!("{}: {note}", place(it))),
        // Where there is no line, the words are all that tells the place.
        (None, None) => Some(format!("{}: {}", place(it), it.text)),
        (None, Some(_)) => None,
    };
    if let Some(told) = told {
        location["message"] = text(safe(&told));
    }
    location
}

fn properties(case: &Case, it: &Told<'_>) -> Value {
    let shown = |it: &str| Value::from(visible(it).into_owned());
    let values: Map<String, Value> = it
        .values()
        .iter()
        .map(|(name, all)| (name.clone(), all.iter().map(|it| shown(it)).collect()))
        .collect();
    let codes: Vec<Value> =
        it.codes.iter().map(|it| json!({ "code": it.to_string(), "name": it.name() })).collect();
    json!({
        "case": shown(&case.name),
        "verdict": case.verdict.name(),
        "certainty": if it.certainty.is_empty() { Value::Null } else { it.certainty.into() },
        "current": it.current,
        "severity": it.severity.name(),
        "codes": codes,
        "occurrences": it.occurrences,
        "values": values,
        "accepted": it.accepted.map(|it| json!({
            "reason": shown(&it.reason), "until": it.until, "holds": it.holds,
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_link_or_a_placeholder() {
        assert_eq!(safe("[a](https://x) {0} {12}{ {5c8a} {"), "[a] (https://x) {{0}} {{12}}{ {5c8a} {");
    }
}
