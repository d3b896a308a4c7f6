//! Arrival processes against their closed forms: fixed seeds, four standard errors.

use std::f64::consts::TAU;
use std::fs;

use breakeven::ids::FunctionId;
use breakeven::rng::{Entity, Seed};
use breakeven::stats::Distribution;
use breakeven::units::{Calendar, Rate, SimTime, Span};
use breakeven::workload::{
    Arrivals, Feed, FunctionTable, Invocation, Merged, Source, Spread, Synthetic, SyntheticSource,
};
use jiff::civil::date;

const ONE_SECOND: Distribution = Distribution::Constant(Span::SECOND);

fn synthetic(name: &str, function: u32, arrivals: Arrivals) -> Synthetic {
    Synthetic {
        name: name.to_owned(),
        entity: Entity::named(name),
        function: FunctionId(function),
        arrivals,
        work: ONE_SECOND,
    }
}

fn rate(per_second: f64) -> Rate {
    Rate::per_second(per_second).unwrap()
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

/// All arrivals in `[0, end)`, read in batches of `limit`; checked to be in order and inside.
fn arrivals_by(arrivals: &Arrivals, replication: u32, end: SimTime, limit: usize) -> Vec<SimTime> {
    let seed = Seed { seed: 7, replication };
    let mut source = SyntheticSource::new(&synthetic("fleet", 0, arrivals.clone()), seed, end);
    let (mut all, mut batch) = (Vec::new(), Vec::new());
    loop {
        batch.clear();
        source.fill(&mut batch, limit);
        if batch.is_empty() {
            break;
        }
        assert!(batch.len() <= limit);
        all.extend(batch.iter().map(|invocation| invocation.at));
    }
    assert!(all.is_sorted() && all.last().is_none_or(|last| *last < end));
    all
}

fn arrivals(shape: &Arrivals, end: SimTime) -> Vec<SimTime> {
    arrivals_by(shape, 0, end, 1_000)
}

/// Numbers of arrivals in a window, one per replication.
fn counts(shape: &Arrivals, from: SimTime, to: SimTime, replications: u32) -> Vec<f64> {
    let count = |replication| {
        let all = arrivals_by(shape, replication, to, 1_000);
        (all.len() - all.partition_point(|at| *at < from)) as f64
    };
    (0..replications).map(count).collect()
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0))
}

/// Mean and dispersion (variance over mean) of counts, each within four standard errors; the error of a variance is taken
/// as for normal counts, `variance * sqrt(2 / (n - 1))`.
#[track_caller]
fn check_counts(counts: &[f64], mean: f64, dispersion: f64) {
    let n = counts.len() as f64;
    let (drawn, variance) = mean_and_variance(counts);
    let error = (mean * dispersion / n).sqrt();
    assert!((drawn - mean).abs() <= 4.0 * error, "mean {drawn}, expected {mean} ± {error}");
    let error = dispersion * (2.0 / (n - 1.0)).sqrt();
    let drawn = variance / mean;
    assert!((drawn - dispersion).abs() <= 4.0 * error, "dispersion {drawn}, expected {dispersion} ± {error}");
}

#[test]
fn constant_arrivals_are_exact_and_never_drift() {
    let three_an_hour = arrivals(&Arrivals::Constant { rate: rate(3.0 / 3_600.0) }, at(7_200));
    assert_eq!(three_an_hour, [0, 1_200, 2_400, 3_600, 4_800, 6_000].map(at));
    // A third of a second cannot be written in nanoseconds; after a day it still stands at the right one.
    let thirds = arrivals(&Arrivals::Constant { rate: rate(3.0) }, at(86_400));
    assert_eq!(thirds.len(), 3 * 86_400);
    for (k, instant) in thirds.iter().enumerate() {
        let exact = (k as u64 * 1_000_000_000 * 2 + 3) / 6;
        assert_eq!(instant.ns(), exact, "arrival {k}");
    }
    // Not a whole number a day: within a nanosecond after a million arrivals.
    let odd = 11.0 / 7.0 + 1e-7;
    let last = arrivals(&Arrivals::Constant { rate: rate(odd) }, at(700_000));
    let k = last.len() - 1;
    assert!((last[k].ns() as f64 - k as f64 / odd * 1e9).abs() < 2.0);
    assert!(arrivals(&Arrivals::Constant { rate: rate(0.0) }, at(10)).is_empty());
}

