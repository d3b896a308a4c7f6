//! The sections below the charts: differences, functions, assumptions, provenance, definitions.

use crate::report::charts::{Chart, Data};
use crate::report::figures::{self, ABSENT};
use crate::report::flips::Flip;
use crate::report::{owned, sure};
use crate::results::{Assumption, Comparison, DeploymentResult, FunctionRow, Results, Tables};
use crate::units::Currency;

use super::reading::{Column, Reading};
use super::{Cell, Grid, Heading, Row, definitions, headings};

/// Functions listed one by one.
const FUNCTIONS: usize = 50;
/// Deployments whose functions are listed.
const LISTED: usize = 8;

pub fn chart_data(chart: &Chart) -> Grid {
    Grid { folded: true, ..grid(&chart.title, &chart.data) }
}

/// Long tables are folded away.
pub fn grid(caption: &str, data: &Data) -> Grid {
    let columns: Vec<Column> = (0..data.headings.len()).map(|place| Column::at(data, place)).collect();
    let cell = |(place, text): (usize, &String)| {
        let sort =
            columns.get(place).filter(|column| column.number).and_then(|_| Reading::of(text)).map(|one| one.value);
        Cell { sort, ..Cell::text(text.clone()) }
    };
    let heading = |(text, column): (&String, &Column)| Heading {
        text: text.clone(),
        number: column.number,
        unit: column.unit,
        define: definitions::of(text),
    };
    Grid {
        caption: caption.to_owned(),
        headings: data.headings.iter().zip(&columns).map(heading).collect(),
        rows: data
            .rows
            .iter()
            .map(|row| Row { cells: row.iter().enumerate().map(cell).collect(), strong: false })
            .collect(),
        note: data.note.clone(),
        folded: data.rows.len() > 30,
    }
}

/// What would change the answer, and to what.
pub fn flips(flips: &[Flip]) -> Grid {
    let row = |flip: &Flip| {
        let change = Cell { sort: Some(flip.by), ..Cell::text(flip.to.clone()) };
        let texts = [flip.then.clone(), flip.what.clone(), flip.from.clone()].map(Cell::text);
        let basis = Cell::text(flip.basis);
        Row { cells: texts.into_iter().chain([change, basis]).collect(), strong: false }
    };
    Grid {
        caption: "Changes one at a time, the nearest of each kind first".to_owned(),
        headings: headings(&["the answer is", "if this changes", "from", "to", "how it is told"]),
        rows: flips.iter().map(row).collect(),
        note: "Read off these bills and objectives: nothing was simulated again. `sim breakeven`, `sim map` and \
               `sim uncertainty` simulate."
            .to_owned(),
        ..Grid::default()
    }
}

pub fn differences(results: &Results) -> Grid {
    let row = |comparison: &Comparison| {
        let format = |value| signed(results, comparison, value);
        let ends = comparison
            .ci95
            .map_or_else(|| ABSENT.to_owned(), |[low, high]| format!("{} to {}", format(low), format(high)));
        let cells = vec![
            Cell::text(metric_name(&comparison.metric)),
            Cell::text(comparison.a.clone()),
            Cell::text(comparison.b.clone()),
            Cell::figure(comparison.difference, format),
            Cell::text(ends),
            Cell::text(reading(comparison)),
        ];
        Row { cells, strong: false }
    };
    Grid {
        caption: "Paired differences: a less b, on the same invocations".to_owned(),
        headings: headings(&["figure", "a", "b", "difference#", "95\u{a0}% interval#", "reading"]),
        folded: results.comparisons.len() > 60,
        rows: results.comparisons.iter().map(row).collect(),
        note: "An interval that contains zero means that the run cannot tell the two apart.".to_owned(),
        ..Grid::default()
    }
}

fn reading(comparison: &Comparison) -> &'static str {
    match (comparison.ci95, comparison.difference) {
        (Some([low, high]), _) if low <= 0.0 && 0.0 <= high => "no difference found",
        (Some([low, _]), _) if low > 0.0 => "a is higher",
        (Some(_), _) => "a is lower",
        (None, None) => "not measured on both",
        (None, Some(_)) => "no interval",
    }
}

/// `cost.per_month` as `cost per month`.
fn metric_name(metric: &str) -> String {
    metric.replace("_s.", " ").replace(['.', '_'], " ")
}

fn signed(results: &Results, comparison: &Comparison, value: f64) -> String {
    let currency =
        results.deployments.iter().find(|d| d.name == comparison.a).map_or(Currency::Usd, |d| d.cost.currency);
    let metric = comparison.metric.as_str();
    let text = match metric {
        cost if cost.starts_with("cost") => figures::money_f64(currency, value),
        time if time.contains("_s.") => figures::latency(value),
        part if part.contains("fraction") || part.contains("utilization") => {
            format!("{}\u{a0}%-points", figures::number((value * 1e8).round() / 1e6))
        }
        _ => figures::number(value),
    };
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A table of functions for each deployment, that of `first` open.
pub fn functions(results: &Results, tables: &Tables, first: usize) -> Vec<Grid> {
    let grid = |(place, deployment): (usize, &DeploymentResult)| {
        let mut rows: Vec<&FunctionRow> =
            tables.functions.iter().filter(|row| row.deployment == deployment.name).collect();
        rows.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.function.cmp(&b.function)));
        (!rows.is_empty()).then(|| function_grid(deployment, &rows, place != first))
    };
    let mut order: Vec<(usize, &DeploymentResult)> = results.deployments.iter().enumerate().collect();
    order.sort_by_key(|(place, _)| *place != first);
    order.into_iter().take(LISTED).filter_map(grid).collect()
}

