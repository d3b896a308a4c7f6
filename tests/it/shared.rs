//! Facts and traces that are not part of the project, and the excerpts that are.

use std::path::{Path, PathBuf};

/// A file or folder of the facts and traces that stand beside the project, in `../shared`, or where `BREAKEVEN_SHARED` says:
/// who sets that wants these tests, so it is an error if something is missing there. `None`, and a word about it, where
/// there are none.
pub fn shared(name: &str) -> Option<PathBuf> {
    let stated = std::env::var_os("BREAKEVEN_SHARED").map(PathBuf::from);
    let wanted = stated.is_some();
    let path = stated.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(!wanted, "BREAKEVEN_SHARED is set, but {} is not there", path.display());
    println!("skipped: {} is not there", path.display());
    None
}

/// A file of `tests/data/spot`.
pub fn excerpt(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spot").join(name)
}