#[test]
fn poisson_counts_have_mean_and_variance_of_the_rate() {
    let shape = Arrivals::Poisson { rate: rate(40.0) };
    check_counts(&counts(&shape, SimTime::ZERO, at(60), 400), 2_400.0, 1.0);
    check_counts(&counts(&shape, at(30), at(31), 2_000), 40.0, 1.0);
    // Gaps far shorter than a nanosecond keep their mean.
    check_counts(
        &counts(&Arrivals::Poisson { rate: rate(1e10) }, SimTime::ZERO, SimTime::from_ns(2_000), 100),
        20_000.0,
        1.0,
    );
    assert!(arrivals(&Arrivals::Poisson { rate: rate(0.0) }, at(10)).is_empty());
}

/// `nhpp-sin` of the oracle collection: λ(t) = 10 + 6 sin(2πt / 86 400): in the first six hours 298,505.92 arrivals, in the
/// last six 133,494.08, in a day 864,000, variance equal to the mean (Lewis & Shedler 1979). Here at a tenth of the rate.
/// An hourly curve through the exact means of the hours has the same integral over whole hours.
#[test]
fn diurnal_counts_are_those_of_the_sine() {
    const SCALE: f64 = 0.1;
    let integral = |hours: f64| 10.0 * hours * 3_600.0 + 6.0 * 86_400.0 / TAU * (1.0 - (TAU * hours / 24.0).cos());
    let hourly: Vec<f64> = (0..24).map(|h| (integral(f64::from(h) + 1.0) - integral(f64::from(h))) / 3_600.0).collect();
    let shape = Arrivals::Diurnal { rate: rate(SCALE), hourly: hourly.clone().into(), smooth: false };
    let day = at(86_400);
    check_counts(&counts(&shape, SimTime::ZERO, at(6 * 3_600), 200), 298_505.922499 * SCALE, 1.0);
    check_counts(&counts(&shape, at(18 * 3_600), day, 100), 133_494.077501 * SCALE, 1.0);
    check_counts(&counts(&shape, SimTime::ZERO, day, 100), 864_000.0 * SCALE, 1.0);
    // The second day repeats the first.
    check_counts(&counts(&shape, day, at(86_400 + 6 * 3_600), 60), 298_505.922499 * SCALE, 1.0);
    // Interpolated, the factors hold at the middles of the hours: straight lines between points of the sine lose
    // (π/24)²/3 = 0.57 % of its swing.
    let at_middles: Vec<f64> = (0..24).map(|h| 10.0 + 6.0 * (TAU * (f64::from(h) + 0.5) / 24.0).sin()).collect();
    let smooth = Arrivals::Diurnal { rate: rate(SCALE), hourly: at_middles.clone().into(), smooth: true };
    let trapezoid: f64 = (0..6).map(|h| hour_of_smooth(&at_middles, h)).sum();
    assert!((trapezoid / 298_505.922499 - 1.0).abs() < 0.003);
    check_counts(&counts(&smooth, SimTime::ZERO, at(6 * 3_600), 200), trapezoid * SCALE, 1.0);
    check_counts(&counts(&smooth, SimTime::ZERO, day, 100), 864_000.0 * SCALE, 1.0);
}

/// The integral of a smooth curve over an hour: half of it on the line from the hour before, half to the hour after.
fn hour_of_smooth(hourly: &[f64], hour: usize) -> f64 {
    let (before, here, after) = (hourly[(hour + 23) % 24], hourly[hour], hourly[(hour + 1) % 24]);
    1_800.0 * (0.25 * before + 0.75 * here) + 1_800.0 * (0.75 * here + 0.25 * after)
}

