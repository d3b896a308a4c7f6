//! Traces with one row an invocation: what is read, what is refused and how, how fast.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Size, Span};
use breakeven::workload::generate::{Azure2021Sample, write_azure2021_sample};
use breakeven::workload::inspect::inspect;
use breakeven::workload::{
    Format, FunctionInfo, FunctionTable, Invocation, TraceError, TraceFile, TraceFormat, TraceReader,
};
use tempfile::TempDir;

use crate::arrivals::cpu_seconds;

const SEED: Seed = Seed { seed: 1, replication: 0 };
const AZURE: TraceFormat = TraceFormat::Azure2021;
const NEUTRAL: TraceFormat = TraceFormat::Invocations;

fn trace(path: &Path, format: TraceFormat) -> TraceFile {
    TraceFile { name: "trace".to_owned(), path: path.to_owned(), format, sort: false, work: None }
}

/// A folder with one file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a writable folder");
    (folder, path)
}

fn read_by(file: &TraceFile, limit: usize, end: SimTime) -> Result<(Vec<Invocation>, FunctionTable), TraceError> {
    let mut functions = FunctionTable::default();
    let mut reader = TraceReader::open(file, SEED, end)?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        batch.clear();
        reader.fill(&mut batch, &mut functions, limit)?;
        if batch.is_empty() {
            return Ok((all, functions));
        }
        assert!(batch.len() <= limit);
        all.extend_from_slice(&batch);
    }
}

fn read(file: &TraceFile) -> Result<(Vec<Invocation>, FunctionTable), TraceError> {
    read_by(file, 1_000, SimTime::END)
}

/// `(start in ns, duration in ns, function)` of every row, in the order in which they come.
fn rows(file: &TraceFile) -> Vec<(u64, u64, String)> {
    let (rows, functions) = read(file).unwrap_or_else(|error| panic!("{error}"));
    rows.iter().map(|row| (row.at.ns(), row.duration.ns(), functions[row.function].name.clone())).collect()
}

#[track_caller]
fn check(format: TraceFormat, text: impl AsRef<[u8]>, expected: &[(u64, u64, &str)]) {
    let (_folder, path) = file("trace.csv", text);
    let expected: Vec<_> = expected.iter().map(|(at, duration, name)| (*at, *duration, (*name).to_owned())).collect();
    assert_eq!(rows(&trace(&path, format)), expected);
}

const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;

#[test]
fn azure2021_starts_are_end_minus_duration_in_nanoseconds() {
    // The second row ends first and starts last; the first has more digits than a nanosecond.
    let text = "app,func,end_timestamp,duration\n\
                a,f,0.07949090003967285,0.078\n\
                b,f,0.02,0.0\n\
                a,f,57.15786004066467,57.1375\n";
    check(AZURE, text, &[(1_490_900, 78 * MS, "a/f"), (20 * MS, 0, "b/f"), (20_360_041, 57_137_500_000, "a/f")]);
}

#[test]
fn rows_within_a_second_of_disorder_are_put_in_order_and_ties_keep_the_order_of_the_file() {
    let text = "timestamp,function,duration_s\n0,a,1\n5,b,1\n4.0,c,1\n5,d,1\n4.5,e,1\n4,f,1\n7,g,1\n6.5,h,1\n";
    let expected =
        [(0, S, "a"), (4 * S, S, "c"), (4 * S, S, "f"), (4_500 * MS, S, "e"), (5 * S, S, "b"), (5 * S, S, "d")];
    let expected = [&expected[..], &[(6_500 * MS, S, "h"), (7 * S, S, "g")]].concat();
    check(NEUTRAL, text, &expected);
}

#[test]
fn with_sort_the_whole_file_is_sorted_and_ties_keep_its_order() {
    let (_folder, path) = file("trace.csv", "timestamp,function,duration_s\n90,a,1\n5,b,1\n90,c,1\n0,d,1\n5,e,1\n");
    let sorted = TraceFile { sort: true, ..trace(&path, NEUTRAL) };
    let names: Vec<String> = rows(&sorted).into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(names, ["d", "b", "e", "a", "c"]);
}

