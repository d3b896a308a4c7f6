//! `sim prices list|show|verify|quote`: arguments. The work is done by the price book's own functions.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::Output;
use super::{Failure, Format, prices};
use crate::billing::PriceBook;

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
        /// Only rows whose id or item contains this text
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
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
        /// Apply the provider's free allowances
        #[arg(long)]
        free_tier: bool,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let book = PriceBook::builtin();
    let mut text = Vec::new();
    let outcome = match command {
        Command::List { format } => prices::list(&book, (*format).into(), &mut text),
        Command::Show { name, filter, format } => {
            prices::show(&book, name, filter.as_deref(), (*format).into(), &mut text)
        }
        Command::Verify { bills, format } => prices::verify(&book, bills.as_deref(), (*format).into(), &mut text),
        Command::Quote { prices: name, usage, free_tier, format } => {
            prices::quote(&book, name, usage, *free_tier, (*format).into(), &mut text)
        }
    };
    let outcome = outcome.map_err(|failure| match failure {
        prices::Failure::Input(error) => Failure::input(&error, error.help()),
        prices::Failure::Output(error) => Failure::System(error.to_string()),
    })?;
    output.print(&String::from_utf8_lossy(&text))?;
    match outcome {
        prices::Outcome::Done => Ok(()),
        prices::Outcome::Mismatch => Err(Failure::Missed("some worked bills do not come out as published".to_owned())),
    }
}

impl From<Format> for prices::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
        }
    }
}
