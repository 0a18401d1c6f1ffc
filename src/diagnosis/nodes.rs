//! Questions to registry exports and listings: which ones follow from what the logs said, and what the answers
//! come to.

use crate::case::Evidence;
use crate::matching::{Answer, Asked, Hits, List, Question, Want};
use crate::rule::{Condition, Is, Library, NodeTest, RegistryFact, Rule, Template, Value};
use crate::source::format;

use super::values::{Captured, names, piece, read};
use super::{Answers, Gathered, Truth};

/// Every question that some rule wants answered, given what was found in the logs.
pub fn questions(library: &Library, hits: &Hits) -> Vec<Question> {
    let nothing = Answers::default();
    let gathered = Gathered { library, hits, sources: &[], skipped: &[], computers: &[], answers: &nothing };
    let mut questions: Vec<Question> = Vec::new();
    for (number, rule) in library.rules.iter().enumerate() {
        // A rule whose signature is not in the logs needs no answers.
        if !gathered.signature_found(number, rule) {
            continue;
        }
        let captured = Captured::of(&gathered, number, rule, &[List::When, List::Add]);
        for condition in List::ALL.iter().flat_map(|it| it.of(rule)) {
            if let Condition::Node(test) = condition {
                for question in of_test(test, &captured) {
                    if !questions.contains(&question) {
                        questions.push(question);
                    }
                }
            }
        }
    }
    for question in library.registry_facts.iter().map(of_fact) {
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    questions
}

/// The question that a fact of the registry is the answer to.
pub fn of_fact(fact: &RegistryFact) -> Question {
    let want = Want::Value { name: fact.value.clone(), equals: None };
    Question { format: fact.format, path: fact.key.clone(), want }
}

/// The questions of one test: one for each set of values, and each element of a list.
fn of_test(test: &NodeTest, captured: &Captured) -> Vec<Question> {
    let filters = test.filters.iter().map(|(template, _)| template);
    let wanted = names([&test.path].into_iter().chain(&test.equals).chain(filters));
    let mut questions = Vec::new();
    for binding in captured.instances(&wanted) {
        let passes = test.filters.iter().all(|(template, test)| {
            let values = template.values().flat_map(|(name, part)| piece(&binding, name, part));
            values
                .map(|it| test.admits(&it))
                .fold(None, |all, it| Some(all.unwrap_or(true) && it))
                .unwrap_or(false)
        });
        if !passes {
            continue;
        }
        for path in spread(&test.path, &binding) {
            let equals = match &test.equals {
                None => None,
                Some(template) if has_values(template, &binding) => Some(read(template, &binding)),
                Some(_) => continue,
            };
            questions.push(question(test, path, equals));
        }
    }
    questions
}

fn question(test: &NodeTest, path: String, equals: Option<String>) -> Question {
    let (path, any) = match path.strip_suffix(r"\*") {
        Some(parent) => (parent.to_owned(), true),
        None => (path, false),
    };
    let want = match (&test.value, test.is, any) {
        (Some(name), _, true) => Want::AnyValue { name: name.clone(), equals },
        (Some(name), _, false) => Want::Value { name: name.clone(), equals },
        (None, Is::Empty, _) => Want::Empty,
        (None, ..) => Want::Node,
    };
    let path = path.trim_end_matches('\\');
    let path = format(test.format).map_or_else(|| path.to_owned(), |it| it.path(path));
    Question { format: test.format, path, want }
}

fn has_values(template: &Template, binding: &[Value]) -> bool {
    template.values().all(|(name, part)| !piece(binding, name, part).is_empty())
}

/// The paths that a template stands for: one for each element of a list, none if a value is not there.
fn spread(template: &Template, binding: &[Value]) -> Vec<String> {
    let mut paths = vec![String::new()];
    for it in &template.0 {
        let values = match it {
            crate::rule::Piece::Text(text) => vec![text.clone()],
            crate::rule::Piece::Value { name, part } => piece(binding, name, part.as_deref()),
        };
        paths = paths.iter().flat_map(|path| values.iter().map(move |it| format!("{path}{it}"))).collect();
    }
    paths
}

/// What a test comes to, with the sentences and the evidence for it.
pub struct Decided {
    pub truth: Truth,
    pub reasons: Vec<String>,
    pub evidence: Vec<Evidence>,
    /// What the bundle would have to hold to decide it.
    pub missing: Vec<String>,
}

impl Gathered<'_> {
    /// What one test of the rule `number` comes to in this bundle.
    pub fn asked(&self, number: usize, rule: &Rule, test: &NodeTest) -> Decided {
        let captured = Captured::of(self, number, rule, &[List::When, List::Add]);
        self.decide(test, &captured, false)
    }

    /// Puts the answers to a test's questions together; `against` says that the test speaks against the symptom.
    pub(super) fn decide(&self, test: &NodeTest, captured: &Captured, against: bool) -> Decided {
        let mut decided =
            Decided { truth: Truth::Unknown, reasons: Vec::new(), evidence: Vec::new(), missing: Vec::new() };
        for question in of_test(test, captured) {
            let (truth, asked) = self.answer(test, &question);
            match (truth, asked) {
                (Truth::Unknown, _) | (_, None) => decided.missing.push(wanted(&question)),
                (truth, Some(asked)) => {
                    if truth == Truth::Yes || decided.truth == Truth::Unknown {
                        decided.truth = truth;
                    }
                    let sentence = sentence(test, &question, truth);
                    let source = self.sources.get(asked.source);
                    let path = source.map(|it| it.path.clone()).unwrap_or_default();
                    let at = source.map(|it| it.at(asked.line)).unwrap_or_default();
                    let sign = if (truth == Truth::Yes) == against { "contradicts" } else { "agrees" };
                    decided.reasons.push(format!("{path} {sign}: {sentence}."));
                    let note = Some(format!("{sign}: {sentence}"));
                    decided.evidence.push(Evidence {
                        path,
                        at,
                        note,
                        text: asked.text,
                        ..Evidence::default()
                    });
                }
            }
        }
        // Three say what three hundred would; the evidence has them all.
        shorten(&mut decided.reasons, |more| format!("And {more} more like these."));
        decided.missing.dedup();
        shorten(&mut decided.missing, |more| format!("{}: and {more} more", test.format));
        decided
    }

    /// What all sources together answer. Two that disagree (an export from before and one from after) prove
    /// nothing.
    fn answer(&self, test: &NodeTest, question: &Question) -> (Truth, Option<Asked>) {
        let answers =
            self.answers.asked.iter().find(|(it, _)| it == question).map_or(&[][..], |(_, answers)| answers);
        let yes = answers.iter().find_map(|it| if let Answer::Yes(asked) = it { Some(asked) } else { None });
        let no = answers.iter().find_map(|it| if let Answer::No(asked) = it { Some(asked) } else { None });
        let wants_missing = test.is == Is::Missing;
        match (yes, no) {
            (Some(_), Some(_)) | (None, None) => (Truth::Unknown, None),
            (Some(asked), None) => (if wants_missing { Truth::No } else { Truth::Yes }, Some(asked.clone())),
            (None, Some(asked)) => (if wants_missing { Truth::Yes } else { Truth::No }, Some(asked.clone())),
        }
    }
}

