//! The results folder on disk.
//!
//! All files of a set are written under temporary names first and renamed together at the end: a
//! reader never sees half a file, and a disk that fills up leaves the earlier set as it was.

mod csv;
#[cfg_attr(not(feature = "tables"), allow(dead_code, reason = "only Parquet is read back"))]
pub mod frame;
#[cfg(feature = "tables")]
mod parquet;
pub mod parts;
mod stream;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Results, RunInfo, SCHEMA, Tables};
use frame::Frame;
pub use stream::Stream;

/// Can this build write and read Parquet? Without it, tables are CSV and cannot be read back.
pub const PARQUET: bool = cfg!(feature = "tables");

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("`{}` holds no results; a results folder has a `results.json`", path.display())]
    NoResults { path: PathBuf },
    #[error("`{}` holds no sweep; the folder of a sweep has a `sweep.json`", path.display())]
    NoSweep { path: PathBuf },
    #[error("`{}` has schema `{found}`, this version reads `{expected}`", path.display())]
    UnknownSchema { path: PathBuf, found: String, expected: &'static str },
    #[error("`{}` is not what this version writes: {detail}", path.display())]
    Malformed { path: PathBuf, detail: String },
    #[error("`{}` is damaged or cut off: {detail}", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("`{}` was written by version {by}, this is {this}: {detail}", path.display(), this = env!("CARGO_PKG_VERSION"))]
    OtherVersion { path: PathBuf, by: String, detail: String },
    #[error("this build reads no Parquet tables, so `{}` cannot be opened; build with feature `tables`", path.display())]
    NoParquet { path: PathBuf },
    #[error("{value} in column `{column}` of table `{table}` is more than a decimal(38, 18) holds")]
    TooLarge { table: String, column: String, value: String },
}

impl StoreError {
    /// Is it the folder that is wrong (and not the system that failed)?
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::NoResults { .. }
            | Self::NoSweep { .. }
            | Self::UnknownSchema { .. }
            | Self::Malformed { .. }
            | Self::Damaged { .. }
            | Self::OtherVersion { .. } => true,
            Self::Io { .. } | Self::NoParquet { .. } | Self::TooLarge { .. } => false,
        }
    }
}

/// Files that wait under temporary names for [`Staged::publish`]; dropped unpublished, they vanish.
#[derive(Default)]
pub struct Staged(Vec<(NamedTempFile, PathBuf)>);

impl Staged {
    /// Writes `bytes` next to where they will stand as `path`, and makes the folder if need be.
    pub fn add(&mut self, path: PathBuf, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.add_with(path.clone(), |temporary| fs::write(temporary, bytes))?;
        written.map_err(io_error("write", &path))
    }

    /// The same for what is written bit by bit.
    pub fn open(&mut self, path: &Path) -> Result<fs::File, StoreError> {
        self.add_with(path.to_owned(), |temporary| fs::File::create(temporary))?.map_err(io_error("write", path))
    }

    /// The same for what can only write to a path; the temporary name ends like `path`.
    pub fn add_with<T>(&mut self, path: PathBuf, write: impl FnOnce(&Path) -> T) -> Result<T, StoreError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let file = temporary_like(&path, folder).map_err(io_error("write to", folder))?;
        let written = write(file.path());
        self.0.push((file, path));
        Ok(written)
    }

    /// As [`Self::publish`], for what must survive a crash: contents and names are on disk when it returns.
    pub fn publish_synced(self) -> Result<Vec<PathBuf>, StoreError> {
        for (file, path) in &self.0 {
            file.as_file().sync_all().map_err(io_error("write", path))?;
        }
        let published = self.publish()?;
        for folder in published.iter().filter_map(|path| path.parent()) {
            // A folder cannot be synced everywhere; then the system decides when its names are on disk.
            let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(published)
    }

    /// Gives every file its name, in the order in which they were added.
    pub fn publish(self) -> Result<Vec<PathBuf>, StoreError> {
        self.0
            .into_iter()
            .map(|(file, path)| match file.persist(&path) {
                Ok(_) => Ok(path),
                Err(error) => Err(io_error("write", &path)(error.error)),
            })
            .collect()
    }
}

