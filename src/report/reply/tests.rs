//! A reply for each verdict: what it promises, and what of a case may stand in it.

use pulldown_cmark::{Event, Parser, Tag};

use super::*;
use crate::case::{Certainty, Verdict};
use crate::report::templates::example::{bare, full};

fn letter(case: &Case, form: Form) -> String {
    write(case, &Phrases::parse("reply.toml", ENGLISH).unwrap(), form)
}

#[test]
fn steps_with_their_cautions_before_their_commands() {
    let text = letter(&Case { source: "inbox/INC0042318.zip".to_owned(), ..full() }, Form::Text);
    let expect = r"1. Put the file back into C:\Windows\WinSxS\x86_a.

   Caution: This changes the component store of SRV09.

   In the Command Prompt, run as administrator:

       copy D:\sources\bootmgfw.efi C:\Windows\WinSxS\x86_a
       exit
";
    assert!(text.contains(expect), "{text}");
    for part in [
        "This is certain:",
        "what you sent (INC0042318.zip)",
        "the logs of SRV09 show",
        "0x800f0831 CBS_E_STORE_CORRUPTION, seen 4 times",
        "Not readable: INC0042318.zip!/memory.dmp (a memory dump: not read)",
        "An export of the services. It would tell whether the driver's keys are there.",
        r"       reg export HKLM\SYSTEM\CurrentControlSet\Services services.reg",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // What a later success has overtaken is no news to a customer.
    assert_eq!(text.matches("A file of the component store is missing").count(), 1);
}

#[test]
fn what_is_only_possible_gives_no_steps() {
    let mut case = full();
    case.findings[0].certainty = Certainty::Possible;
    let text = letter(&case, Form::Text);
    assert!(text.contains("Please change nothing on the machine"), "{text}");
    assert!(!text.contains("copy D:") && !text.contains("1. "), "{text}");
}

#[test]
fn no_verdict_promises_more_than_it_knows() {
    for verdict in Verdict::ALL {
        let text = letter(&bare(verdict), Form::Text);
        assert_eq!(text.contains("no failure that still stands"), verdict == Verdict::Clean, "{text}");
        let asks = matches!(verdict, Verdict::Unexplained | Verdict::Inconclusive | Verdict::Unreadable);
        assert!(!asks || text.contains(r"C:\Windows\Logs\CBS"), "{text}");
    }
}

/// Whatever a log says, the Markdown of a reply holds no markup but its own.
#[test]
fn nothing_of_a_case_is_markup() {
    let hostile =
        "![x](http://evil.example) <script>alert(1)</script> [a]: http://evil.example ``` \n# b | c `d`";
    let mut case = full();
    case.name = hostile.to_owned();
    case.machine.name = Some(hostile.to_owned());
    for it in &mut case.findings {
        it.symptom = hostile.to_owned();
        for span in it.cause.iter_mut().flatten() {
            span.text = hostile.to_owned();
        }
        it.steps[0].commands = vec!["```\u{202e}".to_owned()];
    }
    case.unexplained[0].name = Some(hostile.to_owned());
    case.skipped[0].reason = hostile.to_owned();
    case.collect[0].what = hostile.to_owned();
    let text = letter(&case, Form::Markdown);
    assert!(!text.contains('\u{202e}'));
    let headings = ["### What we found", "### What to do", "### What to send us"];
    for event in Parser::new(&text) {
        assert!(!matches!(event, Event::Html(_) | Event::InlineHtml(_)), "{event:?} in {text}");
        assert!(
            !matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Table(_))),
            "{text}"
        );
    }
    let own: Vec<&str> = text.lines().filter(|it| it.starts_with('#')).collect();
    assert_eq!(own, headings);
}
