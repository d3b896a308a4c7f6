//! The load rises at once: how long does each deployment take to follow?
//!
//! A run of its own, on its own stream of random numbers: Poisson arrivals at the mean rate of the workload, then from one
//! instant on at twice the rate of its busiest minute. The functions keep their shares of the invocations, and each its
//! mean work.

use std::sync::Arc;

use super::{Control, Coupling, Replay, Run, RunError, synthetic};
use crate::ids::FunctionId;
use crate::record::{Tally, Timeline};
use crate::results::{Probes, Step};
use crate::rng::{Entity, Seed};
use crate::scenario::{Load, Model, Plan};
use crate::stats::Distribution;
use crate::units::{Rate, SimTime, Span};
use crate::workload::{Arrivals, FunctionInfo, Source, Synthetic, Workload};

/// Time before the step, in which fleets settle (a rule that removes members looks at 15 minutes), and after it.
const CALM: Span = Span::from_secs(20 * 60);
const RISEN: Span = Span::from_secs(40 * 60);
/// Both are shortened alike until there are no more invocations than these.
const MOST_INVOCATIONS: f64 = 300_000.0;
/// A probe that would end sooner after its step says nothing.
const SHORTEST: Span = Span::from_secs(120);
/// How far the rate rises, as a multiple of that of the busiest minute.
const RISE: f64 = 2.0;
/// Functions that take part: those with most work, which stand for the others.
const MOST_FUNCTIONS: usize = 16;

/// The load of a probe.
#[derive(Clone, Copy, Debug)]
struct Shape {
    calm: Rate,
    risen: Rate,
    at: SimTime,
    end: SimTime,
}

/// Runs the probe on every deployment, where the workload allows one. `first`: any run of the workload.
pub fn run(
    plan: &Plan,
    control: &Control,
    first: &Tally,
    (functions, loads): (&[FunctionInfo], &[Load]),
    probes: &mut [Probes],
) -> Result<(), RunError> {
    let (Some(shape), Some(mix)) = (Shape::of(first), Mix::of(functions, loads)) else { return Ok(()) };
    let probe = Plan {
        workload: Arc::new(mix.workload(shape)),
        duration: Some(shape.end.since(SimTime::ZERO)),
        warmup: Span::ZERO,
        replications: 1,
        over_time: false,
        ..plan.clone()
    };
    let models: Vec<&Model> = probe.deployments.iter().map(|deployment| &deployment.model).collect();
    let seed = Seed { seed: plan.seed, replication: 0 };
    let runs: Vec<Run> = (0..models.len()).map(|model| Run { model, seed }).collect();
    let replayed = synthetic::Study::new(&probe, control)?.replay(&models, &runs, Coupling::Together)?;
    for (probes, mut tally) in probes.iter_mut().zip(replayed.tallies) {
        tally.finish();
        let (from_per_s, to_per_s) = (shape.calm.as_per_second(), shape.risen.as_per_second());
        probes.step = Some(Step { tally, at: shape.at, from_per_s, to_per_s, mean_work: mix.mean_work });
    }
    Ok(())
}

impl Shape {
    fn of(first: &Tally) -> Option<Self> {
        let length = first.window().end.since(SimTime::ZERO).seconds();
        let calm = Rate::per_second(first.invocations() as f64 / length)?;
        let risen = Rate::per_second(RISE * busiest_minute(&first.timeline, length).max(calm.as_per_second()))?;
        let expected = calm.as_per_second() * CALM.seconds() + risen.as_per_second() * RISEN.seconds();
        let part = (MOST_INVOCATIONS / expected).min(1.0);
        if RISEN.seconds() * part < SHORTEST.seconds() || expected <= 0.0 {
            return None;
        }
        let [calm_for, risen_for] = [CALM, RISEN].map(|length| Span::from_seconds_f64(length.seconds() * part));
        let end = SimTime::ZERO + calm_for + risen_for;
        let width = Timeline::new(end).width().ns();
        let at = SimTime::from_ns(calm_for.ns() / width * width);
        Some(Self { calm, risen, at, end })
    }
}

/// Highest mean rate of a minute, or of an interval of `timeline` where that is longer; of the run if it is shorter.
fn busiest_minute(timeline: &Timeline, length: f64) -> f64 {
    let width = timeline.width().seconds();
    let intervals = (60.0 / width).ceil().max(1.0);
    let rate = |minute: &[crate::record::Bucket]| {
        minute.iter().map(|bucket| bucket.offered as f64).sum::<f64>() / (minute.len() as f64 * width)
    };
    // The last interval may be cut short.
    let whole = &timeline.buckets[..((length / width) as usize).min(timeline.buckets.len())];
    whole.windows((intervals as usize).min(whole.len()).max(1)).map(rate).fold(0.0, f64::max)
}

