//! Shares of cold starts of platforms that start an instance for each request that finds none free.
//!
//! Arrivals are Poisson, an instance holds one request, and none is refused. Times are in seconds, rates per second. None
//! of these forms needs a simulation, and none covers everything: each says where it is exact.

use super::closed_form::poisson_percentile;

/// How long an idle instance is kept: equally likely lives, of which a fixed one is the simplest case.
#[derive(Clone, Debug, PartialEq)]
pub struct IdleLife(Vec<f64>);

/// Lives that stand for a curve.
const LIVES: usize = 256;

impl IdleLife {
    pub fn fixed(seconds: f64) -> Self {
        Self(vec![seconds])
    }

    /// From a survival curve, `(idle time, share still alive)`, decreasing, linear between its points.
    pub fn of_curve(curve: &[(f64, f64)]) -> Self {
        let life = |alive: f64| {
            let mut before = (0.0, 1.0);
            for &(idle, share) in curve {
                if share <= alive {
                    let part = if before.1 > share { (before.1 - alive) / (before.1 - share) } else { 1.0 };
                    return before.0 + (idle - before.0) * part;
                }
                before = (idle, share);
            }
            before.0
        };
        Self((0..LIVES).map(|index| life((index as f64 + 0.5) / LIVES as f64)).collect())
    }

    pub fn exponential(mean: f64) -> Self {
        Self((0..LIVES).map(|index| -mean * ((index as f64 + 0.5) / LIVES as f64).ln()).collect())
    }

    /// In seconds.
    pub fn mean(&self) -> f64 {
        self.mean_of(|life| life)
    }

    fn mean_of(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.0.iter().map(|life| of(*life)).sum::<f64>() / self.0.len() as f64
    }
}

/// One instance whose requests take no time: the gap before a request is longer than the life that was drawn,
/// E\[e^{-lambda T}\]. Exact as the load goes to zero.
pub fn single(arrival_rate: f64, life: &IdleLife) -> f64 {
    life.mean_of(|seconds| (-arrival_rate * seconds).exp())
}

/// What a platform that scales per request does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalePerRequest {
    pub cold_share: f64,
    /// Instances that have started, busy or idle.
    pub warm_mean: f64,
    /// Busy ones, those that start among them.
    pub busy_mean: f64,
    pub response_mean: f64,
}

/// The model of Mahmoudi and Khazaei (IEEE Transactions on Cloud Computing, 2020), as their `pacsltk` 0.2.0 computes it.
///
/// Instances stand in a row, and each gets what overflows from those before it: the m-th lambda (B(m-1) - B(m)), B being
/// Erlang's loss. An instance goes when none comes for its idle life; the number of instances is a birth-death chain, born at
/// the rate of losses (in series with the start-up). The overflow is taken as Poisson, which it is not: an approximation, 7 %
/// off on average over the 20 rates that its authors measured on AWS. `provisioned` instances are always there, first in the
/// row; with none this is the published model.
#[derive(Clone, Debug, PartialEq)]
pub struct Hierarchy<'a> {
    pub arrival_rate: f64,
    pub warm_mean: f64,
    pub cold_mean: f64,
    pub life: &'a IdleLife,
    pub provisioned: u32,
}

/// Instances beyond the last number at which more are born than go; later states hold no mass that counts.
const BEYOND: usize = 30;
const MOST_INSTANCES: usize = 200_000;
/// Weights are scaled back from here: far from overflow, far from what rounds away.
const LARGE: f64 = 1e150;

