//! A template cut into pieces that are rendered one behind the other. The engine finds the line of each tag by counting
//! from the start of its template: of a long one, that costs more than all else that is done at start.

/// No piece that could be cut is much longer than this.
const LONG: usize = 1500;

/// Cuts behind lines where no block is open.
pub fn pieces(template: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut open) = (0, 0, 0_usize);
    while let Some(found) = template[at..].find(['{', '\n']) {
        at += found;
        let rest = &template[at..];
        if rest.starts_with('\n') {
            at += 1;
            if open == 0 && at - start >= LONG {
                pieces.push(&template[start..at]);
                start = at;
            }
        } else if rest.starts_with("{{!--") {
            at += rest.find("--}}").map_or(rest.len(), |it| it + 4);
        } else if rest.starts_with("{{#") {
            (open, at) = (open + 1, at + 3);
        } else if rest.starts_with("{{/") {
            (open, at) = (open.saturating_sub(1), at + 3);
        } else {
            at += 1;
        }
    }
    pieces.push(&template[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_block_is_cut() {
        let text = "<p>".repeat(600);
        let template =
            format!("{{{{!-- {{{{#if --}}}}{text}\n{{{{#if a}}}}\n{text}\n{{{{/if}}}}\n{{{{b}}}}\n{text}\n");
        let cut = pieces(&template);
        assert_eq!(cut.concat(), template);
        assert_eq!(cut.len(), 4);
        assert!(cut[1].starts_with("{{#if a}}") && cut[1].ends_with("{{/if}}\n"), "{}", cut[1]);
        assert_eq!(pieces("short"), ["short"]);
    }
}
