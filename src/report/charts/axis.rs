//! From values to places, and round numbers to mark them with.

use super::{Say, finer};

/// Dates of a longer run have their year, in seconds.
const MONTHS: f64 = 120.0 * 86_400.0;

/// An axis with its ticks. Places run from 0 (left, bottom) to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// With the unit; empty where a neighbour already says it.
    pub title: String,
    pub ticks: Vec<(f64, String)>,
    pub say: Say,
    scale: Scale,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Linear {
        low: f64,
        high: f64,
    },
    /// Of positive values, by their logarithm.
    Log {
        low: f64,
        high: f64,
    },
    /// Of shares: each further nine takes as much room as the one before, up to `nines`.
    Tail {
        nines: f64,
    },
    /// Named rows from the top.
    Rows {
        count: usize,
    },
}

impl Axis {
    /// From zero to a round number at or above `high`.
    pub fn from_zero(title: &str, high: f64, say: Say) -> Self {
        let high = if high.is_finite() && high > 0.0 { high.min(1e300) } else { 1.0 };
        Self::in_steps(title, high, round_step(high / 4.0), say)
    }

    /// The same for a number of things: ticks at whole numbers only.
    pub fn counts(title: &str, high: f64) -> Self {
        let high = if high.is_finite() && high > 0.0 { high.min(1e300) } else { 1.0 };
        Self::in_steps(title, high, whole_step(high / 4.0), Say::Compact)
    }

    fn in_steps(title: &str, high: f64, step: f64, say: Say) -> Self {
        let steps = (high / step - 1e-9).ceil().clamp(1.0, 12.0);
        let ticks = (0..=steps as usize).map(|tick| tick as f64 * step).map(|at| (at, say.tick(at))).collect();
        Self { title: title.to_owned(), ticks, say, scale: Scale::Linear { low: 0.0, high: step * steps } }
    }

    /// From zero to `high` exactly, which leaves room for labels behind the last bar.
    pub fn up_to(title: &str, high: f64, say: Say) -> Self {
        let mut axis = Self::from_zero(title, high, say);
        if let Scale::Linear { high: end, .. } = &mut axis.scale
            && high > 0.0
            && high < *end
        {
            *end = high;
            axis.ticks.retain(|(at, _)| *at <= high);
        }
        axis
    }

