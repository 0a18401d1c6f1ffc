//! What a bundle tells of the machine: the facts that its sources name, which of them is believed, and where
//! they disagree, as they do where logs of two machines, or of before and after an upgrade, lie in one bundle.

use super::Gathered;
use crate::case::{At, Conflict, Fact, Machine};
use crate::matching::{Found, Owner};

/// The names that facts have in rules, in the order in which they are told.
const NAMES: [&str; 9] = [
    "name",
    "windows",
    "build",
    "architecture",
    "edition",
    "language",
    "time_zone",
    "utc_offset",
    "servicing_stack",
];
/// Facts that cannot differ on one machine. Names of Windows are translated, clocks change with the season, and a
/// servicing stack is updated.
const COMPARED: [&str; 4] = ["name", "build", "architecture", "edition"];
/// No more values of one fact are told than this.
const TOLD: usize = 8;

/// Builds whose files, and whose servicing stack, are those of the first: the others only switch on more of it.
const SAME_FILES: [&[u32]; 4] =
    [&[18362, 18363], &[19041, 19042, 19043, 19044, 19045], &[22621, 22631], &[26100, 26200]];

/// What a build is sold as, client and server alike: which of the two a machine is does not follow from it. The
/// first of builds with the same files stands for all of them.
const WINDOWS: [(u32, &str); 24] = [
    (7601, "Windows 7 SP1 or Windows Server 2008 R2 SP1"),
    (9200, "Windows 8 or Windows Server 2012"),
    (9600, "Windows 8.1 or Windows Server 2012 R2"),
    (10240, "Windows 10 1507"),
    (10586, "Windows 10 1511"),
    (14393, "Windows 10 1607 or Windows Server 2016"),
    (15063, "Windows 10 1703"),
    (16299, "Windows 10 1709 or Windows Server 1709"),
    (17134, "Windows 10 1803 or Windows Server 1803"),
    (17763, "Windows 10 1809 or Windows Server 2019"),
    (18362, "Windows 10 1903 to 1909 or Windows Server 1903 to 1909"),
    (18363, "Windows 10 1909 or Windows Server 1909"),
    (19041, "Windows 10 2004 to 22H2 or Windows Server 2004 to 20H2"),
    (19042, "Windows 10 20H2 or Windows Server 20H2"),
    (19043, "Windows 10 21H1"),
    (19044, "Windows 10 21H2"),
    (19045, "Windows 10 22H2"),
    (20348, "Windows Server 2022"),
    (22000, "Windows 11 21H2"),
    (22621, "Windows 11 22H2 to 23H2"),
    (22631, "Windows 11 23H2"),
    (25398, "Windows Server 23H2"),
    (26100, "Windows 11 24H2 to 25H2 or Windows Server 2025"),
    (26200, "Windows 11 25H2"),
];

/// Languages by their number, as Windows counts them: the common ones.
const LANGUAGES: [(&str, &str); 18] = [
    ("1028", "zh-TW"),
    ("1029", "cs-CZ"),
    ("1031", "de-DE"),
    ("1033", "en-US"),
    ("1036", "fr-FR"),
    ("1038", "hu-HU"),
    ("1040", "it-IT"),
    ("1041", "ja-JP"),
    ("1042", "ko-KR"),
    ("1043", "nl-NL"),
    ("1045", "pl-PL"),
    ("1046", "pt-BR"),
    ("1049", "ru-RU"),
    ("1053", "sv-SE"),
    ("1055", "tr-TR"),
    ("2052", "zh-CN"),
    ("2057", "en-GB"),
    ("3082", "es-ES"),
];

