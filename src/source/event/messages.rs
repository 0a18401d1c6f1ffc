//! What well-known events say, with the names of their data: text holds only the message and the data is read
//! back out of it; the binary log holds only the data and the message is made of it.

use std::borrow::Cow;

use super::super::Record;

const UPDATE: &str = "Microsoft-Windows-WindowsUpdateClient";
const SERVICING: &str = "Microsoft-Windows-Servicing";

/// Provider, event ID, the message with `%name%` for its data. The first of an event is its English one.
const MESSAGES: [(&str, &str, &str); 27] = [
    (
        UPDATE,
        "20",
        "Installation Failure: Windows failed to install the following update with error %errorCode%: %updateTitle%.",
    ),
    (
        UPDATE,
        "19",
        "Installation Successful: Windows successfully installed the following update: %updateTitle%",
    ),
    (UPDATE, "19", "Installation erfolgreich: Das folgende Update wurde installiert. %updateTitle%"),
    (UPDATE, "25", "Windows Update failed to check for updates with error %errorCode%."),
    (UPDATE, "26", "Windows Update successfully found %updateCount% updates."),
    (
        UPDATE,
        "43",
        "Installation Started: Windows has started installing the following update: %updateTitle%",
    ),
    (UPDATE, "44", "Windows Update started downloading an update."),
    // Windows 7 had the title in it.
    (UPDATE, "44", "Windows Update started downloading an update: %updateTitle%"),
    (UPDATE, "31", "Windows Update failed to download an update."),
    (UPDATE, "40", "An update was detected."),
    (UPDATE, "41", "An update was downloaded."),
    (
        SERVICING,
        "1",
        "Initiating changes for package %PackageIdentifier%. Current state is %InitialPackageStateTextized%. Target state is %IntendedPackageStateTextized%. Client id: %Client%.",
    ),
    (
        SERVICING,
        "2",
        "Package %PackageIdentifier% was successfully changed to the %IntendedPackageStateTextized% state.",
    ),
    (
        SERVICING,
        "3",
        "Package %PackageIdentifier% failed to be changed to the %IntendedPackageStateTextized% state. Status: %ErrorCode%.",
    ),
    (
        SERVICING,
        "4",
        "A reboot is necessary before package %PackageIdentifier% can be changed to the %IntendedPackageStateTextized% state.",
    ),
    (
        SERVICING,
        "5",
        "The servicing request received for package %PackageIdentifier% cannot be satisfied since the package is not applicable.",
    ),
    (
        SERVICING,
        "6",
        "Package %PackageIdentifier% failed to be changed to the %IntendedPackageStateTextized% state and is now partially installed. Status: %ErrorCode%.",
    ),
    (
        SERVICING,
        "7",
        "Initiating changes to turn on update %UpdateName% of package %PackageIdentifier%. Client id: %Client%.",
    ),
    (
        SERVICING,
        "8",
        "Initiating changes to turn off update %UpdateName% of package %PackageIdentifier%. Client id: %Client%.",
    ),
    (
        SERVICING,
        "9",
        "Selectable update %UpdateName% of package %PackageIdentifier% was successfully turned on.",
    ),
    (
        SERVICING,
        "10",
        "Selectable update %UpdateName% of package %PackageIdentifier% was successfully turned off.",
    ),
    (
        SERVICING,
        "11",
        "Update %UpdateName% of package %PackageIdentifier% failed to be turned on. Status: %ErrorCode%.",
    ),
    (
        SERVICING,
        "12",
        "Update %UpdateName% of package %PackageIdentifier% failed to be turned off. Status: %ErrorCode%.",
    ),
    (
        SERVICING,
        "13",
        "A reboot is necessary before the selectable update %UpdateName% of package %PackageIdentifier% can be turned on.",
    ),
    (
        SERVICING,
        "14",
        "A reboot is necessary before the selectable update %UpdateName% of package %PackageIdentifier% can be turned off.",
    ),
    (
        SERVICING,
        "15",
        "Selectable update %UpdateName% of package %PackageIdentifier% was successfully turned off with its payload removed.",
    ),
    (
        SERVICING,
        "16",
        "Update %UpdateName% of package %PackageIdentifier% failed to be turned off. Payload removal was requested. Status: %ErrorCode%.",
    ),
];

fn templates(provider: &str, id: &str) -> impl Iterator<Item = &'static str> {
    MESSAGES
        .iter()
        .filter(move |(source, number, _)| provider.eq_ignore_ascii_case(source) && id == *number)
        .map(|(.., template)| *template)
}

