//! Ticks between the ticks of an axis, for whoever looks closer.

use super::Say;

/// As many as these are enough to read the smallest span that one can zoom to.
const MOST: usize = 400;

/// Steps at which people read time, in seconds.
const TIMES: [f64; 14] =
    [604_800.0, 86_400.0, 43_200.0, 21_600.0, 10_800.0, 3_600.0, 1_800.0, 900.0, 300.0, 60.0, 30.0, 10.0, 5.0, 1.0];

/// Appends values in ever smaller round steps from `low` to `high`, but those that are there.
pub fn linear(say: Say, [low, high]: [f64; 2], values: &mut Vec<f64>) {
    let apart = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let step = if apart.is_finite() && apart > 0.0 { apart } else { high - low };
    let steps: Vec<f64> = match say {
        Say::Elapsed | Say::Calendar(_) | Say::Dates(_) => TIMES.into_iter().filter(|time| *time < step).collect(),
        _ => vec![step / 2.0, step / 4.0, step / 10.0, step / 20.0, step / 40.0],
    };
    for step in steps {
        let count = ((high - low) / step) as usize + 1;
        if values.len() + count > MOST {
            return;
        }
        let first = (low / step).ceil();
        add(values, (0..=count).map(|tick| (first + tick as f64) * step), [low, high]);
    }
}

/// The same at ever more digits of every power of ten.
pub fn log([low, high]: [f64; 2], values: &mut Vec<f64>) {
    let powers = || low.log10().floor() as i32..=high.log10().ceil() as i32;
    for digits in [vec![1.0], vec![2.0, 5.0], (3..10).map(f64::from).collect(), tenths()] {
        if values.len() + digits.len() * powers().count() > MOST {
            return;
        }
        for power in powers() {
            add(values, digits.iter().map(|digit| digit * 10_f64.powi(power)), [low, high]);
        }
    }
}

/// 1.1, 1.2, ... 9.9.
fn tenths() -> Vec<f64> {
    (11..100).map(|tenth| f64::from(tenth) / 10.0).collect()
}

fn add(values: &mut Vec<f64>, candidates: impl Iterator<Item = f64>, [low, high]: [f64; 2]) {
    let near = (high - low).abs() * 1e-9;
    for at in candidates.filter(|at| *at >= low && *at <= high) {
        if !values.iter().any(|known| (known - at).abs() <= near.min(at.abs() * 1e-6)) {
            values.push(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_followed_by_hours_and_minutes_each_once() {
        let mut values = vec![0.0, 86_400.0, 172_800.0];
        linear(Say::Elapsed, [0.0, 172_800.0], &mut values);
        assert_eq!(values[3..5], [43_200.0, 129_600.0]);
        assert!(values.len() <= MOST && values.contains(&300.0_f64.mul_add(12.0, 0.0)));
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        assert_eq!(sorted.len(), values.len());
    }

    #[test]
    fn powers_of_ten_are_followed_by_their_digits() {
        let mut values = vec![0.01, 0.1, 1.0];
        log([0.01, 1.0], &mut values);
        assert_eq!(values[3..7], [0.02, 0.05, 0.2, 0.5]);
        assert!(values.len() <= MOST);
    }
}
