//! What the reader of TOML says of a mistake, in words for whoever writes rules.

use crate::rule::problem::nearest;

/// `unknown field `sevrity`, expected one of `id`, …` with the nearest of the expected ones in front.
pub fn with_suggestion(message: &str) -> String {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match words.split_first() {
        // A key of the rule that stands behind the first [[table]] belongs to that table.
        Some((word, known))
            if message.starts_with("unknown field")
                && OF_THE_RULE.contains(word)
                && known.contains(&"in") =>
        {
            format!("`{word}` belongs to the rule: write it above the first [[…]]")
        }
        Some((word, known)) if message.starts_with("unknown field") => {
            match nearest(word, known.iter().copied()) {
                Some(like) => {
                    format!("unknown key `{word}`; did you mean `{like}`? The keys are {}", known.join(", "))
                }
                None => format!("unknown key `{word}`; the keys are {}", known.join(", ")),
            }
        }
        Some(_) if message.starts_with("missing field") => {
            format!("{message}: every block of this kind has one")
        }
        _ => format!("{message}{}", remedy(message)),
    }
}

/// Keys that only the rule itself has.
const OF_THE_RULE: [&str; 8] =
    ["severity", "codes", "echoes", "source", "group_by", "related", "explains", "applies_to"];

/// What helps, where the TOML reader's own words are for programmers.
fn remedy(message: &str) -> &'static str {
    let remedies = [
        ("escape", ": write the text between '''…''', where a backslash is a backslash"),
        ("expected a sequence", ": write a list, [\"…\"]"),
        ("duplicate key", ": each condition begins with two brackets, [[when]]"),
        ("key with no value", ": a block ends with ``` in a line of its own"),
    ];
    remedies.iter().find(|(sign, _)| message.contains(sign)).map_or("", |(_, remedy)| remedy)
}
