//! What every output beside the page tells of a case: its findings and its unexplained failures as one list, in
//! their order, so that no output can forget one.

use crate::case::{Accepted, Case, Evidence, Finding, Rich, Unexplained, Which};
use crate::code::Code;
use crate::rule::Severity;

/// What stands for the rule where none explains a failure.
pub const UNEXPLAINED: &str = "unexplained-failure";

/// A finding, or a failure that none explains.
pub struct Told<'a> {
    /// The rule's id, or [`UNEXPLAINED`].
    pub rule: &'a str,
    pub title: String,
    pub severity: Severity,
    /// Nothing, where there is no rule that could be right or wrong.
    pub certainty: &'static str,
    pub current: bool,
    pub codes: Vec<Code>,
    pub occurrences: u64,
    pub evidence: &'a [Evidence],
    pub accepted: Option<&'a Accepted>,
    pub of: Of<'a>,
}

pub enum Of<'a> {
    Finding(&'a Finding),
    Unexplained(&'a Unexplained),
}

/// All of a case.
pub fn told(case: &Case) -> Vec<Told<'_>> {
    let findings = case.findings.iter().enumerate().map(|(number, it)| Told {
        rule: &it.rule,
        title: it.symptom.clone(),
        severity: it.severity,
        certainty: it.certainty.name(),
        current: it.current,
        codes: it.codes.clone(),
        occurrences: it.occurrences,
        evidence: &it.evidence,
        accepted: case.accepted(Which::Finding(number)),
        of: Of::Finding(it),
    });
    let unexplained = case.unexplained.iter().enumerate().map(|(number, it)| Told {
        rule: UNEXPLAINED,
        title: failure(it),
        severity: Severity::Error,
        certainty: "",
        current: true,
        codes: it.code.into_iter().collect(),
        occurrences: it.occurrences,
        evidence: &it.evidence,
        accepted: case.accepted(Which::Unexplained(number)),
        of: Of::Unexplained(it),
    });
    findings.chain(unexplained).collect()
}

fn failure(it: &Unexplained) -> String {
    match (it.code, &it.name) {
        (Some(code), Some(name)) => format!("Unexplained failure: {code} {name}"),
        (Some(code), None) => format!("Unexplained failure: {code}"),
        (None, Some(name)) => format!("Unexplained failure: {name}"),
        (None, None) => "Unexplained failure without a code".to_owned(),
    }
}

impl Told<'_> {
    /// Whether a team lives with it now.
    pub fn is_accepted(&self) -> bool {
        self.accepted.is_some_and(|it| it.holds)
    }

    /// `0x80070002 ERROR_FILE_NOT_FOUND, 0x800f081f`
    pub fn codes(&self) -> String {
        self.codes.iter().map(|it| code(*it)).collect::<Vec<_>>().join(", ")
    }

    /// What was captured: name and distinct values.
    pub fn values(&self) -> &[(String, Vec<String>)] {
        match self.of {
            Of::Finding(it) => &it.values,
            Of::Unexplained(_) => &[],
        }
    }

    /// The paragraphs that say what it means.
    pub fn cause(&self) -> Vec<String> {
        match self.of {
            Of::Finding(it) => it.cause.iter().map(text).collect(),
            Of::Unexplained(_) => {
                vec!["No rule knows why. Start from the lines that show it.".to_owned()]
            }
        }
    }

    /// The steps of the fix as lines of text: `1. …`, and each command below it.
    pub fn fix(&self) -> Vec<String> {
        let Of::Finding(it) = self.of else { return Vec::new() };
        let mut lines = Vec::new();
        for (number, step) in it.steps.iter().enumerate() {
            lines.push(format!("{}. {}", number + 1, text(&step.text)));
            lines.extend(step.cautions.iter().map(|it| format!("   Caution: {}", text(it))));
            lines.extend(step.commands.iter().map(|it| format!("   {it}")));
        }
        lines
    }
}

/// `0x80070002 ERROR_FILE_NOT_FOUND`
pub fn code(it: Code) -> String {
    it.name().map_or_else(|| it.to_string(), |name| format!("{it} {name}"))
}

/// Text without its marks.
pub fn text(rich: &Rich) -> String {
    rich.iter().map(|it| it.text.as_str()).collect()
}

/// `CBS/CBS.log, line 812`
pub fn place(it: &Evidence) -> String {
    let at = it.at.to_string();
    if at.is_empty() { it.path.clone() } else { format!("{}, {at}", it.path) }
}

/// `accepted until 2027-01-31: reason`
pub fn acceptance(it: &Accepted) -> String {
    let until = it.until.as_ref().map_or(String::new(), |day| format!(" until {day}"));
    match it.holds {
        true => format!("accepted{until}: {}", it.reason),
        false => format!("was accepted{until} and counts again: {}", it.reason),
    }
}