/// Readable by whomever the user's umask allows; temporary files are the owner's alone by default.
fn temporary_like(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let suffix = format!(".tmp-{name}");
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(&suffix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

/// Writes the whole folder and returns the files in it, `results.json` last.
/// Tables are Parquet; `csv` adds CSV, and a build without Parquet writes CSV always.
pub fn write(
    folder: &Path,
    results: &Results,
    run: &RunInfo,
    tables: &Tables,
    csv: bool,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut staged = Staged::default();
    for frame in frame::frames(tables) {
        stage_parquet(&mut staged, folder, &frame)?;
        if csv || !PARQUET {
            staged.add(folder.join(format!("{}.csv", frame.name)), &csv::encode(&frame)?)?;
        }
    }
    staged.add(folder.join("run.json"), &pretty(run, folder)?)?;
    staged.add(folder.join("results.json"), &results_json(results)?)?;
    staged.publish()
}

/// Writes the table of a study, and its answer as `results.json`.
pub fn write_study<T: serde::Serialize>(
    folder: &Path,
    answer: &T,
    frame: &Frame,
    csv: bool,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut table = Stream::begin(folder, frame, csv)?;
    table.append(frame)?;
    table.end(answer)
}

/// The file of a table.
pub fn table(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.{}", if PARQUET { "parquet" } else { "csv" }))
}

/// The bytes of an answer: equal answers give equal bytes.
pub fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    pretty(value, Path::new("results.json"))
}

/// The bytes of `results.json`: equal results give equal bytes.
pub fn results_json(results: &Results) -> Result<Vec<u8>, StoreError> {
    pretty(results, Path::new("results.json"))
}

fn pretty<T: serde::Serialize>(value: &T, path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| malformed(path, error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn malformed(path: &Path, detail: impl std::fmt::Display) -> StoreError {
    StoreError::Malformed { path: path.to_owned(), detail: detail.to_string() }
}

/// Reads JSON: what has another form is told from what ends too early or is none.
fn parsed<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            return malformed(path, error);
        }
        StoreError::Damaged { path: path.to_owned(), detail: error.to_string() }
    })
}

/// What a folder of results holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// What `sim run` writes, of this version or of another.
    Run,
    /// A sweep, complete or not.
    Sweep,
    /// Another study, as one says it: `a break-even`.
    Study(&'static str),
}

/// Studies by the middle of their schema, `breakeven.map/1`, as one says them.
const STUDIES: [(&str, &str); 7] = [
    ("breakeven", "a break-even"),
    ("cold-starts", "a curve of cold starts"),
    ("commit", "a plan of commitments"),
    ("compare", "a comparison"),
    ("map", "a decision map"),
    ("optimize", "a search for the cheapest configuration"),
    ("uncertainty", "a study of uncertainty"),
];

/// Looks at the schema of `results.json`, and at `sweep.json` where there is none yet.
pub fn held(folder: &Path) -> Result<Held, StoreError> {
    let path = folder.join("results.json");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if folder.join("sweep.json").is_file() => return Ok(Held::Sweep),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::NoResults { path: folder.to_owned() });
        }
        Err(error) => return Err(io_error("read", &path)(error)),
    };
    let form: Form = parsed(&path, &bytes)?;
    let study = form.schema.strip_prefix("breakeven.").and_then(|rest| rest.split('/').next());
    if study == Some("sweep") {
        return Ok(Held::Sweep);
    }
    let known = STUDIES.iter().find(|(name, _)| study == Some(*name));
    Ok(known.map_or(Held::Run, |(_, said)| Held::Study(said)))
}

/// What all forms have in common.
#[derive(serde::Deserialize)]
struct Form {
    schema: String,
}

/// Reads `results.json` in `folder`; refuses forms it does not know.
pub fn read_results(folder: &Path) -> Result<Results, StoreError> {
    let path = folder.join("results.json");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::NoResults { path: folder.to_owned() });
        }
        Err(error) => return Err(io_error("read", &path)(error)),
    };
    let form: Form = parsed(&path, &bytes)?;
    if form.schema != SCHEMA {
        return Err(StoreError::UnknownSchema { path, found: form.schema, expected: SCHEMA });
    }
    parsed(&path, &bytes).map_err(|error| match (error, read_run(folder)) {
        (StoreError::Malformed { path, detail }, Ok(Some(run))) if run.version != env!("CARGO_PKG_VERSION") => {
            StoreError::OtherVersion { path, by: run.version, detail }
        }
        (error, _) => error,
    })
}

/// Reads `run.json` in `folder`; `None` if there is none.
pub fn read_run(folder: &Path) -> Result<Option<RunInfo>, StoreError> {
    let path = folder.join("run.json");
    match fs::read(&path) {
        Ok(bytes) => parsed(&path, &bytes).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", &path)(error)),
    }
}

/// Reads the Parquet tables in `folder`. Money has at most 18 decimals there, see [`write`].
#[cfg(feature = "tables")]
pub fn read_tables(folder: &Path) -> Result<Tables, StoreError> {
    let mut tables = Tables::default();
    for empty in frame::frames(&Tables::default()) {
        let path = folder.join(format!("{}.parquet", empty.name));
        let file = fs::File::open(&path).map_err(io_error("read", &path))?;
        let frame = parquet::decode(empty, file).map_err(|detail| malformed(&path, detail))?;
        frame.into_tables(&mut tables).map_err(|detail| malformed(&path, detail))?;
    }
    Ok(tables)
}

#[cfg(not(feature = "tables"))]
pub fn read_tables(folder: &Path) -> Result<Tables, StoreError> {
    Err(StoreError::NoParquet { path: folder.to_owned() })
}

#[cfg(feature = "tables")]
fn stage_parquet(staged: &mut Staged, folder: &Path, frame: &Frame) -> Result<(), StoreError> {
    let path = folder.join(format!("{}.parquet", frame.name));
    let bytes = parquet::encode(frame)?;
    staged.add(path, &bytes)
}

#[cfg(not(feature = "tables"))]
fn stage_parquet(_: &mut Staged, _: &Path, _: &Frame) -> Result<(), StoreError> {
    Ok(())
}