    /// From `low` to `high` exactly, which need not begin at zero.
    pub fn between(title: &str, low: f64, high: f64, say: Say) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self::from_to(title, [low, high], round_step((high - low) / 6.0), say)
    }

    /// The same for a number of things: ticks at whole numbers only.
    fn counts_between(title: &str, low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self::from_to(title, [low, high], whole_step((high - low) / 6.0), Say::Number)
    }

    fn from_to(title: &str, [low, high]: [f64; 2], step: f64, say: Say) -> Self {
        let first = (low / step).ceil();
        let ticks = (0..=12)
            .map(|tick| (first + f64::from(tick)) * step)
            .take_while(|at| *at <= high + step * 1e-9)
            .map(|at| (at, say.tick(at)))
            .collect();
        Self { title: title.to_owned(), ticks, say, scale: Scale::Linear { low, high } }
    }

    /// Along what a study varies, from `low` to `high`; where all `values` are whole numbers, so are the ticks.
    pub fn along(title: &str, [low, high]: [f64; 2], log: bool, values: impl IntoIterator<Item = f64>) -> Self {
        match (log, values.into_iter().all(|value| value.fract() == 0.0)) {
            (true, _) => Self::log(title, low, high, Say::Compact),
            (false, true) => Self::counts_between(title, low, high),
            (false, false) => Self::between(title, low, high, Say::Number),
        }
    }

    /// From `low` to `high` exactly, in seconds, with ticks at whole days, hours, minutes or seconds.
    pub fn time(title: &str, low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let span = high - low;
        let (unit, name) = match span {
            s if s >= 345_600.0 => (86_400.0, "d"),
            s if s >= 7_200.0 => (3_600.0, "h"),
            s if s >= 120.0 => (60.0, "min"),
            _ => (1.0, "s"),
        };
        let step = time_step(span / unit / 8.0, name) * unit;
        let first = (low / step).ceil();
        let ticks = (0..=12)
            .map(|tick| (first + f64::from(tick)) * step)
            .take_while(|at| *at <= high * (1.0 + 1e-12))
            .map(|at| (at, format!("{}\u{a0}{name}", Say::Number.tick(at / unit))))
            .collect();
        Self { title: title.to_owned(), ticks, say: Say::Elapsed, scale: Scale::Linear { low, high } }
    }

    /// The same for a run that begins at the second `start` of the epoch, a midnight: ticks are dates and times of day.
    pub fn calendar(title: &str, start: i64, low: f64, high: f64) -> Self {
        let mut axis = Self::time(title, low, high);
        axis.say = if high - low > MONTHS { Say::Dates(start) } else { Say::Calendar(start) };
        for (at, label) in &mut axis.ticks {
            *label = axis.say.tick(*at);
        }
        axis
    }

    /// Covers `low` to `high` (both positive) with ticks at powers of ten, or finer over a short span.
    pub fn log(title: &str, low: f64, high: f64, say: Say) -> Self {
        let low = if low.is_finite() && low > 0.0 { low.max(1e-15) } else { 1e-3 };
        let high = if high.is_finite() && high > low { high.min(1e18) } else { low * 10.0 };
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let factors: &[f64] = if high / low < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let skip = ((last - first) as usize / 8 + 1).max(1);
        let ticks: Vec<(f64, String)> = (first..=last)
            .step_by(skip)
            .flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)))
            .filter(|at| *at >= low * 0.999 && *at <= high * 1.001)
            .map(|at| (at, say.tick(at)))
            .collect();
        Self { title: title.to_owned(), ticks, say, scale: Scale::Log { low, high } }
    }

    /// The same for times, with ticks at whole minutes, hours and days.
    pub fn log_time(title: &str, low: f64, high: f64) -> Self {
        let mut axis = Self::log(title, low, high, Say::Latency);
        let [low, high] = axis.ends();
        let within = |at: &f64| *at >= low * 0.999 && *at <= high * 1.001;
        if high > 30.0 {
            let days = (0..14).map(|power| 864_000.0 * 10_f64.powi(power));
            let marks = [60.0, 600.0, 7_200.0, 36_000.0].into_iter().chain(days).filter(within);
            axis.ticks.retain(|(at, _)| *at < 30.0);
            axis.ticks.extend(marks.map(|at| (at, Say::Latency.tick(at))));
        }
        if axis.ticks.len() < 2 {
            // Too short for powers of ten: as on an even scale.
            axis.ticks = Self::between("", low, high, Say::Latency).ticks;
        }
        let skip = axis.ticks.len().div_ceil(9).max(1);
        axis.ticks = axis.ticks.into_iter().step_by(skip).collect();
        axis
    }

    /// Shares from 0 to 1 - 10^-`nines`, the tail stretched.
    pub fn tail(title: &str, nines: i32) -> Self {
        let marks = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
        let ticks = marks.iter().take(nines as usize + 2).map(|at| (*at, tail_label(*at))).collect();
        Self { title: title.to_owned(), ticks, say: Say::Share, scale: Scale::Tail { nines: f64::from(nines) } }
    }

    pub fn rows(names: Vec<String>) -> Self {
        let count = names.len();
        let ticks = names.into_iter().enumerate().map(|(row, name)| (row as f64, name)).collect();
        Self { title: String::new(), ticks, say: Say::Nothing, scale: Scale::Rows { count } }
    }

    /// The ends of the axis.
    pub fn ends(&self) -> [f64; 2] {
        match self.scale {
            Scale::Linear { low, high } | Scale::Log { low, high } => [low, high],
            Scale::Tail { nines } => [0.0, 1.0 - 10_f64.powf(-nines)],
            Scale::Rows { count } => [0.0, count as f64],
        }
    }

    /// Places and labels for whoever looks closer, the coarse ones first.
    pub fn finer_ticks(&self) -> Vec<(f64, String)> {
        let mut values: Vec<f64> = self.ticks.iter().map(|(at, _)| *at).collect();
        match self.scale {
            Scale::Linear { low, high } => finer::linear(self.say, [low, high], &mut values),
            Scale::Log { low, high } => finer::log([low, high], &mut values),
            Scale::Tail { .. } | Scale::Rows { .. } => {}
        }
        let known = self.ticks.iter().map(|(_, label)| label.clone());
        let labels = known.chain(values.iter().skip(self.ticks.len()).map(|at| self.say.tick(*at)));
        values.iter().zip(labels).map(|(at, label)| (self.place(*at), label)).collect()
    }

    /// Number of named rows; zero on other axes.
    pub fn row_count(&self) -> usize {
        match self.scale {
            Scale::Rows { count } => count,
            Scale::Linear { .. } | Scale::Log { .. } | Scale::Tail { .. } => 0,
        }
    }

    /// Values beyond the ends stand at the ends.
    pub fn place(&self, value: f64) -> f64 {
        let place = match self.scale {
            Scale::Linear { low, high } => (value - low) / (high - low),
            Scale::Log { low, high } => (value.log10() - low.log10()) / (high.log10() - low.log10()),
            Scale::Tail { nines } => -(1.0 - value).max(1e-15).log10() / nines,
            Scale::Rows { count } => 1.0 - (value + 0.5) / count.max(1) as f64,
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }
}

