//! Counts per minute with durations and memory in tables beside them.

use std::fs;
use std::path::Path;

use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Size, Span};
use breakeven::workload::azure2019::{Azure2019, Options, load};
use breakeven::workload::generate::{Azure2019Sample, write_azure2019_sample};
use breakeven::workload::inspect::inspect;
use breakeven::workload::{Arrivals, FunctionTable, Spread, SyntheticSource, TraceError};
use tempfile::TempDir;

use crate::shared::shared;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a writable folder");
    }
    folder
}

const OPTIONS: Options = Options { spread: Spread::Start, work: None };

fn load_from(path: &Path, options: &Options) -> Result<(Azure2019, FunctionTable), TraceError> {
    let mut functions = FunctionTable::default();
    let loaded = load(path, options, &mut functions)?;
    Ok((loaded, functions))
}

fn counts(loaded: &Azure2019, source: usize) -> Vec<(u32, u32)> {
    let Arrivals::Counts { counts, .. } = &loaded.sources[source].arrivals else { panic!("not counts") };
    counts.to_vec()
}

const DURATIONS: &str = "HashFunction,Average,HashOwner,HashApp,Count,Minimum,Maximum,percentile_Average_0,\
    percentile_Average_1,percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,\
    percentile_Average_100\n\
    f1,100,o,a,7,90,110,90,92,95,100,105,108,110\n\
    f2,300,o,a,7,,,,,,,,,\n";

#[test]
fn a_window_of_minutes_begins_at_zero_and_tables_join_by_hash() {
    let folder = folder(&[
        (
            "invocations.csv",
            "HashOwner,HashApp,HashFunction,Trigger,480,481,482\no,a,f1,http,0,3,0\no,a,f2,timer,1,0,2\no,b,f3,queue,5,0,0\n",
        ),
        ("durations.csv", DURATIONS),
        ("memory.csv", "HashApp,HashOwner,SampleCount,AverageAllocatedMb\na,o,5,128.5\n"),
    ]);
    for path in [folder.path().to_owned(), folder.path().join("invocations.csv")] {
        let (loaded, functions) = load_from(&path, &OPTIONS).unwrap();
        assert_eq!(counts(&loaded, 0), [(1, 3)]);
        assert_eq!(counts(&loaded, 1), [(0, 1), (2, 2)]);
        assert_eq!(loaded.span, Span::from_secs(180));
        let names: Vec<&str> = functions.as_slice().iter().map(|info| info.name.as_str()).collect();
        assert_eq!(names, ["a/f1", "a/f2", "b/f3"]);
        // Memory by application is that of each of its functions; durations are quantiles, or the average alone.
        let memory = Some(Size::from_bytes(128 * 1_048_576 + 524_288));
        assert_eq!(functions.as_slice().iter().map(|info| info.memory).collect::<Vec<_>>(), [memory, memory, None]);
        let work: Vec<&Distribution> = loaded.sources.iter().map(|source| &source.work).collect();
        assert_eq!((work[0].quantile(0.5), work[0].quantile(1.0)), (Some(0.1), Some(0.11)));
        assert!((work[0].mean().unwrap() - 0.1).abs() < 1e-6);
        assert_eq!(*work[1], Distribution::Constant(Span::from_ms(300)));
        // f3 stands in no other table: the (lower) median average, and a warning for each table.
        assert_eq!(*work[2], Distribution::Constant(Span::from_ms(100)));
        assert_eq!(
            loaded.warnings,
            [
                "1 of 3 functions have no durations; each of their invocations takes: constant 100ms",
                "1 of 3 functions have no memory in the tables"
            ]
        );
    }
}

#[test]
fn minutes_are_named_in_three_ways() {
    for header in ["1,2,10", "1_minute,2_minute,10_minute", "minute_1,minute_2,minute_10"] {
        let text = format!("HashFunction,HashOwner,HashApp,{header}\nf,o,a,1,2.0,3\n");
        let folder = folder(&[("invocations.csv", &text), ("durations.csv", DURATIONS)]);
        let (loaded, _) = load_from(folder.path(), &OPTIONS).unwrap();
        assert_eq!(counts(&loaded, 0), [(0, 1), (1, 2), (9, 3)]);
    }
}

