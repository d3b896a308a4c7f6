//! What a sweep tells: in a sentence, in a table for each deployment, and in pictures.

use std::path::PathBuf;

use super::aim::Aim;
use super::figures::{self, ABSENT, currency, short};
use super::story;
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::Metric;
use crate::results::store::Staged;
use crate::results::sweep::{
    Excerpt, SweepAxis, SweepPlan, SweepRow, SweepSummary, SweptDeployment, SweptPoint, TABLE,
};

/// The answer in one sentence.
pub fn headline(plan: &SweepPlan, summary: &SweepSummary) -> String {
    let Some(best) = &summary.best else {
        let near = summary.nearest.as_ref().map_or_else(String::new, |point| {
            format!("; {} comes nearest{}{}", point.deployment, missed(point), at(point))
        });
        let meets = Aim::of(summary.objectives).meets();
        return format!("Nothing {meets} at any of {}{near}", figures::plural(plan.points as f64, "point"));
    };
    if summary.axes.iter().any(SweepAxis::is_given) {
        return where_each_is_cheapest(summary);
    }
    format!("{} is {}: {} a month{}", best.deployment, the_cheapest(summary), money(best), at(best))
}

/// Of those that do what is asked of them.
fn the_cheapest(summary: &SweepSummary) -> String {
    format!("the cheapest{}", Aim::of(summary.objectives).that_meets())
}

/// `, with p99 312 ms against 200 ms`.
fn missed(point: &SweptPoint) -> String {
    match &point.worst {
        Some(worst) => format!(", with {}", story::reason(worst)),
        None => format!(" and leaves {} undone", point.errors.map_or(ABSENT.to_owned(), figures::share)),
    }
}

fn where_each_is_cheapest(summary: &SweepSummary) -> String {
    let mut winners: Vec<&SweptDeployment> = summary.deployments.iter().filter(|one| one.cheapest > 0).collect();
    winners.sort_by_key(|one| std::cmp::Reverse(one.cheapest));
    match winners.as_slice() {
        [one] if one.cheapest == summary.points => {
            let tied = if summary.ties == summary.points { ", tied with another at all of them" } else { "" };
            format!("{} is {} at every point{tied}", one.name, the_cheapest(summary))
        }
        several => {
            let each = |one: &&SweptDeployment| format!("{} at {}", one.name, figures::count(one.cheapest as f64));
            let list: Vec<String> = several.iter().map(each).collect();
            format!(
                "Of {} points {} is {}",
                figures::count(summary.points as f64),
                the_cheapest(summary),
                list.join(", ")
            )
        }
    }
}

/// `, at deployments.lambda.memory=512MB`; nothing where no axis touches it.
fn at(point: &SweptPoint) -> String {
    if point.settings.is_empty() { String::new() } else { format!(", at {}", point.settings.join(" ")) }
}

fn money(point: &SweptPoint) -> String {
    point.cost_per_month.map_or(ABSENT.to_owned(), |cost| figures::money_f64(currency(&point.currency), cost))
}

