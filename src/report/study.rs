//! `report.html` of a study: a sentence, pictures, tables. What a sweep, a break-even, a search and a comparison share.

use super::ReportError;
use super::charts::{Chart, Data, Fonts};
use super::html;
use super::page::StudyPage;
use super::sure;
use super::terminal::Columns;
use crate::report::Target;
use crate::results::store::Staged;
use crate::results::studied::StudiedScenario;
use crate::results::sweep::SweepAxis;

/// What a study tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Study {
    /// What it is: `sweep`, `break-even`.
    pub kind: &'static str,
    /// Of the scenario.
    pub name: String,
    /// The answer, in one sentence.
    pub headline: String,
    /// What else a reader must know before using it, a paragraph each.
    pub advice: Vec<String>,
    pub charts: Vec<Chart>,
    /// With their captions.
    pub tables: Vec<(String, Data)>,
    /// What it rests on: scenario, hash, seed, replications, version.
    pub facts: Vec<[String; 2]>,
    /// The command that makes the same again.
    pub reproduce: String,
    /// The scenario, as it is kept.
    pub scenario: String,
}

impl Study {
    /// Of `scenario`: what it rests on after the `own` facts, and the command that makes the same again.
    pub fn of<const N: usize>(
        scenario: &StudiedScenario,
        (kind, command): (&'static str, &str),
        own: [(&str, String); N],
    ) -> Self {
        let (name, reproduce) = (scenario.name.clone(), command.to_owned());
        Self { kind, name, facts: facts(scenario, own), reproduce, scenario: scenario.text.clone(), ..Self::default() }
    }
}

impl From<Columns> for Data {
    fn from(table: Columns) -> Self {
        let note = match table.more {
            0 => String::new(),
            more => format!("{more} more rows stand in the table of the study."),
        };
        Self { headings: table.headings, rows: table.rows, note }
    }
}

/// `PATH=a,b; PATH=c`.
pub fn varied(axes: &[SweepAxis]) -> String {
    axes.iter().map(SweepAxis::to_string).collect::<Vec<_>>().join("; ")
}

fn facts<const N: usize>(scenario: &StudiedScenario, own: [(&str, String); N]) -> Vec<[String; 2]> {
    let common = [
        ("scenario", scenario.name.clone()),
        ("hash", scenario.hash.clone()),
        ("replications", scenario.replications.to_string()),
        ("warm-up", sure::warmup(scenario.warmup_s, scenario.warmup_found.as_ref())),
        ("seed", scenario.seed.to_string()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    own.into_iter().chain(common).map(|(name, value)| [name.to_owned(), value]).collect()
}

/// Prepares `report.html`, `charts/*.svg` and `charts/*.png`.
pub fn stage(to: Target, study: &Study) -> Result<Staged, ReportError> {
    let fonts = Fonts::packaged();
    let mut staged = Staged::default();
    let page = StudyPage::new(study, &fonts);
    staged.add(to.folder.join("report.html"), html::render_study(&page, to.theme).as_bytes())?;
    super::stage_drawings(&mut staged, to, &study.charts, &fonts)?;
    Ok(staged)
}
