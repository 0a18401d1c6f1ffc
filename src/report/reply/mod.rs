//! The reply to a customer, ready to paste: what was found, in plain words, the steps with this machine's values, what
//! to send. It never says more than the verdict supports.

mod paper;
mod phrases;

use serde::Serialize;

pub use self::phrases::{ENGLISH, Phrases};

use self::paper::{Form, Paper};
use super::words::{grouped, sentence, time, times};
use crate::bundle::SkipKind;
use crate::case::{Case, Certainty, Finding, Unexplained, Verdict};
use crate::rule::{Severity, Shell};

/// More findings, failures or losses than these stand in the report alone.
const FINDINGS: usize = 3;
const FAILURES: usize = 5;
const LOSSES: usize = 5;
/// More things are not asked for at once.
const ASKED: usize = 6;

#[derive(Serialize)]
pub struct ReplyPart {
    text: String,
    markdown: String,
}

pub fn reply(case: &Case, phrases: &Phrases) -> ReplyPart {
    ReplyPart { text: write(case, phrases, Form::Text), markdown: write(case, phrases, Form::Markdown) }
}

fn write(case: &Case, phrases: &Phrases, form: Form) -> String {
    let machine = case.machine.name.clone().unwrap_or_else(|| phrases.say("the_machine", &[]));
    let mut letter = Letter { case, phrases, machine, paper: Paper::new(form) };
    letter.head();
    match case.verdict {
        Verdict::Explained => letter.explained(),
        Verdict::Unexplained => {
            letter.heading("found");
            letter.failures("unexplained");
        }
        Verdict::Clean => {
            letter.heading("found");
            letter.line("clean", &[]);
            letter.line("clean_more", &[]);
        }
        Verdict::Inconclusive => {
            letter.heading("found");
            letter.line("inconclusive", &[]);
        }
        Verdict::Unreadable => {
            letter.heading("found");
            letter.line("unreadable", &[]);
        }
    }
    letter.losses();
    letter.send();
    letter.line("closing", &[]);
    letter.paper.finish()
}

/// Where the bundle lies with us is no business of a customer.
fn file_name(source: &str) -> &str {
    let trimmed = source.trim_end_matches(['/', '\\']);
    trimmed.rsplit(['/', '\\']).next().unwrap_or(trimmed)
}

/// What still stands and is a cause: nothing else is told to a customer as one.
fn causes(case: &Case) -> Vec<&Finding> {
    case.findings.iter().filter(|it| it.current && it.severity == Severity::Error).collect()
}

struct Letter<'a> {
    case: &'a Case,
    phrases: &'a Phrases,
    machine: String,
    paper: Paper,
}

