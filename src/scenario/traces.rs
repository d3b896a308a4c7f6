//! Files that a scenario refers to.

use std::path::{Path, PathBuf};

use super::document::Table;
use super::problem::{Problem, Problems, shortened};
use crate::workload::Workload;

/// The file under `key`, which must be there and readable before anything runs.
pub fn file(table: &Table, key: &str, folder: &Path, problems: &mut Problems) -> Option<PathBuf> {
    let named = table.text(key)?;
    let path = folder.join(named.value);
    let found = std::fs::metadata(&path);
    let message = match &found {
        Ok(data) if data.is_dir() => "is a directory, not a file".to_owned(),
        Ok(data) if data.is_file() && data.len() == 0 => "is empty".to_owned(),
        Ok(_) => match std::fs::File::open(&path) {
            Ok(_) => return Some(path),
            Err(error) => format!("cannot be read: {}", reason(&error)),
        },
        Err(error) => format!("cannot be read: {}", reason(error)),
    };
    let problem = Problem::at(&named.place, format!("`{}` {message}", shortened(named.value)));
    problems.push(match found {
        Err(_) => problem.help(format!("looked for {}; paths are relative to the scenario file", path.display())),
        Ok(_) => problem,
    });
    None
}

/// What went wrong, in our own words where the system's would not help.
pub fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

/// Counts per minute (`azure2019`): functions and sources that are synthetic from here on.
///
/// Stands in until the reader of this format is joined; then it is one call.
pub fn counts(_name: &str, table: &Table, _path: PathBuf, folder: &Path, problems: &mut Problems) -> Option<Workload> {
    let _durations = file(table, "durations", folder, problems);
    let _memory = file(table, "memory", folder, problems);
    let format = table.get("format")?;
    problems.push(Problem::at(&format.place, "format `azure2019` cannot be read by this build"));
    None
}