impl Hierarchy<'_> {
    pub fn solve(&self) -> ScalePerRequest {
        let load = self.arrival_rate * self.warm_mean;
        let first = self.provisioned as usize;
        let (mut blocked, mut kill_rate, mut last) = (1.0, 0.0, first + BEYOND);
        let mut states: Vec<(f64, ScalePerRequest)> = Vec::new();
        let mut weight = 1.0;
        for count in 0..=MOST_INSTANCES {
            if count > 0 {
                let next = load * blocked / (count as f64 + load * blocked);
                if count > first {
                    kill_rate += self.kill_rate(self.arrival_rate * (blocked - next));
                }
                blocked = next;
            }
            if count < first {
                continue;
            }
            if count > first {
                weight =
                    states.last().map_or(1.0, |(weight, state)| weight * self.birth_rate(state.cold_share)) / kill_rate;
                if !weight.is_finite() {
                    // None ever goes: fewer instances than this are never seen again.
                    states.clear();
                    weight = 1.0;
                }
                // Hundreds of instances multiply to more than a number holds; only ratios count.
                if weight > LARGE {
                    states.iter_mut().for_each(|(earlier, _)| *earlier /= weight);
                    weight = 1.0;
                }
            }
            states.push((weight, self.state(count, blocked)));
            if self.arrival_rate * blocked > kill_rate {
                last = count + BEYOND;
            }
            if count >= last {
                break;
            }
        }
        average(&states)
    }

    /// With so many instances, of whose requests a share of `blocked` finds none.
    fn state(&self, count: usize, blocked: f64) -> ScalePerRequest {
        let response_mean = blocked * self.cold_mean + (1.0 - blocked) * self.warm_mean;
        let busy_mean = self.arrival_rate * response_mean;
        ScalePerRequest { cold_share: blocked, warm_mean: count as f64, busy_mean, response_mean }
    }

    /// A loss, and then a start-up.
    fn birth_rate(&self, blocked: f64) -> f64 {
        let (lost, started) = (self.arrival_rate * blocked, self.cold_mean.recip());
        lost * started / (lost + started)
    }

    /// At which an instance goes that gets `rate` requests a second.
    fn kill_rate(&self, rate: f64) -> f64 {
        let gone = self.life.mean_of(|life| (-rate * life).exp());
        if gone <= 0.0 {
            return 0.0;
        }
        let mean = self.life.mean();
        // Of gaps that do not end it, as published: not divided by their probability.
        let between = if rate > 0.0 {
            self.life.mean_of(|life| {
                let most = life + self.warm_mean;
                -(-rate * most).exp_m1() / rate - most * (-rate * most).exp()
            })
        } else {
            0.0
        };
        (mean + (gone.recip() - 1.0) * between).recip()
    }
}

fn average(states: &[(f64, ScalePerRequest)]) -> ScalePerRequest {
    let total: f64 = states.iter().map(|(weight, _)| weight).sum();
    let mean =
        |of: fn(&ScalePerRequest) -> f64| states.iter().map(|(weight, one)| weight * of(one)).sum::<f64>() / total;
    ScalePerRequest {
        cold_share: mean(|one| one.cold_share),
        warm_mean: mean(|one| one.warm_mean),
        busy_mean: mean(|one| one.busy_mean),
        response_mean: mean(|one| one.response_mean),
    }
}

/// Exponential keep-alive, exponential service, another exponential service of requests that start cold: a Markov chain of
/// (cold in service, warm in service, idle), the same for every choice of an idle instance. Exact, solved numerically.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialChain {
    pub arrival_rate: f64,
    pub warm_mean: f64,
    pub cold_mean: f64,
    /// Of each idle period.
    pub idle_mean: f64,
}

/// Instances up to which the chain is solved: 85,000 states.
const MOST_OF_CHAIN: usize = 80;
const SWEEPS: usize = 20_000;

impl ExponentialChain {
    /// `None` where the chain has too many states, or does not settle.
    pub fn cold_share(self) -> Option<f64> {
        let load = self.arrival_rate * self.warm_mean.max(self.cold_mean);
        let most = usize::try_from(poisson_percentile(load, 1.0 - 1e-11)).ok()? + 4;
        if most > MOST_OF_CHAIN {
            return None;
        }
        let states = States { most };
        let mut weights = states.uniform();
        let mut before = f64::NAN;
        for sweep in 0..SWEEPS {
            self.relax(states, &mut weights);
            if sweep % 10 == 9 {
                let cold = states.without_idle(&weights);
                if (cold / before - 1.0).abs() < 1e-11 {
                    return Some(cold);
                }
                before = cold;
            }
        }
        None
    }

