//! What became of each rule: checked, not for this machine, or not checked for want of something.

use super::Gathered;
use crate::case::{Coverage, NotChecked, RuleState};
use crate::rule::Rule;

impl Gathered<'_> {
    pub(super) fn coverage(&self, not_checked: &[NotChecked]) -> Vec<Coverage> {
        let state = |rule: &Rule| {
            if self.is_for_others(rule) {
                return (RuleState::NotApplicable, Some(self.others(rule)));
            }
            let missing: Vec<&str> =
                not_checked.iter().filter(|it| it.rule == rule.id).map(|it| it.missing.as_str()).collect();
            if missing.is_empty() {
                return (RuleState::Checked, None);
            }
            (RuleState::NotChecked, Some(format!("For want of {}.", missing.join("; "))))
        };
        let one = |rule: &Rule| {
            let (state, reason) = state(rule);
            Coverage { rule: rule.id.clone(), symptom: rule.symptom.clone(), state, reason }
        };
        self.library.rules.iter().map(one).collect()
    }

    /// Which machines a rule is for, and which one this is.
    fn others(&self, rule: &Rule) -> String {
        let builds = rule.applies_to.build.iter().map(|it| match (it.least, it.most) {
            (least, most) if least == most => format!("build {least}"),
            (0, most) => format!("builds up to {most}"),
            (least, u32::MAX) => format!("builds from {least} on"),
            (least, most) => format!("builds {least} to {most}"),
        });
        let architectures = rule.applies_to.architecture.iter().cloned();
        let wanted: Vec<String> = builds.chain(architectures).collect();
        let facts = self.facts();
        let told = |name: &str| facts.iter().find(|it| it.name == name).map(|it| it.value.clone());
        let is: Vec<String> = [told("build"), told("architecture")].into_iter().flatten().collect();
        format!("It is for {}; this machine is {}.", wanted.join(", "), is.join(", "))
    }
}
