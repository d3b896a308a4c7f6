//! What a reader sees of a run: the terminal summary, `report.html` and its charts.
//!
//! Everything here is a function of [`Results`] and [`Tables`]: equal input gives equal bytes, and
//! nothing here simulates or prices. Charts and HTML stand behind the feature `report`.

mod aim;
pub mod breakeven;
#[cfg(feature = "report")]
pub mod charts;
pub mod cold_starts;
pub mod commit;
pub mod compare;
pub mod figures;
#[cfg(feature = "report")]
mod html;
pub mod map;
pub mod optimize;
mod owned;
#[cfg(feature = "report")]
mod page;
mod sites;
pub mod story;
#[cfg(feature = "report")]
pub mod study;
mod sure;
pub mod sweep;
pub mod terminal;
pub mod uncertainty;

use std::path::{Path, PathBuf};

use crate::results::store::{Staged, StoreError};
use crate::results::{Results, Tables};

/// Can this build draw? Without it there is only the terminal summary.
pub const AVAILABLE: bool = cfg!(feature = "report");

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot draw chart `{chart}`: {detail}")]
    Drawing { chart: &'static str, detail: String },
    #[error("this build draws no reports; build with feature `report`")]
    NotAvailable,
}

/// As [`stage`], and gives the files their names; returns their paths, `report.html` first.
pub fn write(folder: &Path, results: &Results, tables: &Tables, version: &str) -> Result<Vec<PathBuf>, ReportError> {
    Ok(stage(folder, results, tables, version)?.publish()?)
}

/// Prepares `report.html` and `charts/*.svg` and `charts/*.png` for `folder`. `version` is that of the program that simulated.
///
/// All files get their names together when what is returned is published, so that a failure leaves an earlier report as it was.
#[cfg(feature = "report")]
pub fn stage(folder: &Path, results: &Results, tables: &Tables, version: &str) -> Result<Staged, ReportError> {
    use charts::{Fonts, Frame};

    let fonts = Fonts::packaged();
    let mut staged = Staged::default();
    let mut figures = Vec::new();
    let mut drawings = Vec::new();
    for chart in charts::all(results, tables) {
        let scene = charts::lay_out(&chart, &fonts);
        figures.push((charts::to_svg(&scene, Frame::Page), chart));
        drawings.push(scene);
    }
    let page = page::Page::new(results, tables, version, &figures);
    staged.add(folder.join("report.html"), html::render(&page).as_bytes())?;
    stage_drawings(&mut staged, folder, &drawings, &fonts)?;
    Ok(staged)
}

/// Each drawing as SVG and as PNG.
#[cfg(feature = "report")]
fn stage_drawings(
    staged: &mut Staged,
    folder: &Path,
    drawings: &[charts::Scene],
    fonts: &charts::Fonts,
) -> Result<(), ReportError> {
    let charts = folder.join("charts");
    for scene in drawings {
        let svg = charts::to_svg(scene, charts::Frame::Alone);
        staged.add(charts.join(format!("{}.svg", scene.id)), svg.as_bytes())?;
        let drawn = charts::to_png(scene, fonts).map_err(|detail| ReportError::Drawing { chart: scene.id, detail })?;
        staged.add(charts.join(format!("{}.png", scene.id)), &drawn)?;
    }
    Ok(())
}

#[cfg(not(feature = "report"))]
pub fn stage(_: &Path, _: &Results, _: &Tables, _: &str) -> Result<Staged, ReportError> {
    Err(ReportError::NotAvailable)
}