/// With Λ the integral of the rate, Λ of the arrivals is a Poisson process of rate 1: its gaps are exponential. Compared by
/// the Kolmogorov-Smirnov distance, whose 99.9 % point is 1.95 / sqrt(n).
#[test]
fn rescaled_gaps_of_a_ramp_are_exponential() {
    let shape = Arrivals::Burst {
        base: rate(1.0),
        peak: rate(20.0),
        at: at(0),
        length: Span::from_secs(2_000),
        ramp: Span::from_secs(1_000),
    };
    let all = arrivals(&shape, at(1_000));
    let integral = |at: &SimTime| at.seconds() + 20.0 / 1_000.0 * at.seconds() * at.seconds() / 2.0;
    let mut before = 0.0;
    let mut gaps: Vec<f64> = all.iter().map(|at| integral(at) - std::mem::replace(&mut before, integral(at))).collect();
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len() as f64;
    let distance = gaps.iter().enumerate().map(|(k, gap)| ((k as f64 + 0.5) / n - (1.0 - (-gap).exp())).abs());
    let distance = distance.fold(0.0, f64::max);
    assert!(n > 10_000.0 && distance < 1.95 / n.sqrt(), "{distance} of {n}");
}

#[test]
fn piecewise_rates_hold_from_step_to_step() {
    let steps = [(at(10), rate(5.0)), (at(20), rate(0.0)), (at(30), rate(50.0))];
    let shape = Arrivals::Piecewise { steps: steps.into() };
    assert!(arrivals(&shape, at(10)).is_empty());
    check_counts(&counts(&shape, at(10), at(20), 500), 50.0, 1.0);
    assert_eq!(counts(&shape, at(20), at(30), 3), [0.0; 3]);
    check_counts(&counts(&shape, at(30), at(40), 300), 500.0, 1.0);
    check_counts(&counts(&shape, at(1_000), at(1_001), 300), 50.0, 1.0);
}

#[test]
fn a_burst_adds_its_area_to_the_base() {
    let shape = |ramp| Arrivals::Burst {
        base: rate(2.0),
        peak: rate(30.0),
        at: at(100),
        length: Span::from_secs(60),
        ramp: Span::from_secs(ramp),
    };
    // Without ramps a block, with ramps a trapezoid, and a triangle where the ramps meet.
    check_counts(&counts(&shape(0), at(100), at(160), 200), 32.0 * 60.0, 1.0);
    check_counts(&counts(&shape(20), at(100), at(160), 200), 2.0 * 60.0 + 30.0 * 40.0, 1.0);
    check_counts(&counts(&shape(50), at(100), at(160), 200), 2.0 * 60.0 + 30.0 * 30.0, 1.0);
    check_counts(&counts(&shape(20), at(160), at(260), 200), 200.0, 1.0);
    check_counts(&counts(&shape(20), at(0), at(100), 200), 200.0, 1.0);
}

#[test]
fn batches_come_together_and_late_devices_in_order() {
    let batch = |period, jitter| Arrivals::Batch { size: 3, period, offset: Span::from_secs(5), jitter };
    let together = arrivals(&batch(Span::MINUTE, None), at(120));
    assert_eq!(together, [5, 5, 5, 65, 65, 65].map(at));
    assert_eq!(arrivals(&batch(Span::ZERO, None), at(120)), [5, 5, 5].map(at));
    // A jitter of up to three periods mixes batches; the order is checked by `arrivals`.
    let jitter = Distribution::uniform(0.0, 180.0).unwrap();
    let late = arrivals(&batch(Span::MINUTE, Some(jitter)), at(60 * 10_000));
    assert!((late.len() as i64 - 30_000).abs() <= 9);
    let sum: f64 = late.iter().take(29_000).enumerate().map(|(k, at)| at.seconds() - (k / 3) as f64 * 60.0).sum();
    let mean = sum / 29_000.0;
    assert!((mean - 95.0).abs() < 4.0 * 52.0 / 29_000f64.sqrt() + 0.5, "{mean}");
}

