//! When an event was: as Event Viewer writes it for the user's region, as `wevtutil` and XML write it.
//! Where day and month cannot be told apart, there is no time.

use super::super::record::time_at_start;

/// The time of an event that is told in local time.
pub fn local(text: &str) -> Option<String> {
    read(text, None)
}

/// The same for a text that is known to put the month first, whatever the region.
pub fn month_first(text: &str) -> Option<String> {
    read(text, Some(false))
}

/// The time of an event as XML has it, which is UTC: `2024-03-14T02:11:21.4140000Z` as `2024-03-14T02:11:21Z`.
pub fn universal(text: &str) -> Option<String> {
    let time = time_at_start(text)?;
    let rest = &text[19..];
    let fraction = rest.strip_prefix('.').unwrap_or(rest);
    match fraction.trim_start_matches(|it: char| it.is_ascii_digit()) {
        "Z" | "+00:00" => Some(time + "Z"),
        _ => None,
    }
}

fn read(text: &str, day_first: Option<bool>) -> Option<String> {
    // Some regions put marks for the direction of writing around the parts of a date.
    let clean: String = text.chars().filter(|it| !matches!(it, '\u{200e}' | '\u{200f}')).collect();
    let text = clean.trim();
    if let Some(time) = time_at_start(text) {
        return Some(time);
    }
    let mut words = text.split_whitespace();
    let (date, clock, half) = (words.next()?, words.next()?, words.next());
    let numbers: Vec<u32> = date.split(['/', '.', '-']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [first, second, third] = numbers[..] else { return None };
    let (year, month, day) = match order(date, first, second, day_first)? {
        Order::Year => (first, second, third),
        Order::Day => (third, second, first),
        Order::Month => (third, first, second),
    };
    let clock: Vec<u32> = clock
        .split(':')
        .map(|it| it.split('.').next().unwrap_or_default().parse())
        .collect::<Result<_, _>>()
        .ok()?;
    let [hour, minute, seconds] = clock[..] else { return None };
    let hour = match half {
        Some("PM") if hour < 12 => hour + 12,
        Some("AM") if hour == 12 => 0,
        Some("AM" | "PM") | None => hour,
        Some(_) => return None,
    };
    let sound = (1..=12).contains(&month) && (1..=31).contains(&day) && (1000..10_000).contains(&year);
    (sound && hour < 24 && minute < 60 && seconds < 61)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}"))
}

/// What a date begins with.
enum Order {
    Year,
    Day,
    Month,
}

/// Dots are day first. With slashes, half the world writes the day first and half the month.
fn order(date: &str, first: u32, second: u32, day_first: Option<bool>) -> Option<Order> {
    let day_first = match (day_first, date.contains('.'), first > 12, second > 12) {
        _ if first > 31 => return Some(Order::Year),
        (Some(known), ..) => known,
        (None, true, ..) | (None, _, true, false) => true,
        (None, _, false, true) => false,
        _ => return None,
    };
    Some(if day_first { Order::Day } else { Order::Month })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_are_never_guessed() {
        assert_eq!(local("14.03.2024 02:11:21").as_deref(), Some("2024-03-14T02:11:21"));
        assert_eq!(local("14/03/2024 14:11:21").as_deref(), Some("2024-03-14T14:11:21"));
        assert_eq!(local("3/14/2024 2:11:21 PM").as_deref(), Some("2024-03-14T14:11:21"));
        assert_eq!(local("2024/03/14 2:11:21").as_deref(), Some("2024-03-14T02:11:21"));
        assert_eq!(
            local("\u{200e}14.\u{200e}03.\u{200e}2024 02:11:21").as_deref(),
            Some("2024-03-14T02:11:21")
        );
        assert_eq!(local("3/4/2024 2:11:21 PM"), None);
        assert_eq!(local("14/03/2024 02:11:21 p. m."), None);
        assert_eq!(local("03/04/2024 02:11:21"), None);
        assert_eq!(local("yesterday"), None);
        assert_eq!(local("99999/1/1 1:1:1"), None);
        assert_eq!(month_first("03/04/2024 02:11:21 AM").as_deref(), Some("2024-03-04T02:11:21"));
        assert_eq!(month_first("N/A N/A"), None);
    }

    #[test]
    fn only_what_says_utc_is_utc() {
        assert_eq!(universal("2024-03-14T02:11:21.4140000Z").as_deref(), Some("2024-03-14T02:11:21Z"));
        assert_eq!(universal("2024-03-14T02:11:21Z").as_deref(), Some("2024-03-14T02:11:21Z"));
        assert_eq!(universal("2024-03-14T02:11:21.414+00:00").as_deref(), Some("2024-03-14T02:11:21Z"));
        assert_eq!(universal("2024-03-14T02:11:21.414"), None);
        assert_eq!(universal("2024-03-14T02:11:21+02:00"), None);
        assert_eq!(universal(""), None);
    }
}
