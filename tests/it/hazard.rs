//! Recorded capacity of spot machines, read from the files of the people who measured it.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use breakeven::policy::hazard::Recorded;
use breakeven::units::{SimTime, Span};
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::shared::shared;

/// Series of `folder` (`skypilot-org/spot-traces`): the gap between two samples, and the samples. Nothing where they are not
/// at hand: they have no licence, and do not ship.
fn series(folder: &str) -> Option<Vec<(String, Span, Vec<u32>)>> {
    let folder = shared(&format!("traces/skypilot_spot_traces/{folder}"))?;
    let entries = std::fs::read_dir(&folder).expect("a folder");
    let read = |path: PathBuf| {
        let mut text = String::new();
        GzDecoder::new(File::open(&path).expect("a series")).read_to_string(&mut text).expect("gzip");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let gap = Span::from_seconds_f64(value["metadata"]["gap_seconds"].as_f64().expect("a gap"));
        let samples = value["data"].as_array().expect("samples").iter();
        (path.display().to_string(), gap, samples.map(|of| of.as_f64().expect("a count") as u32).collect())
    };
    Some(entries.map(|entry| read(entry.expect("an entry").path())).collect())
}

#[test]
fn recorded_spot_capacity_is_replayed_sample_by_sample() {
    for folder in ["availability/1-node/aws-02-15-2023", "preemption/1-node/aws-04-19-2023"] {
        let Some(all) = series(folder) else { return };
        assert!(!all.is_empty(), "{folder} is empty");
        for (name, gap, samples) in all {
            let recorded = Recorded::from_samples(gap, &samples).expect("a series");
            let instant = |index: usize| SimTime::from_ns(gap.ns() * index as u64);
            // By steps of its own, and by asking at each sample.
            let (mut now, mut capacity) = (SimTime::ZERO, recorded.at(SimTime::ZERO));
            for (index, sample) in samples.iter().enumerate() {
                while let Some((at, next)) = recorded.next_change(now).filter(|(at, _)| *at <= instant(index)) {
                    (now, capacity) = (at, next);
                }
                assert_eq!((capacity, recorded.at(instant(index))), (*sample, *sample), "{name}, sample {index}");
            }
            let sum: u128 = samples.iter().map(|sample| u128::from(*sample)).sum();
            assert_eq!(recorded.integral().0, sum * u128::from(gap.ns()), "{name}");
            assert_eq!(recorded.ends(), instant(samples.len()), "{name}");
        }
    }
}
