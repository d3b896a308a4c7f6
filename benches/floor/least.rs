//! The least work: fast arrivals, a small heap of busy instances and a stack of idle ones for each function, one histogram.
//! No scenario, no bill, no generality. The most recently used idle instance is taken.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;
use std::path::Path;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

const KEEP_ALIVE: u64 = 600_000_000_000;

/// Counts in 128 buckets an octave.
struct Counts(Vec<u64>);

impl Counts {
    fn new() -> Self {
        Self(vec![0; 64 * 128])
    }

    fn add(&mut self, value: u64) {
        let octave = 63 - (value | 128).leading_zeros() as usize;
        self.0[(octave - 7) * 128 + (value >> (octave - 7)) as usize] += 1;
    }
}

/// Instances of one function.
#[derive(Default)]
struct Pool {
    busy: BinaryHeap<Reverse<u64>>,
    idle: VecDeque<u64>,
    cold: u64,
}

impl Pool {
    fn serve(&mut self, at: u64, duration: u64, cold_start: u64, counts: &mut Counts) {
        while let Some(&Reverse(finish)) = self.busy.peek() {
            if finish > at {
                break;
            }
            self.busy.pop();
            self.idle.push_back(finish);
        }
        while self.idle.front().is_some_and(|since| since + KEEP_ALIVE < at) {
            self.idle.pop_front();
        }
        let latency = if self.idle.pop_back().is_some() {
            duration
        } else {
            self.cold += 1;
            duration + cold_start
        };
        counts.add(latency);
        self.busy.push(Reverse(at + latency));
    }
}

pub fn run(name: &str, invocations: u64, folder: &Path) {
    match name {
        "W1" => one_function(invocations),
        "W2" | "W2-limited" => many_functions(invocations),
        "W3" => trace(&folder.join("trace.csv")),
        "MMC" => fixed_fleet(invocations),
        "ASG" => scaled_fleet(invocations),
        other => panic!("no floor for {other}"),
    }
}

fn one_function(invocations: u64) {
    let mut arrivals = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut work = Xoshiro256PlusPlus::seed_from_u64(2);
    let (mut pool, mut counts, mut at) = (Pool::default(), Counts::new(), 0);
    for _ in 0..invocations {
        at += exponential(&mut arrivals, 1e9 / 0.9);
        pool.serve(at, exponential(&mut work, 1.991e9), 253_000_000, &mut counts);
    }
    black_box((pool.cold, counts.0));
}

/// Function by function: nothing is shared, so each one's life stays in cache.
fn many_functions(invocations: u64) {
    let harmonic: f64 = (1..=1_000).map(|rank| 1.0 / f64::from(rank)).sum();
    let end = (invocations as f64 / 1_000.0 * 1e9) as u64;
    let mut counts = Counts::new();
    let mut cold = 0;
    for rank in 1..=1_000u32 {
        let mut arrivals = Xoshiro256PlusPlus::seed_from_u64(u64::from(rank));
        let mut work = Xoshiro256PlusPlus::seed_from_u64(u64::from(rank) + 10_000);
        let gap = 1e9 * harmonic * f64::from(rank) / 1_000.0;
        let mut pool = Pool::default();
        let mut at = exponential(&mut arrivals, gap);
        while at < end {
            let z: f64 = StandardNormal.sample(&mut work);
            pool.serve(at, (1e8 * z.exp()) as u64, 500_000_000, &mut counts);
            at += exponential(&mut arrivals, gap);
        }
        cold += pool.cold;
    }
    black_box((cold, counts.0));
}

/// Reads `app,func,end_timestamp,duration` line by line; one pool an application.
fn trace(path: &Path) {
    let text = std::fs::read(path).expect("the trace of W3");
    let mut pools: std::collections::HashMap<&[u8], Pool, rustc_hash::FxBuildHasher> = Default::default();
    let mut counts = Counts::new();
    let mut start = memchr::memchr(b'\n', &text).expect("a header") + 1;
    while let Some(length) = memchr::memchr(b'\n', &text[start..]) {
        let line = &text[start..start + length];
        start += length + 1;
        let mut fields = line.split(|byte| *byte == b',');
        let app = fields.next().expect("app");
        fields.next();
        let end = nanoseconds(fields.next().expect("end"));
        let duration = nanoseconds(fields.next().expect("duration"));
        pools.entry(app).or_default().serve(end.saturating_sub(duration), duration, 1_000_000_000, &mut counts);
    }
    black_box((pools.values().map(|pool| pool.cold).sum::<u64>(), counts.0));
}

/// 8 workers, first come first served: a heap of the times at which workers are free.
fn fixed_fleet(invocations: u64) {
    let mut arrivals = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut work = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut free: BinaryHeap<Reverse<u64>> = (0..8).map(|_| Reverse(0)).collect();
    let (mut counts, mut at) = (Counts::new(), 0);
    for _ in 0..invocations {
        at += exponential(&mut arrivals, 1e9 / 72.0);
        let duration = exponential(&mut work, 1e8);
        let mut worker = free.peek_mut().expect("eight workers");
        let finish = worker.0.max(at) + duration;
        worker.0 = finish;
        drop(worker);
        counts.add(finish - at);
    }
    black_box(counts.0);
}

/// Two workers a server, first come first served before all of them; every minute as many servers as would be 60 % busy.
fn scaled_fleet(invocations: u64) {
    const MINUTE: u64 = 60_000_000_000;
    let mut arrivals = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut work = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut busy: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    let mut waiting: VecDeque<(u64, u64)> = VecDeque::new();
    let (mut counts, mut at, mut workers) = (Counts::new(), 0, 8);
    let (mut area, mut since, mut minute) = (0, 0, MINUTE);
    for _ in 0..invocations {
        let rate = if (at / (120 * MINUTE)).is_multiple_of(2) { 36.0 } else { 108.0 };
        at += exponential(&mut arrivals, 1e9 / rate);
        while let Some(&Reverse(finish)) = busy.peek().filter(|finish| finish.0 <= at) {
            area += busy.len() as u64 * (finish - since);
            since = finish;
            busy.pop();
            if let Some((arrived, duration)) = waiting.pop_front().filter(|_| busy.len() < workers) {
                counts.add(finish + duration - arrived);
                busy.push(Reverse(finish + duration));
            }
        }
        if at >= minute {
            workers = 2 * (area as f64 / MINUTE as f64 / 1.2).ceil().max(1.0) as usize;
            (area, minute) = (0, minute + MINUTE);
        }
        area += busy.len() as u64 * (at - since);
        since = at;
        let duration = exponential(&mut work, 1e8);
        if busy.len() < workers {
            counts.add(duration);
            busy.push(Reverse(at + duration));
        } else {
            waiting.push_back((at, duration));
        }
    }
    black_box((counts.0, workers));
}

fn exponential(stream: &mut Xoshiro256PlusPlus, mean: f64) -> u64 {
    let unit: f64 = Exp1.sample(stream);
    (unit * mean) as u64
}

/// Digits before and after the point to nanoseconds; what is beyond nine decimals is cut.
fn nanoseconds(digits: &[u8]) -> u64 {
    let (mut value, mut decimals) = (0u64, None);
    for byte in digits {
        match (byte, decimals) {
            (b'.', _) => decimals = Some(0u32),
            (b'0'..=b'9', Some(9)) => break,
            (b'0'..=b'9', _) => {
                value = value * 10 + u64::from(byte - b'0');
                decimals = decimals.map(|count| count + 1);
            }
            _ => break,
        }
    }
    value * 10u64.pow(9 - decimals.unwrap_or(0))
}
