//! `sim completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Args)]
pub struct Arguments {
    #[arg(value_enum)]
    shell: Shell,
}

pub fn text(arguments: &Arguments) -> String {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Cli::command(), "sim", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
