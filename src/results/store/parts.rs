//! A sweep on disk while it grows: blocks of points, each committed by itself.
//!
//! `sweep.json` says what is swept. A block is a Parquet file in `parts/`, written under a temporary name, synced and renamed;
//! then its manifest beside it, in the same way, with the size and the hash of the file: it is the commit record. A block
//! without a manifest that fits was never committed. The joined table depends on the rows alone: not on who wrote which
//! block, nor on how often somebody died on the way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::frame::Frame;
use super::{Staged, StoreError, io_error, malformed, parsed, pretty};
use crate::results::sweep::{SWEEP_SCHEMA, SweepPlan, SweepRow, frame, from_frame};

/// The commit record of a block.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    block: usize,
    first: usize,
    points: usize,
    bytes: u64,
    sha256: String,
    /// Of `sweep.json`: a block belongs to this sweep and no other.
    sweep: String,
}

/// Whether it is named as the rows of a block are, or their commit record.
fn is_part(path: &Path) -> bool {
    let has = |known: &[&str]| path.extension().is_some_and(|extension| known.iter().any(|known| extension == *known));
    let numbered = |stem: &str| stem.len() >= 5 && stem.bytes().all(|byte| byte.is_ascii_digit());
    has(&["json", "parquet", "csv"]) && path.file_stem().and_then(|stem| stem.to_str()).is_some_and(numbered)
}

/// The folder of a sweep.
pub struct Parts {
    folder: PathBuf,
    plan: SweepPlan,
    /// The hash of what `sweep.json` says.
    id: String,
}

impl Parts {
    /// A folder for the parts of `plan`; nothing is read or written yet.
    pub fn of(folder: &Path, plan: SweepPlan) -> Result<Self, StoreError> {
        let id = hex(&pretty(&plan, folder)?);
        Ok(Self { folder: folder.to_owned(), plan, id })
    }