/// What else a reader should know.
pub fn advice(summary: &SweepSummary) -> Vec<String> {
    let mut advice = Vec::new();
    if summary.ties > 0 {
        let at = figures::plural(summary.ties as f64, "point");
        advice.push(format!("At {at} the cheapest is a tie (=): another costs as much, or cannot be told from it."));
    }
    let none = summary.points - summary.deployments.iter().map(|one| one.cheapest).sum::<usize>();
    if none > 0 && summary.best.is_some() {
        let at = figures::plural(none as f64, "point");
        advice.push(format!("At {at} nothing {}.", Aim::of(summary.objectives).meets()));
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
    let meets = if summary.objectives { "meets" } else { "completes" };
    let headings = ["deployment", meets, "cheapest", "least a month", "its p99", "its point"];
    Columns::new(&headings, summary.deployments.iter().map(row).collect())
}

/// The first points one by one: the cheapest deployment of each. `rows` are in the order of the points, as a table has them.
pub fn by_point(plan: &SweepPlan, rows: &[SweepRow]) -> Columns {
    let mut table = Vec::new();
    for point in rows.chunk_by(|a, b| a.point == b.point).take(TABLE) {
        let best = point.iter().find(|row| row.cheapest);
        let mut cells: Vec<String> = point[0].levels.iter().map(|(label, _)| label.clone()).collect();
        cells.extend(best.map_or_else(
            || vec!["none".to_owned(), ABSENT.to_owned(), ABSENT.to_owned()],
            |best| {
                let cost = best.mean(Metric::CostPerMonth).unwrap_or(f64::NAN);
                let tie = if point.iter().any(|row| row.meets && row.ties()) { " =" } else { "" };
                vec![
                    format!("{}{tie}", best.deployment),
                    figures::money_f64(currency(&best.currency), cost),
                    best.mean(Metric::LatencyP99).map_or(ABSENT.to_owned(), figures::latency),
                ]
            },
        ));
        table.push(cells);
    }
    let mut headings: Vec<String> = plan.axes.iter().map(|axis| short(&axis.path)).collect();
    headings.extend(["cheapest", "a month", "p99"].map(str::to_owned));
    Columns { headings, more: plan.points - table.len(), rows: table }
}

/// The summary for a terminal.
pub fn text(
    plan: &SweepPlan,
    excerpt: &Excerpt,
    summary: &SweepSummary,
    paths: &[(&str, PathBuf)],
    color: Color,
) -> String {
    let mut tables = vec![by_deployment(summary)];
    if plan.axes.len() <= 3 {
        tables.insert(0, by_point(plan, &excerpt.rows));
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

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(
    to: Target,
    plan: &SweepPlan,
    excerpt: &Excerpt,
    summary: &SweepSummary,
    command: &str,
) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage, varied};
    let own = [("varied", varied(&plan.axes)), ("points", format!("{}, {}", plan.points, plan.design))];
    let study = Study {
        headline: headline(plan, summary),
        advice: advice(summary),
        charts: charts::sweep::all(plan, excerpt),
        tables: vec![
            ("By deployment".to_owned(), by_deployment(summary).into()),
            (format!("By point: {}", the_cheapest(summary)), by_point(plan, &excerpt.rows).into()),
        ],
        ..Study::of(&summary.scenario, ("sweep", command), own)
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &SweepPlan, _: &Excerpt, _: &SweepSummary, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At a point with an even number `a` is the cheapest, at the others nothing does.
    fn row(point: u64, deployment: &str) -> SweepRow {
        SweepRow {
            point,
            levels: vec![(format!("x{point}"), Some(point as f64))],
            deployment: deployment.to_owned(),
            meets: point.is_multiple_of(2),
            cheapest: point.is_multiple_of(2) && deployment == "a",
            ..SweepRow::example()
        }
    }

    /// Rows come in the order of their points; of each the cheapest that meets the objectives stands in the table.
    #[test]
    fn the_table_of_points_has_a_row_for_each_of_the_first() {
        let axes = vec![SweepAxis { path: "demand".to_owned(), unit: "×".to_owned(), values: Vec::new() }];
        let check = |points: usize, rows: usize, more: usize| {
            let plan = SweepPlan { points, axes: axes.clone(), ..SweepPlan::example() };
            let all: Vec<SweepRow> =
                (0..points as u64).flat_map(|point| ["b", "a"].map(|name| row(point, name))).collect();
            let table = by_point(&plan, &all);
            assert_eq!((table.rows.len(), table.more), (rows, more));
            assert_eq!(table.rows[2][..2], ["x2", "a"]);
            assert_eq!(table.rows[3], ["x3", "none", ABSENT, ABSENT]);
        };
        check(100, 100, 0);
        check(TABLE + 7, TABLE, 7);
    }
}
