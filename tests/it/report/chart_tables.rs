//! The words and figures of every chart of the made-up results, as a person reads them.

use std::fmt::Write;

use breakeven::report::charts::{self, Chart};

use super::fixture::{results, tables};

/// Rows of a table that are enough to judge it by.
const ROWS: usize = 6;

fn told(chart: &Chart) -> String {
    let mut text = format!("== {}: {}\n{}\n", chart.id, chart.title, chart.subtitle);
    let line = |cells: &[String]| cells.join(" | ");
    writeln!(text, "{}", line(&chart.data.headings)).expect("memory");
    for row in chart.data.rows.iter().take(ROWS) {
        writeln!(text, "{}", line(row)).expect("memory");
    }
    if chart.data.rows.len() > ROWS {
        writeln!(text, "({} rows)", chart.data.rows.len()).expect("memory");
    }
    if !chart.data.note.is_empty() {
        writeln!(text, "{}", chart.data.note).expect("memory");
    }
    text.replace('\u{a0}', " ") + "\n"
}

/// After a change that is meant, copy what the failure prints.
#[test]
fn titles_and_tables_of_charts_read_as_agreed() {
    let results = results();
    let all: String = charts::all(&results, &tables(&results, 168)).iter().map(told).collect();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts.txt");
    std::fs::write(&path, &all).expect("a file");
    assert!(
        all == include_str!("../../golden/charts.txt"),
        "{} is not tests/golden/charts.txt:\n{all}",
        path.display()
    );
}

/// What a cause column, a line of the bill, or an interval leaves out would be seen here.
#[test]
fn parts_in_tables_of_charts_add_up_to_what_they_are_parts_of() {
    let results = results();
    let all = charts::all(&results, &tables(&results, 168));
    let chart = |id: &str| all.iter().find(|chart| chart.id == id).expect("a chart");
    let money = |text: &String| text.trim_start_matches('$').replace(',', "").parse::<f64>().expect("money");
    for id in ["cost", "causes"] {
        let data = &chart(id).data;
        let total = data.headings.iter().position(|heading| heading == "total").expect("a total");
        for row in &data.rows {
            let sum: f64 = row[1..total].iter().map(money).sum();
            let total = money(&row[total]);
            assert!((sum - total).abs() < 0.03, "{id}: {row:?}");
        }
    }
    let over_time = &chart("cost_over_time").data;
    let sum: f64 = over_time.rows.iter().map(|row| money(&row[1])).sum();
    assert!((sum - 168.0 * 0.06).abs() < 0.01, "{sum}");
}

/// Forty deployments, each cheaper than the one before; the last misses its objectives, so the one before it is the answer.
#[test]
fn the_answer_is_in_every_chart_however_many_deployments_there_are() {
    let mut results = results();
    let mut made = tables(&results, 168);
    super::edges::many_deployments(&mut results, &mut made);
    let count = results.deployments.len();
    for (place, deployment) in results.deployments.iter_mut().enumerate() {
        deployment.cost.per_month = super::fixture::money(&format!("{}", 10 + 5 * (count - 1 - place)));
    }
    let answer = results.deployments[count - 2].name.clone();
    let all = charts::all(&charts::leading(&results), &made);
    for chart in all.iter().filter(|chart| ["cost", "causes", "phases", "headroom", "claims"].contains(&chart.id)) {
        assert!(chart.data.rows.iter().any(|row| row[0] == answer), "{} leaves out the answer", chart.id);
        assert!(chart.subtitle.contains("24 of 40 deployments"), "{}", chart.subtitle);
    }
}
