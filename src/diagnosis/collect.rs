//! What to ask the customer for next, ranked by what it would decide, with commands that only read.

use super::Gathered;
use crate::bundle::SkipKind;
use crate::case::{Certainty, Collect, Finding, NotChecked, Unexplained, Verdict};
use crate::rule::{Severity, Shell};
use crate::source::{collecting, format, is_plain};

/// No more is asked for than this.
const TOLD: usize = 12;
/// What decides a finding, or may explain a failure, counts for more than any number of rules.
const FINDING: u64 = 1_000_000;
const FAILURE: u64 = 1000;

/// Something to ask for, in the making.
struct Wanted<'a> {
    form: &'a str,
    /// A key or folder of it; nothing where all of it is meant.
    path: Option<&'a str>,
    worth: u64,
    rules: Vec<&'a NotChecked>,
    /// The findings that it would confirm or contradict, and the codes that it might explain.
    symptoms: Vec<&'a str>,
    codes: Vec<String>,
}

impl Gathered<'_> {
    pub(super) fn collect(
        &self,
        verdict: Verdict,
        findings: &[Finding],
        unexplained: &[Unexplained],
        not_checked: &[NotChecked],
    ) -> Vec<Collect> {
        let mut wanted = wanted(not_checked);
        for it in &mut wanted {
            self.weigh_want(it, findings, unexplained, verdict);
        }
        wanted.retain(|it| it.worth > 0);
        // Equal ones in an order of their own, so that the same input gives the same output.
        wanted.sort_by(|one, other| {
            (other.worth, one.form, one.path).cmp(&(one.worth, other.form, other.path))
        });
        wanted.truncate(TOLD);
        let mut list: Vec<Collect> = self.again();
        list.extend(wanted.iter().enumerate().filter_map(|(number, it)| told(it, number + 1)));
        list
    }

    /// How much a thing would decide.
    fn weigh_want<'a>(
        &self,
        it: &mut Wanted<'a>,
        findings: &'a [Finding],
        unexplained: &[Unexplained],
        verdict: Verdict,
    ) {
        let open = |rule: &str| {
            let undecided = |it: &&Finding| it.current && it.certainty != Certainty::Confirmed;
            findings.iter().filter(undecided).find(|it| it.rule == rule)
        };
        for want in &it.rules {
            if let Some(finding) = open(&want.rule) {
                it.worth += FINDING;
                if !it.symptoms.contains(&finding.symptom.as_str()) {
                    it.symptoms.push(&finding.symptom);
                }
            }
            let rule = self.library.rules.iter().find(|it| it.id == want.rule);
            let is_error = rule.is_some_and(|it| it.severity == Severity::Error);
            for code in unexplained.iter().filter_map(|it| it.code) {
                let known = rule.is_some_and(|it| it.codes.contains(&code) || it.echoes.contains(&code));
                if known && findings.iter().all(|it| it.rule != want.rule) {
                    it.worth += FAILURE;
                    if !it.codes.contains(&code.to_string()) {
                        it.codes.push(code.to_string());
                    }
                }
            }
            // A case that is settled needs no more than what settles its findings.
            let is_open =
                matches!(verdict, Verdict::Unexplained | Verdict::Inconclusive | Verdict::Unreadable);
            it.worth += u64::from(is_open && is_error && it.path.is_none());
        }
    }

    /// What was sent and could not be read, or not whole.
    fn again(&self) -> Vec<Collect> {
        let lost = self.skipped.iter().filter(|it| it.kind == SkipKind::Loss);
        let again = lost.take(TOLD).map(|it| Collect {
            what: format!("{} again", it.path),
            reason: format!("What is in it is not known: {}.", it.reason.trim_end_matches('.')),
            rules: Vec::new(),
            shell: None,
            commands: Vec::new(),
        });
        again.collect()
    }
}

/// What rules lack, put together.
fn wanted(not_checked: &[NotChecked]) -> Vec<Wanted<'_>> {
    let mut all: Vec<Wanted<'_>> = Vec::new();
    for it in not_checked {
        let Some((form, rest)) = it.missing.split_once(": ") else { continue };
        let Some(known) = format(form).filter(|it| !is_plain(*it)) else { continue };
        // Of more than a few the last entry tells how many: it is no path.
        let path = known.tree().is_some().then_some(rest).filter(|it| it.contains('\\'));
        if known.tree().is_some() && path.is_none() {
            continue;
        }
        let at = all.iter().position(|it| it.form == form && it.path == path).unwrap_or_else(|| {
            let (worth, rules, symptoms, codes) = (0, Vec::new(), Vec::new(), Vec::new());
            all.push(Wanted { form, path, worth, rules, symptoms, codes });
            all.len() - 1
        });
        all[at].rules.push(it);
    }
    all
}

fn told(wanted: &Wanted<'_>, number: usize) -> Option<Collect> {
    let how = collecting(wanted.form);
    let path = wanted.path.unwrap_or_default();
    let what = match how {
        Some(it) => it.what.replace("{path}", path),
        None => format(wanted.form)?.about().to_owned(),
    };
    let shell = how.and_then(|it| Shell::parse(it.shell));
    let commands = how.zip(shell).and_then(|(it, shell)| {
        it.commands.iter().map(|it| command(shell, it, path, number)).collect::<Option<Vec<_>>>()
    });
    // A key that cannot be written into a command is named, and asked for in words.
    let (shell, commands) = commands.map_or((None, Vec::new()), |it| (shell, it));
    let mut rules: Vec<String> = wanted.rules.iter().map(|it| it.rule.clone()).collect();
    rules.dedup();
    let reason = match (&wanted.symptoms[..], &wanted.codes[..]) {
        ([], []) if rules.len() == 1 => "One rule could be checked with it.".to_owned(),
        ([], []) => format!("{} rules could be checked with it.", rules.len()),
        ([], codes) => format!("It may tell why {} came about.", codes.join(", ")),
        (symptoms, _) => format!("It would confirm or contradict: {}.", symptoms.join("; ")),
    };
    Some(Collect { what, reason, rules, shell, commands })
}

/// A command with the path in it; nothing, where it would not stay one value there.
fn command(shell: Shell, template: &str, path: &str, number: usize) -> Option<String> {
    let template = template.replace("{number}", &number.to_string());
    match template.split_once("{path}") {
        None => Some(template),
        Some((before, behind)) => Some(format!("{before}{}{behind}", shell.quote(before, path)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_a_path_in_a_command() {
        let of =
            |path: &str| command(Shell::Cmd, "reg export \"{path}\" \"%TEMP%\\x-{number}.reg\" /y", path, 3);
        assert_eq!(
            of(r"HKLM\SYSTEM\x y").as_deref(),
            Some(r#"reg export "HKLM\SYSTEM\x y" "%TEMP%\x-3.reg" /y"#)
        );
        assert_eq!(of("HKLM\\a\" & calc & \""), None);
        assert_eq!(of("HKLM\\%PATH%"), None);
    }

    #[test]
    fn what_rules_lack_is_asked_for_once() {
        let missing = |rule: &str, missing: &str| NotChecked {
            rule: rule.to_owned(),
            symptom: String::new(),
            missing: missing.to_owned(),
        };
        let list = [
            missing("a", r"registry: HKLM\SYSTEM"),
            missing("b", r"registry: HKLM\SYSTEM"),
            missing("b", "registry: and 3 more"),
            missing("c", "nothing that is a format: x"),
        ];
        let all = wanted(&list);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].path, all[0].rules.len()), (Some(r"HKLM\SYSTEM"), 2));
    }
}
