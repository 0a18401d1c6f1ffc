//! What the build has read of the regular expressions of the embedded articles, so that no run has to: reading them all
//! takes longer than a small bundle.

/// What is known of one expression.
pub struct Known {
    pub expression: &'static str,
    pub groups: &'static [&'static str],
    pub needs: &'static [&'static [&'static str]],
}

/// In the order of their expressions.
static ALL: &[Known] = &include!(concat!(env!("OUT_DIR"), "/expressions.rs"));

pub fn known(expression: &str) -> Option<&'static Known> {
    ALL.binary_search_by(|it| it.expression.cmp(expression)).ok().map(|at| &ALL[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::expression::groups;
    use crate::rule::need::needs;

    #[test]
    fn what_is_known_is_what_would_be_read() {
        assert!(ALL.len() > 200, "{}", ALL.len());
        for it in ALL {
            let hir = regex_syntax::parse(it.expression).unwrap();
            assert_eq!(
                (&groups(&hir)[..], &needs(&hir)[..]),
                (&owned(it.groups)[..], &it.needs.iter().map(|it| owned(it)).collect::<Vec<_>>()[..]),
                "{}",
                it.expression
            );
            regex::Regex::new(it.expression).unwrap();
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|it| (*it).to_owned()).collect()
    }
}
