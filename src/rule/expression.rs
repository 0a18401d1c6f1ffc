//! What a regular expression tells once it is read. The build reads those of the embedded articles with it.

use regex_syntax::hir::{Hir, HirKind};

/// Expressions of more parts than this are compiled at once, to see whether they can be.
const LARGE: usize = 2000;

/// Whether compiling it may fail though it can be read.
pub fn is_large(hir: &Hir) -> bool {
    size(hir) > LARGE
}

/// How many parts an expression has when what is counted in it is written out.
fn size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Repetition(it) => {
            let count = it.max.unwrap_or(it.min).max(1) as usize;
            size(&it.sub).saturating_mul(count)
        }
        HirKind::Capture(it) => size(&it.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(0, usize::saturating_add)
        }
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
    }
}

/// The names of all groups, in order.
pub fn groups(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Repetition(it) => groups(&it.sub),
        HirKind::Capture(it) => it.name.iter().map(|it| it.to_string()).chain(groups(&it.sub)).collect(),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().flat_map(groups).collect(),
        HirKind::Literal(_) | HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => Vec::new(),
    }
}
