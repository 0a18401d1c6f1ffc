//! `casebook.junit.xml`: a run as GitLab, Jenkins and the reporters of GitHub show tests. A case is a test suite; in it
//! a finding that stands is a failure, what was not read is an error, what is history, accepted or could not be seen is
//! skipped, and only what was looked at and found well passes.

use std::collections::HashMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::About;
use super::run::{Pieces, Run, RunForm};
use super::told::{Of, Told, acceptance, place, told};
use crate::bundle::SkipKind;
use crate::case::{Case, Verdict};
use crate::diagnosis::headline;
use crate::rule::Severity;
use crate::text::{no_commands, one_line};

/// More pieces of evidence than this are told as a number.
const EVIDENCE: usize = 5;

pub struct JUnit;

/// One test of a suite.
struct Test {
    name: String,
    /// The element in it, its type and its message; without one, it passes.
    outcome: Option<(&'static str, String, String)>,
    text: String,
}

impl RunForm for JUnit {
    /// The numbers of the suite in the first line, the suite behind it.
    fn piece(&self, case: &Case, _about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
        let tests = tests(case);
        let count = |word: &str| {
            tests.iter().filter(|it| it.outcome.as_ref().is_some_and(|(it, ..)| *it == word)).count()
        };
        let (failures, errors, skipped) = (count("failure"), count("error"), count("skipped"));
        writeln!(into, "{} {failures} {errors} {skipped}", tests.len())?;
        let mut writer = Writer::new_with_indent(into, b' ', 1);
        let mut suite = BytesStart::new("testsuite");
        let numbers =
            [("tests", tests.len()), ("failures", failures), ("errors", errors), ("skipped", skipped)];
        attribute(&mut suite, "name", &case.name);
        for (name, number) in numbers {
            attribute(&mut suite, name, &number.to_string());
        }
        // Readers want a time, and no clock runs here.
        attribute(&mut suite, "time", "0");
        writer.write_event(Event::Start(suite))?;
        properties(case, &mut writer)?;
        for test in &tests {
            test_case(case, test, &mut writer)?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))
    }

    fn assemble(&self, pieces: &mut Pieces<'_>, run: &Run<'_>, into: &mut dyn Write) -> io::Result<()> {
        let mut sums = [0_usize; 4];
        pieces.each(&mut |piece| {
            let line = piece.split(|it| *it == b'\n').next().unwrap_or_default();
            for (sum, number) in sums.iter_mut().zip(String::from_utf8_lossy(line).split(' ')) {
                *sum += number.parse::<usize>().map_err(io::Error::other)?;
            }
            Ok(())
        })?;
        let [tests, failures, errors, _] = sums;
        let mut writer = Writer::new(&mut *into);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let mut root = BytesStart::new("testsuites");
        attribute(&mut root, "name", &run.about.program);
        for (name, number) in [("tests", tests), ("failures", failures), ("errors", errors)] {
            attribute(&mut root, name, &number.to_string());
        }
        attribute(&mut root, "time", "0");
        into.write_all(b"\n")?;
        Writer::new(&mut *into).write_event(Event::Start(root))?;
        pieces.each(&mut |piece| {
            let at = piece.iter().position(|it| *it == b'\n').unwrap_or_default();
            into.write_all(&piece[at..])
        })?;
        into.write_all(b"\n")?;
        Writer::new(&mut *into).write_event(Event::End(BytesEnd::new("testsuites")))?;
        into.write_all(b"\n")
    }
}

fn tests(case: &Case) -> Vec<Test> {
    let lost = |it: &SkipKind| matches!(it, SkipKind::Loss | SkipKind::Blind);
    let unread = case.skipped.iter().filter(|it| lost(&it.kind) || case.verdict == Verdict::Unreadable);
    let unread: Vec<String> = unread.map(|it| format!("{}: {}", it.path, it.reason)).collect();
    let outcome = (!unread.is_empty() || !case.whole)
        .then(|| ("error", "not-read".to_owned(), format!("{} members could not be read", unread.len())));
    let mut tests =
        vec![Test { name: "The bundle is read whole".to_owned(), outcome, text: unread.join("\n") }];
    let outcome = match case.verdict {
        Verdict::Clean | Verdict::Explained | Verdict::Unexplained => None,
        Verdict::Inconclusive => Some(("skipped", "inconclusive".to_owned(), headline(case))),
        Verdict::Unreadable => Some(("error", "unreadable".to_owned(), headline(case))),
    };
    // Findings that stand fail by themselves; this says only whether a failure would have been seen.
    tests.push(Test { name: "A failure would be seen".to_owned(), outcome, text: headline(case) });
    let mut names: HashMap<String, usize> = HashMap::new();
    for it in told(case) {
        // Tests of one name are one to those who compare runs.
        let mut name = one_line(&it.title);
        let count = names.entry(name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            name += &format!(" ({count})");
        }
        tests.push(Test { name, outcome: outcome_of(&it), text: text(&it) });
    }
    tests
}

