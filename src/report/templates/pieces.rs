//! A template compiled piece by piece. The engine finds the line of each tag by counting from the start of its text: of
//! a long one, that costs more than all else that is done at start.

use std::collections::HashMap;

use handlebars::template::TemplateElement;
use handlebars::{Template, TemplateError};

/// The body of a block that is longer than this is compiled by itself.
const BODY: usize = 120;
/// What stands outside of blocks is cut where it is longer than this.
const LONG: usize = 500;
/// Stands for a body in the text around it, before the body's number, on a line of its own.
const MARK: char = '\u{1}';

/// Bodies that were compiled before: a template that is part of another is often so twice.
type Known<'t> = HashMap<&'t str, Template>;

/// Compiles what is written without `~`, which takes space from beyond a piece, and without [`MARK`].
pub fn compile(text: &str) -> Result<Template, TemplateError> {
    piecewise(text, &mut Known::new())
}

fn piecewise<'t>(text: &'t str, known: &mut Known<'t>) -> Result<Template, TemplateError> {
    let (outline, texts) = outline(text);
    let mut bodies = Vec::new();
    for body in texts {
        if !known.contains_key(body) {
            let compiled = piecewise(body, known)?;
            known.insert(body, compiled);
        }
        bodies.push(known[body].clone());
    }
    assembled(outline, &bodies)
}

fn assembled(outline: Vec<String>, bodies: &[Template]) -> Result<Template, TemplateError> {
    let mut whole = Template::new();
    for piece in outline {
        append(&mut whole, Template::compile(&piece)?);
    }
    fill(&mut whole, bodies);
    Ok(whole)
}

/// A text without the long bodies of its blocks, cut where no block is open; and these bodies.
fn outline(text: &str) -> (Vec<String>, Vec<&str>) {
    let (mut pieces, mut bodies) = (vec![String::new()], Vec::new());
    let mut lines = Lines { rest: text, open: 0 };
    while !lines.rest.is_empty() {
        let level = lines.open;
        let body = lines.body();
        let piece = pieces.last_mut().expect("there is always one");
        // What ends deeper than it begins is no whole body.
        if body.len() > BODY && lines.open == level {
            piece.push_str(&format!("{MARK}{}\n", bodies.len()));
            bodies.push(body);
        } else {
            piece.push_str(body);
        }
        piece.push_str(lines.next().0);
        if lines.open == 0 && piece.len() > LONG {
            pieces.push(String::new());
        }
    }
    (pieces, bodies)
}

/// What is left of a text, and how many blocks are open where it begins.
#[derive(Clone, Copy)]
struct Lines<'t> {
    rest: &'t str,
    open: usize,
}

impl<'t> Lines<'t> {
    /// Goes to the line that ends the block which is open here, or brings its `else`; what stands before that.
    fn body(&mut self) -> &'t str {
        let (text, level) = (self.rest, self.open);
        loop {
            let mut after = *self;
            if level == 0 || self.rest.is_empty() || after.next().1 < level {
                return &text[..text.len() - self.rest.len()];
            }
            *self = after;
        }
    }

    /// The next line, or more where a comment begins in it, and how few blocks are open on the way: in an `else`, the
    /// one around it is not.
    fn next(&mut self) -> (&'t str, usize) {
        let text = self.rest;
        let (mut lowest, mut at) = (self.open, 0);
        while let Some(found) = text[at..].find(['{', '\n']) {
            at += found;
            let here = &text[at..];
            if here.starts_with('\n') {
                self.rest = &text[at + 1..];
                return (&text[..=at], lowest);
            } else if here.starts_with("{{!--") {
                at += here.find("--}}").map_or(here.len(), |it| it + 4);
            } else if here.starts_with("{{#") {
                (self.open, at) = (self.open + 1, at + 3);
            } else if here.starts_with("{{/") {
                (self.open, at) = (self.open.saturating_sub(1), at + 3);
                lowest = lowest.min(self.open);
            } else if here.starts_with("{{else") {
                lowest = lowest.min(self.open.saturating_sub(1));
                at += 6;
            } else {
                at += 1;
            }
        }
        self.rest = "";
        (text, lowest)
    }
}

