//! One file a subcommand; the only printing.

pub mod prices;
mod prices_text;
