//! What a sweep tells: in a sentence, in a table for each deployment, and in pictures.

use std::path::{Path, PathBuf};

use super::figures::{self, ABSENT, currency, short};
use super::story;
use super::terminal::{self, Color, Columns, Told};
use crate::results::sweep::{SweepPlan, SweepRow, SweepSummary, SweptDeployment, SweptPoint};

/// The answer in one sentence.
pub fn headline(plan: &SweepPlan, summary: &SweepSummary) -> String {
    let Some(best) = &summary.best else {
        let near = summary.nearest.as_ref().map_or_else(String::new, |point| {
            format!("; {} comes nearest{}{}", point.deployment, missed(point), at(point))
        });
        return format!(
            "Nothing meets the objectives at any of {}{near}",
            figures::plural(plan.points as f64, "point")
        );
    };
    if summary.axes.iter().any(|axis| is_given(&axis.path)) {
        return where_each_is_cheapest(summary);
    }
    format!("{} is the cheapest that meets the objectives: {} a month{}", best.deployment, money(best), at(best))
}

/// `, with p99 312 ms against 200 ms`.
fn missed(point: &SweptPoint) -> String {
    match &point.worst {
        Some(worst) => format!(", with {}", story::reason(worst)),
        None => format!(" and leaves {} undone", point.errors.map_or(ABSENT.to_owned(), figures::share)),
    }
}

/// Whether an axis is about what is asked, or what others ask for it, and so no decision.
fn is_given(path: &str) -> bool {
    ["workload.", "functions.", "scenario.", "prices."].iter().any(|section| path.starts_with(section))
        || path == "demand"
}

fn where_each_is_cheapest(summary: &SweepSummary) -> String {
    let mut winners: Vec<&SweptDeployment> = summary.deployments.iter().filter(|one| one.cheapest > 0).collect();
    winners.sort_by_key(|one| std::cmp::Reverse(one.cheapest));
    match winners.as_slice() {
        [one] if one.cheapest == summary.points => format!("{} is the cheapest at every point", one.name),
        several => {
            let each = |one: &&SweptDeployment| format!("{} at {}", one.name, one.cheapest);
            let list: Vec<String> = several.iter().map(each).collect();
            format!("Of {} points the cheapest that meets the objectives is {}", summary.points, list.join(", "))
        }
    }
}

/// `, at deployments.lambda.memory=512MB`.
fn at(point: &SweptPoint) -> String {
    format!(", at {}", point.settings.join(" "))
}

fn money(point: &SweptPoint) -> String {
    point.cost_per_month.map_or(ABSENT.to_owned(), |cost| figures::money_f64(currency(&point.currency), cost))
}

/// What else a reader should know.
pub fn advice(summary: &SweepSummary) -> Vec<String> {
    let mut advice = Vec::new();
    let ties: usize = summary.deployments.iter().map(|one| one.ties).sum();
    if ties > 0 {
        advice.push(format!(
            "At {} the cheapest cannot be told from another: the 95\u{a0}% interval of their difference contains zero.",
            figures::plural(ties as f64, "point")
        ));
    }
    if let Some(factor) = summary.variance_reduction.filter(|factor| factor.is_finite() && *factor >= 2.0) {
        advice.push(format!(
            "All configurations served the same invocations, which cut the variance of differences {}-fold (median).",
            figures::compact(factor)
        ));
    }
    advice
}

/// By deployment: where it does, where it is the cheapest, and its own cheapest point.
pub fn by_deployment(summary: &SweepSummary) -> Columns {
    let row = |one: &SweptDeployment| {
        let best = one.best.as_ref();
        vec![
            one.name.clone(),
            one.meets.to_string(),
            one.cheapest.to_string(),
            best.map_or(ABSENT.to_owned(), money),
            best.and_then(|best| best.latency_p99_s).map_or(ABSENT.to_owned(), figures::latency),
            best.map_or(ABSENT.to_owned(), |best| best.point.to_string()),
        ]
    };
    let headings = ["deployment", "meets", "cheapest", "least a month", "its p99", "its point"];
    Columns::new(&headings, summary.deployments.iter().map(row).collect())
}