/// The English message of a well-known event, if its data is all there.
pub fn compose(provider: &str, id: &str, data: &[(String, String)]) -> Option<String> {
    let template = templates(provider, id).next()?;
    let mut message = String::new();
    for (at, part) in template.split('%').enumerate() {
        if at % 2 == 0 {
            message += part;
        } else {
            let value = data.iter().find(|(name, _)| name.eq_ignore_ascii_case(part));
            message += value.map(|(_, value)| value.trim()).filter(|it| !it.is_empty())?;
        }
    }
    Some(message)
}

/// Adds the data that the message of a well-known event tells.
pub fn add_data(record: &mut Record<'_>) {
    let (Some(provider), Some(id)) = (record.field("provider"), record.field("id")) else { return };
    let filled = templates(provider, id).find_map(|it| fill(it, record.message));
    let data = match filled {
        Some(data) => data,
        None => in_any_language(provider, id, record.message),
    };
    for (name, value) in data {
        record.fields.push((name, Cow::Borrowed(value)));
    }
}

/// Reads back what was put into the `%name%`s of a message template.
fn fill<'a>(template: &'static str, message: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut parts = template.trim_end_matches('.').split('%');
    let mut rest = message.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    while let Some(name) = parts.next() {
        let behind = parts.next().unwrap_or_default();
        let end = if behind.is_empty() { rest.find('\n').unwrap_or(rest.len()) } else { rest.find(behind)? };
        values.push((name, rest[..end].trim().trim_end_matches('.')));
        rest = &rest[end + behind.len()..];
    }
    Some(values)
}

/// What the failure messages tell in every language: the code is the only one in it, and the title of the
/// update stands behind the colon that follows the code.
fn in_any_language<'a>(provider: &str, id: &str, message: &'a str) -> Vec<(&'static str, &'a str)> {
    let Some((at, code)) = only_code(message) else { return Vec::new() };
    if provider.eq_ignore_ascii_case(SERVICING) && id == "3" {
        return vec![("ErrorCode", code)];
    }
    if !provider.eq_ignore_ascii_case(UPDATE) || id != "20" {
        return Vec::new();
    }
    let line = message[at..].lines().next().unwrap_or_default();
    let title = line.split_once(": ").map(|(_, title)| title.trim().trim_end_matches(['.', '。']));
    let title = title.filter(|it| !it.is_empty()).map(|it| ("updateTitle", it));
    [("errorCode", code)].into_iter().chain(title).collect()
}

/// The code `0x80070002` in a message, and where it ends; `None` where there is none or more than one.
fn only_code(message: &str) -> Option<(usize, &str)> {
    let mut codes = message.match_indices("0x").filter_map(|(at, _)| {
        let digits = message[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
        (digits == 8).then(|| (at + 10, &message[at..at + 10]))
    });
    codes.next().filter(|_| codes.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: &'static str, id: &'static str, message: &'static str, expect: &[(&str, &str)]) {
        let mut record = Record { message, ..Record::default() };
        record.set("provider", provider);
        record.set("id", id);
        add_data(&mut record);
        let data: Vec<_> = record.fields[2..].iter().map(|(name, it)| (*name, it.as_ref())).collect();
        assert_eq!(data, expect);
    }

    #[test]
    fn the_code_and_the_title_are_found_in_languages_that_are_not_known() {
        let data = [("errorCode", "0x80070002"), ("updateTitle", "Fabrikam: Treiber (KB5012345)")];
        check(
            UPDATE,
            "20",
            "Installationsfehler: Die Installation des folgenden Updates ist mit Fehler 0x80070002 fehlgeschlagen: Fabrikam: Treiber (KB5012345).",
            &data,
        );
        check(UPDATE, "20", "Échec : erreur 0x80070002 : Fabrikam: Treiber (KB5012345).", &data);
        check(UPDATE, "20", "Fabrikam: (KB5012345) 0x80070002", &[("errorCode", "0x80070002")]);
        check(UPDATE, "20", "0x80070002 oder 0x80070003: was?", &[]);
        check(UPDATE, "19", "0x80070002: Fabrikam", &[]);
        check(SERVICING, "3", "Das Paket KB5031455: Status: 0x800f0922.", &[("ErrorCode", "0x800f0922")]);
    }

    #[test]
    fn messages_are_made_of_data_and_taken_apart_again() {
        for (provider, id, template) in MESSAGES {
            let names: Vec<&str> = template.split('%').skip(1).step_by(2).collect();
            let data: Vec<_> = names.iter().map(|it| ((*it).to_owned(), format!("<{it}>"))).collect();
            let first = templates(provider, id).next() == Some(template);
            let Some(message) = compose(provider, id, &data).filter(|_| first) else { continue };
            let filled = fill(template, &message).unwrap_or_else(|| panic!("{message}"));
            let expect: Vec<_> = data.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(filled, expect, "{message}");
        }
        assert_eq!(compose(UPDATE, "20", &[]), None);
    }
}
