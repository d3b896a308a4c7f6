//! `sim report RESULTS_DIR`: renders a report again from saved results.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::Output;
use super::theme::ThemeArguments;
use super::{Failure, publish};
use crate::report::{Target, terminal};
use crate::results::store::{self, Held};

#[derive(Args)]
pub struct Arguments {
    /// Folder that `sim run` has written
    #[arg(value_name = "RESULTS_DIR")]
    results: PathBuf,

    #[command(flatten)]
    theme: ThemeArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let folder = &arguments.results;
    if let Some(failure) = refused(folder)? {
        return Err(failure);
    }
    let results = store::read_results(folder)?;
    let tables = store::read_tables(folder)?;
    if let Some(detail) = tables.misfit(&results) {
        let message = format!("the tables in `{}` are of another run: {detail}", folder.display());
        return Err(Failure::input(message, Some("take all files of the folder from one run")));
    }
    let info = store::read_run(folder)?;
    let version = info.as_ref().map_or(env!("CARGO_PKG_VERSION"), |info| info.version.as_str());
    let report =
        Some(|| crate::report::stage(Target { folder, theme: arguments.theme.theme() }, &results, &tables, version));
    publish::together(folder, report, || Ok(Vec::new()))?;
    let written = [("report", folder.join("report.html")), ("charts", folder.join("charts"))];
    output.print(&terminal::summary(&results, info.as_ref(), &written, output.color_of_results()))
}

/// Studies write their reports themselves.
fn refused(folder: &Path) -> Result<Option<Failure>, Failure> {
    let (what, again) = match store::held(folder)? {
        Held::Run => return Ok(None),
        Held::Sweep => {
            ("a sweep", format!("`sim merge {}` joins its parts and writes its report again", folder.display()))
        }
        Held::Study(study) => (study, "the command that made it writes its report again".to_owned()),
    };
    let message = format!("`{}` holds {what}; `sim report` renders what `sim run` has written", folder.display());
    let page = folder.join("report.html");
    let help = if page.is_file() { format!("its report stands in `{}`; {again}", page.display()) } else { again };
    Ok(Some(Failure::input(message, Some(help))))
}
