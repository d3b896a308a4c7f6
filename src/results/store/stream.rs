//! A study's folder whose table is written as its rows come: however many there are, memory holds a few of them.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::frame::Frame;
use super::{PARQUET, Staged, StoreError, csv, json};

/// The table of a study on its way to disk. Nothing has its name before the [`end`](Self::end); what is dropped, vanishes.
pub struct Stream {
    folder: PathBuf,
    staged: Staged,
    #[cfg(feature = "tables")]
    parquet: super::parquet::Writer<BufWriter<File>>,
    csv: Option<csv::Writer<BufWriter<File>>>,
}

impl Stream {
    /// A table with the columns of `frame`, without its rows; as CSV too, if asked.
    pub fn begin(folder: &Path, frame: &Frame, csv: bool) -> Result<Self, StoreError> {
        let mut staged = Staged::default();
        #[cfg(feature = "tables")]
        let parquet = {
            let path = super::table(folder, &frame.name);
            super::parquet::Writer::new(frame, BufWriter::new(staged.open(&path)?), &path)?
        };
        let csv = if csv || !PARQUET {
            let path = folder.join(format!("{}.csv", frame.name));
            Some(csv::Writer::new(frame, BufWriter::new(staged.open(&path)?), &path)?)
        } else {
            None
        };
        Ok(Self {
            folder: folder.to_owned(),
            staged,
            #[cfg(feature = "tables")]
            parquet,
            csv,
        })
    }

    pub fn append(&mut self, frame: &Frame) -> Result<(), StoreError> {
        #[cfg(feature = "tables")]
        self.parquet.append(frame)?;
        self.csv.as_mut().map_or(Ok(()), |csv| csv.append(frame))
    }

    /// Writes the answer as `results.json` and gives all files their names.
    pub fn end<T: serde::Serialize>(mut self, answer: &T) -> Result<Vec<PathBuf>, StoreError> {
        #[cfg(feature = "tables")]
        self.parquet.close()?;
        self.csv.map_or(Ok(()), csv::Writer::close)?;
        self.staged.add(self.folder.join("results.json"), &json(answer)?)?;
        self.staged.publish()
    }
}