#[test]
fn columns_come_in_any_order_and_others_are_ignored() {
    let text = "\u{FEFF}key,duration_s,comment,function,memory_mb,timestamp,app,init_s\r\n\
                k,0.5,\"a, \"\"b\"\"\",\"f,1\",128.5,1,shop,0.25\r\n\
                \r\n\
                k,1e-05,,g,,2.000000001,,";
    let (_folder, path) = file("trace.csv", text);
    let (rows, functions) = read(&trace(&path, NEUTRAL)).unwrap();
    assert_eq!(rows[0].measured_init, Span::from_ms(250));
    assert_eq!(rows[1].measured_init, Span::MAX);
    assert_eq!((rows[1].at.ns(), rows[1].duration.ns()), (2 * S + 1, 10_000));
    let memory = Some(Size::from_bytes(128 * 1_048_576 + 524_288));
    let info = |name: &str, app: &str, memory| FunctionInfo { name: name.into(), app: app.into(), memory };
    assert_eq!(functions.as_slice(), [info("shop/f,1", "shop", memory), info("g", "g", None)]);
}

#[test]
fn the_short_way_and_the_long_way_read_the_same() {
    let sample = Azure2021Sample { rows: 5_000, apps: 10, functions: 30, days: 1, seed: 3 };
    let mut text = Vec::new();
    write_azure2021_sample(&mut text, &sample).unwrap();
    let text = String::from_utf8(text).unwrap();
    let swapped: String = text
        .lines()
        .map(|line| {
            let [app, func, end, duration] = line.split(',').collect::<Vec<_>>()[..] else { panic!("four fields") };
            format!("{duration},{app},{end},{func},x\r\n")
        })
        .collect();
    let (_one, canonical) = file("a.csv", &text);
    let (_two, swapped) = file("b.csv", swapped);
    let expected = rows(&trace(&canonical, AZURE));
    assert_eq!(expected.len(), 5_000);
    assert_eq!(rows(&trace(&swapped, AZURE)), expected);
    // Batches of other sizes give the same rows, and the end of the window cuts them.
    let all = read(&trace(&canonical, AZURE)).unwrap().0;
    for limit in [1, 7, 100_000] {
        assert_eq!(read_by(&trace(&canonical, AZURE), limit, SimTime::END).unwrap().0, all);
    }
    let half = SimTime::ZERO + Span::from_secs(43_200);
    let inside = all.partition_point(|row| row.at < half);
    assert_eq!(read_by(&trace(&canonical, AZURE), 100, half).unwrap().0, all[..inside]);
}

#[test]
fn a_name_with_a_comma_is_not_taken_for_two() {
    let text = "app,func,end_timestamp,duration\n\"a,b\",c,1,0\na,\"b,c\",2,0\n\"a,b\",c,3,0\n";
    check(AZURE, text, &[(S, 0, "a,b/c"), (2 * S, 0, "a/b,c"), (3 * S, 0, "a,b/c")]);
}

const LINES: &str = r#"{"timestamp": 1.25, "function": "f", "duration_s": 0.1, "extra": [1, 2]}
{"function": "g", "duration_s": "0.2", "timestamp": 2.0000000005, "memory_mb": 256}

{"timestamp": 3, "function": "f", "duration_s": 3e-3, "app": null}
"#;
const TABLE: &str = "timestamp,function,duration_s,memory_mb\n1.25,f,0.1,\n2.0000000005,g,0.2,256\n3,f,3e-3,\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).unwrap()
}

fn zst(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).unwrap()
}

#[test]
fn one_trace_reads_the_same_in_every_dress() {
    let two_members = [gzip(&TABLE.as_bytes()[..50]), gzip(&TABLE.as_bytes()[50..])].concat();
    for content in [
        TABLE.as_bytes().to_vec(),
        LINES.as_bytes().to_vec(),
        gzip(TABLE.as_bytes()),
        gzip(LINES.as_bytes()),
        zst(TABLE.as_bytes()),
        zst(LINES.as_bytes()),
        two_members,
    ] {
        // What counts is the content, not the name.
        check(NEUTRAL, content, &[(1_250 * MS, 100 * MS, "f"), (2 * S + 1, 200 * MS, "g"), (3 * S, 3 * MS, "f")]);
    }
}

