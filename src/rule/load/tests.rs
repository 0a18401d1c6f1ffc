//! Mistakes in articles, told in the author's words with their place.

use super::*;

/// Loads an article and tells its problems as `LINE:COLUMN: message`.
fn problems(article: &str) -> Vec<String> {
    let (_, problems) = load("a.md", article);
    problems.into_iter().map(|it| format!("{}:{}: {}", it.place.line, it.place.column, it.message)).collect()
}

/// A sound article with `rule` in its block and `step` as its fix.
fn article(rule: &str, step: &str) -> String {
    format!("# Title\n\n## Symptom\n\n```rule\n{rule}\n```\n\nCause.\n\n### Fix\n\n{step}\n")
}

const SOUND: &str =
    "id = \"a-b\"\n[[when]]\nin = \"cbs\"\nmatch = '''Failed to find file: {file:filename} [HRESULT'''";

#[track_caller]
fn check(rule: &str, step: &str, expect: &[&str]) {
    let told = problems(&article(rule, step));
    assert_eq!(told.len(), expect.len(), "{told:#?}");
    for (told, expect) in told.iter().zip(expect) {
        assert!(told.starts_with(expect), "{told}\nshould start with\n{expect}");
    }
}

#[test]
fn a_sound_article_has_no_problem() {
    check(SOUND, "1. Copy `{{file}}`.", &[]);
    assert_eq!(problems(&article(SOUND, "1. Copy it.").replace('\n', "\r\n")), Vec::<String>::new());
}

#[test]
fn unknown_keys_are_told_with_the_nearest() {
    check(
        &format!("sevrity = \"error\"\n{SOUND}"),
        "1. x",
        &["6:1: unknown key `sevrity`; did you mean `severity`?"],
    );
    let typo = SOUND.replace("match", "mtach");
    check(&typo, "1. x", &["9:1: unknown key `mtach`; did you mean `match`?"]);
}

#[test]
fn one_mistake_does_not_hide_the_next() {
    // What a broken pattern would capture is not known, so its values are not called unknown.
    let rule = format!("sevrity = \"error\"\ncdoes = [\"x\"]\n{}", SOUND.replace("filename", "filname"));
    check(
        &rule,
        "1. Copy {{fiel}}.",
        &["6:1: unknown key `sevrity`", "7:1: unknown key `cdoes`", "11:33: there is no type"],
    );
}

#[test]
fn toml_mistakes_have_their_place() {
    let told = problems(&article("id = \"a\"\nid = \"b\"", "1. x"));
    assert!(told[0].starts_with("7:1: "), "{told:?}");
    let told = problems(&article("id = a", "1. x"));
    assert!(told[0].starts_with("6:6: "), "{told:?}");
}

#[test]
fn patterns_are_checked_where_they_stand() {
    check(
        &SOUND.replace("filename", "filname"),
        "1. x",
        &["9:33: there is no type `filname`; did you mean `filename`?"],
    );
    let regex =
        SOUND.replace("match = '''Failed to find file: {file:filename} [HRESULT'''", "regex = '''ab(cd'''");
    check(&regex, "1. x", &["9:14: the regular expression cannot be read: unclosed group"]);
    check(
        &SOUND.replace("\"cbs\"", "\"csb\""),
        "1. x",
        &["8:6: there is no format `csb`; did you mean `cbs`?"],
    );
}

#[test]
fn values_must_be_captured_and_may_not_be_free_text() {
    check(
        SOUND,
        "1. Copy {{fiel}}.",
        &["16:1: {{fiel}} is not captured by any condition; did you mean `file`?"],
    );
    check(
        SOUND,
        "1. Copy {{file.drive}}.",
        &["16:1: {{file.drive}}: a filename has the parts stem, extension"],
    );
    let text = SOUND.replace(":filename", ":text");
    check(&text, "1. Copy:\n   ```cmd\n   copy {{file}}\n   ```", &["18:4: {{file}} is free text of a log"]);
}

