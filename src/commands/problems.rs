//! Mistakes in rule files, shown with the line they stand in and a mark under the place.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::rule::Problem;
use crate::text::{one_line, visible};

/// `FILE:LINE:COLUMN: message`, the line below it, and below that a mark.
pub fn show(problem: &Problem) -> String {
    let place = &problem.place;
    let head = one_line(&problem.to_string());
    if place.text.is_empty() {
        return head;
    }
    // The column counts what was written; what cannot be seen is longer when it is written out.
    let before: String = place.text.chars().take(place.column.saturating_sub(1)).collect();
    let (line, start) = (visible(&place.text), visible(&before).len());
    let end = line[start..].chars().next().map_or(start, |it| start + it.len_utf8());
    let snippet = Snippet::source(line.as_ref())
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(start..end));
    let drawn = Renderer::styled().render(&[Group::with_level(Level::ERROR).element(snippet)]);
    // The first drawn line is only a margin: the line itself stands right below the message.
    let lines: Vec<&str> = drawn.lines().skip(1).collect();
    format!("{head}\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Place;

    #[test]
    fn the_line_stands_below_and_the_mark_below_that() {
        let text = "match = '''Größe {x:componet}'''".to_owned();
        let place = Place { file: "a.md".to_owned(), line: 9, column: 18, text };
        let shown = show(&Problem { place, message: "there is no type".to_owned() });
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let lines: Vec<&str> = plain.lines().collect();
        assert_eq!(lines[0], "a.md:9:18: there is no type");
        assert_eq!(lines[1], "9 | match = '''Größe {x:componet}'''");
        assert_eq!(lines[2].find('^'), Some(4 + 17));
    }

    #[test]
    fn odd_places_do_no_harm() {
        for (column, text) in [(1, ""), (99, "short"), (2, "\u{202e}x\u{1b}"), (1, "\t")] {
            let place = Place { file: "a.md".to_owned(), line: 1, column, text: text.to_owned() };
            assert!(!show(&Problem { place, message: "m".to_owned() }).contains('\u{202e}'));
        }
    }
}
