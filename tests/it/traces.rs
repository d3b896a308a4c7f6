//! Traces with one row an invocation: what is read, what is refused, how fast.

use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use breakeven::rng::Seed;
use breakeven::units::SimTime;
use breakeven::workload::generate::{Azure2021Sample, write_azure2021_sample};
use breakeven::workload::{FunctionTable, Invocation, TraceError, TraceFile, TraceFormat, TraceReader};

const SEED: Seed = Seed { seed: 1, replication: 0 };

fn trace(path: &Path, format: TraceFormat) -> TraceFile {
    TraceFile { name: "trace".to_owned(), path: path.to_owned(), format, sort: false, work: None }
}

fn read(file: &TraceFile) -> Result<(Vec<Invocation>, FunctionTable), TraceError> {
    let mut functions = FunctionTable::default();
    let mut reader = TraceReader::open(file, SEED, SimTime::END)?;
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        batch.clear();
        reader.fill(&mut batch, &mut functions, 1_000)?;
        if batch.is_empty() {
            return Ok((all, functions));
        }
        all.extend_from_slice(&batch);
    }
}

/// Prints rows per second: `cargo test --release -- --ignored --nocapture rows_per_second`.
#[test]
#[ignore = "a measurement"]
fn rows_per_second_of_azure2021() {
    let path = std::env::temp_dir().join("breakeven-azure2021-sample.csv");
    let sample = Azure2021Sample { rows: 2_000_000, apps: 120, functions: 420, days: 14, seed: 1 };
    let begin = Instant::now();
    let file = BufWriter::new(std::fs::File::create(&path).unwrap());
    write_azure2021_sample(file, &sample).unwrap();
    println!("{} bytes written in {:?}", std::fs::metadata(&path).unwrap().len(), begin.elapsed());
    for _ in 0..5 {
        let mut functions = FunctionTable::default();
        let begin = Instant::now();
        let mut reader = TraceReader::open(&trace(&path, TraceFormat::Azure2021), SEED, SimTime::END).unwrap();
        let (mut rows, mut batch, mut sum) = (0, Vec::new(), 0u64);
        loop {
            batch.clear();
            reader.fill(&mut batch, &mut functions, 1_024).unwrap();
            if batch.is_empty() {
                break;
            }
            rows += batch.len();
            sum = batch.iter().fold(sum, |sum, row| sum.wrapping_add(row.at.ns()));
        }
        let elapsed = begin.elapsed();
        println!(
            "{rows} rows, {} functions, {:.2} M rows/s ({sum})",
            functions.len(),
            rows as f64 / elapsed.as_secs_f64() / 1e6
        );
    }
    std::fs::remove_file(path).unwrap();
    let _ = read;
}