fn shorten(list: &mut Vec<String>, more: impl Fn(usize) -> String) {
    const FEW: usize = 3;
    if list.len() > FEW {
        let count = list.len() - FEW;
        list.truncate(FEW);
        list.push(more(count));
    }
}

/// `registry: HKLM\SYSTEM\CurrentControlSet\Services`: what would have to be in the bundle.
fn wanted(question: &Question) -> String {
    let parent = match question.want {
        Want::Node | Want::Value { .. } => {
            question.path.rsplit_once('\\').map_or(question.path.as_str(), |(parent, _)| parent)
        }
        Want::Empty | Want::AnyValue { .. } => &question.path,
    };
    format!("{}: {parent}", question.format)
}

/// `the registry key X is missing`: what an answer says, whatever the test wanted to hear.
fn sentence(test: &NodeTest, question: &Question, truth: Truth) -> String {
    let kind = format!("the {}", format(question.format).map_or("name", |it| it.noun()));
    let there = (test.is != Is::Missing) == (truth == Truth::Yes);
    let path = &question.path;
    let equals =
        |equals: &Option<String>| equals.as_ref().map_or(String::new(), |it| format!(" with \"{it}\""));
    match (&question.want, there) {
        (Want::Node, true) => format!("{kind} {path} is there"),
        (Want::Node, false) => format!("{kind} {path} is missing"),
        (Want::Empty, true) => format!("{kind} {path} is empty"),
        (Want::Empty, false) => format!("{kind} {path} is not empty"),
        (Want::Value { name, equals: it }, true) => {
            format!("{kind} {path} has the value {name}{}", equals(it))
        }
        (Want::Value { name, equals: it }, false) => {
            format!("{kind} {path} has no value {name}{}", equals(it))
        }
        (Want::AnyValue { name, equals: it }, true) => {
            format!("a key under {path} has the value {name}{}", equals(it))
        }
        (Want::AnyValue { name, equals: it }, false) => {
            format!("no key under {path} has the value {name}{}", equals(it))
        }
    }
}

impl Gathered<'_> {
    /// Whether every condition of a rule that asks for records has been met.
    pub(super) fn signature_found(&self, number: usize, rule: &Rule) -> bool {
        rule.when.iter().enumerate().all(|(index, it)| match it {
            Condition::Records(_) => {
                self.found(crate::matching::Owner::Rule { rule: number, list: List::When, index }).is_some()
            }
            Condition::Node(_) => true,
        })
    }
}
