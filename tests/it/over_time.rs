//! Percentiles of latency over time: against the latencies themselves, sorted, and whatever the number of threads.

use std::path::Path;

use breakeven::engine::{Engine, Model};
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::Discipline;
use breakeven::record::{Meters, Outcome, Tally, Window};
use breakeven::results::{Results, TimelineRow, assemble, store};
use breakeven::rng::Seed;
use breakeven::scenario::{Overrides, load_text};
use breakeven::stats::Histogram;
use breakeven::study::{self, Control};
use breakeven::units::{Calendar, SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{Journal, engine, servers};

const SEED: Seed = Seed { seed: 1, replication: 0 };
const LENGTH: Span = Span::from_secs(1_000);

/// One every tenth of a second; most work for a moment, some for minutes, so that they end in another order.
fn arrivals() -> Vec<Invocation> {
    let work = |index: u64| match index % 97 {
        13 => Span::from_secs(30 + index % 200),
        other => Span::from_ms(5 + other * other),
    };
    let invocation = |index| Invocation::new(SimTime::ZERO + Span::from_ms(100 * index), FunctionId(0), work(index));
    (0..10_000).map(invocation).collect()
}

fn feed<M: Model>(mut engine: Engine<M>, record: &mut impl breakeven::record::Record) {
    for batch in arrivals().chunks(100) {
        engine.feed(batch, record);
    }
    engine.close(SimTime::ZERO + LENGTH, record);
}

/// Nearest rank.
fn percentile(sorted: &[u64], share: f64) -> f64 {
    sorted[((share * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len()) - 1] as f64
}

/// The outcomes that one recorder wrote down are sorted by hand; another kept histograms of the same run.
#[test]
fn percentiles_over_time_are_those_of_the_latencies_that_arrived_then() {
    let fleet = servers(60, Discipline::ProcessorSharing { milli_cores: 1_000, limit: None });
    let model = || engine(&fleet, &["f"], SEED, SimTime::ZERO + LENGTH);
    let mut journal = Journal::default();
    feed(model(), &mut journal);

    let window = Window::new(Span::from_secs(100), LENGTH, Calendar::default());
    let mut tally = Tally::new(Window { over_time: true, ..window }, false, false);
    tally.register(FunctionId(0), Meters { memory_mib: 1_024, slots: 1, ..Meters::default() });
    feed(model(), &mut tally);
    tally.finish();

    let kept = tally.over_time.as_ref().expect("latencies over time");
    let length = tally.timeline.width().ns() * kept.intervals() as u64;
    assert_eq!(length, 5_000_000_000);
    for stretch in 0..200 {
        let inside = |outcome: &&Outcome| outcome.arrived.ns() / length == stretch;
        let all = journal.outcomes.iter().filter(inside);
        let mut latencies: Vec<u64> = all.map(|o| (o.queue + o.cold_start + o.execution).ns()).collect();
        latencies.sort_unstable();
        assert_eq!(latencies.len(), 50);
        let mut histogram = Histogram::default();
        kept.add_to(&mut histogram, stretch as usize);
        assert_eq!(histogram.count(), 50);
        for share in [0.5, 0.95, 0.99] {
            let (found, truth) =
                (histogram.quantile(share).expect("a latency").ns() as f64, percentile(&latencies, share));
            assert!((found / truth - 1.0).abs() < 0.005, "stretch {stretch}, {share}: {found} instead of {truth}");
        }
    }
}

/// A request of half a second every 0.4 s on one worker, from 4 s on: the n-th waits for n × 0.1 s.
const QUEUE: &str = "[scenario]\nname = \"t\"\nduration = \"20s\"\nstart = \"2026-01-05\"\nprobes = false\n\
     [functions.f]\nmemory = \"1024MB\"\nduration = \"500ms\"\n\
     [workload.w]\nfunction = \"f\"\narrivals = { process = \"constant\", rate = \"2.5/s\" }\n\
     [deployments.servers]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\ndiscipline = \"fcfs\"\nworkers = 1\ncount = 1\n";

fn rows(text: &str, threads: usize, over_time: bool) -> (Results, Vec<TimelineRow>) {
    let mut plan = load_text("t.toml", text.to_owned(), Path::new(""), &Overrides::default())
        .unwrap_or_else(|all| panic!("{all}"));
    plan.over_time = over_time;
    let runs = study::run(&plan, threads, &Control::default()).expect("it runs");
    let (results, tables) = assemble(&plan, &runs).expect("it has prices");
    (results, tables.timeline)
}

/// Intervals of 100 ms, of which a request arrives in every fourth.
#[test]
fn rows_hold_the_latency_of_what_arrived_in_them_and_nothing_where_nobody_came() {
    let (_, rows) = rows(QUEUE, 1, true);
    assert_eq!((rows.len(), rows[0].length_s), (200, 0.1));
    for (index, row) in rows.iter().enumerate() {
        let expected = (index % 4 == 0).then_some(0.5 + 0.1 * (index / 4) as f64);
        for found in [row.latency_p50_s, row.latency_p95_s, row.latency_p99_s] {
            let near = match (found, expected) {
                (Some(found), Some(expected)) => (found / expected - 1.0).abs() < 0.005,
                (found, expected) => found == expected,
            };
            assert!(near, "row {index}: {found:?} instead of {expected:?}");
        }
    }
}

#[test]
fn runs_that_are_not_asked_keep_no_latencies_over_time() {
    let absent = |row: &TimelineRow| (row.latency_p50_s, row.latency_p95_s, row.latency_p99_s) == (None, None, None);
    assert!(rows(QUEUE, 1, false).1.iter().all(absent));
}

/// Functions apart and servers, over three replications: exact sums have no order.
#[test]
fn percentiles_over_time_do_not_depend_on_threads() {
    let more: String = (0..20)
        .map(|index| {
            format!(
                "[functions.g{index}]\nmemory = \"512MB\"\nduration = {{ dist = \"lognormal\", median = \"{index}0ms\", \
                 p99 = \"2s\" }}\n[workload.g{index}]\nfunction = \"g{index}\"\n\
                 arrivals = {{ process = \"poisson\", rate = \"2/s\" }}\n"
            )
        })
        .collect::<String>()
        .replace("\"00ms\"", "\"5ms\"");
    let text = QUEUE.replace("duration = \"20s\"", "duration = \"10min\"\nreplications = 3");
    let text = format!("{text}{more}[deployments.lambda]\nplatform = \"aws-lambda\"\n");
    let text = text.replace("workers = 1\ncount = 1", "workers = 8\ncount = 8");
    let once = rows(&text, 1, true);
    let some = once.1.iter().filter(|row| row.latency_p99_s.is_some()).count();
    assert!(some > once.1.len() / 2, "{some} of {}", once.1.len());
    for threads in [2, 4] {
        let again = rows(&text, threads, true);
        assert!(again.1 == once.1, "{threads} threads");
        assert!(store::results_json(&again.0).expect("JSON") == store::results_json(&once.0).expect("JSON"));
    }
}

/// The command that people type is asked for them, also over chosen weeks of a longer window.
#[test]
fn the_table_of_a_run_has_latencies_over_time() {
    let weeks = "duration = \"280d\"\nhorizon = { method = \"weeks\", weeks = 3 }";
    for (text, rows) in [
        (QUEUE.to_owned(), 50),
        (QUEUE.replace("duration = \"20s\"", weeks).replace("rate = \"2.5/s\"", "rate = \"0.002/s\""), 500),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.toml");
        std::fs::write(&path, text).expect("a file");
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_sim"));
        command.arg("run").arg(&path).args(["--no-report", "--quiet", "--csv", "--out"]).arg(folder.path());
        command.assert().success();
        let mut table = csv::Reader::from_path(folder.path().join("timeline.csv")).expect("a table");
        let names = table.headers().expect("a header").clone();
        let columns = ["latency_p50_s", "latency_p95_s", "latency_p99_s"]
            .map(|name| names.iter().position(|column| column == name).expect("a column"));
        let all: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a row")).collect();
        let told = all.iter().filter(|row| columns.iter().all(|column| !row[*column].is_empty())).count();
        assert!(told >= rows, "{told} of {}", all.len());
    }
}

/// Results of a version that knew no causes.
#[test]
fn results_without_causes_are_read() {
    let (results, _) = rows(QUEUE, 1, false);
    assert!(results.deployments[0].cost.by_cause.is_some());
    let mut json = serde_json::to_value(&results).expect("JSON");
    let cost = json["deployments"][0]["cost"].as_object_mut().expect("a cost");
    assert!(cost.remove("by_cause").is_some());
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("results.json"), json.to_string()).expect("a file");
    let read = store::read_results(folder.path()).expect("results");
    assert_eq!(read.deployments[0].cost.by_cause, None);
}
