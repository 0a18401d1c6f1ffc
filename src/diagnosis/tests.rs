//! Steps with this machine's values in them: repeated where there are several, left blank where a value is
//! not what it should be.

use super::*;
use crate::case::Step;
use crate::matching::{Matcher, scan};
use crate::source::format;
use crate::text::{Blocks, Encoding};

const RULE: &str = "id = \"x\"\n[[when]]\nin = \"cbs\"\nmatch = '''lost {folder:path}|{file:filename}|{inf:inf}|{note:text};'''";

/// The steps that `fix` becomes when a log holds these messages.
fn steps(fix: &str, messages: &[&str]) -> Vec<Step> {
    let article = format!("# T\n\n## S\n\n```rule\n{RULE}\n```\n\n### Fix\n\n{fix}\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), article).unwrap();
    let (library, problems) = Library::of(&[folder.path().to_owned()]).unwrap();
    assert_eq!(problems, []);
    let log: String = messages
        .iter()
        .map(|it| format!("2024-03-12 03:14:07, Info                  CBS    {it}\n"))
        .collect();
    let mut hits = Hits::default();
    let mut bytes = log.as_bytes();
    let mut blocks = Blocks::new(&mut bytes, Encoding::Bytes);
    scan(&Matcher::new(&library), format("cbs").unwrap(), 0, &mut blocks, &mut hits);
    let answers = Answers::default();
    let gathered = Gathered {
        library: &library,
        hits: &hits,
        sources: &[],
        skipped: &[],
        computers: &[],
        answers: &answers,
    };
    diagnose("case", "case.zip", &gathered).findings.remove(0).steps
}

fn text(step: &Step) -> String {
    step.text.iter().map(|it| it.text.as_str()).collect()
}

const ONE: &str = r"lost C:\a|f.dll|disk.inf|n;";
const TWO: &str = r"lost C:\b|g.dll|disk.inf|n;";

#[test]
fn a_line_of_commands_is_repeated_for_each_value() {
    let steps =
        steps("1. Do:\n   ```cmd\n   cd \\\n   copy \"{{file}}\" \"{{folder}}\\\"\n   ```", &[ONE, TWO, ONE]);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].commands, [r"cd \", r#"copy "f.dll" "C:\a\""#, r#"copy "g.dll" "C:\b\""#]);
}

#[test]
fn a_step_is_repeated_with_the_values_that_go_together() {
    let steps = steps("1. Make `{{folder}}`:\n   ```cmd\n   echo \"{{file}}\"\n   ```", &[ONE, TWO]);
    let told: Vec<_> = steps.iter().map(|it| (text(it), it.commands.join(";"))).collect();
    let expect = [(r"Make C:\a:", "echo \"f.dll\""), (r"Make C:\b:", "echo \"g.dll\"")];
    assert_eq!(told, expect.map(|(text, command)| (text.to_owned(), command.to_owned())));
}

#[test]
fn guards_choose_their_values() {
    let fix = "1. **Only if `folder` ends with `\\A`:** First.\n   ```cmd\n   dir \"{{folder}}\"\n   ```\n2. **Only if `folder` is `D:\\`:** Never.\n3. **Only if `folder` does not contain `a`:** Last.";
    let steps = steps(fix, &[ONE, TWO]);
    let told: Vec<_> = steps.iter().map(|it| (text(it), it.commands.join(";"))).collect();
    assert_eq!(
        told,
        [("First.".to_owned(), "dir \"C:\\a\"".to_owned()), ("Last.".to_owned(), String::new())]
    );
}

#[test]
fn lists_are_spread_over_commands() {
    let floppy = r"lost C:\a|f.dll|flpydisk.inf|n;";
    let steps = steps(
        "1. Export:\n   ```cmd\n   reg export \"{{inf.services}}\" \"{{inf.services}}.reg\"\n   ```",
        &[floppy],
    );
    assert_eq!(
        steps[0].commands,
        [r#"reg export "flpydisk" "flpydisk.reg""#, r#"reg export "sfloppy" "sfloppy.reg""#]
    );
}

#[test]
fn what_is_no_plain_value_is_left_to_be_filled_in() {
    let fix = "1. Copy:\n   ```cmd\n   copy \"{{file}}\" \"{{folder}}\"\n   ```\n2. Export:\n   ```cmd\n   reg export \"{{inf.services}}\"\n   ```";
    let steps = steps(fix, &["lost C:\\a|f\"&del C:&x.dll|oem12.inf|n;"]);
    assert_eq!(steps[0].commands, [r#"copy "<file>" "C:\a""#]);
    assert_eq!(
        text(&steps[0]),
        "Copy: Fill in <file> by hand: what the log has there is not a plain value: see the evidence."
    );
    assert_eq!(steps[1].commands, [r#"reg export "<inf.services>""#]);
    assert!(text(&steps[1]).contains("Fill in <inf.services> by hand"));
}

#[test]
fn values_are_text_and_never_templates() {
    let steps = steps("1. See {{note}} and {{file}}.", &[r"lost C:\a|{{note}}|disk.inf|**{{file}}** <b>;"]);
    assert_eq!(text(&steps[0]), "See **{{file}}** <b> and {{note}}.");
}