#[cfg(feature = "tables")]
mod parquet_files {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, DictionaryArray, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    use parquet::arrow::ArrowWriter;

    use super::*;

    fn parquet_file(columns: Vec<(&str, ArrayRef)>) -> (TempDir, PathBuf) {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file("trace.parquet", bytes)
    }

    #[test]
    fn parquet_gives_the_nanoseconds_of_the_text() {
        let numbers = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        let (_folder, path) = parquet_file(vec![
            ("extra", numbers(&[0.0, 0.0, 0.0])),
            ("timestamp", numbers(&[1.25, 2.000_000_000_5, 3.0])),
            ("function", Arc::new(StringArray::from(vec!["f", "g", "f"]))),
            ("duration_s", numbers(&[0.1, 0.2, 3e-3])),
        ]);
        let (_text, text) = file("trace.csv", TABLE);
        assert_eq!(rows(&trace(&path, NEUTRAL)), rows(&trace(&text, NEUTRAL)));
    }

    #[test]
    fn parquet_takes_timestamps_and_dictionaries() {
        let names: DictionaryArray<Int32Type> = vec![Some("f"), Some("g"), Some("f")].into_iter().collect();
        let instants =
            TimestampMicrosecondArray::from(vec![1_767_225_600_000_000, 1_767_225_600_000_007, 1_767_225_601_000_000]);
        let (_folder, path) = parquet_file(vec![
            ("timestamp", Arc::new(instants.with_timezone("UTC"))),
            ("function", Arc::new(names)),
            ("duration_s", Arc::new(Float64Array::from(vec![1.0, 1.0, 1.0]))),
        ]);
        let expected =
            [(0, S, "f"), (7_000, S, "g"), (S, S, "f")].map(|(at, duration, name)| (at, duration, name.to_owned()));
        assert_eq!(rows(&trace(&path, NEUTRAL)), expected);
        let (_folder, path) = parquet_file(vec![("time_stamp", Arc::new(Float64Array::from(vec![1.0])))]);
        let error = read(&trace(&path, NEUTRAL)).expect_err("a wrong column");
        assert_eq!(error.help().as_deref(), Some("rename column `time_stamp` to `timestamp`"));
        let cut = fs::read(&path).unwrap();
        let (_folder, path) = file("cut.parquet", &cut[..cut.len() / 2]);
        let error = read(&trace(&path, NEUTRAL)).expect_err("half a file").to_string();
        assert!(error.contains("the Parquet data is damaged"), "{error}");
    }
}

#[test]
fn dates_and_epoch_seconds_begin_at_the_first_arrival() {
    let dates = "timestamp,function,duration_s\n\
                 2026-01-01T00:00:00.4999999999Z,a,1\n\
                 2026-01-01T01:00:00.0000000000+01:00,b,1\n\
                 2026-01-01 00:00:01.0000001,c,1\n";
    check(NEUTRAL, dates, &[(0, S, "b"), (500 * MS, S, "a"), (S + 100, S, "c")]);
    let epoch = "timestamp,function,duration_s\n1767225600.75,a,1\n1767225600.5,b,1\n1767225603,c,1\n";
    check(NEUTRAL, epoch, &[(0, S, "b"), (250 * MS, S, "a"), (2_500 * MS, S, "c")]);
    let window = "timestamp,function,duration_s\n99999999,a,1\n";
    check(NEUTRAL, window, &[(99_999_999 * S, S, "a")]);
}

#[test]
fn rows_without_a_duration_draw_the_work_of_the_source() {
    let (_folder, path) = file("trace.csv", "timestamp,function\n1,f\n2,g\n");
    let work = Some(Distribution::Constant(Span::from_ms(30)));
    let drawn = rows(&TraceFile { work: work.clone(), ..trace(&path, NEUTRAL) });
    assert!(drawn.iter().all(|(_, duration, _)| *duration == 30 * MS) && drawn.len() == 2);
    let (_folder, path) = file("trace.csv", "timestamp,function,duration_s\n1,f,0.5\n2,g,\n");
    let drawn = rows(&TraceFile { work, ..trace(&path, NEUTRAL) });
    assert_eq!(drawn.iter().map(|(_, duration, _)| *duration).collect::<Vec<_>>(), [500 * MS, 30 * MS]);
}

