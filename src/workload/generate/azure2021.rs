//! A trace in the schema of Azure Functions 2021: `app,func,end_timestamp,duration`.

use std::io::{self, Write};

use super::{Zipf, hex_id, hour_factor, stream};
use crate::rng::Stream;
use crate::stats::{Distribution, unit_exponential};

/// What to make. Two million rows, 120 apps, 420 functions and 14 days give about the size of the original.
#[derive(Clone, Copy, Debug)]
pub struct Azure2021Sample {
    pub rows: u64,
    pub apps: usize,
    pub functions: usize,
    pub days: u32,
    pub seed: u64,
}

/// Writes header and rows, sorted by start (`end_timestamp - duration`), about 155 bytes a row. Durations have whole
/// milliseconds, ends all the digits of a binary fraction, as in the original.
pub fn write_azure2021_sample(mut out: impl Write, sample: &Azure2021Sample) -> io::Result<()> {
    let functions = functions(sample);
    let popularity = Zipf::new(functions.len());
    let mut choice = stream(sample.seed, "azure2021 choice");
    let mut work = stream(sample.seed, "azure2021 work");
    writeln!(out, "app,func,end_timestamp,duration")?;
    for start in Starts::new(sample) {
        let function = &functions[popularity.pick(&mut choice)];
        let milliseconds = function.work.sample(&mut work).ns() / 1_000_000;
        let duration = milliseconds as f64 / 1e3;
        writeln!(out, "{},{},{duration}", function.key, start + duration)?;
    }
    Ok(())
}

struct Function {
    /// `app,func`.
    key: String,
    work: Distribution,
}

/// The first functions have an app each, the others belong to one of these.
fn functions(sample: &Azure2021Sample) -> Vec<Function> {
    let mut names = stream(sample.seed, "azure2021 names");
    let mut medians = stream(sample.seed, "azure2021 medians");
    let apps: Vec<String> = (0..sample.apps.max(1)).map(|_| hex_id(&mut names)).collect();
    let sizes = Zipf::new(apps.len());
    // Medians of functions spread over four decades around 200 ms.
    let median = Distribution::Lognormal { mu: 0.2f64.ln(), sigma: 1.6 };
    let function = |index: usize| {
        let app = if index < apps.len() { index } else { sizes.pick(&mut names) };
        let key = format!("{},{}", apps[app], hex_id(&mut names));
        let median = median.sample(&mut medians).seconds().max(1e-3);
        Function { key, work: Distribution::Lognormal { mu: median.ln(), sigma: 1.0 } }
    };
    (0..sample.functions.max(1)).map(function).collect()
}

/// Exactly `rows` instants in order, in seconds: uniform in the integral of the daily rate.
struct Starts {
    /// Integral of the rate up to the end of each hour, scaled to end at 1.
    cumulative: Vec<f64>,
    hour: usize,
    left: u64,
    /// One minus the place of the last instant.
    rest: f64,
    stream: Stream,
}

impl Starts {
    fn new(sample: &Azure2021Sample) -> Self {
        let hours = sample.days.max(1) as usize * 24;
        let total: f64 = (0..hours).map(hour_factor).sum();
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (0..hours)
            .map(|hour| {
                sum += hour_factor(hour) / total;
                sum
            })
            .collect();
        cumulative[hours - 1] = 1.0;
        Self { cumulative, hour: 0, left: sample.rows, rest: 1.0, stream: stream(sample.seed, "azure2021 starts") }
    }
}

impl Iterator for Starts {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        if self.left == 0 {
            return None;
        }
        self.rest *= (-unit_exponential(&mut self.stream) / self.left as f64).exp();
        self.left -= 1;
        let place = 1.0 - self.rest;
        while self.hour + 1 < self.cumulative.len() && self.cumulative[self.hour] <= place {
            self.hour += 1;
        }
        let begin = if self.hour == 0 { 0.0 } else { self.cumulative[self.hour - 1] };
        let inside = (place - begin) / (self.cumulative[self.hour] - begin);
        Some((self.hour as f64 + inside.clamp(0.0, 1.0)) * 3_600.0)
    }
}
