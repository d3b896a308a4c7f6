//! `sim init [NAME]`: a scenario to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::output::Output;
use crate::scenario::reason;

const STARTER: &str = include_str!("starter.toml");

#[derive(Args)]
pub struct Arguments {
    /// Name of the scenario; the file is NAME.toml
    #[arg(default_value = "scenario")]
    name: PathBuf,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let path = arguments.name.with_extension("toml");
    let name = name_of(&path)?;
    write(&path, &STARTER.replace("NAME", &name))?;
    output.note(&format!("wrote {}", path.display()));
    output.print(&format!("sim check {0}\nsim run {0}", path.display()))
}

/// The scenario is called like its file.
fn name_of(path: &Path) -> Result<String, Failure> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.');
    if stem.is_empty() || !stem.chars().all(plain) {
        let message = format!("`{}` is no name for a scenario; use letters, digits, `-` and `_`", path.display());
        return Err(Failure::Input(message));
    }
    Ok(stem.to_owned())
}

/// Never overwrites.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::Input(format!("`{}` exists already; choose another name", path.display())))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(path).display();
            Err(Failure::input(format!("there is no folder `{folder}`"), Some("`sim init` makes no folders")))
        }
        Err(error) => Err(Failure::System(format!("`{}` cannot be written: {}", path.display(), reason(&error)))),
    }
}