fn tail_label(share: f64) -> String {
    format!("{}\u{a0}%", (share * 1e5).round() / 1e3)
}

/// 1, 2 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// 1, 2 or 5 times a power of ten, at least `step` and one.
fn whole_step(step: f64) -> f64 {
    match round_step(step) {
        step if step < 1.0 => 1.0,
        2.5 => 5.0,
        step => step,
    }
}

fn time_step(step: f64, unit: &str) -> f64 {
    let steps: &[f64] = match unit {
        "d" => &[1.0, 2.0, 7.0, 14.0, 28.0],
        "h" => &[1.0, 2.0, 3.0, 6.0, 12.0, 24.0],
        _ => &[1.0, 2.0, 5.0, 10.0, 15.0, 30.0],
    };
    steps.iter().copied().find(|candidate| *candidate >= step).unwrap_or_else(|| round_step(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<String> {
        axis.ticks.iter().map(|(_, text)| text.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(labels(&Axis::from_zero("", 87.0, Say::Compact)), ["0", "25", "50", "75", "100"]);
        assert_eq!(labels(&Axis::from_zero("", 1900.0, Say::Compact)), ["0", "500", "1k", "1.5k", "2k"]);
        assert_eq!(labels(&Axis::from_zero("", 0.0, Say::Compact)), ["0", "0.25", "0.5", "0.75", "1"]);
        assert_eq!(labels(&Axis::counts("members", 1.0)), ["0", "1"]);
        assert_eq!(labels(&Axis::counts("members", 9.0)), ["0", "5", "10"]);
        assert_eq!(labels(&Axis::counts("members", 900.0)), ["0", "250", "500", "750", "1k"]);
        assert_eq!(labels(&Axis::counts_between("servers", 1.0, 4.0)), ["1", "2", "3", "4"]);
        assert_eq!(
            labels(&Axis::log("", 0.008, 2.0, Say::Latency)),
            ["10 ms", "20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s", "2 s"]
        );
        assert_eq!(labels(&Axis::log("", 0.008, 20.0, Say::Latency)), ["10 ms", "100 ms", "1 s", "10 s"]);
        assert_eq!(labels(&Axis::time("", 0.0, 604_800.0)).join(","), "0 d,1 d,2 d,3 d,4 d,5 d,6 d,7 d");
        assert_eq!(labels(&Axis::tail("", 3)), ["0 %", "50 %", "90 %", "99 %", "99.9 %"]);
    }

    #[test]
    fn long_times_are_marked_at_whole_minutes_and_hours() {
        let axis = Axis::log_time("", 0.2, 8000.0);
        assert_eq!(labels(&axis), ["1 s", "10 s", "60 s", "10 min", "2 h"]);
    }

    #[test]
    fn axes_survive_values_without_sense() {
        for high in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e308, 1e-300] {
            for axis in [
                Axis::from_zero("", high, Say::Compact),
                Axis::log("", high, high, Say::Latency),
                Axis::log("", 1e-3, high, Say::Latency),
                Axis::time("", 0.0, high),
            ] {
                assert!(axis.ticks.len() <= 30, "{high}: {axis:?}");
                for value in [0.0, 1.0, high, f64::NAN] {
                    assert!((0.0..=1.0).contains(&axis.place(value)), "{high}: {axis:?}");
                }
            }
        }
    }
}
