//! The pages of made-up cases, and mistakes in templates of a team's own.

use super::example::{bare, cases, evidence, full};
use super::*;
use crate::case::{Case, Evidence, Finding, Verdict};

#[track_caller]
fn page(case: &Case) -> String {
    page_by(&Templates::new().unwrap(), case)
}

#[track_caller]
fn page_by(templates: &Templates, case: &Case) -> String {
    let about = About {
        program: "casebook".to_owned(),
        rules: "no rules".to_owned(),
        templates,
        outputs: vec![&html::Html],
    };
    let mut page = Vec::new();
    html::Html.write(case, &about, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

fn own(name: &str, text: &str) -> Vec<Own> {
    vec![Own { name: name.to_owned(), path: format!("own/{name}"), text: text.to_owned() }]
}

#[track_caller]
fn refused(name: &str, text: &str) -> String {
    let problems = Templates::with(own(name, text)).err().unwrap();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn built_in(name: &str) -> &'static str {
    FILES.iter().find(|it| it.0 == name).unwrap().1
}

#[test]
fn the_programs_own_templates_pass_their_trial() {
    assert_eq!(Templates::new().unwrap().fault(), None);
}

/// The program's own are compiled in pieces, a team's as they are.
#[test]
fn in_pieces_the_pages_are_the_same() {
    let whole = Templates::build(files(Vec::new()), true).ok().unwrap();
    for case in cases() {
        assert_eq!(page(&case), page_by(&whole, &case), "{:?}", case.verdict);
    }
    let summaries: Vec<Summary> = cases().iter().map(|it| Summary::of(it, "example")).collect();
    let index_by = |templates| {
        let about = About { program: String::new(), rules: String::new(), templates, outputs: Vec::new() };
        let mut page = Vec::new();
        index(&summaries, &about, &mut page).unwrap();
        page
    };
    assert_eq!(index_by(&Templates::new().unwrap()), index_by(&whole));
}

#[test]
fn every_section_is_filled_and_every_link_leads_somewhere() {
    for case in cases() {
        let page = page(&case);
        let links = page.split("href=\"#").skip(1).map(|it| it.split('"').next().unwrap());
        for link in links {
            assert!(page.contains(&format!("id=\"{link}\"")), "{:?}: nothing is called {link}", case.verdict);
        }
        let mut ids: Vec<&str> =
            page.split(" id=\"").skip(1).map(|it| it.split('"').next().unwrap()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{:?}: two things of one name", case.verdict);
    }
}

/// What a page of two hundred findings with five thousand lines of evidence weighs: it is mailed.
#[test]
fn a_large_page_stays_small() {
    let finding = |_| Finding { evidence: (0..25).map(evidence).collect(), ..full().findings.remove(0) };
    let mut case = Case { findings: (0..200).map(finding).collect(), ..full() };
    let size = page(&case).len();
    assert!((1_000_000..2_000_000).contains(&size), "{size}");
    // Lines of ten thousand characters make it no larger.
    for it in case.findings.iter_mut().flat_map(|it| &mut it.evidence) {
        *it = Evidence { text: it.text.repeat(60), before: vec!["<".repeat(9000); 2], ..it.clone() };
    }
    let page = page(&case);
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert!(page.contains("more places stand in the JSON report of this case."));
    assert_eq!(page.matches("<section class=\"finding\"").count(), 200);
}

#[test]
fn a_team_changes_one_file() {
    let style = ":root { --paper: #fff }";
    let templates = Templates::with(own("style.css", style)).unwrap();
    let hash = STANDARD.encode(Sha256::digest(style));
    assert!(templates.csp.contains(&format!("style-src 'sha256-{hash}'")));
    assert_eq!(templates.style, style);
}

#[test]
fn mistakes_in_a_teams_templates_are_told_with_file_and_line() {
    let finding = built_in("finding.hbs");
    // Told of the file that it stands in, although the page is made of several.
    let told = refused("finding.hbs", &finding.replace("{{symptom}}</h2>", "{{symptm}}</h2>"));
    assert_eq!(
        told,
        "own/finding.hbs:4:1: a page has nothing that is called `symptm` here: see docs/templates.md"
    );
    let told = refused("finding.hbs", &finding.replacen("{{/if}}", "{{/iff}}", 1));
    assert!(told.starts_with("own/finding.hbs:"), "{told}");
    let told = refused("finding.hbs", &finding.replace("{{#if references}}", "{{#if references"));
    assert!(told.starts_with("own/finding.hbs:"), "{told}");
    let told = refused("cse.hbs", "");
    assert!(
        told.starts_with("own/cse.hbs:1:1: there is no template `cse.hbs`; did you mean `case.hbs`?"),
        "{told}"
    );
    let told = refused("evidence.hbs", "<p>\n{{{text}}}</p>");
    assert!(told.starts_with("own/evidence.hbs:2:1: this would write text of a bundle unescaped"), "{told}");
    let told = refused("case.hbs", "<p>{{case}}</p>");
    assert!(told.contains("Content-Security-Policy"), "{told}");
    assert!(refused("style.css", "a {}\n</STYLE><script>").starts_with("own/style.css:2:1: `</style`"));
    assert!(refused("script.js", "'</script>'").starts_with("own/script.js:1:2: `</script`"));
    assert!(refused("reply.toml", "greeting = 1").starts_with("own/reply.toml:1:"));
}

/// What would do harm raw stands in every text of a case.
#[test]
fn hostile_text_in_every_field_runs_nowhere() {
    let hostile = "</script><svg onload=alert(1)>\"'\u{202e}javascript:";
    let clean = page(&full());
    let mut case = full();
    case.name = hostile.to_owned();
    case.source = hostile.to_owned();
    case.machine.name = Some(hostile.to_owned());
    for it in &mut case.findings {
        it.symptom = hostile.to_owned();
        it.reasons = vec![hostile.to_owned()];
        it.first = Some(hostile.to_owned());
        it.values = vec![(hostile.to_owned(), vec![hostile.to_owned()])];
        for it in &mut it.evidence {
            *it = Evidence {
                path: hostile.to_owned(),
                time: Some(hostile.to_owned()),
                note: Some(hostile.to_owned()),
                before: vec![hostile.to_owned()],
                text: hostile.repeat(30),
                after: vec![hostile.to_owned()],
                marks: vec![(0, 3)],
                ..*it
            };
        }
    }
    for it in &mut case.unexplained {
        it.name = Some(hostile.to_owned());
        it.shape = Some(hostile.to_owned());
        it.start = Some(hostile.to_owned());
        it.last = Some(hostile.to_owned());
    }
    for it in &mut case.timeline.moments {
        it.text = hostile.to_owned();
        it.update = Some(hostile.to_owned());
        it.path = hostile.to_owned();
    }
    for it in &mut case.updates {
        it.title = Some(hostile.to_owned());
        it.started = Some(hostile.to_owned());
    }
    for it in &mut case.collect {
        it.what = hostile.to_owned();
        it.commands = vec![hostile.to_owned()];
    }
    for it in &mut case.not_checked {
        it.missing = hostile.to_owned();
    }
    case.noise[0].title = hostile.to_owned();
    case.skipped[0].reason = hostile.to_owned();
    case.sources[0].path = hostile.to_owned();
    let page = page(&case);
    assert!(page.matches("alert(1)").count() > 60);
    assert!(!page.contains('\u{202e}'));
    // Not one tag more than the page has without it, and none with a handler.
    for tag in ["<script", "</script", "<svg", "<a ", "<img"] {
        assert_eq!(page.matches(tag).count(), clean.matches(tag).count(), "{tag}");
    }
    assert!(!page.contains("<svg onload") && !page.contains("href=\"javascript:"));
}

#[test]
fn a_verdict_is_never_better_than_it_is() {
    let page = |verdict| page(&bare(verdict));
    for verdict in Verdict::ALL {
        let told = page(verdict);
        assert_eq!(
            told.contains("no failure that still stands is in them"),
            verdict == Verdict::Clean,
            "{verdict:?}"
        );
    }
    assert!(page(Verdict::Inconclusive).contains("this is not a clean result"));
    assert!(page(Verdict::Inconclusive).contains("This is no all-clear"));
}
