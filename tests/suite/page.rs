//! The case page: what it answers at once, what it does with odd text, and a team's own templates.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Casebook, Outcome, line, root, zip_of};

fn sample(name: &str) -> Vec<u8> {
    fs::read(root().join(format!("samples/{name}.zip"))).unwrap()
}

/// What stands between two texts, the first time.
#[track_caller]
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

/// The questions of an engineer are links at the top, and each leads to its answer.
#[test]
fn every_question_is_one_click_away() {
    let outcome = Casebook::new().arg("analyze").arg(root().join("samples")).run().status(0);
    for entry in fs::read_dir(outcome.path("reports")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".html") || name == "index.html" {
            continue;
        }
        let page = outcome.text(&format!("reports/{name}"));
        let glance = between(&page, "<ul class=\"glance\"", "</ul>");
        let links: Vec<&str> =
            glance.split("href=\"").skip(1).map(|it| it.split('"').next().unwrap()).collect();
        for link in &links {
            let there = link.strip_prefix('#').is_none_or(|it| page.contains(&format!(" id=\"{it}\"")));
            assert!(there, "{name}: {link} leads nowhere");
        }
        let mut wanted = vec!["#not-checked", "#reply", "index.html"];
        if outcome
            .text(&format!("reports/{}.json", &name[..name.len() - 5]))
            .contains("\"verdict\": \"explained\"")
        {
            wanted.extend(["#finding-1-fix", "#finding-1-proof"]);
        }
        for it in wanted {
            assert!(links.contains(&it), "{name}: {it} is not in {links:?}");
        }
        // The answers that need no click: what, how sure, what to do come before any proof.
        let at = |text: &str| page.find(text).unwrap_or(usize::MAX);
        assert!(at("class=\"headline\"") < at("class=\"glance\""));
        assert!(at("What to do</h3>") <= at("What proves it</h3>"), "{name}");
    }
}

/// The reply has the steps of the page, with this machine's names.
#[test]
fn the_reply_holds_every_command() {
    let outcome =
        Casebook::new().file("A.zip", sample("INC0047129")).args(&["analyze", "A.zip"]).run().status(0);
    let page = outcome.text("reports/A.html");
    let reply = between(&page, "<figure class=\"command reply\">", "</figure>");
    let case = outcome.case("A");
    let commands = super::commands(&case["findings"][0]);
    assert!(commands.len() >= 4);
    for command in commands {
        let escaped = command.replace('"', "&quot;");
        assert!(reply.contains(&escaped), "{escaped} is not in {reply}");
    }
}

#[test]
fn long_and_hidden_text_does_not_break_the_page() {
    let long = "x".repeat(10_000);
    let log = line("Error", "CSI", &format!("Failed to start \u{202e}gpj.exe {long} [HRESULT = 0x80070005]"))
        + &line("Error", "CBS", "Failed to perform operation.  [HRESULT = 0x80070005 - E_ACCESSDENIED]");
    let outcome = Casebook::new()
        .file("A.zip", zip_of(&[("CBS.log", log.as_bytes())]))
        .args(&["analyze", "A.zip"])
        .run()
        .status(0);
    let page = outcome.text("reports/A.html");
    assert!(!page.contains('\u{202e}'));
    assert!(page.len() < 100_000, "{}", page.len());
}

/// A run with one template of the team's own.
fn with_own(name: &str, text: &str) -> Outcome {
    Casebook::new()
        .file("A.zip", sample("REQ118207"))
        .file(&format!("own/{name}"), text)
        .args(&["analyze", "A.zip", "--templates", "own"])
        .run()
}

#[test]
fn a_team_changes_style_and_words() {
    let style = "body { color: teal }";
    let page = with_own("style.css", style).status(0).text("reports/A.html");
    assert!(page.contains(&format!("<style>{style}</style>")));
    let hash = STANDARD.encode(Sha256::digest(style)).replace('=', "&#x3D;");
    assert!(page.contains(&hash), "{hash}");
    let words = fs::read_to_string(root().join("templates/reply.toml")).unwrap();
    let page = with_own("reply.toml", &words.replace("\"Hello,\"", "\"Guten Tag,\""))
        .status(0)
        .text("reports/A.html");
    assert!(page.contains("Guten Tag,") && !page.contains("Hello,"));
    // What is not a template is left alone.
    with_own("README.md", "about these").status(0);
}

#[test]
fn a_mistake_in_a_template_stops_everything() {
    let own = |name: &str| fs::read_to_string(root().join("templates").join(name)).unwrap();
    for (name, text, told) in [
        (
            "evidence.hbs",
            own("evidence.hbs").replace("{{path}}", "{{pth}}"),
            "evidence.hbs:3:1: a page has nothing that is called `pth`",
        ),
        ("evidence.hbs", own("evidence.hbs").replace("{{/each}}", ""), "evidence.hbs:"),
        (
            "finding.hbs",
            "{{{symptom}}}".to_owned(),
            "finding.hbs:1:1: this would write text of a bundle unescaped",
        ),
        (
            "syle.css",
            String::new(),
            "syle.css:1:1: there is no template `syle.css`; did you mean `style.css`?",
        ),
        ("reply.toml", own("reply.toml") + "\nmore = \"x\"\n", "there is no text `more`"),
    ] {
        let outcome = with_own(name, &text).status(2);
        assert!(outcome.stderr.contains(told), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.ends_with("in the templates; nothing was analyzed\n"), "{}", outcome.stderr);
        assert!(!outcome.path("reports").exists(), "{name}");
    }
    let outcome = Casebook::new()
        .file("A.zip", sample("REQ118207"))
        .args(&["analyze", "A.zip", "--templates", "nowhere"])
        .run()
        .status(2);
    assert!(outcome.stderr.contains("nowhere: no folder of templates"), "{}", outcome.stderr);
}

/// The document tells every file, and all that each is given.
#[test]
fn the_document_tells_every_template() {
    let text = fs::read_to_string(root().join("docs/templates.md")).unwrap();
    for entry in fs::read_dir(root().join("templates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(text.contains(&format!("`{name}`")), "docs/templates.md does not tell `{name}`");
    }
    for name in ["case.hbs", "finding.hbs", "evidence.hbs", "command.hbs", "timeline.hbs", "index.hbs"] {
        let template = fs::read_to_string(root().join("templates").join(name)).unwrap();
        for path in template.split("{{").skip(1).map(|it| it.split("}}").next().unwrap()) {
            let word = path.trim_start_matches(['#', '{']).split_whitespace().last().unwrap_or_default();
            let word = word.rsplit(['.', '/']).next().unwrap().trim_end_matches(')');
            let own =
                word.starts_with(|it: char| it.is_ascii_lowercase()) && !path.starts_with(['!', '/', '>']);
            if own && !matches!(word, "else" | "this") {
                assert!(
                    text.contains(&format!("`{word}`")),
                    "docs/templates.md does not tell `{word}` of {name}"
                );
            }
        }
    }
}
