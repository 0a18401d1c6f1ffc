//! Articles held to their own samples: each line must be matched, each counter-sample must not, and every value
//! must be captured as the article says. A pattern that hits with the wrong value is wrong.

mod lints;

use crate::case::Source;
use crate::diagnosis::{Answers, Clock, Confirmation, Gathered, of_fact, questions, standing};
use crate::matching::{Answer, Hits, List, Matcher, Owner, Question, ask, scan};
use crate::rule::{Condition, Library, Problem, RegistryFact, Rule, Sample, Signal};
use crate::source::format;
use crate::text::{Blocks, Encoding, Filler};

const NO_SAMPLE: &str = "there is no sample here: show a line that must be matched, so that it can be tested";

/// What the library's samples show to be wrong with it.
pub fn check(library: &Library) -> Vec<Problem> {
    let matcher = Matcher::new(library);
    let mut problems = lints::lints(library);
    for (number, rule) in library.rules.iter().enumerate() {
        for sample in &rule.samples {
            problems.extend(check_rule(library, &matcher, number, rule, sample));
        }
        if !rule.samples.iter().any(|it| !it.counter) {
            problems.push(Problem { place: rule.place.clone(), message: NO_SAMPLE.to_owned() });
        }
    }
    let signals = library.failures.iter().enumerate().map(|(at, it)| (Owner::Failure(at), it));
    let facts = library.facts.iter().enumerate().map(|(at, it)| (Owner::Fact(at), it));
    let attempts = library.attempts.iter().enumerate().map(|(at, it)| (Owner::Attempt(at), &it.signal));
    let noise = library.noise.iter().enumerate().map(|(at, it)| (Owner::Noise(at), it));
    let happenings = library.happenings.iter().enumerate();
    let happenings = happenings.map(|(at, it)| (Owner::Happening(at), &it.signal));
    for (owner, signal) in signals.chain(facts).chain(attempts).chain(noise).chain(happenings) {
        problems.extend(check_signal(library, &matcher, owner, signal));
        if !signal.samples.iter().any(|it| !it.counter) {
            problems.push(Problem { place: signal.place.clone(), message: NO_SAMPLE.to_owned() });
        }
    }
    for fact in &library.registry_facts {
        problems.extend(fact.samples.iter().filter_map(|it| check_registry_fact(fact, it)));
        if !fact.samples.iter().any(|it| !it.counter) {
            problems.push(Problem { place: fact.place.clone(), message: NO_SAMPLE.to_owned() });
        }
    }
    problems
}

