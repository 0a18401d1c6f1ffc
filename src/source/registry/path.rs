//! Paths of registry keys, the way that rules and people write them: `HKLM\SYSTEM\CurrentControlSet\…`, whatever an
//! export, a listing or a hive calls them.

const ROOTS: [(&str, &str); 5] = [
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKEY_USERS", "HKU"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
];

/// `HKEY_LOCAL_MACHINE\…` as `HKLM\…`.
pub fn short_root(key: &str) -> String {
    let (root, rest) = key.split_at(key.find('\\').unwrap_or(key.len()));
    let short =
        ROOTS.iter().find(|(long, _)| root.eq_ignore_ascii_case(long)).map_or(root, |(_, short)| short);
    format!("{short}{rest}")
}

/// Whether a path begins with one of the registry's roots, by its long name or its short one.
pub fn has_root(key: &str) -> bool {
    let root = key.split('\\').next().unwrap_or(key);
    ROOTS.iter().any(|(long, short)| root.eq_ignore_ascii_case(long) || root.eq_ignore_ascii_case(short))
}

/// `HKLM\SYSTEM\ControlSet001\…` as `HKLM\SYSTEM\CurrentControlSet\…`, and the number of the set.
pub fn current_control_set(key: &str) -> (u32, String) {
    const START: &str = r"HKLM\SYSTEM\ControlSet";
    let numbered = key.get(..START.len()).filter(|it| it.eq_ignore_ascii_case(START)).and_then(|_| {
        let rest = &key[START.len()..];
        let digits = rest.get(..3)?;
        let set = digits.parse().ok()?;
        (rest.len() == 3 || rest[3..].starts_with('\\')).then(|| (set, &rest[3..]))
    });
    match numbered {
        Some((set, rest)) => (set, format!(r"HKLM\SYSTEM\CurrentControlSet{rest}")),
        None => (0, key.to_owned()),
    }
}

/// The number of the control set that the machine runs on, if that is what this value tells.
pub fn current_set(key: &str, name: &str, data: &str) -> Option<u32> {
    let tells = name.eq_ignore_ascii_case("Current") && key.eq_ignore_ascii_case(r"HKLM\SYSTEM\Select");
    tells.then(|| data.parse().ok()).flatten()
}

/// The path of the key above; nothing above a root.
pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('\\').map(|(parent, _)| parent)
}

/// Whether `path` lies somewhere below `key`.
pub fn is_below(path: &str, key: &str) -> bool {
    path.as_bytes().get(key.len()) == Some(&b'\\')
        && path.get(..key.len()).is_some_and(|it| it.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sets_by_number() {
        let check = |path: &str, set, expect: &str| {
            assert_eq!(current_control_set(path), (set, expect.to_owned()));
        };
        check(r"HKLM\System\controlset002", 2, r"HKLM\SYSTEM\CurrentControlSet");
        check(r"HKLM\SYSTEM\ControlSet001\Services", 1, r"HKLM\SYSTEM\CurrentControlSet\Services");
        check(r"HKLM\SYSTEM\ControlSet0011", 0, r"HKLM\SYSTEM\ControlSet0011");
    }

    #[test]
    fn above_and_below() {
        assert!(is_below(r"HKLM\A\b\c", r"hklm\a\B") && !is_below(r"HKLM\A\bc", r"HKLM\A\b"));
        assert_eq!(parent("HKLM"), None);
    }
}
