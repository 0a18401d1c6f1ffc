//! `index.html`: the cases of a run, one row each, and what they have in common. It is whole without a script;
//! with one it is sorted, filtered and searched.

use std::io::{self, Write};

use serde::Serialize;

use super::overview::{Group, Link, Overview};
use super::{About, Summary};
use crate::case::Verdict;

/// How many symptoms and other words a row shows.
const SYMPTOMS: usize = 5;
const TAGS: usize = 4;

#[derive(Serialize)]
struct Page<'a> {
    csp: &'a str,
    style: &'a str,
    index_style: &'a str,
    index_script: &'a str,
    program: &'a str,
    rules: &'a str,
    total: String,
    counts: Vec<Count>,
    partly: usize,
    groups: Vec<Group<'a>>,
    note: &'static str,
    cases: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    link: Link<'a>,
    verdict: &'static str,
    headline: &'a str,
    machine: &'a str,
    newest: String,
    symptoms: Vec<Symptom<'a>>,
    more: usize,
    tags: Vec<String>,
    lost: String,
    lines: String,
}

#[derive(Serialize)]
struct Symptom<'a> {
    text: &'a str,
    certainty: &'static str,
}

#[derive(Serialize)]
struct Count {
    verdict: &'static str,
    count: usize,
}

/// What could not be read comes first: nobody should overlook that it was never looked at.
const ORDER: [Verdict; 5] =
    [Verdict::Unreadable, Verdict::Explained, Verdict::Unexplained, Verdict::Inconclusive, Verdict::Clean];

/// Writes the index over all cases of the run.
pub fn index(cases: &[Summary], about: &About<'_>, into: &mut dyn Write) -> io::Result<()> {
    // Where no pages are written, a row leads to what is.
    let extension = about.outputs.first().map_or("html", |it| it.extension());
    // Of a single case there is nothing to compare.
    let compared = if cases.len() > 1 { cases } else { &[] };
    let Overview { groups, mut lines_of } = Overview::new(compared, extension);
    lines_of.resize_with(cases.len(), Vec::new);
    let mut rows: Vec<(&Summary, Vec<usize>)> = cases.iter().zip(lines_of).collect();
    rows.sort_by_key(|(it, _)| it.verdict != Verdict::Unreadable);
    let counts = ORDER.into_iter().map(|verdict| Count {
        verdict: verdict.name(),
        count: cases.iter().filter(|it| it.verdict == verdict).count(),
    });
    let page = Page {
        csp: &about.templates.csp,
        style: &about.templates.style,
        index_style: &about.templates.index_style,
        index_script: &about.templates.index_script,
        program: &about.program,
        rules: &about.rules,
        total: if cases.len() == 1 { "1 case".to_owned() } else { format!("{} cases", cases.len()) },
        counts: counts.filter(|it| it.count > 0).collect(),
        partly: cases.iter().filter(|it| is_partly(it)).count(),
        groups,
        note: if cases.iter().any(|it| it.is_cut) {
            "Of cases with very many findings only the likeliest causes and the most frequent failures are counted here."
        } else {
            ""
        },
        cases: rows.iter().map(|(it, lines)| row(it, lines, extension)).collect(),
    };
    about.templates.render("index", &page, into)
}

fn is_partly(it: &Summary) -> bool {
    it.lost > 0 && it.verdict != Verdict::Unreadable
}

