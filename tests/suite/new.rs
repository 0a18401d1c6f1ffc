//! `casebook rules new` through the binary: what is proposed passes the check and finds its line again.

use super::evtx_file::{Written, file};
use super::{Casebook, Outcome, finding, line, root, zip_of};

const LOG: &str = "CBS.log";

/// A log of a failure that no rule of casebook knows; the failure is in line 2.
fn log() -> String {
    line("Info", "CBS", "Startup: initializing")
        + &line(
            "Error",
            "CSI",
            "00000c71 (F) Fabrikam queue stopped at C:\\Fabrikam Tools\\queue.dat, HRESULT = 0x80070bc9",
        )
        + "    Old component: [l:0]''\r\n"
        + &line("Info", "CBS", "Ending")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// `rules new` on these files, then `rules check` of what it wrote and `analyze` with it.
#[track_caller]
fn finds_again(file: &str, content: &[u8], from: &str) {
    let made = Casebook::new().file(file, content).args(&["rules", "new", "--from", from]).run().status(0);
    assert!(made.stderr.contains("casebook rules check FILE.md"), "{}", made.stderr);
    let article = &made.stdout;
    assert!(article.contains("=> path = C:\\Fabrikam Tools\\queue.dat\n"), "{article}");
    assert!(article.contains("    Old component: [l:0]''\n"), "{article}");
    assert!(article.contains("codes = [\"0x80070bc9\"]"), "{article}");
    let checked = Casebook::new().file("my.md", article).args(&["rules", "check", "my.md"]).run().status(0);
    assert!(checked.stdout.contains("nothing is wrong"), "{}", checked.stdout);
    let input = from.split('/').next().unwrap().split(['!', ':']).next().unwrap();
    let run = Casebook::new()
        .file(file, content)
        .file("my/my.md", article)
        .args(&["analyze", input, "--rules", "my", "--one-case", "case"])
        .run()
        .status(0);
    let case = run.case("case");
    let found = finding(&case, "fabrikam-queue-stopped-at");
    assert!(found.to_string().contains("queue.dat"), "{found}");
}

#[test]
fn a_line_of_a_log_a_folder_a_zip_file_and_one_inside() {
    let log = log();
    let inner = zip_of(&[("CBS/CBS.log", &utf16(&log))]);
    finds_again(LOG, log.as_bytes(), "CBS.log:2");
    finds_again(LOG, &utf16(&log), "CBS.log:2");
    finds_again("logs/x/CBS.log", log.as_bytes(), "logs/x/CBS.log:2");
    finds_again("logs/x/CBS.log", log.as_bytes(), "logs!/x/CBS.log:2");
    finds_again("a.zip", &zip_of(&[("CBS\\CBS.log", log.as_bytes())]), "a.zip!/CBS/CBS.log:2");
    finds_again("a.zip", &zip_of(&[("x.txt", b"x"), ("b.zip", &inner)]), "a.zip!/b.zip!/CBS/CBS.log:2");
}

#[test]
fn lines_of_the_samples_give_articles_that_pass() {
    let sample = root().join("samples/INC0047129.zip");
    let listed = Casebook::new().arg("analyze").arg(&sample).run().case("INC0047129");
    let path = listed["sources"][0]["path"].as_str().unwrap();
    for number in 1..20 {
        let from = format!("{}!/{path}:{number}", sample.display());
        let made = Casebook::new().args(&["rules", "new", "-o", "my.md", "--from", &from]).run().status(0);
        let article = made.text("my.md");
        Casebook::new().file("my.md", article).args(&["rules", "check", "my.md"]).run().status(0);
    }
}

#[test]
fn a_pasted_line_with_id_and_symptom() {
    let log =
        line("Error", "CBS", "Fabrikam stopped 12 of 13 [HRESULT = 0x80070bc9 - ERROR_FAIL_REBOOT_REQUIRED]");
    let made = Casebook::new()
        .args(&[
            "rules",
            "new",
            "--format",
            "cbs",
            "--id",
            "mine",
            "--symptom",
            "A *restart* is due",
            "--output",
        ])
        .args(&["my.md", "--line", &log])
        .run()
        .status(0);
    assert_eq!(made.stdout, "");
    assert!(made.stderr.contains("casebook rules check my.md"), "{}", made.stderr);
    let article = made.text("my.md");
    assert!(article.contains("## A \\*restart\\* is due\n"), "{article}");
    assert!(
        article.contains("match = '''Fabrikam stopped {_:number} of {_:number} [HRESULT = 0x80070bc9'''"),
        "{article}"
    );
    Casebook::new().file("my.md", article).args(&["rules", "check", "my.md"]).run().status(0);
}

#[test]
fn a_pattern_without_text_is_told() {
    let made = Casebook::new().args(&["rules", "new", "--format", "text", "--line", "a 1 b"]).run().status(0);
    assert!(made.stderr.contains("no four characters"), "{}", made.stderr);
}

#[track_caller]
fn refused(args: &[&str], expect: &str) -> Outcome {
    let files = [("CBS.log", log().into_bytes()), ("a.zip", zip_of(&[("CBS/CBS.log", log().as_bytes())]))];
    let casebook = files.iter().fold(Casebook::new(), |it, (path, content)| it.file(path, content));
    let casebook = casebook
        .file("there.md", "mine")
        .file("empty.log", "x\r\n\r\n")
        .file("x.evtx", b"ElfFile\0\0\0\0")
        .file("x.evt", b"\x30\0\0\0LfLe");
    let outcome = casebook.args(&["rules", "new"]).args(args).run().status(2);
    assert!(outcome.stderr.contains(expect), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
    outcome
}

#[test]
fn an_event_of_a_binary_log_is_meant_by_its_number() {
    let data = [("errorCode", "0x80070002"), ("updateTitle", "Fabrikam driver (KB5012345)")];
    let event = |record, id| Written {
        provider: "Microsoft-Windows-WindowsUpdateClient",
        id,
        level: 2,
        record,
        time: "2024-03-14T02:11:21",
        log: "System",
        computer: "SRV09",
        data: &data,
        user_data: None,
    };
    let log = file(&[vec![event(811, 43), event(812, 20), event(813, 19)]]);
    let made =
        Casebook::new().file("a.evtx", log).args(&["rules", "new", "--from", "a.evtx:812"]).run().status(0);
    assert!(made.stdout.contains("id = 20") && made.stdout.contains("Event at 812:"), "{}", made.stdout);
}

#[test]
fn nothing_is_overwritten() {
    let outcome = refused(&["--from", "CBS.log:2", "-o", "there.md"], "there.md: is there already");
    assert_eq!(outcome.text("there.md"), "mine");
}

#[test]
fn what_is_wrong_is_told_with_its_remedy() {
    refused(&[], "--from FILE:LINE, or --line TEXT with --format FORMAT");
    refused(&["--line", "x"], "--line needs --format: one of cbs,");
    refused(&["--line", "x", "--format", "cbz"], "the formats are cbs,");
    refused(&["--line", " ", "--format", "cbs"], "--line is empty");
    refused(&["--from", "CBS.log"], "write FILE:LINE");
    refused(&["--from", "CBS.log:0"], "write FILE:LINE");
    refused(&["--from", "none.log:1"], "none.log: no such file or folder");
    refused(&["--from", "CBS.log:99"], "CBS.log has 4 lines, so there is no line 99");
    refused(&["--from", "empty.log:2"], "line 2 of empty.log is empty");
    refused(&["--from", "a.zip:2"], "as in a.zip!/CBS/CBS.log:2");
    refused(&["--from", "a.zip!/CBS.log:2"], "a.zip holds no `CBS.log`; did you mean `CBS/CBS.log`?");
    refused(&["--from", "x.evt:2"], "Windows XP");
    refused(&["--from", "x.evtx:2"], "x.evtx: none of its records has the number 2");
    refused(&["--from", "CBS.log:2", "--id", "Mine"], "is no id");
}