fn outcome_of(it: &Told<'_>) -> Option<(&'static str, String, String)> {
    let kind = match it.of {
        Of::Finding(_) => it.certainty.to_owned(),
        Of::Unexplained(_) => "unexplained".to_owned(),
    };
    match () {
        () if it.is_accepted() => Some(("skipped", kind, it.accepted.map(acceptance).unwrap_or_default())),
        () if !it.current => Some(("skipped", kind, "a later success has overtaken it".to_owned())),
        () if it.severity == Severity::Note => None,
        () => Some(("failure", kind, it.title.clone())),
    }
}

/// All that there is to know of it, for people and for scripts.
fn text(it: &Told<'_>) -> String {
    let current = if it.current { "yes" } else { "no, overtaken by a later success" };
    let mut lines = vec![
        it.title.clone(),
        format!("rule: {}", it.rule),
        format!("severity: {}", it.severity.name()),
        format!("certainty: {}", it.certainty),
        format!("current: {current}"),
        format!("codes: {}", it.codes()),
        format!("occurrences: {}", it.occurrences),
    ];
    lines.extend(it.accepted.map(acceptance));
    for (name, values) in it.values() {
        lines.push(format!("value {name}: {}", values.join("; ")));
    }
    for paragraph in it.cause() {
        lines.extend([String::new(), paragraph]);
    }
    let fix = it.fix();
    if !fix.is_empty() {
        lines.extend([String::new(), "What to do".to_owned()]);
        lines.extend(fix);
    }
    lines.extend([String::new(), "Evidence".to_owned()]);
    for it in it.evidence.iter().take(EVIDENCE) {
        lines.push(place(it));
        lines.extend(
            [&it.note.clone().unwrap_or_default(), &it.text]
                .iter()
                .filter(|it| !it.is_empty())
                .map(|it| format!("  {it}")),
        );
    }
    let lines: Vec<String> = lines.iter().flat_map(|it| it.split('\n')).map(one_line).collect();
    lines.join("\n")
}

fn properties<W: Write>(case: &Case, writer: &mut Writer<W>) -> io::Result<()> {
    writer.write_event(Event::Start(BytesStart::new("properties")))?;
    let machine = &case.machine;
    let all = [
        ("verdict", Some(case.verdict.name())),
        ("source", Some(case.source.as_str())),
        ("machine", machine.name.as_deref()),
        ("windows", machine.windows.as_deref()),
        ("build", machine.build.as_deref()),
    ];
    for (name, value) in all {
        let Some(value) = value else { continue };
        let mut property = BytesStart::new("property");
        attribute(&mut property, "name", name);
        attribute(&mut property, "value", value);
        writer.write_event(Event::Empty(property))?;
    }
    writer.write_event(Event::End(BytesEnd::new("properties")))
}

fn test_case<W: Write>(case: &Case, test: &Test, writer: &mut Writer<W>) -> io::Result<()> {
    let mut element = BytesStart::new("testcase");
    attribute(&mut element, "name", &test.name);
    // Jenkins takes what stands behind the last dot for the class.
    attribute(&mut element, "classname", &format!("casebook.{}", case.name.replace('.', "_")));
    attribute(&mut element, "time", "0");
    writer.write_event(Event::Start(element))?;
    let word = test.outcome.as_ref().map_or("system-out", |(word, ..)| *word);
    let mut inner = BytesStart::new(word);
    if let Some((_, kind, message)) = &test.outcome {
        attribute(&mut inner, "type", kind);
        attribute(&mut inner, "message", message);
    }
    let body = |writer: &mut Writer<W>| writer.write_event(Event::Text(BytesText::new(&sound(&test.text))));
    writer.write_event(Event::Start(inner))?;
    body(writer)?;
    writer.write_event(Event::End(BytesEnd::new(word.to_owned())))?;
    writer.write_event(Event::End(BytesEnd::new("testcase")))
}

fn attribute(element: &mut BytesStart<'_>, name: &str, value: &str) {
    element.push_attribute((name, sound(&one_line(value)).as_str()));
}

/// Text of which every character may stand in XML 1.0, and in the log of a CI job: what may not is written out.
fn sound(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(one_line).collect();
    no_commands(&lines.join("\n"))
}