#[test]
fn declared_functions_keep_their_place_and_their_memory() {
    let (_folder, path) = file("trace.csv", "timestamp,function,duration_s,memory_mb\n1,new,1,64\n2,ingest,1,512\n");
    let memory = Some(Size::from_mib(256));
    let ingest = FunctionInfo { name: "ingest".into(), app: "fleet".into(), memory };
    let mut functions = FunctionTable::new(vec![ingest]);
    let mut batch = Vec::new();
    let mut reader = TraceReader::open(&trace(&path, NEUTRAL), SEED, SimTime::END).unwrap();
    reader.fill(&mut batch, &mut functions, 10).unwrap();
    assert_eq!(batch.iter().map(|row| row.function.index()).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(functions.as_slice()[0].memory, memory);
    assert_eq!(functions.as_slice()[1].memory, Some(Size::from_mib(64)));
}

/// The error and its help, without the folder of the file.
#[track_caller]
fn refused(name: &str, format: TraceFormat, content: impl AsRef<[u8]>) -> (String, String) {
    let (folder, path) = file(name, content);
    let error = read(&trace(&path, format)).expect_err(name);
    let prefix = format!("{}/", folder.path().display());
    (error.to_string().replace(&prefix, ""), error.help().unwrap_or_default())
}

#[track_caller]
fn check_refused(format: TraceFormat, content: impl AsRef<[u8]>, message: &str) {
    assert_eq!(refused("t.csv", format, content).0, message);
}

const HEADER: &str = "app,func,end_timestamp,duration\n";

#[test]
fn a_bad_row_is_named_with_its_line_and_column() {
    let bad = |rows: &str, message: &str| check_refused(AZURE, format!("{HEADER}a,f,5,1\n{rows}\n"), message);
    bad("a,f,abc,1", "t.csv:3: column `end_timestamp`: `abc` is not a number of seconds");
    bad("a,f,6,1x", "t.csv:3: column `duration`: `1x` is not a number of seconds");
    bad("a,f,NaN,1", "t.csv:3: column `end_timestamp`: `NaN` is not a finite number");
    bad("a,f,6,inf", "t.csv:3: column `duration`: `inf` is not a finite number");
    bad("a,f,6,-1", "t.csv:3: column `duration`: `-1` is negative; it must be zero or more");
    bad("a,f,6,", "t.csv:3: column `duration`: the row has no duration, and the scenario gives none for this trace");
    bad(
        "a,f,99999999999999999999,1",
        "t.csv:3: column `end_timestamp`: `99999999999999999999` is too large; at most 18000000000 (570 years of seconds)",
    );
    bad("a,f,6", "t.csv:3: 3 fields; the header has 4");
    bad("a,f,6,1,1", "t.csv:3: 5 fields; the header has 4");
    bad("\"a,f,6,1", "t.csv:3: a quote is not closed on this line");
    bad(",,6,1", "t.csv:3: column `func`: no value in this row");
    bad(
        "a,f,6,9",
        "t.csv:3: column `end_timestamp`: the invocation starts 3s before time zero: its duration is longer than its end",
    );
    bad("a,f,2.5,1", "t.csv:3: this row starts 2.5s before an earlier row; rows may be at most 1s out of order");
    check_refused(AZURE, [HEADER.as_bytes(), b"a\xFF,f,5,1\n"].concat(), "t.csv:2: a name is not UTF-8 text");
    check_refused(
        NEUTRAL,
        "timestamp,function,duration_s\n1,f,1\n2026-01-01T00:00:00Z,f,1\n",
        "t.csv:3: column `timestamp`: timestamps are dates here and numbers in earlier rows",
    );
    check_refused(
        NEUTRAL,
        "timestamp,function,duration_s\n2026-13-01T00:00:00Z,f,1\n",
        "t.csv:2: column `timestamp`: `2026-13-01T00:00:00Z` is not a date such as `2026-01-31T12:00:00Z`",
    );
    check_refused(
        NEUTRAL,
        "timestamp,function,duration_s,memory_mb\n1,f,1,big\n",
        "t.csv:2: column `memory_mb`: `big` is not a number of megabytes",
    );
    let (_, help) = refused("t.csv", AZURE, format!("{HEADER}a,f,9,1\na,f,2,1\n"));
    assert!(help.contains("sort = true"), "{help}");
    let (_, help) = refused("t.csv", NEUTRAL, "timestamp,function,duration_s\n1767225600000000,f,1\n");
    assert!(help.contains("milli-, micro- or nanoseconds"), "{help}");
}

#[test]
fn bad_json_lines_are_named_too() {
    let line = r#"{"timestamp": 1, "function": "f", "duration_s": 1}"#;
    for (bad, message) in [
        ("{\"timestamp\": 2,", "t.csv:2: not a JSON object: EOF while parsing"),
        ("[1]", "t.csv:2: not a JSON object: invalid type"),
        (r#"{"timestamp": "x", "function": "f", "duration_s": 1}"#, "t.csv:2: column `timestamp`: `x` is not a number"),
        (r#"{"timestamp": 2, "function": "f", "duration": null}"#, "t.csv:2: no column `duration_s`"),
        (r#"{"time": 2, "function": "f", "duration_s": 1}"#, "t.csv:2: no column `timestamp`; the header has `time`"),
        (r#"{"timestamp": 2, "function": "f", "duration_s": -1}"#, "t.csv:2: column `duration_s`: `-1` is negative"),
    ] {
        let (error, _) = refused("t.csv", NEUTRAL, format!("{line}\n{bad}\n"));
        assert!(error.starts_with(message), "{error}");
        assert!(!error.contains("line 1"), "{error}");
    }
}

#[test]
fn a_missing_or_misspelt_column_is_named_with_the_likely_one() {
    let (error, help) = refused("t.csv", AZURE, "app,func,end_timestmap,duration\na,f,1,1\n");
    assert_eq!(error, "t.csv:1: no column `end_timestamp`; the header has `app`, `func`, `end_timestmap`, `duration`");
    assert_eq!(help, "rename column `end_timestmap` to `end_timestamp`");
    let (error, _) = refused("t.csv", NEUTRAL, "timestamp,duration_s\n1,1\n");
    assert_eq!(error, "t.csv:1: no column `function`; the header has `timestamp`, `duration_s`");
    let (error, help) = refused("t.csv", NEUTRAL, "timestamp,function\n1,f\n");
    assert_eq!(error, "t.csv:1: no column `duration_s`; the header has `timestamp`, `function`");
    assert!(help.starts_with("formats: "), "{help}");
    // An optional column by a name that is almost right is better refused than ignored.
    let (_, help) = refused("t.csv", NEUTRAL, "timestamp,function,duration_s,Memory MB\n1,f,1,128\n");
    assert_eq!(help, "rename column `Memory MB` to `memory_mb`");
}

#[test]
fn a_file_that_is_no_trace_is_named_for_what_it_is() {
    for (content, what) in [
        (&b""[..], "the file is empty"),
        (b"app,func,end_timestamp,duration\n", "the file has a header but no rows"),
        (b"Rar!\x1A\x07\x01\x00rest", "this is a RAR archive, not a trace"),
        (b"7z\xBC\xAF\x27\x1C\x00\x04", "this is a 7z archive, not a trace"),
        (b"PK\x03\x04\x14\x00", "this is a zip archive, not a trace"),
        (b"\xFD7zXZ\x00\x00", "this is an xz file, not a trace"),
        (b"BZh91AY&SY", "this is a bzip2 file, not a trace"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "this is a Git LFS pointer, not a trace",
        ),
        (b"\n<!DOCTYPE html>\n<html><head>", "this is an HTML or XML page, not a trace"),
        (b"a\x00b\x00\x00", "this is a binary file, not a trace"),
        (b"\xFF\xFEa\x00", "this is UTF-16 text, not a trace"),
    ] {
        let (error, help) = refused("t.csv", AZURE, content);
        assert_eq!(error, format!("t.csv: {what}"));
        assert!(!what.starts_with("this is") || !help.is_empty());
        // The same inside gzip.
        assert_eq!(refused("t.csv", AZURE, gzip(content)).0, format!("t.csv: {what}"));
    }
    let folder = tempfile::tempdir().unwrap();
    let error = read(&trace(folder.path(), AZURE)).expect_err("a directory").to_string();
    assert!(error.ends_with("this is a directory; expected a file"), "{error}");
    let error = read(&trace(&folder.path().join("none.csv"), AZURE)).expect_err("nothing").to_string();
    assert!(error.ends_with("none.csv: no such file"), "{error}");
}

#[test]
fn truncated_and_damaged_archives_are_refused() {
    let mut text = HEADER.to_owned();
    for row in 0..20_000 {
        text += &format!("app{},f,{}.{},0.{row}\n", row * 7 % 13, row + 1, row * 31 % 997);
    }
    for (name, packed) in [("gzip", gzip(text.as_bytes())), ("zstd", zst(text.as_bytes()))] {
        let (_folder, path) = file("whole", &packed);
        assert_eq!(read(&trace(&path, AZURE)).unwrap().0.len(), 20_000);
        for kept in [5, 20, packed.len() / 2, packed.len() - 3] {
            let (error, help) = refused("t", AZURE, &packed[..kept]);
            assert!(error.contains(&format!("the {name} data ends too early")), "{kept}: {error}");
            assert_eq!(help, "fetch the file again");
        }
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0x55);
        let (error, _) = refused("t", AZURE, &damaged);
        assert!(error.starts_with("t"), "{error}");
    }
}

#[test]
fn formats_are_recognised_by_their_header() {
    for (content, format) in [
        (HEADER.as_bytes().to_vec(), Some(Format::Azure2021)),
        (gzip(TABLE.as_bytes()), Some(Format::Invocations)),
        (zst(LINES.as_bytes()), Some(Format::Invocations)),
        (b"HashFunction,HashOwner,HashApp,1_minute\n".to_vec(), Some(Format::Azure2019)),
        (b"x,y\n1,2\n".to_vec(), None),
    ] {
        let (_folder, path) = file("trace", content);
        assert_eq!(Format::detect(&path).ok(), format);
    }
    let error = "azure2022".parse::<Format>().expect_err("unknown");
    assert!(error.nearest.is_some());
}

#[test]
fn a_generated_trace_has_the_public_schema_sorted_by_start() {
    let sample = Azure2021Sample { rows: 20_000, apps: 12, functions: 42, days: 14, seed: 9 };
    let write = |sample: &Azure2021Sample| {
        let mut text = Vec::new();
        write_azure2021_sample(&mut text, sample).unwrap();
        text
    };
    let text = write(&sample);
    assert_eq!(text, write(&sample), "the same seed gives the same bytes");
    assert_ne!(text, write(&Azure2021Sample { seed: 10, ..sample }));
    assert!((140..170).contains(&(text.len() / 20_000)), "bytes a row");
    let (_folder, path) = file("sample.csv", text);
    let inspection = inspect(&path, None, false).unwrap();
    assert_eq!((inspection.format, inspection.invocations, inspection.apps), ("azure2021", 20_000, 12));
    // Zipf: the first of 42 functions has 1 / H(42) = 23.1 % of the invocations.
    assert!((inspection.top_functions[0].share - 0.231).abs() < 4.0 * (0.231f64 * 0.769 / 20_000.0).sqrt());
    let facts = inspection.rows.as_ref().unwrap();
    assert!(facts.last_start_s < 14.0 * 86_400.0 && facts.last_start_s > 13.5 * 86_400.0);
}

/// Exact values of the public prefix of 800 rows.
#[test]
fn the_azure2021_prefix_has_the_published_facts() {
    let Some(shared) = crate::shared::shared("traces/azure2021_prefix") else { return };
    let path = shared.join("AzureFunctionsInvocationTraceForTwoWeeksJan2021_prefix.csv");
    let inspection = inspect(&path, None, false).unwrap();
    assert_eq!((inspection.invocations, inspection.apps, inspection.functions), (800, 19, 47));
    let facts = inspection.rows.as_ref().unwrap();
    let close = |value: f64, expected: f64, digits: i32| {
        assert!((value - expected).abs() <= 0.5000001 * 10f64.powi(-digits), "{value} is not {expected}");
    };
    close(facts.first_start_s, 0.0014909, 7);
    close(facts.last_start_s, 5040.0137, 4);
    close(facts.last_end_s, 5053.9154, 4);
    close(facts.duration_s.sum, 22_023.565, 3);
    close(facts.concurrency_mean, 4.3577, 4);
    assert_eq!(facts.concurrency_peak, 25);
    close(facts.duration_s.over_30s_share * 100.0, 26.625, 3);
    close(facts.duration_s.over_30s_share_of_time * 100.0, 95.94, 2);
    for (value, expected) in [
        (facts.duration_s.p50, 0.26),
        (facts.duration_s.p75, 32.3),
        (facts.duration_s.p90, 57.2),
        (facts.duration_s.p99, 353.7),
    ] {
        assert!((value / expected - 1.0).abs() < 0.02, "{value} is not {expected}");
    }
    let text = inspection.text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // Not sorted by end: a reader that took the end for the start would refuse it or reorder it.
    let (rows, _) = read(&trace(&path, AZURE)).unwrap();
    assert!(!rows.is_sorted_by_key(|row| row.at + row.duration));
}

/// Prints rows per second: `cargo test --release -- --ignored --nocapture rows_per_second`.
#[test]
#[ignore = "a measurement"]
fn rows_per_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let sample = Azure2021Sample { rows: 2_000_000, apps: 120, functions: 420, days: 14, seed: 1 };
    write_azure2021_sample(BufWriter::new(fs::File::create(path("azure2021.csv")).unwrap()), &sample).unwrap();
    let (rows, functions) = read(&trace(&path("azure2021.csv"), AZURE)).unwrap();
    let mut csv = b"timestamp,function,duration_s\n".to_vec();
    let mut json = Vec::new();
    for row in &rows {
        let (at, name, duration) = (row.at.seconds(), &functions[row.function].name[..20], row.duration.seconds());
        writeln!(csv, "{at},{name},{duration}").unwrap();
        writeln!(json, "{{\"timestamp\": {at}, \"function\": \"{name}\", \"duration_s\": {duration}}}").unwrap();
    }
    fs::write(path("invocations.csv.gz"), gzip(&csv)).unwrap();
    fs::write(path("invocations.csv.zst"), zst(&csv)).unwrap();
    fs::write(path("invocations.csv"), csv).unwrap();
    fs::write(path("invocations.jsonl"), json).unwrap();
    let names = ["azure2021.csv", "invocations.csv", "invocations.csv.gz", "invocations.csv.zst", "invocations.jsonl"];
    for name in names {
        let format = if name.starts_with("azure") { AZURE } else { NEUTRAL };
        let best = (0..4).map(|_| seconds_to_read(&trace(&path(name), format))).fold(f64::INFINITY, f64::min);
        let size = fs::metadata(path(name)).unwrap().len() as f64 / 1e6;
        println!("{name}: {size:.0} MB, {:.2} M rows/s", 2.0 / best);
    }
}

fn seconds_to_read(file: &TraceFile) -> f64 {
    let mut functions = FunctionTable::default();
    let begin = cpu_seconds();
    let mut reader = TraceReader::open(file, SEED, SimTime::END).unwrap();
    let (mut batch, mut sum) = (Vec::new(), 0u64);
    loop {
        batch.clear();
        reader.fill(&mut batch, &mut functions, 1_024).unwrap();
        if batch.is_empty() {
            assert_ne!(sum, 0);
            return cpu_seconds() - begin;
        }
        sum = batch.iter().fold(sum, |sum, row| sum.wrapping_add(row.at.ns()));
    }
}