/// A sample of the registry must tell the fact, with the data that it lists.
fn check_registry_fact(fact: &RegistryFact, sample: &Sample) -> Option<Problem> {
    let answers = answers(&of_fact(fact), sample);
    let told = answers.into_iter().filter_map(|it| match it {
        Answer::Yes(asked) => Some((fact.fact.to_owned(), asked.data)),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    judge(sample, !told.is_empty(), &told)
}

/// What an export or a listing as a sample answers.
fn answers(question: &Question, sample: &Sample) -> Vec<Answer> {
    let mut bytes = sample.text.as_bytes();
    let mut blocks = Blocks::new(&mut bytes, Encoding::Bytes);
    let tree = format(sample.format).filter(|it| it.name() == question.format).and_then(|it| it.tree());
    tree.map_or_else(Vec::new, |it| ask(std::slice::from_ref(question), 0, it, &mut blocks, &mut |_| {}))
}

fn problem(sample: &Sample, message: impl Into<String>) -> Option<Problem> {
    Some(Problem { place: sample.place.clone(), message: message.into() })
}

fn hits_in(matcher: &Matcher<'_>, sample: &Sample) -> Hits {
    let mut bytes = sample.text.as_bytes();
    let mut filler = Filler::new(&mut bytes, Encoding::Bytes);
    let mut hits = Hits::default();
    if let Some(format) = format(sample.format) {
        hits.take(0, scan(matcher, format, &mut filler).1);
    }
    hits
}

fn check_signal(library: &Library, matcher: &Matcher<'_>, owner: Owner, signal: &Signal) -> Vec<Problem> {
    let one = |sample: &Sample| {
        let hits = hits_in(matcher, sample);
        // A failure that a later success of the same sample ends is none.
        let matched = match owner {
            Owner::Noise(number) => hits.noise.iter().any(|it| it.noise == number),
            Owner::Failure(number) => !standing(&hits, library, number, &Clock::default()).is_empty(),
            _ => hits.of(owner).is_some(),
        };
        judge(sample, matched, &told(&hits, &[owner]))
    };
    signal.samples.iter().filter_map(one).collect()
}

fn check_rule(
    library: &Library,
    matcher: &Matcher<'_>,
    number: usize,
    rule: &Rule,
    sample: &Sample,
) -> Option<Problem> {
    if format(sample.format).is_some_and(|it| it.tree().is_some()) {
        return check_node(library, matcher, number, rule, sample);
    }
    let hits = hits_in(matcher, sample);
    // A sample shows the conditions of its own format: those of the symptom, or else those beside it.
    let of_format = |list: List| -> Vec<Owner> {
        let fits = |it: &Condition| matches!(it, Condition::Records(it) if it.formats.iter().any(|it| it.name() == sample.format));
        let conditions = list.of(rule).iter().enumerate().filter(|(_, it)| fits(it));
        conditions.map(|(index, _)| Owner::Rule { rule: number, list, index }).collect()
    };
    let when = of_format(List::When);
    let beside: Vec<Owner> =
        [List::Add, List::Confirm, List::Unless].into_iter().flat_map(of_format).collect();
    let (owners, all) = if when.is_empty() { (beside, false) } else { (when, true) };
    if owners.is_empty() {
        return problem(sample, format!("no condition of this rule asks for the format `{}`", sample.format));
    }
    let mut found = owners.iter().map(|it| hits.of(*it).is_some());
    let matched = if all { found.all(|it| it) } else { found.any(|it| it) };
    let claimed = || if sample.counter { None } else { lints::also_claimed(library, rule, sample, &hits) };
    judge(sample, matched, &told(&hits, &owners)).or_else(claimed)
}

/// The values that were captured for these conditions, each once.
fn told(hits: &Hits, owners: &[Owner]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let sets = owners.iter().filter_map(|it| hits.of(*it)).flat_map(|it| &it.sets);
    for value in sets.flat_map(|it| &it.binding).filter(|it| !it.is_private()) {
        let pair = (value.name.to_string(), value.text.clone());
        if !told.contains(&pair) {
            told.push(pair);
        }
    }
    told
}

fn judge(sample: &Sample, matched: bool, told: &[(String, String)]) -> Option<Problem> {
    match (sample.counter, matched) {
        (true, true) => problem(sample, "this counter-sample is matched, and must not be"),
        (true, false) => None,
        (false, false) => problem(sample, "this sample is not matched"),
        (false, true) => compare(sample, told),
    }
}

/// The values that were captured must be those that the sample lists, all of them.
fn compare(sample: &Sample, told: &[(String, String)]) -> Option<Problem> {
    let show = |pairs: &[&(String, String)]| {
        pairs.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join("; ")
    };
    let lost: Vec<_> = sample.expect.iter().filter(|it| !told.contains(it)).collect();
    let extra: Vec<_> = told.iter().filter(|it| !sample.expect.contains(it)).collect();
    match (lost.is_empty(), extra.is_empty()) {
        (true, true) => None,
        (true, false) => {
            problem(sample, format!("captured but not listed: {} (add a line => name = value)", show(&extra)))
        }
        (false, true) => problem(sample, format!("not captured: {}", show(&lost))),
        (false, false) => problem(sample, format!("captured {} instead of {}", show(&extra), show(&lost))),
    }
}

/// An export or a listing as a sample: with the values of the rule's first sample, it must confirm the symptom.
fn check_node(
    library: &Library,
    matcher: &Matcher<'_>,
    number: usize,
    rule: &Rule,
    sample: &Sample,
) -> Option<Problem> {
    let Some(hits) = hits_before(matcher, rule) else {
        return problem(
            sample,
            "there is no log sample in this rule that would say which key or folder is meant",
        );
    };
    let mut asked = Vec::new();
    for question in questions(library, &hits) {
        let answers = answers(&question, sample);
        asked.push((question, answers));
    }
    let source = Source {
        path: "sample".to_owned(),
        format: sample.format,
        bytes: 0,
        records: 1,
        counted: None,
        first: None,
        last: None,
        whole: true,
    };
    let answers = Answers { asked };
    let gathered = Gathered {
        library,
        hits: &hits,
        sources: &[source],
        skipped: &[],
        computers: &[],
        answers: &answers,
    };
    match (sample.counter, gathered.confirmation(number, rule)) {
        (false, Confirmation::Confirmed) | (true, Confirmation::Contradicted | Confirmation::Silent) => None,
        (false, Confirmation::Contradicted) => {
            problem(sample, "this sample contradicts the symptom, and should confirm it")
        }
        (false, Confirmation::Silent) => {
            problem(sample, "this sample neither confirms nor contradicts the symptom")
        }
        (true, Confirmation::Confirmed) => {
            problem(sample, "this counter-sample confirms the symptom, and must not")
        }
    }
}

/// What the logs of a rule's samples say before anything is asked: which key or folder is meant. Nothing, where
/// the symptom does not stand in a log.
fn hits_before(matcher: &Matcher<'_>, rule: &Rule) -> Option<Hits> {
    let is_log = |it: &&Sample| !it.counter && format(it.format).is_some_and(|it| it.tree().is_none());
    let needs_log = rule.when.iter().any(|it| matches!(it, Condition::Records(_)));
    match rule.samples.iter().find(is_log) {
        Some(first) => Some(hits_in(matcher, first)),
        None => (!needs_log).then(Hits::default),
    }
}
