//! The report and the results folder, from made-up results.

#[path = "report/fixture.rs"]
mod fixture;

use std::path::PathBuf;

use breakeven::report;

/// A folder that stays, so that a person can look at it.
fn kept(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn look() {
    let results = fixture::results();
    let tables = fixture::tables(&results, 672);
    let at = std::time::Instant::now();
    let paths = report::write(&kept("look"), &results, &tables, "0.1.0").unwrap();
    println!("{:?} {paths:?}", at.elapsed());
    println!(
        "{}",
        report::terminal::summary(
            &results,
            Some(&fixture::run()),
            &[("report", "reports/iot/report.html".into())],
            report::terminal::Color::Never
        )
    );
}