/// A Markov-modulated Poisson process of two states (Fischer & Meier-Hellstern 1993): with leaving rates s1, s2 and rates
/// l1, l2 the mean rate is (l1 s2 + l2 s1) / (s1 + s2), and the index of dispersion of the count in t is
/// 1 + 2 s1 s2 (l1 - l2)² / ((s1 + s2)² (l1 s2 + l2 s1)) (1 - (1 - e^-(s1+s2)t) / ((s1 + s2) t)).
#[test]
fn mmpp_has_its_mean_rate_and_dispersion() {
    let (l1, l2, stay1, stay2) = (1.0, 20.0, 30.0, 10.0);
    let (s1, s2): (f64, f64) = (1.0 / stay1, 1.0 / stay2);
    let states = [(rate(l1), Span::from_seconds_f64(stay1)), (rate(l2), Span::from_seconds_f64(stay2))];
    let shape = Arrivals::Mmpp { states: states.into() };
    let mean = (l1 * s2 + l2 * s1) / (s1 + s2);
    let dispersion = |t: f64| {
        let s = s1 + s2;
        1.0 + 2.0 * s1 * s2 * (l1 - l2).powi(2) / (s * s * (l1 * s2 + l2 * s1))
            * (1.0 - (1.0 - (-s * t).exp()) / (s * t))
    };
    for t in [10u64, 1_000] {
        let counts = counts(&shape, at(0), at(t), 2_000);
        let (drawn, variance) = mean_and_variance(&counts);
        let (expected, ratio) = (mean * t as f64, dispersion(t as f64));
        let error = (expected * ratio / 2_000.0).sqrt();
        assert!((drawn - expected).abs() < 4.0 * error, "{t} s: mean {drawn}, expected {expected} ± {error}");
        // The counts are far from normal: the error of the variance is taken from their own fourth moment.
        let fourth = counts.iter().map(|x| (x - drawn).powi(4)).sum::<f64>() / 2_000.0;
        let error = ((fourth - variance * variance) / 2_000.0).sqrt() / expected;
        let index = variance / expected;
        assert!((index - ratio).abs() < 4.0 * error, "{t} s: dispersion {index}, expected {ratio} ± {error}");
    }
    // Stationary from the start: the first second has the mean rate too.
    let (first, variance) = mean_and_variance(&counts(&shape, at(0), at(1), 5_000));
    assert!((first - mean).abs() < 4.0 * (variance / 5_000.0).sqrt(), "{first}");
}

#[track_caller]
fn check_cron(schedule: &str, start: jiff::civil::Date, end_days: u64, minutes: &[u64]) {
    let schedule = schedule.parse().expect(schedule);
    let shape = Arrivals::Cron { schedule, calendar: Calendar::new(start), count: 1 };
    let found: Vec<u64> =
        arrivals(&shape, at(end_days * 86_400)).iter().map(|at| at.ns() / Span::MINUTE.ns()).collect();
    assert_eq!(found, minutes);
}

#[test]
fn cron_names_the_minutes_that_the_calendar_has() {
    const DAY: u64 = 1_440;
    // 2026-01-01 is a Thursday.
    let new_year = date(2026, 1, 1);
    check_cron("*/20 1 * * *", new_year, 1, &[60, 80, 100]);
    check_cron("5/25 0 * * *", new_year, 1, &[5, 30, 55]);
    check_cron("0 9-11/2,23 * * *", new_year, 1, &[540, 660, 1_380]);
    check_cron("30 8 * * mon-fri", new_year, 7, &[510, DAY + 510, 4 * DAY + 510, 5 * DAY + 510, 6 * DAY + 510]);
    check_cron("0 0 * * 7", new_year, 14, &[3 * DAY, 10 * DAY]);
    check_cron("@weekly", new_year, 14, &[3 * DAY, 10 * DAY]);
    check_cron("0 0 1 FEB *", new_year, 60, &[31 * DAY]);
    // Both day fields given: either of them, as in Vixie cron. The 13th is a Tuesday, Fridays are the 2nd and 9th.
    check_cron("0 0 13 * fri", new_year, 14, &[DAY, 8 * DAY, 12 * DAY]);
    // The next 29 February after 2026-01-01 is in 2028: 365 + 365 + 31 + 28 days later.
    check_cron("0 12 29 2 *", new_year, 800, &[789 * DAY + 720]);
    let twice = Arrivals::Cron { schedule: "@hourly".parse().unwrap(), calendar: Calendar::new(new_year), count: 2 };
    assert_eq!(arrivals(&twice, at(7_200)), [0, 0, 3_600, 3_600].map(at));
}