/// Puts each body where its number stands.
fn fill(template: &mut Template, bodies: &[Template]) {
    let mut filled = Template::new();
    let mapping = std::mem::take(&mut template.mapping);
    for (element, place) in std::mem::take(&mut template.elements).into_iter().zip(mapping) {
        let mut push = |it| {
            filled.elements.push(it);
            filled.mapping.push(place.clone());
        };
        match element {
            TemplateElement::RawString(text) if text.contains(MARK) => {
                let mut parts = text.split(MARK);
                push(TemplateElement::RawString(parts.next().unwrap_or_default().to_owned()));
                for part in parts {
                    let (number, text) = part.split_once('\n').unwrap_or((part, ""));
                    let body = number.parse().ok().and_then(|it: usize| bodies.get(it));
                    append(&mut filled, body.cloned().unwrap_or_default());
                    filled.elements.push(TemplateElement::RawString(text.to_owned()));
                    filled.mapping.push(place.clone());
                }
            }
            TemplateElement::HelperBlock(mut block) => {
                block.template.iter_mut().chain(&mut block.inverse).for_each(|it| fill(it, bodies));
                push(TemplateElement::HelperBlock(block));
            }
            other => push(other),
        }
    }
    (template.elements, template.mapping) = (filled.elements, filled.mapping);
}

fn append(to: &mut Template, more: Template) {
    to.elements.extend(more.elements);
    to.mapping.extend(more.mapping);
}

#[cfg(test)]
mod tests {
    use handlebars::Handlebars;
    use serde_json::json;

    use super::*;

    fn rendered(template: Template) -> String {
        let mut registry = Handlebars::new();
        registry.register_template("it", template);
        let data = json!({ "a": [{ "b": "<1>", "c": true }, { "b": "2", "c": false }], "d": [], "e": "end" });
        registry.render("it", &data).unwrap()
    }

    /// Blocks in blocks, bodies with and without an `else`, a block that begins in a line, and one that is not cut.
    fn template() -> String {
        let text = "<p>some text\n".repeat(30);
        format!(
            "{{{{!-- {{{{#if --}}}}{text}{{{{#each a}}}}\n  {text} {{{{b}}}}\n  {{{{#if c}}}}\n{text} {{{{@index}}}}\n  \
             {{{{else}}}}\nno {{{{b}}}} {text}  {{{{/if}}}}\n<{{{{#if c}}}} class{{{{/if}}}}>\n{{{{/each}}}}\n{text}<ul>\
             {{{{#each d}}}}{{{{#if c}}}}\n{text}{{{{/if}}}}\n{{{{else}}}}{text}none\n{{{{/each}}}}</ul>\n{{{{e}}}}\n\
             {{{{#each a}}}}\n  {text} {{{{b}}}}\n{{{{/each}}}}{{{{e}}}}"
        )
    }

    #[test]
    fn in_pieces_it_is_the_same_template() {
        let whole = template();
        let expected = rendered(Template::compile(&whole).unwrap());
        assert_eq!(rendered(compile(&whole).unwrap()), expected);
        assert!(expected.contains("no 2 <p>some"), "{expected}");
        assert_eq!(rendered(compile("{{e}} of it").unwrap()), "end of it");
        assert_eq!(rendered(compile("").unwrap()), "");
    }

    #[test]
    fn no_piece_is_long() {
        let whole = template();
        let (pieces, bodies) = outline(&whole);
        assert_eq!((pieces.len(), bodies.len()), (2, 4));
        let (around, parts) = outline(bodies[0]);
        assert_eq!((around.len(), parts.len()), (1, 2));
        assert!(around[0].ends_with("}} class{{/if}}>\n"), "{}", around[0]);
        assert_eq!(outline(&"<p>text\n".repeat(1000)).0.len(), 16);
    }

    #[test]
    fn what_is_not_closed_is_told() {
        assert!(compile(&format!("{{{{#if a}}}}\n{}", "text\n".repeat(100))).is_err());
        assert!(compile(&format!("{{{{#if a}}}}\n{}{{{{/each}}}}", "text\n".repeat(100))).is_err());
    }
}