impl Gathered<'_> {
    /// The machine: of each fact the value that is believed, all values with their places, and what disagrees.
    pub fn machine(&self) -> Machine {
        let facts = self.facts();
        let of = |name: &str| facts.iter().find(|it| it.name == name).map(|it| it.value.clone());
        let build =
            facts.iter().filter(|it| it.name == "build").fold(None, |best: Option<&Fact>, it| match best {
                // Of values that agree, the one that says more.
                Some(best)
                    if agree("build", &best.value, &it.value) && tells_more(&it.value, &best.value) =>
                {
                    Some(it)
                }
                best => best.or(Some(it)),
            });
        let build = build.map(|it| it.value.clone());
        let own = self.own_word().into_iter().find(|it| it.name == "name" && !is_passing(&it.value));
        let computer = self.computers.iter().find(|it| !is_passing(it)).cloned();
        let sold_as = || Some(of_kind(sold_as(build.as_deref()?)?, self.installation()).to_owned());
        Machine {
            name: own.map(|it| it.value).or(computer).or_else(|| of("name")),
            windows: of("windows").or_else(sold_as),
            build,
            architecture: of("architecture"),
            edition: of("edition"),
            language: of("language"),
            time_zone: of("time_zone"),
            utc_offset: of("utc_offset"),
            servicing_stack: of("servicing_stack"),
            conflicts: COMPARED.iter().filter_map(|it| self.conflict(it, &facts)).collect(),
            facts,
        }
    }

    /// Every build that some source tells, with those it cannot be told from.
    pub fn builds(&self) -> Vec<u32> {
        let told =
            self.facts().into_iter().filter(|it| it.name == "build").filter_map(|it| number(&it.value));
        told.flat_map(|it| match SAME_FILES.iter().find(|that| that[0] == it) {
            Some(family) => family.to_vec(),
            None => vec![it],
        })
        .collect()
    }

    /// What the registry tells, which is the machine's own word, and then what lines of logs tell: what is believed
    /// stands first.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let plainly = |it: Fact| Fact { value: plain(it.name, &it.value), ..it };
        let own = self.own_word().into_iter().map(plainly).filter(|it| !is_passing(&it.value));
        let found = (0..self.library.facts.len()).filter_map(|it| self.found(Owner::Fact(it)));
        let mut facts: Vec<Fact> = own.chain(found.flat_map(|it| self.told(it))).collect();
        facts.sort_by_key(|it| NAMES.iter().position(|that| *that == it.name));
        let mut counts = [0; NAMES.len()];
        facts.retain(|it| {
            let at = NAMES.iter().position(|that| *that == it.name).unwrap_or_default();
            counts[at] += 1;
            counts[at] <= TOLD
        });
        facts
    }

    /// The values that one kind of line told, the latest first.
    fn told(&self, found: &Found) -> Vec<Fact> {
        let mut sets: Vec<_> = found.sets.iter().collect();
        let mut facts: Vec<Fact> = Vec::new();
        let later = |best: usize, it: usize| if sets[it].last.is_after(&sets[best].last) { it } else { best };
        if let Some(latest) = (0..sets.len()).reduce(later) {
            sets[..=latest].rotate_right(1);
        }
        for value in sets.iter().flat_map(|it| &it.binding) {
            let Some(name) = NAMES.iter().find(|it| value.is_named(it)) else { continue };
            let lines =
                found.kept.iter().flat_map(|hit| hit.lines.iter().map(move |line| (hit.source, line)));
            let mut here = lines.filter(|(_, line)| {
                line.values.iter().any(|it| it.name == value.name && it.text == value.text)
            });
            let Some((source, line)) = here.next() else { continue };
            let value = plain(name, &value.text);
            if is_passing(&value) || facts.iter().any(|it| it.name == *name && it.value == value) {
                continue;
            }
            let source = self.sources.get(source);
            let path = source.map(|it| it.path.clone()).unwrap_or_default();
            let at = source.map(|it| it.at(line.number)).unwrap_or_default();
            facts.push(Fact { name, value, path, at });
        }
        facts
    }

    fn conflict(&self, name: &str, facts: &[Fact]) -> Option<Conflict> {
        let mut values: Vec<Fact> = Vec::new();
        let fact = NAMES.iter().find(|it| **it == name)?;
        // The names that events bear are known without their place.
        let computers = self.computers.iter().filter(|it| name == "name" && !is_passing(it));
        let computers =
            computers.map(|it| Fact { name: fact, value: it.clone(), path: String::new(), at: At::Nowhere });
        for it in facts.iter().filter(|it| it.name == name).cloned().chain(computers) {
            if !values.iter().any(|that| agree(name, &that.value, &it.value)) {
                values.push(it);
            }
        }
        (values.len() > 1).then_some(Conflict { fact, values })
    }
}

