//! The program `sim`: one file a subcommand. The only place that prints, and the only one that parses arguments.

mod again;
mod breakeven;
mod check;
mod cold_starts;
mod commit;
mod compare;
mod completions;
mod failure;
mod init;
mod map;
mod merge;
mod optimize;
mod output;
mod platforms;
pub mod prices;
mod prices_command;
mod prices_text;
mod progress;
mod publish;
mod report;
mod run;
mod scenario;
mod schema;
mod study;
mod sweep;
mod theme;
mod trace;
mod uncertainty;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

pub use failure::Failure;
use output::Output;

/// What a workload costs, and how it behaves, on functions and on servers.
#[derive(Parser)]
#[command(name = "sim", version, about, max_term_width = 80)]
#[command(after_help = "Exit codes: 0 done, 1 an objective is missed or a check failed, 2 wrong input, \
    3 the system failed, 130 interrupted")]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Colours in messages
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,

    /// Print results and errors only
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Replay the workload on every deployment: bill, latency, cold starts, capacity
    Run(run::Arguments),
    /// Measure many configurations: one table and its charts
    Sweep(sweep::Arguments),
    /// Check and join the parts of a sharded sweep, or name what is missing
    Merge(merge::Arguments),
    /// Find the values at which two deployments cost the same
    Breakeven(breakeven::Arguments),
    /// Draw the cheapest deployment over two axes, and what would change the answer
    Map(map::Arguments),
    /// Search for the cheapest configuration that meets the objectives
    Optimize(optimize::Arguments),
    /// Draw cold starts and tail latency against one factor, with theory beside them
    ColdStarts(cold_starts::Arguments),
    /// Plan how much to buy in advance: reserved instances, savings plans
    Commit(commit::Arguments),
    /// Put results side by side, with bounds that a change must keep
    Compare(compare::Arguments),
    /// Find the spread of the bills under what is not known, and what matters
    Uncertainty(uncertainty::Arguments),
    /// Validate a scenario and print what would be simulated; runs nothing
    Check(check::Arguments),
    /// Write a commented starter scenario
    Init(init::Arguments),
    /// Render a report again from saved results
    Report(report::Arguments),
    /// Print the JSON Schema of the scenario file
    Schema,
    /// Print a shell's completions
    Completions(completions::Arguments),
    /// Look into traces
    Trace {
        #[command(subcommand)]
        command: trace::Command,
    },
    /// The prices that the simulator believes
    Prices {
        #[command(subcommand)]
        command: prices_command::Command,
    },
    /// The platforms that the simulator knows, with dates and sources
    Platforms {
        #[command(subcommand)]
        command: platforms::Command,
    },
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    /// Results on stdout, nothing else
    Json,
}

/// Parses the arguments, runs the command, says what went wrong. Wrong usage ends the program with code 2.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.color, cli.quiet);
    match dispatch(cli.command, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn dispatch(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, output),
        Command::Sweep(arguments) => sweep::run(&arguments, output),
        Command::Merge(arguments) => merge::run(&arguments, output),
        Command::Breakeven(arguments) => breakeven::run(&arguments, output),
        Command::Map(arguments) => map::run(&arguments, output),
        Command::Optimize(arguments) => optimize::run(&arguments, output),
        Command::ColdStarts(arguments) => cold_starts::run(&arguments, output),
        Command::Commit(arguments) => commit::run(&arguments, output),
        Command::Compare(arguments) => compare::run(&arguments, output),
        Command::Uncertainty(arguments) => uncertainty::run(&arguments, output),
        Command::Check(arguments) => check::run(&arguments, output),
        Command::Init(arguments) => init::run(&arguments, output),
        Command::Report(arguments) => report::run(&arguments, output),
        Command::Schema => output.print(&schema::text()),
        Command::Completions(arguments) => output.print(&completions::text(&arguments)),
        Command::Trace { command } => trace::run(&command, output),
        Command::Prices { command } => prices_command::run(&command, output),
        Command::Platforms { command } => platforms::run(&command, output),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