    /// Opens a folder that a sweep has begun.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        match read_plan(folder)? {
            Some(plan) => Self::of(folder, plan),
            None => Err(StoreError::NoSweep { path: folder.to_owned() }),
        }
    }

    pub fn plan(&self) -> &SweepPlan {
        &self.plan
    }

    /// Whether it is the same sweep, so that blocks of one are blocks of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// Says what is swept, after removing the parts of an earlier sweep; what else is in their folder is somebody's own.
    pub fn begin(&self) -> Result<(), StoreError> {
        let parts = self.folder.join("parts");
        let entries = match fs::read_dir(&parts) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.describe(),
            entries => entries.map_err(io_error("read", &parts))?,
        };
        for entry in entries {
            let path = entry.map_err(io_error("read", &parts))?.path();
            if is_part(&path) {
                fs::remove_file(&path).map_err(io_error("remove", &path))?;
            }
        }
        self.describe()
    }

    /// Says what is swept; the parts that are there stay.
    pub fn describe(&self) -> Result<(), StoreError> {
        let parts = self.folder.join("parts");
        fs::create_dir_all(&parts).map_err(io_error("create", &parts))?;
        let mut staged = Staged::default();
        staged.add(self.folder.join("sweep.json"), &pretty(&self.plan, &self.folder)?)?;
        // With it the folder of the parts has its name on disk, without which no part is there.
        staged.publish_synced().map(|_| ())
    }

    fn path(&self, block: usize, extension: &str) -> PathBuf {
        self.folder.join("parts").join(format!("{block:05}.{extension}"))
    }

    /// Commits a block: first the rows, then the record that they are there.
    pub fn commit(&self, block: usize, rows: &[SweepRow]) -> Result<(), StoreError> {
        self.commit_bytes(block, &encode(&frame(&self.plan.axes, rows))?)
    }

    fn commit_bytes(&self, block: usize, bytes: &[u8]) -> Result<(), StoreError> {
        let points = self.plan.points_of(block);
        let manifest = Manifest {
            block,
            first: points.start,
            points: points.len(),
            bytes: bytes.len() as u64,
            sha256: hex(bytes),
            sweep: self.id.clone(),
        };
        let rows_path = self.path(block, EXTENSION);
        let mut staged = Staged::default();
        staged.add(rows_path, bytes)?;
        staged.publish_synced()?;
        let mut staged = Staged::default();
        staged.add(self.path(block, "json"), &pretty(&manifest, &self.folder)?)?;
        staged.publish_synced()?;
        Ok(())
    }

    /// Commits here whatever blocks others of the same sweep have, so that this folder has the sweep whole.
    pub fn adopt(&self, others: &[Self]) -> Result<(), StoreError> {
        let is_here = read_plan(&self.folder)?.is_some_and(|known| known == self.plan);
        if is_here {
            self.describe()?
        } else {
            self.begin()?
        }
        for block in 0..self.plan.blocks() {
            if self.committed(block)?.is_some() {
                continue;
            }
            for other in others {
                if let Some(bytes) = other.committed(block)? {
                    self.commit_bytes(block, &bytes)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// The rows of a block; `None` if it was not committed, or not by this sweep, or its bytes are not those that were.
    pub fn committed(&self, block: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(block, "json");
        let Some(record) = read(&path)? else { return Ok(None) };
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&record) else { return Ok(None) };
        let Some(bytes) = read(&self.path(block, EXTENSION))? else { return Ok(None) };
        let fits = manifest.block == block && manifest.sweep == self.id && manifest.sha256 == hex(&bytes);
        Ok(fits.then_some(bytes))
    }

    /// Blocks that none of `folders` has committed.
    pub fn missing(folders: &[Self]) -> Result<Vec<usize>, StoreError> {
        let mut missing = Vec::new();
        for block in 0..folders.first().map_or(0, |first| first.plan.blocks()) {
            let mut found = false;
            for folder in folders {
                found = found || folder.committed(block)?.is_some();
            }
            if !found {
                missing.push(block);
            }
        }
        Ok(missing)
    }

    /// The rows of those of `blocks` that were committed here, and are not what they were.
    pub fn damaged(&self, blocks: &[usize]) -> Result<Vec<PathBuf>, StoreError> {
        let mut damaged = Vec::new();
        for block in blocks {
            let recorded = read(&self.path(*block, "json"))?.is_some();
            if recorded && self.committed(*block)?.is_none() {
                damaged.push(self.path(*block, EXTENSION));
            }
        }
        Ok(damaged)
    }

    /// The rows of one block after the other, in the order of the points, each from whichever of `folders` has it. A block that
    /// nobody has is left out.
    pub fn rows(folders: &[Self]) -> impl Iterator<Item = Result<Vec<SweepRow>, StoreError>> {
        let blocks = folders.first().map_or(0, |first| first.plan.blocks());
        (0..blocks).filter_map(|block| folders.iter().find_map(|folder| folder.rows_of(block).transpose()))
    }

    fn rows_of(&self, block: usize) -> Result<Option<Vec<SweepRow>>, StoreError> {
        let bytes = self.committed(block)?;
        bytes.map(|bytes| self.decoded(block, bytes)).transpose()
    }

    /// The rows that stand in the bytes whose hash was checked.
    fn decoded(&self, block: usize, bytes: Vec<u8>) -> Result<Vec<SweepRow>, StoreError> {
        let path = self.path(block, EXTENSION);
        let empty = frame(&self.plan.axes, &[]);
        let frame = decode(empty, bytes).map_err(|detail| malformed(&path, detail))?;
        from_frame(&self.plan.axes, frame).map_err(|detail| malformed(&path, detail))
    }
}

/// What a folder says is swept in it; `None` if it says nothing.
pub fn read_plan(folder: &Path) -> Result<Option<SweepPlan>, StoreError> {
    let path = folder.join("sweep.json");
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let plan: SweepPlan = parsed(&path, &bytes)?;
    if plan.schema != SWEEP_SCHEMA {
        return Err(StoreError::UnknownSchema { path, found: plan.schema, expected: SWEEP_SCHEMA });
    }
    Ok(Some(plan))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", path)(error)),
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(feature = "tables")]
const EXTENSION: &str = "parquet";
#[cfg(not(feature = "tables"))]
const EXTENSION: &str = "csv";

#[cfg(feature = "tables")]
fn encode(frame: &Frame) -> Result<Vec<u8>, StoreError> {
    super::parquet::encode(frame)
}

#[cfg(not(feature = "tables"))]
fn encode(frame: &Frame) -> Result<Vec<u8>, StoreError> {
    super::csv::encode(frame)
}

#[cfg(feature = "tables")]
fn decode(empty: Frame, bytes: Vec<u8>) -> Result<Frame, String> {
    super::parquet::decode(empty, bytes::Bytes::from(bytes))
}

#[cfg(not(feature = "tables"))]
fn decode(empty: Frame, bytes: Vec<u8>) -> Result<Frame, String> {
    super::csv::decode(empty, &bytes)
}