/// The points one by one: the cheapest deployment of each. `rows` are in the order of the points, as a table has them.
pub fn by_point(plan: &SweepPlan, rows: &[SweepRow]) -> Columns {
    let mut table = Vec::new();
    for point in rows.chunk_by(|a, b| a.point == b.point) {
        let best = point.iter().find(|row| row.cheapest);
        let mut cells: Vec<String> = point[0].levels.iter().map(|(label, _)| label.clone()).collect();
        cells.extend(best.map_or_else(
            || vec!["none".to_owned(), ABSENT.to_owned(), ABSENT.to_owned()],
            |best| {
                use crate::results::Metric;
                let cost = best.mean(Metric::CostPerMonth).unwrap_or(f64::NAN);
                vec![
                    best.deployment.clone(),
                    figures::money_f64(currency(&best.currency), cost),
                    best.mean(Metric::LatencyP99).map_or(ABSENT.to_owned(), figures::latency),
                ]
            },
        ));
        table.push(cells);
    }
    let mut headings: Vec<String> = plan.axes.iter().map(|axis| short(&axis.path)).collect();
    headings.extend(["cheapest", "a month", "p99"].map(str::to_owned));
    Columns { headings, rows: table }
}

/// The summary for a terminal.
pub fn text(
    plan: &SweepPlan,
    rows: &[SweepRow],
    summary: &SweepSummary,
    paths: &[(&str, PathBuf)],
    color: Color,
) -> String {
    let mut tables = vec![by_deployment(summary)];
    if plan.axes.len() <= 3 {
        tables.insert(0, by_point(plan, rows));
    }
    let own = [
        figures::plural(plan.points as f64, "point"),
        plan.design.clone(),
        figures::plural(f64::from(plan.replications), "replication"),
    ];
    let told = Told {
        tables,
        headline: headline(plan, summary),
        advice: advice(summary),

        paths,
        ..Told::of(&summary.scenario, own)
    };
    terminal::study(&told, color)
}

/// Writes `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn write(
    folder: &Path,
    plan: &SweepPlan,
    rows: &[SweepRow],
    summary: &SweepSummary,
    command: &str,
) -> Result<Vec<PathBuf>, super::ReportError> {
    use super::charts;
    use super::study::{Study, varied, write};
    let own = [("varied", varied(&plan.axes)), ("points", format!("{}, {}", plan.points, plan.design))];
    let study = Study {
        headline: headline(plan, summary),
        advice: advice(summary),
        charts: charts::sweep::all(plan, rows),
        tables: vec![
            ("By deployment".to_owned(), by_deployment(summary).into()),
            ("By point: the cheapest that meets the objectives".to_owned(), by_point(plan, rows).into()),
        ],
        ..Study::of(&summary.scenario, ("sweep", command), own)
    };
    write(folder, &study)
}

#[cfg(not(feature = "report"))]
pub fn write(
    _: &Path,
    _: &SweepPlan,
    _: &[SweepRow],
    _: &SweepSummary,
    _: &str,
) -> Result<Vec<PathBuf>, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Metric;
    use crate::results::sweep::{SWEEP_SCHEMA, SweepAxis};

    /// At a point with an even number `a` is the cheapest, at the others nothing does.
    fn row(point: u64, deployment: &str) -> SweepRow {
        SweepRow {
            point,
            levels: vec![(format!("x{point}"), Some(point as f64))],
            deployment: deployment.to_owned(),
            platform: "aws-lambda".to_owned(),
            currency: "USD".to_owned(),
            meets: point % 2 == 0,
            cheapest: point % 2 == 0 && deployment == "a",
            worst: None,
            worst_actual: None,
            worst_bound: None,
            figures: vec![[Some(1.5), None, None]; Metric::ALL.len()],
            above_cheapest: [None; 3],
            variance_reduction: None,
        }
    }

    fn plan(points: usize) -> SweepPlan {
        SweepPlan {
            schema: SWEEP_SCHEMA.to_owned(),
            name: "many".to_owned(),
            hash: String::new(),
            version: String::new(),
            seed: 1,
            replications: 1,
            warmup_s: 0.0,
            warmup_found: None,
            design: "grid".to_owned(),
            axes: vec![SweepAxis { path: "demand".to_owned(), unit: "×".to_owned(), values: Vec::new() }],
            points,
            block: 32,
            values: Vec::new(),
        }
    }

    /// Rows come in the order of their points; of each the cheapest that meets the objectives stands in the table.
    #[test]
    fn the_table_of_points_has_a_row_for_each() {
        const POINTS: u64 = 100;
        let rows: Vec<SweepRow> = (0..POINTS).flat_map(|point| ["b", "a"].map(|name| row(point, name))).collect();
        let table = by_point(&plan(POINTS as usize), &rows);
        assert_eq!(table.rows.len(), POINTS as usize);
        assert_eq!(table.rows[2][..2], ["x2", "a"]);
        assert_eq!(table.rows[3], ["x3", "none", ABSENT, ABSENT]);
    }
}
