//! The index over a run, as it stands in the file: what the script makes of it is held by the browser's tests.

use super::{Casebook, Outcome, line, zip_of};

/// A run over cases of one log each.
#[track_caller]
fn run(cases: &[(&str, String)], status: i32) -> Outcome {
    let mut casebook = Casebook::new();
    for (name, log) in cases {
        let bundle = match &log[..] {
            "" => b"PK\x03\x04 cut off".to_vec(),
            log => zip_of(&[("CBS.log", log.as_bytes())]),
        };
        casebook = casebook.file(&format!("inbox/{name}.zip"), bundle);
    }
    casebook.args(&["analyze", "inbox"]).run().status(status)
}

/// An update that needs a driver whose keys are missing.
fn driver(inf: &str) -> String {
    let failed = "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]";
    line("Info", "CBS", &format!("INSTALL index: 55, phase: 2, result 2, inf: {inf}"))
        + &line("Info", "CBS", failed)
}

/// What servicing writes at the end of a session that installed an update.
fn ended(session: u32, kb: &str, code: &str) -> String {
    let package = format!("Package_for_{kb}~31bf3856ad364e35~amd64~~14393.4889.1.2");
    let end = format!(
        "Exec: Processing complete.  Session: {session}_7, Package: {package}, Identifier: {kb} [HRESULT = {code}]"
    );
    line("Info", "CBS", &end).replace("03:14:07", &format!("03:{session}:07"))
}

/// A failure that no rule knows.
fn unknown(what: &str, code: &str) -> String {
    line("Error", "CBS", &format!("Failed to {what} [HRESULT = {code}]"))
}

/// The text of a page without its markup, its spaces made one.
fn text(html: &str) -> String {
    let pieces = html.split('<').map(|it| it.split_once('>').map_or(it, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The part of the index with this id.
#[track_caller]
fn section(outcome: &Outcome, id: &str) -> String {
    let index = outcome.text("reports/index.html");
    let (_, rest) = index.split_once(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    text(rest.split_once("</section>").unwrap().0)
}

#[test]
fn what_could_not_be_read_comes_first() {
    let outcome = run(
        &[
            ("A", driver("acme.inf")),
            ("B", line("Info", "CBS", "Ending TrustedInstaller finalization.")),
            ("C", String::new()),
        ],
        1,
    );
    let index = outcome.text("reports/index.html");
    let at = |it: &str| index.find(it).unwrap_or_else(|| panic!("no {it}"));
    assert!(at("\"./C.html\"") < at("\"./A.html\"") && at("\"./A.html\"") < at("\"./B.html\""));
    let counts = text(index.split_once("class=\"counts\"").unwrap().1.split_once("</ul>").unwrap().0);
    assert!(
        counts.starts_with("aria-label=\"Cases by verdict\"> unreadable 1 ")
            || counts.contains("unreadable 1 explained 1 clean 1"),
        "{counts}"
    );
    assert!(index.contains("<p class=\"partial\">C.zip: "), "why it could not be read stands in its row");
}

#[test]
fn what_several_cases_share_is_told() {
    let outcome = run(
        &[
            ("A", driver("acme.inf")),
            ("B", driver("ACME.inf")),
            // The number of a driver is given by each machine anew: it is none that two machines share.
            ("C", driver("oem12.inf")),
            ("D", driver("oem12.inf")),
            ("E", driver("other.inf")),
        ],
        0,
    );
    let shared = section(&outcome, "shared");
    assert!(shared.contains("acme.inf driver 2 cases A B"), "{shared}");
    assert!(!shared.contains("oem12") && !shared.contains("other.inf"), "{shared}");
    let causes = section(&outcome, "causes");
    assert!(causes.contains("because the registry keys of a driver are missing 5 cases"), "{causes}");
    let codes = section(&outcome, "codes");
    assert!(codes.contains("0x80070002 ERROR_FILE_NOT_FOUND 5 cases"), "{codes}");
}

#[test]
fn an_update_that_fails_in_several_cases_is_told() {
    let failed = |kb: &str| ended(14, kb, "0x800706be");
    let outcome = run(
        &[
            ("A", failed("KB5034768")),
            ("B", failed("KB5034768")),
            ("C", failed("KB5034768")),
            ("D", failed("KB5034769")),
            ("E", failed("KB5034769") + &ended(24, "KB5034769", "0x00000000")),
        ],
        0,
    );
    let shared = section(&outcome, "shared");
    assert!(shared.contains("KB5034768 fails in 3 cases A B C"), "{shared}");
    assert!(!shared.contains("KB5034769"), "in E a later attempt went well: {shared}");
}

#[test]
fn the_rarest_failure_comes_first() {
    let outcome = run(
        &[
            ("A", unknown("weigh the feather", "0x800706be")),
            ("B", unknown("weigh the feather", "0x800706be")),
            ("C", unknown("find the goose", "0x80070005")),
        ],
        0,
    );
    let failures = section(&outcome, "failures");
    let at = |it: &str| failures.find(it).unwrap_or_else(|| panic!("no {it} in {failures}"));
    assert!(at("0x80070005") < at("0x800706be"), "{failures}");
}

#[test]
fn a_single_case_is_compared_with_nothing() {
    let outcome = run(&[("A", driver("acme.inf"))], 0);
    let index = outcome.text("reports/index.html");
    assert!(
        !index.contains("<aside") && !index.contains("data-lines") && index.contains("<h1>1 case</h1>"),
        "{index}"
    );
}
