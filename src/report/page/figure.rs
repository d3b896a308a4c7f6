//! A chart on a page: drawn for wide and for narrow screens, with what can be read off it.

use serde::Serialize;

use crate::report::charts::{
    By, Chart, Dress, Fonts, Legend, Sheet, lay_out, lay_out_swatch, readings, swatch, to_svg,
};

use super::{Grid, sections};

#[derive(Serialize)]
pub struct Figure {
    id: &'static str,
    title: String,
    subtitle: String,
    legend: Vec<Entry>,
    /// For wide and for narrow screens; the page shows one of them.
    drawings: [String; 2],
    readings: Option<String>,
    data: Grid,
}

#[derive(Serialize)]
struct Entry {
    swatch: String,
    text: String,
    /// The deployment, where it stands for one.
    of: Option<usize>,
}

impl Figure {
    pub fn of(chart: &Chart, fonts: &Fonts) -> Self {
        let draw = |(sheet, class)| to_svg(&lay_out(chart, fonts, sheet), fonts, Dress::Page(class));
        Self {
            id: chart.id,
            title: chart.title.clone(),
            subtitle: chart.subtitle.clone(),
            legend: chart.legend.iter().map(|entry| Entry::of(chart, entry, fonts)).collect(),
            drawings: [(Sheet::WIDE, "wide"), (Sheet::NARROW, "narrow")].map(draw),
            readings: readings(chart),
            data: sections::chart_data(chart),
        }
    }
}

impl Figure {
    pub const fn data(&self) -> &Grid {
        &self.data
    }
}

impl Entry {
    fn of(chart: &Chart, entry: &Legend, fonts: &Fonts) -> Self {
        let by_series = chart.panels.iter().any(|panel| panel.by == By::Series);
        Self {
            swatch: swatch(&lay_out_swatch(entry, fonts)),
            text: entry.text.clone(),
            of: by_series.then_some(entry.series),
        }
    }
}