#[test]
fn a_symptom_needs_a_fix_and_a_step_a_shell() {
    let told = problems(&format!("# T\n\n## S\n\n```rule\n{SOUND}\n```\n"));
    assert!(told[0].starts_with("3:1: this symptom has no fix"), "{told:?}");
    check(
        SOUND,
        "1. x\n   ```bash\n   ls\n   ```",
        &["18:4: a block of commands names its shell: cmd, powershell, reg"],
    );
    check(
        SOUND,
        "1. x\n   ```cmd\n   a\n   ```\n   ```powershell\n   b\n   ```",
        &["21:4: the commands of one step are for one shell"],
    );
    check(SOUND, "1. **Only if `file` resembles `x`:** y", &["16:1: a guard reads: "]);
}

#[test]
fn conditions_are_of_one_kind() {
    check("id = \"a\"\n[[when]]\nmatch = 'abcd'", "1. x", &["7:1: a condition has one of the keys"]);
    check(
        &format!("{SOUND}\nwhere = {{ lvel = \"Error\" }}"),
        "1. x",
        &["10:18: `lvel` is neither captured here nor a field; did you mean `level`?"],
    );
    check(&format!("{SOUND}\nwithin = 5"), "1. x", &["10:10: `within` says how far a `then` may be"]);
    check("id = \"a\"", "1. x", &["6:1: a rule needs at least one [[when]]"]);
}

#[test]
fn samples_and_blocks_with_a_typo_are_seen() {
    let told = problems(&format!(
        "{}\n```sampel cbs\nx\n```\n",
        article(SOUND, "1. x").replace("### Fix", "```sampel cbs\nx\n```\n\n### Fix")
    ));
    assert!(told[0].contains("a block `sampel` means nothing; did you mean `sample`?"), "{told:?}");
    let told = problems(&article(SOUND, "1. x").replace("Cause.", "```sample cbss\nx\n```"));
    assert!(told[0].contains("a sample names its format"), "{told:?}");
}

#[test]
fn then_may_be_a_text_a_table_or_a_list() {
    for then in ["'''efgh'''", "{ match = '''efgh''' }", "['''efgh''', { regex = 'ij+kl' }]"] {
        check(&format!("{SOUND}\nthen = {then}"), "1. x", &[]);
    }
}

#[test]
fn what_stands_outside_of_the_list_is_not_lost_in_silence() {
    check(SOUND, "1. x\n\n```cmd\ndel y\n```", &["19:1: this stands outside of the numbered list"]);
    check(SOUND, "1. x\n\n> [!CAUTION]\n> It hurts.", &["18:1: this stands outside of the numbered list"]);
}

#[test]
fn indented_rule_blocks_are_refused() {
    let told = problems("# T\n\n## S\n\n  ```rule\n  id = \"größe\"\n  x = '''ü'''\n  ```\n");
    assert!(told.iter().any(|it| it.contains("are indented")), "{told:?}");
}

#[test]
fn toml_is_explained_to_those_who_never_met_it() {
    let first = |rule: &str| problems(&article(rule, "1. x")).remove(0);
    assert!(first(&format!("{SOUND}\nseverity = \"note\"")).contains("write it above the first [[…]]"));
    assert!(
        first("id = \"a\"\n[[when]]\nin = \"cbs\"\nregex = \"\\d\"").contains("a backslash is a backslash")
    );
    assert!(first(&format!("codes = \"0x2\"\n{SOUND}")).contains("write a list"));
    assert!(first(&SOUND.replace("id = \"a-b\"\n", "")).contains("missing field `id`: every block"));
}

#[test]
fn what_would_never_be_noticed_is_told() {
    check(SOUND, "1. Copy {file}.", &["16:1: a value stands in double braces: write {{file}}"]);
    check(SOUND, "1. x\n   ```cmd\n   del {{file}\n   ```", &["18:4: a value stands in double braces"]);
    let confirm = |path: &str| format!("{SOUND}\n[[confirm]]\n{path}");
    check(&confirm("registry = 'HKLN\\x'"), "1. x", &["11:12: a key begins with HKLM"]);
    check(&confirm("listing = '%windir%\\x'"), "1. x", &["11:11: a path begins with its drive"]);
    let told = problems(&article(SOUND, "1. x").replace("## Symptom", ""));
    assert!(told[0].contains("stands above the first section"), "{told:?}");
    let told = problems(&article(SOUND, "1. x").replace("## Symptom", "## About {{file}}"));
    assert!(told[0].starts_with("3:1: a heading says in plain words"), "{told:?}");
    check(SOUND, "1. x\n\nNever do this on a cluster.", &["18:1: this stands outside of the numbered list"]);
}

