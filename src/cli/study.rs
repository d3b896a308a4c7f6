//! What commands that simulate have in common.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Failure;
use crate::study::Control;

/// Finds out before the run, and leaves nothing behind: a file can be made in the folder, or where it will be made.
pub fn check_writable(folder: &Path) -> Result<(), Failure> {
    let refuse =
        |reason: String| Failure::System(format!("output folder `{}` cannot be written: {reason}", folder.display()));
    let existing = folder.ancestors().find(|ancestor| ancestor.exists() || ancestor.as_os_str().is_empty());
    let existing = match existing {
        Some(path) if !path.as_os_str().is_empty() => path,
        _ => Path::new("."),
    };
    if !existing.is_dir() {
        return Err(refuse(format!("`{}` is a file", existing.display())));
    }
    match tempfile::NamedTempFile::new_in(existing) {
        Ok(_) => Ok(()),
        Err(error) => Err(refuse(error.kind().to_string())),
    }
}

/// Ctrl-C asks the run to end; a second one ends the program.
pub fn watched_control() -> Result<Arc<Control>, Failure> {
    let control = Arc::new(Control::default());
    let watched = Arc::clone(&control);
    ctrlc::set_handler(move || {
        if watched.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Failure::interrupted().code()));
        }
    })
    .map_err(|error| Failure::System(format!("cannot watch for interrupts: {error}")))?;
    Ok(control)
}
