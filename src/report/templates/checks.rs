//! What a team's own file must keep to, so that a page stays one file in which nothing of a bundle runs.

use super::{FILES, Own};
use crate::rule::{Document, Problem, nearest};

/// All that may stand on a page as it is.
const RAW: [&str; 4] = ["{{{style}}}", "{{{script}}}", "{{{index_style}}}", "{{{index_script}}}"];

pub fn check(own: &[Own]) -> Vec<Problem> {
    own.iter().flat_map(one).collect()
}

fn one(own: &Own) -> Vec<Problem> {
    let mut document = Document::new(&own.path, &own.text);
    if FILES.iter().all(|(name, _)| *name != own.name) {
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        let like = nearest(&own.name, names.iter().copied());
        let like = like.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
        let message =
            format!("there is no template `{}`{like} The templates are {}", own.name, names.join(", "));
        document.problem(0, message);
    }
    match own.name.rsplit('.').next() {
        Some("hbs") => template(own, &mut document),
        Some("css") => closes(own, "</style", &mut document),
        Some("js") => {
            closes(own, "</script", &mut document);
            closes(own, "<!--", &mut document);
        }
        _ => {}
    }
    document.problems
}

fn template(own: &Own, document: &mut Document<'_>) {
    for (at, _) in own.text.match_indices("{{{").chain(own.text.match_indices("{{&")) {
        let rest = &own.text[at..];
        if !RAW.iter().any(|it| rest.starts_with(it)) {
            let message = format!(
                "this would write text of a bundle unescaped; write {{{{…}}}}. Only {} are no such text",
                RAW.join(" and ")
            );
            document.problem(at, message);
        }
    }
    let is_page = matches!(own.name.as_str(), "case.hbs" | "index.hbs");
    if is_page && !own.text.contains("http-equiv=\"Content-Security-Policy\" content=\"{{csp}}\"") {
        let message =
            "a page needs <meta http-equiv=\"Content-Security-Policy\" content=\"{{csp}}\"> in its head";
        document.problem(0, message);
    }
}

fn closes(own: &Own, what: &str, document: &mut Document<'_>) {
    if let Some(at) = own.text.to_ascii_lowercase().find(what) {
        document.problem(at, format!("`{what}` would end it in the middle of the page"));
    }
}