#[test]
fn facts_of_the_registry() {
    let check = |block: &str, expect: &[&str]| {
        let told = problems(&format!("# Title\n\n## Fact\n\n```fact\n{block}\n```\n"));
        assert_eq!(told.len(), expect.len(), "{told:#?}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}\nshould start with\n{expect}");
        }
    };
    let sound = "registry = 'HKLM\\SOFTWARE\\X'\nvalue = \"EditionID\"\nfact = \"edition\"";
    check(sound, &[]);
    check(
        &sound.replace("\"edition\"", "\"editon\""),
        &["8:8: there is no fact `editon`; did you mean `edition`?"],
    );
    check(&sound.replace("HKLM", "SOFTWARE"), &["6:12: a key begins with HKLM"]);
    check(&sound.replace("\\X", "\\*"), &["6:12: a fact stands in one key"]);
    check(&sound.replace("value", "valeu"), &["7:1: unknown key `valeu`; did you mean `value`?"]);
}

#[test]
fn a_failure_is_ended_only_by_what_can_end_it() {
    let failure = |rest: &str| {
        format!("# T\n\n## S\n\n```failure\nin = \"cbs\"\nmatch = '''broke {{_a:word}}'''\n{rest}\n```\n")
    };
    let told = |rest: &str| -> Vec<String> {
        let (_, problems) = load("a.md", &failure(rest));
        problems.into_iter().map(|it| format!("{}: {}", it.place.line, it.message)).collect()
    };
    let unless = "\n[[unless]]\nin = \"cbs\"\nmatch = '''works {_a:word}'''";
    assert_eq!(told(&format!("{unless}\nlater = true")), [""; 0]);
    for (rest, expect) in [
        (unless.to_owned(), "9: what ends a failure comes later"),
        (
            format!("{unless} {{_b:word}}'''\nlater = true")
                .replacen("'''", "", 2)
                .replace("match = ", "match = '''"),
            "9: `_b` is not captured",
        ),
        ("[[unless]]\nregistry = 'HKLM\\x'\nlater = true".to_owned(), "8: "),
        ("[[unless]]\nin = \"cbs\"\nmatsch = \"x\"".to_owned(), "10: unknown key `matsch`"),
        ("[[confirm]]\nin = \"cbs\"".to_owned(), "8: unknown key `confirm`"),
    ] {
        let told = told(&rest);
        assert!(told.first().is_some_and(|it| it.starts_with(expect)), "{rest}\n{told:#?}");
    }
    let (_, problems) =
        load("a.md", &failure(&format!("{unless}\nlater = true")).replace("```failure", "```fact"));
    assert!(problems[0].message.contains("nothing else has one"), "{problems:?}");
}

#[test]
fn attempts() {
    let check = |block: &str, expect: &[&str]| {
        let told = problems(&format!("# Title\n\n## Attempt\n\n```attempt\n{block}\n```\n"));
        assert_eq!(told.len(), expect.len(), "{told:#?}");
        for (told, expect) in told.iter().zip(expect) {
            assert!(told.starts_with(expect), "{told}\nshould start with\n{expect}");
        }
    };
    let sound = "in = \"cbs\"\noutcome = \"ended\"\nmatch = '''Done: {package:package} {code:hresult}'''";
    check(sound, &[]);
    check(&sound.replace("outcome = \"ended\"\n", ""), &[]);
    check(&sound.replace("\"ended\"", "\"ende\""), &["7:11: an outcome is download-started, started"]);
    check(&sound.replace("outcome", "outcom"), &["7:1: unknown key `outcom`"]);
    check(&sound.replace("{package:", "{packet:"), &["6:1: nothing is made of `packet` here"]);
}
