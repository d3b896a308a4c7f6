//! `sim report RESULTS_DIR`: renders a report again from saved results.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::Output;

#[derive(Args)]
pub struct Arguments {
    /// Folder that `sim run` has written
    #[arg(value_name = "RESULTS_DIR")]
    results: PathBuf,
}

/// Stands in until the report is joined.
pub fn run(arguments: &Arguments, _output: &Output) -> Result<(), Failure> {
    let results = arguments.results.join("results.json");
    if let Err(error) = std::fs::File::open(&results) {
        return Err(Failure::Input(format!("`{}` cannot be read: {error}", results.display())));
    }
    Err(Failure::Input("this build cannot render reports".to_owned()))
}
