//! Spot prices and availability as files have them, and bills on the recorded market.

use std::path::PathBuf;

use breakeven::billing::spot::{Repricing, SpotEnd, SpotRule, SpotRun, SpotUse};
use breakeven::units::{Calendar, Money, SimTime, Span};
use breakeven::workload::TraceError;
use breakeven::workload::series::{PriceFile, PriceFilter, read_availability, read_prices};

use crate::shared::{excerpt, shared};

fn money(text: &str) -> Money {
    Money(text.parse().unwrap())
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// A file in a folder of its own, which goes when the guard does.
fn file(name: &str, text: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn prices(text: &str, filter: &PriceFilter) -> Result<PriceFile, TraceError> {
    let (_folder, path) = file("prices.csv", text.as_bytes());
    read_prices(&path, filter)
}

/// The message without the folder.
#[track_caller]
fn check_refused<T>(found: Result<T, TraceError>, message: &str) {
    let error = found.map(|_| ()).expect_err("refused");
    let text = error.to_string();
    let name = error.path.file_name().unwrap().to_string_lossy().into_owned();
    let shown = &text[text.find(&name).unwrap()..];
    assert_eq!(shown, message);
}

const OLDEST_FIRST: &str = "Timestamp,InstanceType,AvailabilityZone,Product,SpotPrice
2015-03-11 16:54:38+00:00,c3.xlarge,us-east-1a,Linux/UNIX,0.0324
2015-03-11 16:58:12+00:00,c3.xlarge,us-east-1a,Linux/UNIX,0.0321
2015-03-11 17:00:44+00:00,c3.xlarge,us-east-1a,Linux/UNIX,0.0330
";

#[test]
fn rows_may_be_newest_or_oldest_first() {
    let lines: Vec<&str> = OLDEST_FIRST.lines().collect();
    let newest_first = [&lines[..1], &lines[1..].iter().rev().copied().collect::<Vec<_>>()].concat().join("\n");
    let expected = prices(OLDEST_FIRST, &PriceFilter::default()).unwrap();
    assert_eq!(prices(&newest_first, &PriceFilter::default()).unwrap(), expected);
    assert_eq!(expected.zero.to_string(), "2015-03-11T16:54:38Z");
    let changes = [(at(0), money("0.0324")), (at(214), money("0.0321")), (at(366), money("0.0330"))];
    assert_eq!(expected.series.changes(), changes);
    assert_eq!((expected.series.end(), expected.rows), (at(366), 3));
}

#[test]
fn a_file_of_several_series_needs_to_be_told_which() {
    let text = OLDEST_FIRST.replacen("17:00:44+00:00,c3.xlarge,us-east-1a", "17:00:44+00:00,c3.xlarge,us-east-1b", 1);
    let several = "prices.csv: column `AvailabilityZone`: the file has several series: `us-east-1a`, `us-east-1b`";
    check_refused(prices(&text, &PriceFilter::default()), several);
    let zone = |zone: &str| PriceFilter { zone: Some(zone.to_owned()), ..PriceFilter::default() };
    assert_eq!(prices(&text, &zone("us-east-1b")).unwrap().rows, 1);
    let none =
        "prices.csv: column `AvailabilityZone`: no row has `us-east-1z`; the file has `us-east-1a`, `us-east-1b`";
    check_refused(prices(&text, &zone("us-east-1z")), none);
    let region = PriceFilter { region: Some("us-east-1".to_owned()), ..PriceFilter::default() };
    let missing = "prices.csv:1: no column `Region`; the header has `Timestamp`, `InstanceType`, `AvailabilityZone`, `Product`, `SpotPrice`";
    check_refused(prices(&text, &region), missing);
}

#[test]
fn what_is_no_price_file_is_refused_with_its_place() {
    let bad = |from: &str, to: &str| prices(&OLDEST_FIRST.replacen(from, to, 1), &PriceFilter::default());
    check_refused(bad("0.0321", "cheap"), "prices.csv:3: column `SpotPrice`: `cheap` is not a price of an hour");
    check_refused(
        bad("0.0321", "-0.0321"),
        "prices.csv:3: column `SpotPrice`: `-0.0321` is negative; it must be zero or more",
    );
    check_refused(bad("0.0321", ""), "prices.csv:3: column `SpotPrice`: no value in this row");
    check_refused(
        bad("2015-03-11 16:58:12+00:00", "yesterday"),
        "prices.csv:3: column `Timestamp`: `yesterday` is not a time such as 2015-03-11T16:54:38Z",
    );
    check_refused(bad(",0.0321", ""), "prices.csv:3: 4 fields; the header has 5");
    check_refused(
        bad("SpotPrice", "Spotprise"),
        "prices.csv:1: no column `SpotPrice`; the header has `Timestamp`, `InstanceType`, `AvailabilityZone`, `Product`, `Spotprise`",
    );
    check_refused(
        prices("Timestamp,SpotPrice\n", &PriceFilter::default()),
        "prices.csv: the file has a header but no rows",
    );
    check_refused(prices("", &PriceFilter::default()), "prices.csv: the file is empty");
}

#[test]
fn availability_is_a_step_function_that_ends() {
    let (_folder, path) = file("a.json", br#"{"metadata": {"gap_seconds": 600}, "data": [0, 1, 1, 4, 0]}"#);
    let series = read_availability(&path).unwrap();
    assert_eq!(series.changes(), [(at(0), 0), (at(600), 1), (at(1_800), 4), (at(2_400), 0)]);
    assert_eq!(
        [0, 599, 600, 2_399, 2_999, 3_000].map(|s| series.at(at(s))),
        [Some(0), Some(0), Some(1), Some(4), Some(0), None]
    );
    assert_eq!(series.end(), at(3_000));
}

#[test]
fn what_is_no_availability_is_refused() {
    let refused = |text: &str, message: &str| {
        let (_folder, path) = file("a.json", text.as_bytes());
        check_refused(read_availability(&path), message);
    };
    refused(
        r#"{"metadata": {"gap_seconds": 0}, "data": [1]}"#,
        "a.json: column `gap_seconds`: `0` is not a number of seconds above zero, of a year at most",
    );
    refused(
        r#"{"metadata": {"gap_seconds": 1e30}, "data": [1]}"#,
        "a.json: column `gap_seconds`: `1000000000000000000000000000000` is not a number of seconds above zero, of a year \
         at most",
    );
    refused(
        r#"{"metadata": {"gap_seconds": 5}, "data": []}"#,
        "a.json: this is no record of availability: `data` is empty",
    );
    refused(
        r#"{"metadata": {"gap_seconds": 5}}"#,
        "a.json:1: this is no record of availability: missing field `data` in column 32",
    );
    refused(
        "{\"metadata\": {\"gap_seconds\": 5},\n\"data\": [1, -1]}",
        "a.json: column `data[1]`: `-1` is not a whole number of servers, zero or more",
    );
}

/// Counts as their collectors state them.
#[test]
fn the_market_of_2015_reads_as_it_was_described() {
    for (name, rows) in [("a-Linux-c3.xlarge", 48_994), ("b-Linux-r3.large", 19_972), ("e-Linux-m3.medium", 1_191)] {
        let Some(path) = shared(&format!("traces/aws_spot_price_2015/us-east-1{name}.csv.gz")) else { continue };
        assert_eq!(read_prices(&path, &PriceFilter::default()).unwrap().rows, rows);
    }
}

/// Of a day in which it was often above the price on demand.
#[test]
fn a_server_costs_the_mean_of_the_price_over_time() {
    let path = excerpt("2015-03-c3.xlarge.csv");
    let series = read_prices(&path, &PriceFilter::default()).unwrap().series;
    let most = series.changes().iter().map(|(_, price)| *price).max().unwrap();
    assert_eq!(most, money("0.75"), "on demand it was 0.21");
    // One instance for the whole time costs the mean of the price over time.
    let run = SpotRun { from: series.begin(), to: series.end(), ended: SpotEnd::Released };
    let rule = SpotRule { repricing: Repricing::Continuous, ..SpotRule::AWS };
    let mut bill = SpotUse::default();
    bill.add(run, &series, &rule, Calendar::default()).unwrap();
    let cost: Money = bill.lines("AWS", "c3.xlarge").unwrap().iter().map(|line| line.amount).sum();
    let steps = series.changes().windows(2).map(|pair| pair[1].0.since(pair[0].0).seconds() * pair[0].1.to_f64());
    let last = series.changes().last().unwrap();
    let exact = (steps.sum::<f64>() + series.end().since(last.0).seconds() * last.1.to_f64()) / 3_600.0;
    assert!((cost.to_f64() - exact).abs() < 1e-6, "{cost} and {exact}");
}

#[test]
fn the_market_of_2026_is_newest_first_and_has_three_regions() {
    let path = excerpt("2026-02.csv");
    let of = |region: &str| PriceFilter { region: Some(region.to_owned()), ..PriceFilter::default() };
    let error = read_prices(&path, &PriceFilter::default()).unwrap_err().to_string();
    let regions: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(regions.len(), 3, "{error}");
    let rows: usize = regions.iter().map(|region| read_prices(&path, &of(region)).unwrap().rows).sum();
    assert_eq!(rows, 242);
    if let Some(whole) = shared("traces/aws_spot_price_2026/spot_prices.csv.gz") {
        let rows: usize = regions.iter().map(|region| read_prices(&whole, &of(region)).unwrap().rows).sum();
        assert_eq!(rows, 2_758);
    }
}

#[test]
fn recorded_availability_reads_as_it_was_described() {
    let name = "traces/skypilot_spot_traces/availability/1-node/aws-02-15-2023/us-east-1a_v100_1.json.gz";
    let Some(path) = shared(name) else { return };
    let series = read_availability(&path).unwrap();
    assert_eq!(series.end(), at(20_158 * 195), "20,158 steps of 195 s");
    assert!(series.changes().iter().all(|(_, capacity)| *capacity <= 1));
}