#[test]
fn days_follow_each_other_and_gaps_stay_gaps() {
    let day = |count| format!("HashOwner,HashApp,HashFunction,Trigger,1,1440\no,a,f1,http,{count},{count}\n");
    let folder = folder(&[
        ("invocations_per_function_md.anon.d03.csv", &day(3)),
        ("invocations_per_function_md.anon.d04.csv", &day(4)),
        ("invocations_per_function_md.anon.d06.csv", &day(6)),
        ("function_durations_percentiles.anon.d03.csv", DURATIONS),
        ("app_memory_percentiles.anon.d03.csv", "HashOwner,HashApp,SampleCount,AverageAllocatedMb\no,a,5,1\n"),
        ("readme.txt", "invocations"),
    ]);
    let (loaded, _) = load_from(folder.path(), &OPTIONS).unwrap();
    assert_eq!(counts(&loaded, 0), [(0, 3), (1_439, 3), (1_440, 4), (2_879, 4), (4_320, 6), (5_759, 6)]);
    assert_eq!(loaded.span, Span::from_secs(4 * 86_400));
    // One file: its own day only.
    let one = folder.path().join("invocations_per_function_md.anon.d04.csv");
    assert_eq!(counts(&load_from(&one, &OPTIONS).unwrap().0, 0), [(0, 4), (1_439, 4)]);
}

#[test]
fn the_work_of_the_caller_fills_in_for_missing_durations() {
    let text = "HashOwner,HashApp,HashFunction,Trigger,1\no,a,f,http,1\n";
    let folder = folder(&[("invocations.csv", text)]);
    let error = load_from(folder.path(), &OPTIONS).expect_err("no durations").to_string();
    assert!(
        error.ends_with("no durations table was found, and the scenario gives no duration for this trace"),
        "{error}"
    );
    let work = Distribution::exponential(0.5).unwrap();
    let options = Options { spread: Spread::Poisson, work: Some(work.clone()) };
    let (loaded, _) = load_from(folder.path(), &options).unwrap();
    assert_eq!(loaded.sources[0].work, work);
    assert_eq!(
        loaded.warnings[..2],
        ["no durations table was found beside the invocations", "no memory table was found beside the invocations"]
    );
}

#[track_caller]
fn check_refused(invocations: &str, message: &str, help: &str) {
    let folder = folder(&[("invocations.csv", invocations), ("durations.csv", DURATIONS)]);
    let error = load_from(folder.path(), &OPTIONS).expect_err(message);
    assert_eq!(error.to_string().replace(&format!("{}/", folder.path().display()), ""), message);
    assert!(error.help().unwrap_or_default().contains(help));
}

#[test]
fn bad_tables_are_named_with_line_and_column() {
    const HEADER: &str = "HashOwner,HashApp,HashFunction,Trigger,1,2\n";
    let bad = |row: &str, message| check_refused(&format!("{HEADER}o,a,f,http,1,2\n{row}\n"), message, "");
    bad("o,a,g,http,1,x", "invocations.csv:3: column `2`: `x` is not a whole number of invocations");
    bad("o,a,g,http,-1,0", "invocations.csv:3: column `1`: `-1` is negative; it must be zero or more");
    bad("o,a,g,http,99999999999,0", "invocations.csv:3: column `1`: `99999999999` is too large; at most 4294967295");
    bad("o,a,,http,1,0", "invocations.csv:3: column `HashFunction`: no value in this row");
    bad("o,a,g,http,1", "invocations.csv:3: 5 fields; the header has 6");
    check_refused(HEADER, "invocations.csv: the file has a header but no rows", "");
}