fn function_grid(deployment: &DeploymentResult, rows: &[&FunctionRow], folded: bool) -> Grid {
    let (listed, others) = rows.split_at(rows.len().min(FUNCTIONS));
    let mut cells: Vec<Row> = listed.iter().map(|row| function_row(deployment, row)).collect();
    if !others.is_empty() {
        cells.push(others_row(deployment, others));
    }
    cells.extend(unmetered_row(deployment, rows));
    let more = if others.is_empty() { "" } else { " All stand in the table `functions`." };
    let texts = ["function", "invocations#", "per second#", "start cold#", "do not complete#", "p50#", "p99#", "max#"];
    Grid {
        caption: format!("Functions on {}, by cost", deployment.name),
        headings: headings(&[&texts[..], &["cost of the window#"]].concat()),
        rows: cells,
        note: format!("A function's cost is its part of the bill, in proportion to what it metered.{more}"),
        folded,
    }
}

fn function_row(deployment: &DeploymentResult, row: &FunctionRow) -> Row {
    let lost = (row.offered - row.completed).max(0.0);
    let cells = vec![
        Cell::text(row.function.clone()),
        Cell::figure(Some(row.offered), figures::count),
        Cell::figure(Some(row.rate_per_s), figures::number),
        Cell::figure(row.cold_fraction, figures::share),
        Cell::figure((row.offered > 0.0).then(|| lost / row.offered), figures::share),
        Cell::figure(row.latency_p50_s, figures::latency),
        Cell::figure(row.latency_p99_s, figures::latency),
        Cell::figure(row.latency_max_s, figures::latency),
        Cell::figure(Some(row.cost), |cost| figures::money_f64(deployment.cost.currency, cost)),
    ];
    Row { cells, strong: false }
}

/// What of the bill no function metered: servers, what is provisioned, what runs by the clock.
fn unmetered_row(deployment: &DeploymentResult, rows: &[&FunctionRow]) -> Option<Row> {
    let total = deployment.cost.total.to_f64();
    let rest = total - rows.iter().map(|row| row.cost).sum::<f64>();
    let mut cells = vec![Cell::text("metered for no function")];
    cells.extend([ABSENT; 7].map(Cell::text));
    cells.push(Cell::figure(Some(rest), |cost| figures::money_f64(deployment.cost.currency, cost)));
    (rest > 1e-3 * total).then_some(Row { cells, strong: true })
}

/// Sums where they mean something; percentiles of several functions cannot be added.
fn others_row(deployment: &DeploymentResult, others: &[&FunctionRow]) -> Row {
    let sum = |figure: fn(&FunctionRow) -> f64| others.iter().map(|row| figure(row)).sum::<f64>();
    let offered = sum(|row| row.offered);
    let lost = (offered - sum(|row| row.completed)).max(0.0);
    let mut cells = vec![
        Cell::text(format!("{} others", figures::count(others.len() as f64))),
        Cell::figure(Some(offered), figures::count),
        Cell::figure(Some(sum(|row| row.rate_per_s)), figures::number),
        Cell::text(ABSENT),
        Cell::figure((offered > 0.0).then(|| lost / offered), figures::share),
    ];
    cells.extend([ABSENT; 3].map(Cell::text));
    cells.push(Cell::figure(Some(sum(|row| row.cost)), |cost| figures::money_f64(deployment.cost.currency, cost)));
    Row { cells, strong: true }
}

pub fn assumptions(results: &Results) -> Grid {
    let row = |assumption: &Assumption| {
        let deployment = assumption.deployment.clone().unwrap_or_else(|| "all".to_owned());
        let texts = [&assumption.subject, &assumption.value, &deployment, &assumption.source, &assumption.date];
        Row { cells: texts.map(|text| Cell::text(text.clone())).into_iter().collect(), strong: false }
    };
    Grid {
        caption: "What the figures rest on".to_owned(),
        headings: headings(&["subject", "value", "deployment", "source", "date"]),
        rows: results.assumptions.iter().map(row).collect(),
        ..Grid::default()
    }
}

pub fn facts(results: &Results, version: &str) -> Vec<[String; 2]> {
    let (scenario, workload) = (&results.scenario, &results.workload);
    [
        ("scenario", scenario.name.clone()),
        ("window", format!("{} from {} 00:00 UTC", figures::length(scenario.duration_s), scenario.start)),
        ("warm-up", sure::warmup(results.scenario.warmup_s, results.scenario.warmup_found.as_ref())),
        (
            "workload",
            format!(
                "{} of {}; {} per second on average, {} at the peak",
                figures::plural(workload.invocations as f64, "invocation"),
                figures::plural(workload.functions as f64, "function"),
                figures::number(workload.mean_rate_per_s),
                figures::number(workload.peak_rate_per_s)
            ),
        ),
        ("replications", scenario.replications.to_string()),
        ("seed", scenario.seed.to_string()),
        ("version", format!("breakeven {version}")),
        ("hash of the scenario and its traces", scenario.hash.clone()),
    ]
    .map(|(term, text)| [term.to_owned(), text])
    .into_iter()
    .chain(owned::horizon(results).map(|text| ["simulated".to_owned(), text]))
    .chain(sure::intervals(results).map(|text| ["intervals".to_owned(), text]))
    .chain(sure::precision(results).map(|text| ["precision".to_owned(), text]))
    .collect()
}

pub fn reproduce(results: &Results) -> String {
    let scenario = &results.scenario;
    let set: String = scenario.set.iter().map(|setting| format!(" --set '{setting}'")).collect();
    format!("sim run SCENARIO{set} --seed {} --replications {}", scenario.seed, scenario.replications)
}