/// What the invocations are.
struct Mix {
    /// Function, share of invocations, mean work in seconds.
    parts: Vec<(FunctionInfo, f64, f64)>,
    mean_work: f64,
}

impl Mix {
    fn of(functions: &[FunctionInfo], loads: &[Load]) -> Option<Self> {
        let mut asked: Vec<(&FunctionInfo, Load)> = functions.iter().zip(loads.iter().copied()).collect();
        asked.retain(|(_, load)| load.invocations > 0.0);
        // Stable: of equal ones the first of the scenario.
        asked.sort_by(|(_, a), (_, b)| b.work.total_cmp(&a.work));
        asked.truncate(MOST_FUNCTIONS);
        let invocations: f64 = asked.iter().map(|(_, load)| load.invocations).sum();
        let work: f64 = asked.iter().map(|(_, load)| load.work).sum();
        let part = |(info, load): (&FunctionInfo, Load)| {
            (info.clone(), load.invocations / invocations, load.work / load.invocations)
        };
        let mix = Self { parts: asked.into_iter().map(part).collect(), mean_work: work / invocations };
        mix.mean_work.is_finite().then_some(mix)
    }

    fn workload(&self, shape: Shape) -> Workload {
        let source = |(index, (info, share, work)): (usize, &(FunctionInfo, f64, f64))| {
            let steps = [(SimTime::ZERO, shape.calm), (shape.at, shape.risen)];
            let part = |(at, rate): (SimTime, Rate)| Some((at, Rate::per_second(rate.as_per_second() * share)?));
            let name = format!("step of the load: {}", info.name);
            Source::Synthetic(Synthetic {
                entity: Entity::named(&name),
                name,
                function: FunctionId::new(index),
                arrivals: Arrivals::Piecewise { steps: steps.into_iter().filter_map(part).collect() },
                work: Distribution::Constant(Span::from_seconds_f64(*work)),
            })
        };
        Workload {
            functions: self.parts.iter().map(|(info, _, _)| info.clone()).collect(),
            sources: self.parts.iter().enumerate().map(source).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Window;
    use crate::units::Calendar;

    /// A run of `seconds` with as many arrivals in each second as `arrivals` says.
    fn tally(seconds: u64, arrivals: impl Fn(u64) -> u64) -> Tally {
        let window = Window::new(Span::ZERO, Span::from_secs(seconds), Calendar::default());
        let mut tally = Tally::new(window, false, false);
        for second in 0..seconds {
            tally.timeline.at(SimTime::ZERO + Span::from_secs(second)).offered += arrivals(second);
        }
        tally
    }

    #[track_caller]
    fn check(tally: &Tally, expected: Option<(f64, f64, u64, u64)>) {
        let shape = Shape::of(tally);
        let shape = shape.map(|shape| {
            let second = |at: SimTime| at.since(SimTime::ZERO).ns() / 1_000_000_000;
            (shape.calm.as_per_second(), shape.risen.as_per_second(), second(shape.at), second(shape.end))
        });
        assert_eq!(shape, expected);
    }

    /// 1,200 s at the mean and 2,400 s at twice the busiest minute; intervals of 5 s.
    #[test]
    fn the_load_rises_from_the_mean_to_twice_the_busiest_minute() {
        check(&tally(600, |_| 3), Some((3.0, 6.0, 1_200, 3_600)));
        // 60 s of 11/s in 600 s of 1/s: 2/s on average. A single second of many is no minute.
        check(&tally(600, |second| if (120..180).contains(&second) { 11 } else { 1 }), Some((2.0, 22.0, 1_200, 3_600)));
        check(&tally(600, |second| if second == 7 { 60 } else { 0 }), Some((0.1, 2.0, 1_200, 3_600)));
    }

    /// At 100/s and then 200/s the whole would be 600,000 invocations: half of the time is half of that.
    #[test]
    fn a_busy_workload_shortens_the_probe_and_a_very_busy_one_forbids_it() {
        check(&tally(600, |_| 100), Some((100.0, 200.0, 600, 1_800)));
        check(&tally(600, |_| 1_100), None);
        check(&tally(600, |_| 0), None);
    }

    #[test]
    fn functions_keep_their_shares_and_their_mean_work() {
        let info = |name: &str| FunctionInfo { name: name.into(), app: name.into(), memory: None };
        let loads = [Load { invocations: 30.0, work: 3.0 }, Load::default(), Load { invocations: 10.0, work: 5.0 }];
        let mix = Mix::of(&[info("often"), info("never"), info("heavy")], &loads).expect("a mix");
        let parts: Vec<(&str, f64, f64)> = mix.parts.iter().map(|(f, share, work)| (&*f.name, *share, *work)).collect();
        assert_eq!(parts, [("heavy", 0.25, 0.5), ("often", 0.75, 0.1)]);
        assert_eq!(mix.mean_work, 0.2);
        assert!(Mix::of(&[], &[]).is_none());
    }
}
