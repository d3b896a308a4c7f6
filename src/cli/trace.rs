//! `sim trace inspect`: what a trace holds.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::Output;
use super::{Failure, Format};

#[derive(Subcommand)]
pub enum Command {
    /// Print statistics of a trace
    Inspect {
        file: PathBuf,
        /// Format of the trace: azure2019, azure2021, invocations
        #[arg(long, value_name = "FORMAT")]
        trace_format: Option<String>,
        /// Sort rows that are out of order instead of refusing them
        #[arg(long)]
        sort: bool,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

/// Stands in until the trace readers are joined.
pub fn run(command: &Command, _output: &Output) -> Result<(), Failure> {
    let Command::Inspect { file, .. } = command;
    if file.is_dir() {
        return Err(Failure::Input(format!("`{}` is a directory, not a file", file.display())));
    }
    if let Err(error) = std::fs::File::open(file) {
        return Err(Failure::Input(format!("`{}` cannot be read: {error}", file.display())));
    }
    Err(Failure::Input("this build cannot inspect traces".to_owned()))
}
