//! The data of a run or a study and its report reach their folder together: all files get their names, or none does.

use std::fs;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::report::ReportError;
use crate::results::store::{Staged, StoreError};

/// Writes into `folder` what `data` writes, and the report if one is drawn. The report waits under temporary names until the
/// data is written; whatever fails, an earlier set stays as it was, and a folder that was not there is not there.
pub fn together(
    folder: &Path,
    report: Option<impl FnOnce() -> Result<Staged, ReportError>>,
    data: impl FnOnce() -> Result<Vec<PathBuf>, StoreError>,
) -> Result<(), Failure> {
    // Dropped last, when nothing unfinished is left in them.
    let _new = NewFolders::below(folder);
    let report = report.map(|stage| stage()).transpose()?;
    data()?;
    if let Some(report) = report {
        report.publish()?;
    }
    Ok(())
}

/// Folders that are made for the results, the deepest first; those that are empty at the end are removed.
struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    fn below(folder: &Path) -> Self {
        let charts = folder.join("charts");
        let missing = charts.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        Self(missing.map(Path::to_owned).collect())
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Refused where something stands in it.
            let _ = fs::remove_dir(folder);
        }
    }
}