#[test]
fn missing_columns_and_tables_are_named() {
    check_refused(
        "HashOwner,HashApp,HashFunktion,1\no,a,f,1\n",
        "invocations.csv:1: no column `HashFunction`; the header has `HashOwner`, `HashApp`, `HashFunktion`, `1`",
        "rename column `HashFunktion` to `HashFunction`",
    );
    check_refused(
        "HashOwner,HashApp,HashFunction,Trigger\no,a,f,http\n",
        "invocations.csv:1: no column `1`; the header has `HashOwner`, `HashApp`, `HashFunction`, `Trigger`",
        "one column a minute",
    );
    let empty = folder(&[("durations.csv", DURATIONS)]);
    let error = load_from(empty.path(), &OPTIONS).expect_err("no invocations").to_string();
    assert!(error.ends_with("the folder holds no table `invocations*.csv`"), "{error}");
}

#[test]
fn a_generated_sample_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| fs::File::create(folder.path().join(name)).unwrap();
    let sample = Azure2019Sample { functions: 40, invocations_per_minute: 30.0, seed: 4 };
    write_azure2019_sample(file("invocations.csv"), file("durations.csv"), file("memory.csv"), &sample).unwrap();
    let (loaded, _) = load_from(folder.path(), &OPTIONS).unwrap();
    let summary = &loaded.summary;
    assert_eq!((summary.functions, summary.apps, summary.minutes), (40, 20, 1_440));
    assert_eq!((summary.with_durations, summary.with_memory), (40, 40));
    assert!((summary.invocations as f64 / (30.0 * 1_440.0) - 1.0).abs() < 0.05, "{}", summary.invocations);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let text = inspect(folder.path(), None, false).unwrap().text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[track_caller]
fn check_close(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 0.5, "{value} is not {expected}");
}

/// Exact values of the public sample of 500 functions, and what is replayed of it.
#[test]
fn the_sample_of_500_functions_has_the_published_facts() {
    let Some(folder) = shared("traces/azure2019_sample500") else { return };
    let (loaded, functions) = load_from(&folder, &OPTIONS).unwrap();
    let summary = &loaded.summary;
    assert_eq!((summary.functions, summary.apps, summary.owners, summary.minutes), (500, 476, 428, 480));
    assert_eq!((summary.invocations, summary.busiest_function), (3_037_902, 1_915_521));
    assert_eq!((summary.per_minute_min, summary.per_minute_max), (3_013, 7_603));
    assert_eq!((summary.with_durations, summary.with_memory, functions.len()), (500, 500, 500));
    check_close(summary.busy_s, 1_532_484.0);
    check_close(summary.memory_gb_s, 93_474.0);
    // The distributions ask for the work of the averages, within a hundredth: no warning says otherwise.
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let end = SimTime::ZERO + loaded.span;
    let mut replayed = 0;
    for source in &loaded.sources {
        let mut batch = Vec::new();
        SyntheticSource::new(source, Seed { seed: 1, replication: 0 }, end).fill(&mut batch, usize::MAX);
        replayed += batch.len();
    }
    assert_eq!(replayed, 3_037_902);
}

#[test]
fn the_full_day_of_ten_functions_has_the_published_facts() {
    let Some(folder) = shared("traces/azure2019_fullday10") else { return };
    let (loaded, _) = load_from(&folder.join("invocations.csv.gz"), &OPTIONS).unwrap();
    let summary = &loaded.summary;
    assert_eq!((summary.functions, summary.minutes, summary.invocations), (10, 1_440, 13_037_064));
    assert_eq!((summary.per_minute_min, summary.per_minute_max), (8_408, 9_736));
    check_close(summary.busy_s, 655_354.0);
    check_close(summary.memory_gb_s, 117_023.0);
}

#[test]
fn the_full_day_shapes_have_the_published_sum() {
    let Some(folder) = shared("traces/azure2019_fullday_shapes") else { return };
    let inspection = inspect(&folder.join("invocations_invitro_format.csv.gz"), None, false).unwrap();
    assert_eq!((inspection.functions, inspection.invocations), (922, 1_945_486));
}