impl Letter<'_> {
    fn say(&self, phrase: &str, values: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("case", self.case.name.as_str()),
            ("source", file_name(&self.case.source)),
            ("machine", self.machine.as_str()),
        ];
        all.extend_from_slice(values);
        self.phrases.say(phrase, &all)
    }

    fn heading(&mut self, phrase: &str) {
        let text = self.say(phrase, &[]);
        self.paper.heading(&text);
    }

    fn line(&mut self, phrase: &str, values: &[(&str, &str)]) {
        let text = self.say(phrase, values);
        self.paper.paragraph(&text);
    }

    fn head(&mut self) {
        self.line("subject", &[]);
        self.line("greeting", &[]);
        self.line("intro", &[]);
    }

    fn explained(&mut self) {
        let causes = causes(self.case);
        for (at, it) in causes.iter().take(FINDINGS).enumerate() {
            self.heading(if at == 0 { "found" } else { "another" });
            self.finding(it);
        }
        if let Some(more) = causes.len().checked_sub(FINDINGS).filter(|it| *it > 0) {
            self.line("more_found", &[("count", &grouped(more as u64))]);
        }
        if !self.case.unexplained.is_empty() {
            self.failures("also_unexplained");
        }
    }

    fn finding(&mut self, it: &Finding) {
        self.paper.strong(&it.symptom);
        let sure = match it.certainty {
            Certainty::Confirmed => "confirmed",
            Certainty::Likely => "likely",
            Certainty::Possible => "possible",
        };
        self.line(sure, &[]);
        for paragraph in &it.cause {
            self.paper.rich(paragraph);
        }
        self.heading("fix");
        // A repair for what may not be the cause can break what works.
        if it.certainty == Certainty::Possible {
            return self.line("fix_later", &[]);
        }
        if it.steps.is_empty() {
            return self.line("no_steps", &[]);
        }
        self.line("fix_intro", &[]);
        for (at, step) in it.steps.iter().enumerate() {
            self.paper.step(at + 1, &step.text);
            for caution in &step.cautions {
                let word = self.say("caution", &[]);
                self.paper.caution(&word, caution);
            }
            self.commands(step.shell, &step.commands);
        }
    }

    fn commands(&mut self, shell: Option<Shell>, commands: &[String]) {
        if let Some(shell) = shell.filter(|_| !commands.is_empty()) {
            let lead = self.say(shell.name(), &[]);
            self.paper.commands(&lead, shell.name(), commands);
        }
    }

    fn failures(&mut self, lead: &str) {
        self.line(lead, &[]);
        for it in self.case.unexplained.iter().take(FAILURES) {
            let text = self.failure(it);
            self.paper.bullet(&text);
        }
        if let Some(more) = self.case.unexplained.len().checked_sub(FAILURES).filter(|it| *it > 0) {
            self.line("more_found", &[("count", &grouped(more as u64))]);
        }
    }

    fn failure(&self, it: &Unexplained) -> String {
        let code = match (it.code, &it.name) {
            (Some(code), Some(name)) => format!("{code} {name}"),
            (Some(code), None) => code.to_string(),
            (None, Some(name)) => name.clone(),
            (None, None) => self.say("no_code", &[]),
        };
        let (times, last) = (times(it.occurrences), time(it.last.as_deref()));
        let phrase = if last.is_empty() { "failure" } else { "failure_last" };
        self.say(phrase, &[("code", &code), ("times", &times), ("time", &last)])
    }

    /// What could not be read: where nothing was, everything tells why.
    fn losses(&mut self) {
        let all = self.case.verdict == Verdict::Unreadable;
        let told = |it: &&crate::bundle::Skipped| all || matches!(it.kind, SkipKind::Loss | SkipKind::Blind);
        let lost: Vec<_> = self.case.skipped.iter().filter(told).collect();
        if lost.is_empty() {
            return;
        }
        if !all {
            self.line("partly", &[]);
        }
        for it in lost.iter().take(LOSSES) {
            let text = self.say("lost", &[("path", &it.path), ("reason", &it.reason)]);
            self.paper.bullet(&text);
        }
        if let Some(more) = lost.len().checked_sub(LOSSES).filter(|it| *it > 0) {
            self.line("more_found", &[("count", &grouped(more as u64))]);
        }
    }

    /// What would decide more; where nothing is known that would, the logs that tell most.
    fn send(&mut self) {
        let case = self.case;
        if case.verdict == Verdict::Clean && case.collect.is_empty() {
            return;
        }
        self.heading("send");
        let fixed = case.verdict == Verdict::Explained
            && causes(case).iter().any(|it| it.certainty != Certainty::Possible && !it.steps.is_empty());
        if fixed {
            let text = self.say("send_result", &[]);
            self.paper.bullet(&text);
        }
        if !case.collect.is_empty() {
            self.line("send_intro", &[]);
        }
        for it in case.collect.iter().take(ASKED) {
            self.paper.bullet(&format!(
                "{}. {}",
                sentence(it.what.trim_end_matches('.')),
                sentence(&it.reason)
            ));
            self.commands(it.shell, &it.commands);
        }
        if case.collect.is_empty() && !fixed {
            for phrase in ["send_logs", "send_events"] {
                let text = self.say(phrase, &[]);
                self.paper.bullet(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