fn row<'a>(it: &'a Summary, lines: &[usize], extension: &str) -> Row<'a> {
    // The likeliest cause is what the headline says already.
    let said = usize::from(it.verdict == Verdict::Explained);
    let symptoms = it.symptoms.iter().skip(said).take(SYMPTOMS);
    let symptoms: Vec<_> =
        symptoms.map(|it| Symptom { text: &it.text, certainty: it.certainty.name() }).collect();
    let codes = it.codes.iter().map(ToString::to_string);
    let things = it.things.iter().filter(|it| it.name.len() < 40).map(|it| it.name.clone());
    let lost = match (it.lost, it.losses.first()) {
        (_, Some(why)) if it.verdict == Verdict::Unreadable => why.clone(),
        (0, _) => String::new(),
        (count, _) => format!("Not read whole: {count} skipped"),
    };
    Row {
        link: Link::new(it, extension),
        verdict: it.verdict.name(),
        headline: &it.headline,
        machine: &it.machine,
        newest: it.newest.as_deref().map(minute).unwrap_or_default(),
        more: it.symptoms_count.saturating_sub(said + symptoms.len()),
        symptoms,
        tags: codes.take(TAGS).chain(things.take(TAGS)).collect(),
        lost,
        lines: lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// `2024-03-14T02:11:21.5Z` as `2024-03-14 02:11 UTC`
fn minute(time: &str) -> String {
    let zone = if time.ends_with('Z') { " UTC" } else { "" };
    format!("{}{zone}", time.get(..16).unwrap_or(time).replace('T', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Certainty;
    use crate::code::Code;
    use crate::report::summary::{Failure, Symptom, Thing, ThingKind};
    use crate::report::{OUTPUTS, Templates};

    /// A case that says about as much as cases do.
    fn summary(number: u32) -> Summary {
        let cause = |rule: u32| Symptom {
            rule: format!("rule-{rule}"),
            text: format!(
                "An update {rule} is rolled back because the registry keys of a driver are missing"
            ),
            certainty: Certainty::Likely,
            is_cause: true,
        };
        let thing = Thing { kind: ThingKind::Update, name: format!("KB50{:05}", number % 3000) };
        Summary {
            name: format!("INC{number:07}"),
            stem: format!("INC{number:07}"),
            verdict: if number.is_multiple_of(50) { Verdict::Unreadable } else { Verdict::Explained },
            headline: format!("Likely: {}. One further cause was found.", cause(1).text),
            machine: format!("SRV-{number:05}.corp.example, Windows Server 2019 Standard, build 17763.5458"),
            newest: Some("2024-03-14T02:11:21".to_owned()),
            // Every third has a second cause.
            symptoms: [number % 300, 7]
                .into_iter()
                .take(1 + usize::from(number.is_multiple_of(3)))
                .map(cause)
                .collect(),
            symptoms_count: 1 + usize::from(number.is_multiple_of(3)),
            codes: vec![Code(0x8007_0000 + number % 500), Code(0x8007_0002)],
            things: vec![thing],
            failures: vec![Failure {
                code: Some(Code(0x8007_0000 + number)),
                text: format!("Failed <&> {number} of the package"),
                is_line: true,
            }],
            is_cut: false,
            losses: Vec::new(),
            lost: 0,
            open: (1, 1),
            unexplained: 1,
            whole: true,
        }
    }

    fn page(count: u32) -> String {
        let templates = Templates::new().unwrap();
        let about = About {
            program: "casebook".to_owned(),
            rules: "rules".to_owned(),
            templates: &templates,
            outputs: OUTPUTS.to_vec(),
        };
        let cases: Vec<_> = (0..count).map(summary).collect();
        let mut bytes = Vec::new();
        index(&cases, &about, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn ten_thousand_cases_stay_small() {
        let (few, many) = (page(500).len(), page(1500).len());
        let each = (many - few) / 1000;
        // The lists do not grow with the cases, and a row has to stay under 580 bytes: ten thousand under 6 MB.
        assert!(each < 580, "{each} bytes a case");
        assert!(few < 500 * 580 + 100_000, "{few}");
    }

    #[test]
    fn lists_have_an_end_that_is_told() {
        let page = page(500);
        assert!(page.contains("and 440 more, each in as many cases or more"), "failures");
        assert_eq!(page.matches("data-key=\"failure:").count(), 60);
        assert!(!page.contains("Failed <&>"));
    }

    #[test]
    fn times_are_told_to_the_minute() {
        assert_eq!(minute("2024-03-14T02:11:21.5Z"), "2024-03-14 02:11 UTC");
        assert_eq!(minute("2024-03-14 02:11:21"), "2024-03-14 02:11");
        assert_eq!(minute("März"), "März");
    }
}
