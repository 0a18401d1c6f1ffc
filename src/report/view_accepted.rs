//! What a team lives with, in the JSON of a case.

use serde::Serialize;

use crate::case::{Accepted, Which};

/// A finding or an unexplained failure, by its number in the list, counted from 0.
#[derive(Serialize)]
pub struct AcceptedView<'a> {
    finding: Option<usize>,
    unexplained: Option<usize>,
    reason: &'a str,
    until: Option<&'a str>,
    /// False: its day is over, and it counts again.
    holds: bool,
}

pub fn accepted(it: &Accepted) -> AcceptedView<'_> {
    let (finding, unexplained) = match it.which {
        Which::Finding(number) => (Some(number), None),
        Which::Unexplained(number) => (None, Some(number)),
    };
    AcceptedView { finding, unexplained, reason: &it.reason, until: it.until.as_deref(), holds: it.holds }
}
