//! What stands on the page, in its order, as text: the template only arranges it.

mod definitions;
mod figure;
mod invoice;
mod nodes;
mod reading;
mod scorecard;
mod sections;
mod sites;

use serde::Serialize;

use crate::results::{DeploymentResult, Results, Tables};

use super::charts::{Chart, Fonts};
use super::figures::{self, ABSENT};
use super::story::{self, Standing, Story};
use super::study::Study;
use super::terminal::relative;
use super::{flips, sure};
use definitions::Definition;
use figure::Figure;

#[derive(Serialize)]
pub struct Page {
    name: String,
    headline: String,
    advice: String,
    badges: Vec<Badge>,
    comparison: Grid,
    flips: Grid,
    capacity: Grid,
    claims: Grid,
    /// Their names, where there are charts to switch them on and off in.
    deployments: Vec<String>,
    charts: Vec<Figure>,
    sites: Vec<Grid>,
    invoices: Vec<invoice::Invoice>,
    nodes: Grid,
    differences: Grid,
    functions: Vec<Grid>,
    assumptions: Grid,
    facts: Vec<[String; 2]>,
    reproduce: String,
    warnings: Vec<String>,
    /// The scenario as its file says it; empty in results of earlier versions.
    scenario: String,
    definitions: &'static [Definition],
}

/// How a deployment stands to its objectives.
#[derive(Serialize)]
struct Badge {
    deployment: String,
    met: bool,
    text: String,
}

/// A table; the first cell of each row names it.
#[derive(Serialize, Default)]
pub struct Grid {
    caption: String,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    note: String,
    /// Folded away until asked for.
    folded: bool,
}

#[derive(Serialize)]
struct Heading {
    text: String,
    number: bool,
    /// Of the numbers that the cells sort by, where they are no plain numbers.
    unit: &'static str,
    /// Where its meaning stands.
    define: Option<String>,
}

#[derive(Serialize, Default)]
struct Row {
    cells: Vec<Cell>,
    /// The winner's row, or a total.
    strong: bool,
}

#[derive(Serialize, Default)]
struct Cell {
    text: String,
    /// A second, smaller line.
    small: String,
    /// What to sort by; text if absent.
    sort: Option<f64>,
}

impl Grid {
    /// With the numbers that figures stand for, and their unit in the heading where it is the same for all.
    fn measured(mut self) -> Self {
        for (place, heading) in self.headings.iter_mut().enumerate().filter(|(_, heading)| heading.number) {
            let cells = || self.rows.iter().filter_map(|row| row.cells.get(place)).map(|cell| cell.text.as_str());
            let column = reading::Column::of(cells());
            if !column.number {
                continue;
            }
            heading.unit = column.unit;
            for cell in self.rows.iter_mut().filter_map(|row| row.cells.get_mut(place)) {
                cell.sort = cell.sort.or_else(|| Some(reading::Reading::of(&cell.text)?.value));
            }
        }
        self
    }
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn figure(value: Option<f64>, format: impl Fn(f64) -> String) -> Self {
        // JSON and sorting know no infinity.
        let sort = value.map(|value| if value.is_finite() { value } else { f64::MAX });
        Self { text: value.map_or_else(|| ABSENT.to_owned(), format), small: String::new(), sort }
    }

    fn with(mut self, small: impl Into<String>) -> Self {
        self.small = small.into();
        self
    }
}

/// Headings; those that end in `#` stand over numbers, in `#share` over parts of one, whatever the cells look like.
fn headings(texts: &[&str]) -> Vec<Heading> {
    texts
        .iter()
        .map(|text| {
            let (text, unit) = text.split_once('#').map_or((*text, None), |(text, unit)| (text, Some(unit)));
            let said = if unit == Some("share") { "share" } else { "" };
            Heading { text: text.to_owned(), number: unit.is_some(), unit: said, define: definitions::of(text) }
        })
        .collect()
}

impl Page {
    /// `charts` with the names of the deployments by which they count.
    pub fn new(
        results: &Results,
        tables: &Tables,
        version: &str,
        (charts, deployments, fonts): (&[Chart], Vec<String>, &Fonts),
    ) -> Self {
        let story = story::tell(results);
        let first = story.winner.unwrap_or(0);
        let measured = |grids: Vec<Grid>| grids.into_iter().map(Grid::measured).collect();
        Self {
            name: results.scenario.name.clone(),
            badges: results.deployments.iter().filter_map(badge).collect(),
            comparison: comparison(results, &story).measured(),
            flips: sections::flips(&flips::flips(results, &story)),
            capacity: scorecard::capacity(results, &story).measured(),
            claims: scorecard::claims(results, &story),
            deployments,
            charts: charts.iter().map(|chart| Figure::of(chart, fonts)).collect(),
            sites: measured(sites::all(results)),
            invoices: invoice::all(results, first),
            nodes: nodes::grid(results).measured(),
            differences: sections::differences(results).measured(),
            functions: measured(sections::functions(results, tables, first)),
            assumptions: sections::assumptions(results),
            facts: sections::facts(results, version),
            reproduce: sections::reproduce(results),
            warnings: results.warnings.clone(),
            scenario: results.scenario.text.clone(),
            definitions: &definitions::ALL,
            headline: story.headline,
            advice: story.advice,
        }
    }
}

