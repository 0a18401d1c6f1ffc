//! Bytes of a source as text. Windows writes logs as UTF-8, UTF-16 or in the machine's ANSI code page, and
//! people re-save them as something else; everything above this module sees lines of UTF-8.

mod encoding;
mod utf16;
mod block;
mod blocks;
mod visible;
mod day;

pub use block::{Block, Filler};
pub use blocks::{BLOCK, Blocks, LINE_LIMIT, LONG_LINE, Next, Window};
pub use day::is_day;
pub use encoding::{Encoding, decode_head, decode_line, sniff};
pub use visible::{cut, no_commands, one_line, printed, visible};
