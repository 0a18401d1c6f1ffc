//! Numbers, counts and times in the words of a page.

/// `once`, `twice`, `1,234 times`
pub fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{} times", grouped(count)),
    }
}

/// `one step`, `3 steps`
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("one {one}") } else { format!("{} {many}", grouped(count as u64)) }
}

/// The text with a capital letter in front, as a sentence has.
pub fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// `1,193,169`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `2024-03-12 03:14:07 UTC`, of a time as its source tells it; nothing of none.
pub fn time(time: Option<&str>) -> String {
    let text = time.unwrap_or_default();
    match text.strip_suffix('Z') {
        Some(universal) => format!("{} UTC", universal.replacen('T', " ", 1)),
        None => text.replacen('T', " ", 1),
    }
}

/// `2024-03-12 03:14 – 04:20`, of the first and the last time, to the minute.
pub fn span(first: Option<&str>, last: Option<&str>) -> String {
    let minute = |time: &str| time.get(..16).unwrap_or(time).replacen('T', " ", 1);
    match (first, last) {
        (Some(first), Some(last)) if first.get(..16) == last.get(..16) => minute(first),
        (Some(first), Some(last)) if first.get(..10) == last.get(..10) => {
            format!("{} – {}", minute(first), last.get(11..16).unwrap_or_default())
        }
        (Some(first), Some(last)) => format!("{} – {}", minute(first), minute(last)),
        (Some(one), None) | (None, Some(one)) => minute(one),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(7), grouped(1234), grouped(1_193_169)], ["7", "1,234", "1,193,169"]);
        assert_eq!(sentence("a listing"), "A listing");
        assert_eq!([times(1), times(2), times(1200)], ["once", "twice", "1,200 times"]);
    }

    #[test]
    fn times_as_they_are_told() {
        assert_eq!(time(Some("2024-03-12T03:14:07Z")), "2024-03-12 03:14:07 UTC");
        assert_eq!(time(Some("2024-03-12T03:14:07")), "2024-03-12 03:14:07");
        assert_eq!(time(None), "");
    }

    #[test]
    fn spans_to_the_minute() {
        let day = Some("2024-03-12T03:14:07");
        assert_eq!(span(day, Some("2024-03-12T03:14:59")), "2024-03-12 03:14");
        assert_eq!(span(day, Some("2024-03-12T04:20:00")), "2024-03-12 03:14 – 04:20");
        assert_eq!(span(day, Some("2024-03-14T04:20:00")), "2024-03-12 03:14 – 2024-03-14 04:20");
        assert_eq!((span(None, day), span(None, None)), ("2024-03-12 03:14".to_owned(), String::new()));
    }
}
