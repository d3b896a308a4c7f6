//! Tables in the schema of Azure Functions 2019: invocations per minute, durations, memory of apps.

use std::io::{self, Write};

use super::{Zipf, hex_id, hour_factor, stream};
use crate::stats::uniform;

/// What to make: one day.
#[derive(Clone, Copy, Debug)]
pub struct Azure2019Sample {
    pub functions: usize,
    /// Mean over all functions.
    pub invocations_per_minute: f64,
    pub seed: u64,
}

const TRIGGERS: [&str; 7] = ["http", "timer", "event", "queue", "storage", "orchestration", "others"];

struct Function {
    owner: String,
    app: String,
    function: String,
    /// Milliseconds.
    average: f64,
    count: u64,
}

/// Writes the three tables of one day in the official layout. Two functions share an app.
pub fn write_azure2019_sample(
    invocations: impl Write,
    durations: impl Write,
    memory: impl Write,
    sample: &Azure2019Sample,
) -> io::Result<()> {
    let mut functions = functions(sample);
    write_invocations(invocations, sample, &mut functions)?;
    write_durations(durations, &functions)?;
    write_memory(memory, sample, &functions)
}

fn functions(sample: &Azure2019Sample) -> Vec<Function> {
    let mut names = stream(sample.seed, "azure2019 names");
    let mut averages = stream(sample.seed, "azure2019 averages");
    let (mut owner, mut app) = (String::new(), String::new());
    let function = |index: usize| {
        if index.is_multiple_of(2) {
            (owner, app) = (hex_id(&mut names), hex_id(&mut names));
        }
        let average = (10f64.powf(1.0 + 3.0 * uniform(&mut averages))).round();
        Function { owner: owner.clone(), app: app.clone(), function: hex_id(&mut names), average, count: 0 }
    };
    (0..sample.functions.max(1)).map(function).collect()
}

fn write_invocations(mut out: impl Write, sample: &Azure2019Sample, functions: &mut [Function]) -> io::Result<()> {
    write!(out, "HashOwner,HashApp,HashFunction,Trigger")?;
    for minute in 1..=1_440 {
        write!(out, ",{minute}")?;
    }
    writeln!(out)?;
    let popularity = Zipf::new(functions.len());
    let mut places = stream(sample.seed, "azure2019 places");
    for (index, function) in functions.iter_mut().enumerate() {
        let mean = sample.invocations_per_minute * popularity.share(index);
        let trigger = TRIGGERS[index % TRIGGERS.len()];
        write!(out, "{},{},{},{trigger}", function.owner, function.app, function.function)?;
        for minute in 0..1_440 {
            let expected = mean * hour_factor(minute / 60) / 0.65;
            // Rounded at random, so that rare functions have minutes without and minutes with one.
            let count = (expected + uniform(&mut places)) as u64;
            function.count += count;
            write!(out, ",{count}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_durations(mut out: impl Write, functions: &[Function]) -> io::Result<()> {
    writeln!(
        out,
        "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,\
         percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,percentile_Average_100"
    )?;
    // A body about the median and a tail whose mean makes the average.
    const SHAPE: [f64; 7] = [0.2, 0.3, 0.6, 0.8, 1.1, 3.0, 8.0];
    for Function { owner, app, function, average, count } in functions {
        let (least, most) = (average * SHAPE[0], average * SHAPE[6]);
        write!(out, "{owner},{app},{function},{average},{count},{least:.1},{most:.1}")?;
        for factor in SHAPE {
            write!(out, ",{:.0}", average * factor)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_memory(mut out: impl Write, sample: &Azure2019Sample, functions: &[Function]) -> io::Result<()> {
    writeln!(
        out,
        "HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,AverageAllocatedMb_pct5,\
         AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,AverageAllocatedMb_pct95,\
         AverageAllocatedMb_pct99,AverageAllocatedMb_pct100"
    )?;
    const SHAPE: [f64; 8] = [0.8, 0.85, 0.95, 1.0, 1.05, 1.1, 1.15, 1.5];
    let mut sizes = stream(sample.seed, "azure2019 memory");
    for Function { owner, app, .. } in functions.iter().step_by(2) {
        let average = (60.0 + 300.0 * uniform(&mut sizes)).round();
        write!(out, "{owner},{app},17280,{average}")?;
        for factor in SHAPE {
            write!(out, ",{:.0}", average * factor)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
