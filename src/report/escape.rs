//! Text of a bundle on its way into a page, in text and in quoted attributes alike, of HTML and of SVG.

use std::fmt::Write as _;

use crate::text::visible;

/// Text as HTML: nothing of it is markup, and what cannot be seen is written out. Also what ends an attribute
/// without quotes is written as its number, since a team's own template may hold one.
pub fn escape(text: &str) -> String {
    let shown = visible(text);
    let mut html = String::with_capacity(shown.len() + 16);
    let mut plain = 0;
    for (at, byte) in shown.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' | b'`' | b'=' => "",
            _ => continue,
        };
        html.push_str(&shown[plain..at]);
        plain = at + 1;
        if entity.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(html, "&#x{byte:X};");
        } else {
            html.push_str(entity);
        }
    }
    html.push_str(&shown[plain..]);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            escape("</pre><img src=x onerror='a`b' \"&\u{202e}>"),
            "&lt;/pre&gt;&lt;img src&#x3D;x onerror&#x3D;&#x27;a&#x60;b&#x27; &quot;&amp;\\u{202e}&gt;"
        );
        assert_eq!(escape("Größe für 𝄞"), "Größe für 𝄞");
    }
}