#[test]
fn a_wrong_cron_expression_says_which_part() {
    for (text, message) in [
        ("* * * *", "cron expression `* * * *` has 4 fields; it needs five: minute hour day month weekday"),
        ("60 * * * *", "minute 60 is out of range; expected 0 to 59"),
        ("* * * foo *", "`foo` is not a month; expected 1 to 12 or jan to dec"),
        ("5-1 * * * *", "range `5-1` of the minute runs backwards"),
        ("*/0 * * * *", "step of `*/0` is zero; it must be at least 1"),
        ("0 0 30 2 *", "cron expression `0 0 30 2 *` never happens: no such day exists"),
        (
            "@hurly",
            "`@hurly` is not a known shorthand; expected one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`; did \
             you mean `@hourly`",
        ),
    ] {
        assert_eq!(text.parse::<breakeven::workload::CronSchedule>().expect_err(text).to_string(), message);
    }
}

#[test]
fn counted_intervals_keep_their_counts_and_their_spread() {
    let counted = [(0, 4), (2, 1_000), (3, 2)];
    let shape = |spread| Arrivals::Counts { interval: Span::MINUTE, counts: counted.into(), spread };
    let start = arrivals(&shape(Spread::Start), at(240));
    assert!(start[..4].iter().all(|instant| *instant == at(0)) && start[1_004..] == [at(180), at(180)]);
    let even = arrivals(&shape(Spread::Even), at(240));
    assert_eq!(even[..4], [0, 15, 30, 45].map(at));
    assert_eq!(even[1_004..], [180, 210].map(at));
    let uniform = arrivals(&shape(Spread::Uniform), at(240));
    let per_minute =
        |all: &[SimTime], minute: u64| all.iter().filter(|at| at.ns() / Span::MINUTE.ns() == minute).count();
    assert_eq!([0, 1, 2, 3].map(|minute| per_minute(&uniform, minute)), [4, 0, 1_000, 2]);
    // Uniform places: the mean of a thousand is the middle of the minute, within four of 60 / sqrt(12 * 1000) seconds.
    let places: Vec<f64> = uniform[4..1_004].iter().map(|at| at.seconds() - 120.0).collect();
    let (mean, variance) = mean_and_variance(&places);
    assert!((mean - 30.0).abs() < 4.0 * 0.548 && (variance / 300.0 - 1.0).abs() < 0.15, "{mean}, {variance}");
    check_counts(&counts(&shape(Spread::Poisson), at(120), at(180), 400), 1_000.0, 1.0);
    assert_eq!(counts(&shape(Spread::Poisson), at(60), at(120), 3), [0.0; 3]);
}

#[test]
fn batches_of_any_size_give_the_same_arrivals() {
    let hourly: Vec<f64> = (0..24).map(f64::from).collect();
    let jitter = Some(Distribution::exponential(20.0).unwrap());
    for shape in [
        Arrivals::Poisson { rate: rate(0.5) },
        Arrivals::Diurnal { rate: rate(0.01), hourly: hourly.into(), smooth: true },
        Arrivals::Batch { size: 7, period: Span::MINUTE, offset: Span::ZERO, jitter },
        Arrivals::Mmpp { states: [(rate(0.1), Span::MINUTE), (rate(2.0), Span::MINUTE)].into() },
        Arrivals::Counts { interval: Span::HOUR, counts: [(0, 50), (1, 3)].into(), spread: Spread::Uniform },
    ] {
        let end = at(2 * 86_400);
        let all = arrivals_by(&shape, 0, end, usize::MAX);
        assert!(all.len() > 50);
        assert_eq!(arrivals_by(&shape, 0, end, 1), all);
        assert_eq!(arrivals_by(&shape, 0, end, 37), all);
        assert_ne!(arrivals_by(&shape, 1, end, 37), all, "another replication draws anew");
    }
}

