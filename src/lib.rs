//! casebook reads support bundles of Windows machines and writes, for each case, what failed, what proves it
//! and which steps fix it. The modules stand in the order in which data flows; each uses only those above it.

// What is done side by side at the start.
mod threads;
// Bytes as lines of text.
mod text;
// Error codes in all their spellings.
mod code;
// What was sent in: cases, archives, their members.
mod bundle;
// What a member is: formats and their records.
mod source;
// What is known: articles, patterns, conditions, fix steps.
mod rule;
// Which conditions hold in a bundle.
mod matching;
// All that is said of a case.
mod case;
// What a team hides in every report.
mod redact;
// What a team lives with, and until when.
mod baseline;
// What the matches mean: findings, certainty, verdict.
mod diagnosis;
// Articles held to their own samples.
mod check;
// New articles, proposed from a line of a log.
mod propose;
// How cases and runs are written: HTML, JSON, Markdown, SARIF, JUnit, CSV.
mod report;
// Many cases side by side.
mod pipeline;
// Why a rule speaks of a bundle, or does not.
mod explain;
// What a team has chosen: `casebook.toml`.
mod config;
// A folder that takes drops: when a bundle is whole, which case it is, what is kept of it.
mod watch;
// The command line.
mod cli;
// What each command does.
mod commands;
// Doors for the programs in `fuzz/`; in no program that is built for use.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;

pub use commands::main;
