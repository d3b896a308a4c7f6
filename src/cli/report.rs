//! `sim report RESULTS_DIR`: renders a report again from saved results.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::output::Output;
use crate::report::terminal;
use crate::results::store;

#[derive(Args)]
pub struct Arguments {
    /// Folder that `sim run` has written
    #[arg(value_name = "RESULTS_DIR")]
    results: PathBuf,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let folder = &arguments.results;
    let results = store::read_results(folder)?;
    let tables = store::read_tables(folder)?;
    let info = store::read_run(folder)?;
    let version = info.as_ref().map_or(env!("CARGO_PKG_VERSION"), |info| info.version.as_str());
    crate::report::write(folder, &results, &tables, version)?;
    let written = [("report", folder.join("report.html")), ("charts", folder.join("charts"))];
    output.print(&terminal::summary(&results, info.as_ref(), &written, output.color_of_results()))
}
