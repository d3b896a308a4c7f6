//! The program `sim`.

use std::process::ExitCode;

fn main() -> ExitCode {
    breakeven::cli::main()
}
