//! `sim prices list|show|verify|quote`: arguments. The work is done by the price book's own functions.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::Output;
use super::{Failure, Format};

#[derive(Subcommand)]
pub enum Command {
    /// Name the price lists
    List {
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Print a price list with dates and sources
    Show {
        name: String,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Recompute the providers' worked bills: expected, computed, verdict
    Verify {
        /// Another file of worked bills, of the same form
        #[arg(long, value_name = "FILE")]
        bills: Option<PathBuf>,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Make an invoice from typed quantities
    Quote {
        /// Name of the price list
        prices: String,
        /// A quantity, such as requests=3000000
        #[arg(long, value_name = "ITEM=QUANTITY", required = true)]
        usage: Vec<String>,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// Stands in until the price book is joined.
pub fn run(command: &Command, _output: &Output) -> Result<(), Failure> {
    match command {
        Command::List { .. } | Command::Show { .. } | Command::Verify { .. } | Command::Quote { .. } => {
            Err(Failure::Input("this build has no price book".to_owned()))
        }
    }
}
