//! `sim trace inspect`: what a trace holds.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::Output;
use super::{Failure, Format};
use crate::workload::Format as TraceFormat;
use crate::workload::inspect::inspect;

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

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let Command::Inspect { file, trace_format, sort, format } = command;
    let known = |name: &String| {
        name.parse::<TraceFormat>()
            .map_err(|error| Failure::input(&error, error.nearest.map(|near| format!("did you mean `{near}`?"))))
    };
    let trace_format = trace_format.as_ref().map(known).transpose()?;
    let inspection = inspect(file, trace_format, *sort).map_err(|error| Failure::input(&error, error.help()))?;
    match format {
        Format::Text => output.print(&inspection.text()),
        Format::Json => match serde_json::to_string_pretty(&inspection) {
            Ok(text) => output.print(&text),
            Err(error) => Err(Failure::System(error.to_string())),
        },
    }
}