/// A value as the report tells it.
fn plain(name: &str, value: &str) -> String {
    let known = match name {
        "architecture" => match value.to_ascii_lowercase().as_str() {
            "x64" | "amd64" => Some("amd64"),
            "x86" | "i386" => Some("x86"),
            "arm64" => Some("arm64"),
            _ => None,
        },
        "language" => LANGUAGES.iter().find(|(it, _)| *it == value).map(|(_, it)| *it),
        _ => None,
    };
    known.map_or_else(|| value.trim().to_owned(), str::to_owned)
}

/// A name that a machine bears only while Windows is installed on it.
fn is_passing(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.is_empty() || name == "MINWINPC" || name.starts_with("MININT-") || name.starts_with("WIN-PE")
}

/// Whether two values may be of one machine.
fn agree(name: &str, one: &str, other: &str) -> bool {
    match name {
        "build" => match (number(one), number(other)) {
            (Some(one), Some(other)) => {
                one == other
                    || SAME_FILES.iter().any(|it| {
                        (it[0] == one || it[0] == other) && it.contains(&one) && it.contains(&other)
                    })
            }
            _ => one == other,
        },
        // With and without its domain.
        "name" => host(one).eq_ignore_ascii_case(host(other)),
        _ => one.eq_ignore_ascii_case(other),
    }
}

fn host(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether a build says more than another that it agrees with: its revision, or which of those with the same files.
fn tells_more(one: &str, other: &str) -> bool {
    match (number(one), number(other)) {
        (Some(this), Some(that)) if this != that => this > that,
        _ => one.contains('.') && !other.contains('.'),
    }
}

/// `17763` of `17763.5936`.
fn number(build: &str) -> Option<u32> {
    build.split('.').next()?.parse().ok()
}

fn sold_as(build: &str) -> Option<&'static str> {
    let number = number(build)?;
    WINDOWS.iter().find(|(it, _)| *it == number).map(|(_, name)| *name)
}

/// Of what a build is sold as, the half that is of this kind of installation.
fn of_kind<'n>(name: &'n str, installation: Option<&str>) -> &'n str {
    let halves = name.split_once(" or ");
    match (halves, installation) {
        (Some((client, _)), Some("Client")) => client,
        (Some((_, server)), Some("Server" | "Server Core")) => server,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_with_the_same_files_agree() {
        assert!(agree("build", "19041", "19045"));
        assert!(agree("build", "19045", "19045.4046"));
        assert!(!agree("build", "19044", "19045"));
        assert!(!agree("build", "14393", "17763"));
    }

    #[test]
    fn what_says_more_is_believed() {
        assert!(tells_more("19045", "19041"));
        assert!(tells_more("17763.5936", "17763"));
        assert!(!tells_more("19041.1", "19045"));
    }

    #[test]
    fn a_machine_is_one_with_and_without_its_domain() {
        assert!(agree("name", "SRV09", "srv09.example.test"));
        assert!(!agree("name", "SRV09", "SRV10"));
        assert!(is_passing("minint-4ab2c"));
    }

    #[test]
    fn no_build_is_guessed_to_be_client_or_server() {
        for (build, name) in WINDOWS {
            let both = [14393, 17763, 26100].contains(&build);
            assert!(!both || (name.contains(" or ") && name.contains("Server")), "{name}");
        }
        assert_eq!(sold_as("17763.5936"), Some("Windows 10 1809 or Windows Server 2019"));
        assert_eq!(sold_as("12345"), None);
    }
}