    /// One sweep of Gauss and Seidel over the balance equations.
    fn relax(self, states: States, weights: &mut [f64]) {
        let (mu_cold, mu_warm, theta) = (self.cold_mean.recip(), self.warm_mean.recip(), self.idle_mean.recip());
        let mut total = 0.0;
        for cold in 0..=states.most {
            for warm in 0..=states.most - cold {
                for idle in 0..=states.most - cold - warm {
                    let of = |cold: usize, warm: usize, idle: usize| weights[states.place(cold, warm, idle)];
                    let full = cold + warm + idle == states.most;
                    let mut into = 0.0;
                    if warm > 0 {
                        into += self.arrival_rate * of(cold, warm - 1, idle + 1);
                    }
                    if idle == 0 && cold > 0 {
                        into += self.arrival_rate * of(cold - 1, warm, 0);
                    }
                    if idle > 0 {
                        into += (cold + 1) as f64 * mu_cold * of(cold + 1, warm, idle - 1);
                        into += (warm + 1) as f64 * mu_warm * of(cold, warm + 1, idle - 1);
                    }
                    if !full {
                        into += (idle + 1) as f64 * theta * of(cold, warm, idle + 1);
                    }
                    let arrivals = if full && idle == 0 { 0.0 } else { self.arrival_rate };
                    let out = arrivals + cold as f64 * mu_cold + warm as f64 * mu_warm + idle as f64 * theta;
                    let weight = into / out;
                    weights[states.place(cold, warm, idle)] = weight;
                    total += weight;
                }
            }
        }
        weights.iter_mut().for_each(|weight| *weight /= total);
    }
}

/// `(cold, warm, idle)` of at most so many instances, in a cube of which a corner is used.
#[derive(Clone, Copy)]
struct States {
    most: usize,
}

impl States {
    /// One for every state, zero in the rest of the cube.
    fn uniform(self) -> Vec<f64> {
        let side = self.most + 1;
        let used = |place: usize| place / (side * side) + place / side % side + place % side <= self.most;
        (0..side.pow(3)).map(|place| f64::from(u8::from(used(place)))).collect()
    }

    const fn place(self, cold: usize, warm: usize, idle: usize) -> usize {
        (cold * (self.most + 1) + warm) * (self.most + 1) + idle
    }

    /// Share of time without an idle instance: what arrivals see of it.
    fn without_idle(self, weights: &[f64]) -> f64 {
        weights.iter().step_by(self.most + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} against {expected}");
    }

    #[test]
    fn lives_of_a_curve_have_its_mean() {
        // A line from 1 at 100 s to 0 at 300 s: uniform between them.
        let life = IdleLife::of_curve(&[(100.0, 1.0), (300.0, 0.0)]);
        near(life.mean_of(|life| life), 200.0, 1e-9);
        near(IdleLife::exponential(50.0).mean_of(|life| life), 50.0, 0.1);
    }

    #[test]
    fn provisioned_instances_that_are_enough_leave_what_erlang_loses() {
        // Started ones are gone at once: cold are those that find all provisioned busy.
        let life = IdleLife::fixed(1e-9);
        let solved =
            Hierarchy { arrival_rate: 4.0, warm_mean: 0.5, cold_mean: 1e-6, life: &life, provisioned: 3 }.solve();
        near(solved.cold_share, crate::stats::closed_form::erlang_b(2.0, 3), 1e-6);
    }

    /// The larger the load, the smaller its swings for its size: shares fall, and smoothly so, however many instances there are.
    #[test]
    fn cold_shares_fall_smoothly_with_the_load() {
        let life = IdleLife::fixed(20.0);
        let share = |arrival_rate: f64| {
            Hierarchy { arrival_rate, warm_mean: 1.0, cold_mean: 1.5, life: &life, provisioned: 0 }.solve().cold_share
        };
        let shares: Vec<f64> = [100.0, 200.0, 400.0, 800.0, 1_600.0].map(share).to_vec();
        let ratios: Vec<f64> = shares.windows(2).map(|pair| pair[1] / pair[0]).collect();
        assert!(ratios.iter().all(|ratio| (0.3..1.0).contains(ratio)), "{shares:?}");
        assert!(ratios.windows(2).all(|pair| (pair[1] / pair[0] - 1.0).abs() < 0.1), "{ratios:?}");
    }

    #[test]
    fn a_chain_with_too_many_states_is_not_solved() {
        let chain = ExponentialChain { arrival_rate: 100.0, warm_mean: 2.0, cold_mean: 2.0, idle_mean: 10.0 };
        assert_eq!(chain.cold_share(), None);
    }
}
