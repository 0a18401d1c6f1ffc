//! The output of systeminfo.exe: a label and a value a line, in the language of the machine, and lists indented
//! under their label. A record is a line with what is indented under it.

use super::Format;
use super::record::Record;

pub struct SystemInfo;

/// What a line tells, by its English label, and the beginnings of that label in other languages. What an OEM code
/// page makes of an accent or an apostrophe is not known beforehand: `?` stands for up to three characters.
const LABELS: [(&str, &[&str]); 9] = [
    ("Host Name", &["Hostname", "Nom de l?h?te", "ホスト名"]),
    ("OS Name", &["Betriebssystemname", "Nom du syst?me d?exploitation", "OS 名"]),
    ("OS Version", &["Betriebssystemversion", "Version du syst?me", "OS バージョン"]),
    ("System Type", &["Systemtyp", "Type du syst?me", "システムの種類"]),
    ("System Locale", &["Systemgebietsschema", "Option r?gionale du syst?me", "システム ロケール"]),
    ("Time Zone", &["Zeitzone", "Fuseau horaire", "タイム ゾーン"]),
    ("Domain", &["Domäne", "Domaine", "ドメイン"]),
    ("System Boot Time", &["Systemstartzeit", "Heure de d?marrage du syst?me", "システム起動時間"]),
    ("Hotfix(s)", &["Hotfix(es)", "Correctif(s)", "ホットフィックス"]),
];
/// So many labels make a text this output.
const ENOUGH: usize = 3;

impl Format for SystemInfo {
    fn name(&self) -> &'static str {
        "systeminfo"
    }

    fn about(&self) -> &'static str {
        "the output of systeminfo.exe"
    }

    fn fit(&self, name: &str, head: &str) -> u32 {
        let labels = head.lines().filter(|it| parts(it).is_some_and(|(label, _)| english(label).is_some()));
        let content = labels.take(ENOUGH).count() == ENOUGH;
        u32::from(content) * (80 + u32::from(name.contains("systeminfo")) * 20)
    }

    fn starts_record(&self, line: &[u8]) -> bool {
        !matches!(line.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    fn record<'a>(&self, text: &'a str) -> Record<'a> {
        let mut record = Record { message: text, ..Record::default() };
        let first = text.lines().next().unwrap_or_default();
        if let Some((label, value)) = parts(first) {
            record.set("label", english(label).unwrap_or(label));
            record.set("value", value);
        }
        record
    }
}

/// `Host Name:                 SRV09`
fn parts(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim_end();
    (!label.is_empty() && !label.starts_with([' ', '\t'])).then(|| (label, value.trim()))
}

fn english(label: &str) -> Option<&'static str> {
    let known = LABELS.iter().find(|(name, others)| label == *name || others.iter().any(|it| is(label, it)));
    known.map(|(name, _)| *name)
}

/// Whether a label is `pattern`, whose `?` stand for one to three characters.
fn is(label: &str, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('?') else { return label == pattern };
    let Some(rest) = label.strip_prefix(before) else { return false };
    let starts = rest.char_indices().map(|(at, it)| at + it.len_utf8()).take(3);
    starts.into_iter().any(|at| is(&rest[at..], after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::recognize;

    #[track_caller]
    fn check(line: &str, label: &str, value: &str) {
        assert!(SystemInfo.starts_record(line.as_bytes()));
        let record = SystemInfo.record(line);
        assert_eq!((record.field("label"), record.field("value")), (Some(label), Some(value)));
    }

    #[test]
    fn labels_in_four_languages() {
        check("Host Name:                 SRV09", "Host Name", "SRV09");
        check("Hostname:                                      SRV09", "Host Name", "SRV09");
        check("Nom de l’hôte:                              SRV09", "Host Name", "SRV09");
        check("ホスト名:                      SRV09", "Host Name", "SRV09");
        check(
            "OS Version:                10.0.17763 N/A Build 17763",
            "OS Version",
            "10.0.17763 N/A Build 17763",
        );
        check("Systemgebietsschema:                           de;Deutsch", "System Locale", "de;Deutsch");
        check("Product ID:                00429-00000-00001-AA001", "Product ID", "00429-00000-00001-AA001");
    }

    #[test]
    fn accents_of_another_code_page() {
        check("Nom de l'h\u{201c}te:        SRV09", "Host Name", "SRV09");
        check(
            "Nom du syst\u{160}me d'exploitation:  Microsoft Windows 10",
            "OS Name",
            "Microsoft Windows 10",
        );
    }

    #[test]
    fn a_list_belongs_to_its_label() {
        assert!(!SystemInfo.starts_record(b"                           [01]: KB5034127"));
    }

    #[test]
    fn it_is_recognized_by_its_labels() {
        let head = "\r\nHost Name:                 SRV09\r\nOS Name:                   Microsoft Windows Server 2019 Standard\r\nOS Version:                10.0.17763 N/A Build 17763\r\n";
        assert_eq!(recognize("one.txt", head).name(), "systeminfo");
        assert_eq!(recognize("one.txt", "Host Name: SRV09\r\nhello: you\r\n").name(), "text");
    }
}
