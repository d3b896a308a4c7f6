//! A made-up spot market: prices as the AWS command line lists them, and how many servers could be had.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};

use super::stream;
use crate::stats::{Distribution, uniform, unit_exponential};

/// What to make.
#[derive(Clone, Debug)]
pub struct SpotSample {
    pub instance: String,
    pub zone: String,
    /// Around which the price of an hour moves, USD.
    pub price: f64,
    /// Most servers that could be had.
    pub capacity: u32,
    pub days: u32,
    pub seed: u64,
}

/// 2026-01-05, 00:00 UTC.
const BEGIN: i64 = 1_767_571_200;

/// Between two changes of the price, in the mean, s.
const CHANGE: f64 = 4.0 * 3_600.0;

/// Between two looks at the capacity, s.
const GAP: f64 = 600.0;

/// Plentiful, and short, for so long in the mean, s.
const STAYS: [f64; 2] = [20.0 * 3_600.0, 2.0 * 3_600.0];

/// Writes header and rows, oldest first; the last one is the end of the last day.
pub fn write_spot_prices(mut out: impl Write, sample: &SpotSample) -> io::Result<()> {
    let (mut changes, mut moves) = (stream(sample.seed, "spot changes"), stream(sample.seed, "spot moves"));
    let step = Distribution::Lognormal { mu: 0.0, sigma: 0.05 };
    let end = f64::from(sample.days) * 86_400.0;
    let (mut at, mut relative) = (0.0, 1.0f64);
    writeln!(out, "Timestamp,InstanceType,AvailabilityZone,ProductDescription,SpotPrice")?;
    loop {
        let instant = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(BEGIN + at as i64);
        writeln!(out, "{instant},{},{},Linux/UNIX,{:.4}", sample.instance, sample.zone, sample.price * relative)?;
        if at >= end {
            return Ok(());
        }
        at = (at + CHANGE * unit_exponential(&mut changes)).ceil().min(end);
        // It moves by steps of five per cent, and is drawn back to where it began.
        relative = relative.powf(0.9) * step.sample(&mut moves).seconds();
    }
}

/// Writes the JSON of SkyPilot's spot traces: all servers for most of the time, and now and then only some for a while.
pub fn write_spot_availability(mut out: impl Write, sample: &SpotSample) -> io::Result<()> {
    let (mut stays, mut levels) = (stream(sample.seed, "spot stays"), stream(sample.seed, "spot levels"));
    let samples = (f64::from(sample.days) * 86_400.0 / GAP) as usize;
    let (mut until, mut short, mut level) = (STAYS[0] * unit_exponential(&mut stays), false, sample.capacity);
    write!(out, "{{\"metadata\": {{\"gap_seconds\": {GAP}}}, \"data\": [")?;
    for index in 0..samples {
        while index as f64 * GAP >= until {
            short = !short;
            until += STAYS[usize::from(short)] * unit_exponential(&mut stays);
            let some = (uniform(&mut levels) * f64::from(sample.capacity) / 2.0) as u32;
            level = if short { some } else { sample.capacity };
        }
        write!(out, "{}{level}", if index == 0 { "" } else { ", " })?;
    }
    writeln!(out, "]}}")
}