/// The page of a study.
#[derive(Serialize)]
pub struct StudyPage {
    kind: &'static str,
    name: String,
    headline: String,
    advice: Vec<String>,
    charts: Vec<Figure>,
    tables: Vec<Grid>,
    facts: Vec<[String; 2]>,
    reproduce: String,
    scenario: String,
    definitions: Vec<&'static Definition>,
}

impl StudyPage {
    pub fn new(study: &Study, fonts: &Fonts) -> Self {
        let charts: Vec<Figure> = study.charts.iter().map(|chart| Figure::of(chart, fonts)).collect();
        let there = study.tables.iter().filter(|(_, data)| !data.rows.is_empty());
        let tables: Vec<Grid> = there.map(|(caption, data)| sections::grid(caption, data)).collect();
        let headings = charts.iter().map(Figure::data).chain(&tables).flat_map(|grid| &grid.headings);
        Self {
            definitions: definitions::named(headings),
            kind: study.kind,
            name: study.name.clone(),
            headline: study.headline.clone(),
            advice: study.advice.clone(),
            charts,
            tables,
            facts: study.facts.clone(),
            reproduce: study.reproduce.clone(),
            scenario: study.scenario.clone(),
        }
    }
}

fn badge(deployment: &DeploymentResult) -> Option<Badge> {
    let slo = deployment.slo.as_ref().filter(|_| story::is_measured(deployment))?;
    let reasons: Vec<String> = story::missed(deployment).into_iter().map(story::reason).collect();
    let text = match reasons.is_empty() {
        true => "meets its objectives".to_owned(),
        false => format!("misses {}", reasons.join(", ")),
    };
    Some(Badge { deployment: deployment.name.clone(), met: slo.met, text })
}

fn comparison(results: &Results, story: &Story) -> Grid {
    let mut texts = vec!["deployment", "cost per month#", "against the best#share", "p50#", "p95#", "p99#"];
    texts.extend(["start cold#", "do not complete#", "utilisation#"]);
    let slo = results.deployments.iter().any(|deployment| deployment.slo.is_some());
    texts.extend(slo.then_some("objectives"));
    let row = |(place, deployment): (usize, &DeploymentResult)| {
        let mut cells = comparison_cells(results, story, place, deployment);
        if slo {
            cells.push(verdict(deployment));
        }
        Row { cells, strong: story.standing(place) == Standing::Winner }
    };
    Grid {
        caption: "The deployments side by side".to_owned(),
        headings: headings(&texts),
        rows: results.deployments.iter().enumerate().map(row).collect(),
        note: sure::half_widths(results),
        ..Grid::default()
    }
}

fn comparison_cells(results: &Results, story: &Story, place: usize, deployment: &DeploymentResult) -> Vec<Cell> {
    let cost = &deployment.cost;
    let latency = &deployment.latency_s;
    let amount = |value| figures::money_f64(cost.currency, value);
    let against = match (story.standing(place), story.winner) {
        (Standing::Winner, _) => Cell { text: "best".to_owned(), sort: Some(0.0), ..Cell::default() },
        (Standing::Tie, _) => Cell { text: "tie".to_owned(), sort: Some(0.0), ..Cell::default() },
        (Standing::Other, Some(best)) => {
            Cell::figure(relative(&results.deployments[best], deployment), figures::change)
        }
        (Standing::Other, None) => Cell::text(ABSENT),
    };
    let name = match story.standing(place) {
        Standing::Winner => format!("▶ {}", deployment.name),
        Standing::Tie => format!("= {}", deployment.name),
        Standing::Other => deployment.name.clone(),
    };
    vec![
        Cell::text(name).with(deployment.summary.clone()),
        Cell::figure(Some(cost.per_month.to_f64()), |_| figures::money(cost.currency, cost.per_month))
            .with(half_width(cost.ci95, amount)),
        against,
        Cell::figure(latency.p50, figures::latency),
        Cell::figure(latency.p95, figures::latency),
        Cell::figure(latency.p99, figures::latency).with(half_width(latency.ci95.p99, figures::latency)),
        Cell::figure(deployment.cold_start.fraction, figures::share).with(share_interval(deployment.cold_start.ci95)),
        Cell::figure(Some(deployment.errors()), figures::share),
        Cell::figure(deployment.capacity.utilization.map(|part| (part * 1000.0).round() / 1000.0), figures::share),
    ]
}

/// `± 7 ms`; nothing without an interval.
fn half_width(ci95: Option<[f64; 2]>, format: impl Fn(f64) -> String) -> String {
    ci95.map_or_else(String::new, |[low, high]| format!("±\u{a0}{}", format((high - low) / 2.0)))
}

/// The same of a share, but both ends of what 0 or 1 cuts off: it is no longer as far to the one as to the other.
fn share_interval(ci95: Option<[f64; 2]>) -> String {
    match ci95 {
        Some([low, high]) if low < high && (low <= 0.0 || high >= 1.0) => {
            format!("{} to {}", figures::share(low), figures::share(high))
        }
        whole => half_width(whole, figures::share),
    }
}

fn verdict(deployment: &DeploymentResult) -> Cell {
    let missed: Vec<&str> = story::missed(deployment).iter().map(|objective| story::spoken(&objective.name)).collect();
    match &deployment.slo {
        None => Cell::text(ABSENT),
        Some(_) if !story::is_measured(deployment) => Cell::text(format!("{ABSENT} nothing completed")),
        Some(slo) if slo.met => Cell::text("✓ met"),
        Some(_) => Cell::text(format!("✗ misses {}", missed.join(", "))),
    }
}
