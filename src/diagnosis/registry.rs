//! What the registry of a machine tells of it: its own word, in exports, in the text of `reg query` and in hives.
//! Values that say little alone are joined here: a build with its revision, a name of Windows with its release.

use super::Gathered;
use super::nodes::of_fact;
use crate::case::Fact;
use crate::matching::Answer;

/// The first build of Windows 11, whose registry goes on to say "Windows 10".
const ELEVEN: u32 = 22000;

/// One value as a source has it.
struct Told<'a> {
    fact: &'static str,
    data: &'a str,
    source: usize,
    line: u64,
}

impl Gathered<'_> {
    /// The facts that the registry tells, in the order in which the articles ask for them.
    pub(super) fn own_word(&self) -> Vec<Fact> {
        let told = self.registry_values();
        let fact = |it: &Told<'_>| {
            let of = |fact: &str| told.iter().find(|that| that.fact == fact && that.source == it.source);
            let joined = |fact: &str, sign: &str| match of(fact) {
                Some(more) => format!("{}{sign}{}", it.data, more.data),
                None => it.data.to_owned(),
            };
            let value = match it.fact {
                "build" if is_number(it.data) => joined("revision", "."),
                "windows" => {
                    believed(it.data, of("build").map(|it| it.data)).then(|| joined("release", " "))?
                }
                "language" => language(it.data)?,
                "utc_offset" => offset(it.data)?,
                "build" | "revision" | "release" | "installation" => return None,
                _ => it.data.to_owned(),
            };
            let source = self.sources.get(it.source);
            let path = source.map(|it| it.path.clone()).unwrap_or_default();
            let at = source.map(|source| source.at(it.line)).unwrap_or_default();
            Some(Fact { name: it.fact, value, path, at })
        };
        told.iter().filter_map(fact).collect()
    }

    /// What was installed, where all that tell it agree: `Client`, `Server`, `Server Core`.
    pub(super) fn installation(&self) -> Option<&str> {
        let told = self.registry_values();
        let mut all = told.into_iter().filter(|it| it.fact == "installation").map(|it| it.data);
        let first = all.next()?;
        all.all(|it| it == first).then_some(first)
    }

    fn registry_values(&self) -> Vec<Told<'_>> {
        let mut told = Vec::new();
        for fact in &self.library.registry_facts {
            let question = of_fact(fact);
            let answers = self.answers.asked.iter().filter(|(it, _)| *it == question).flat_map(|(_, it)| it);
            for answer in answers {
                // Several values may tell the same, as those of the build do: the first of them is asked.
                if let Answer::Yes(asked) = answer
                    && !asked.data.trim().is_empty()
                    && !told.iter().any(|it: &Told<'_>| it.fact == fact.fact && it.source == asked.source)
                {
                    let (data, source, line) = (asked.data.trim(), asked.source, asked.line);
                    told.push(Told { fact: fact.fact, data, source, line });
                }
            }
        }
        told
    }
}

fn is_number(data: &str) -> bool {
    !data.is_empty() && data.bytes().all(|it| it.is_ascii_digit())
}

/// Whether Windows is what its product name says, given the build that stands beside it: Windows 11 says that it is
/// Windows 10.
fn believed(product: &str, build: Option<&str>) -> bool {
    let old = build.and_then(|it| it.parse::<u32>().ok()).is_some_and(|it| it < ELEVEN);
    old || !product.starts_with("Windows 10")
}

/// `1031` of `0407`: languages are told in decimal.
fn language(data: &str) -> Option<String> {
    u32::from_str_radix(data, 16).ok().map(|it| it.to_string())
}

/// `+0100` of `4294967236`: the registry has the minutes from local time to UTC, as a number without a sign.
fn offset(data: &str) -> Option<String> {
    let bias = data.parse::<u32>().ok()?.cast_signed();
    let (sign, minutes) = (if bias > 0 { '-' } else { '+' }, bias.unsigned_abs());
    // No clock is further away from UTC than this.
    (minutes <= 14 * 60).then(|| format!("{sign}{:02}{:02}", minutes / 60, minutes % 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_11_is_not_believed_to_be_10() {
        assert!(believed("Windows 10 Pro", Some("19045")));
        assert!(!believed("Windows 10 Pro", Some("22631")));
        assert!(!believed("Windows 10 Pro", None), "without a build it may be either");
        assert!(believed("Windows Server 2022 Standard", None));
    }

    #[test]
    fn numbers_of_the_registry() {
        assert_eq!(offset("4294967236").as_deref(), Some("+0100"));
        assert_eq!(offset("300").as_deref(), Some("-0500"));
        assert_eq!(offset("0").as_deref(), Some("+0000"));
        assert_eq!(offset("4294966966").as_deref(), Some("+0530"));
        assert_eq!(offset("2147483648"), None);
        assert_eq!(language("0407").as_deref(), Some("1031"));
        assert_eq!(language("x"), None);
    }
}
