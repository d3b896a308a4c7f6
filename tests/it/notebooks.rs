//! The notebooks run from a clean environment, and say what they are kept with.

use std::fs;
use std::process::Command;

use crate::python::{environment, said};
use crate::shared::shared;
use crate::sources::root;

fn check(name: &str) {
    let Some(python) = environment("notebooks/requirements.txt") else { return };
    let mut command = Command::new(python);
    command.current_dir(root()).args(["notebooks/run.py", "--check", &format!("{name}.ipynb")]);
    command.env("BREAKEVEN_SIM", env!("CARGO_BIN_EXE_sim"));
    if let Some(folder) = shared("") {
        command.env("BREAKEVEN_SHARED", folder);
    }
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{name}: {}\n{}", output.status, said(&output));
}

/// One test for each notebook, and `ALL` of them.
macro_rules! notebooks {
    ($($name:ident)*) => {
        const ALL: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*
    };
}

notebooks! { breakeven_iot cold_start_curves first_steps parquet_tables validation_aws_logs }

#[test]
fn no_notebook_goes_unchecked() {
    let folder = fs::read_dir(root().join("notebooks")).expect("the folder of notebooks");
    let names = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name of letters"));
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix(".ipynb").map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names, ALL);
}