fn merge(sources: &[Synthetic], limit: usize) -> Vec<Invocation> {
    let open = |source: &Synthetic| {
        Feed::open(&Source::Synthetic(source.clone()), Seed { seed: 7, replication: 0 }, at(600)).unwrap()
    };
    let mut merged = Merged::new(sources.iter().map(open).collect());
    let (mut all, mut functions) = (Vec::new(), FunctionTable::default());
    loop {
        let before = all.len();
        merged.fill(&mut all, &mut functions, limit).unwrap();
        if all.len() == before {
            return all;
        }
    }
}

#[test]
fn merged_sources_come_in_order_of_time_and_then_of_the_sources() {
    let constant = |name: &str, id, per_second| synthetic(name, id, Arrivals::Constant { rate: rate(per_second) });
    let sources = [
        constant("a", 0, 1.0),
        constant("b", 1, 2.0),
        synthetic("c", 2, Arrivals::Poisson { rate: rate(3.0) }),
        constant("d", 3, 1.0),
        synthetic("e", 4, Arrivals::Poisson { rate: rate(0.0) }),
    ];
    let all = merge(&sources, 100);
    assert!(all.is_sorted_by_key(|invocation| (invocation.at, invocation.function)));
    assert_eq!(merge(&sources, 1), all);
    for (index, source) in sources.iter().enumerate() {
        let alone = arrivals(&source.arrivals, at(600)).len();
        let merged = all.iter().filter(|invocation| invocation.function.index() == index).count();
        assert!(index == 2 || merged == alone, "source {index}: {merged} of {alone}");
    }
    assert_eq!(merge(&sources[..1], 7).len(), 600);
    assert!(merge(&[], 7).is_empty());
}

#[test]
fn another_source_changes_nothing_for_those_that_were_there() {
    let sources = [
        synthetic("a", 0, Arrivals::Poisson { rate: rate(3.0) }),
        synthetic("b", 1, Arrivals::Poisson { rate: rate(3.0) }),
    ];
    let alone = merge(&sources[..1], 100);
    let mut both = merge(&sources, 100);
    both.retain(|invocation| invocation.function == FunctionId(0));
    assert_eq!(both, alone);
}

/// Time that this thread has spent on a processor; zero where the system does not tell (only Linux does).
pub fn cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Prints nanoseconds: `cargo test --release -- --ignored --nocapture nanoseconds_per_invocation`.
#[test]
#[ignore = "a measurement"]
fn nanoseconds_per_invocation() {
    let works = [
        ("constant", ONE_SECOND),
        ("exponential", Distribution::Exponential { mean: 1.991 }),
        ("lognormal", Distribution::Lognormal { mu: -2.3, sigma: 1.0 }),
        ("gamma", Distribution::gamma(2.0, 0.1).unwrap()),
    ];
    for (name, work) in works {
        let synthetic = Synthetic { work, ..synthetic("fleet", 0, Arrivals::Poisson { rate: rate(1_000.0) }) };
        let mut source = SyntheticSource::new(&synthetic, Seed { seed: 1, replication: 0 }, SimTime::END);
        let (mut batch, mut sum) = (Vec::with_capacity(1_000), 0u64);
        let begin = cpu_seconds();
        for _ in 0..10_000 {
            batch.clear();
            source.fill(&mut batch, 1_000);
            sum = batch.iter().fold(sum, |sum, invocation| sum.wrapping_add(invocation.duration.ns()));
        }
        println!("poisson + {name}: {:.1} ns ({sum})", (cpu_seconds() - begin) / 1e7 * 1e9);
    }
}
