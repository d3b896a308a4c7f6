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
pub mod flips;
#[cfg(feature = "report")]
mod html;
pub mod map;
#[cfg(feature = "report")]
mod measures;
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
mod theme;
pub mod uncertainty;

use std::path::{Path, PathBuf};

pub use theme::Theme;

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

/// Where a report goes, and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub folder: &'a Path,
    pub theme: Theme,
}

/// As [`stage`], and gives the files their names; returns their paths, `report.html` first.
pub fn write(folder: &Path, results: &Results, tables: &Tables, version: &str) -> Result<Vec<PathBuf>, ReportError> {
    Ok(stage(Target { folder, theme: Theme::Auto }, results, tables, version)?.publish()?)
}

/// Prepares `report.html` and `charts/*.svg` and `charts/*.png`. `version` is that of the program that simulated.
///
/// All files get their names together when what is returned is published, so that a failure leaves an earlier report as it was.
#[cfg(feature = "report")]
pub fn stage(to: Target, results: &Results, tables: &Tables, version: &str) -> Result<Staged, ReportError> {
    let fonts = charts::Fonts::packaged();
    let drawn = charts::leading(results);
    let charts = charts::all(&drawn, tables);
    let names = drawn.deployments.into_iter().map(|deployment| deployment.name).collect();
    let page = page::Page::new(results, tables, version, (&charts, names, &fonts));
    let mut staged = Staged::default();
    staged.add(to.folder.join("report.html"), html::render(&page, to.theme).as_bytes())?;
    stage_drawings(&mut staged, to, &charts, &fonts)?;
    Ok(staged)
}

/// Each chart as SVG and as PNG.
#[cfg(feature = "report")]
fn stage_drawings(
    staged: &mut Staged,
    to: Target,
    charts: &[charts::Chart],
    fonts: &charts::Fonts,
) -> Result<(), ReportError> {
    use charts::{Dress, Sheet, lay_out, to_png, to_svg};

    let folder = to.folder.join("charts");
    for chart in charts {
        let scene = lay_out(chart, fonts, Sheet::FILE);
        let svg = to_svg(&scene, fonts, Dress::Alone(to.theme));
        staged.add(folder.join(format!("{}.svg", chart.id)), svg.as_bytes())?;
        let drawn = to_png(&scene, fonts, to.theme.palette());
        let drawn = drawn.map_err(|detail| ReportError::Drawing { chart: chart.id, detail })?;
        staged.add(folder.join(format!("{}.png", chart.id)), &drawn)?;
    }
    Ok(())
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Results, _: &Tables, _: &str) -> Result<Staged, ReportError> {
    Err(ReportError::NotAvailable)
}
