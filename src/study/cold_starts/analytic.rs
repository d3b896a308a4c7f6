//! The share of cold starts that theory gives, where a theory applies.

mod limits;

use crate::platform::faas::FunctionSpec;
use crate::policy::{IdleChoice, KeepAlive};
use crate::results::cold_starts::Analytic;
use crate::scenario::{Model, Plan};
use crate::stats::Distribution;
use crate::stats::cold_starts::{ExponentialChain, Hierarchy, IdleLife, single};
use crate::units::Span;
use crate::workload::{Arrivals, Source};
use limits::Load;

/// Time-outs that move the share of cold starts by more than this part of it are not ignored, nor are they where theory is exact.
const FEW_LATE: f64 = 1e-2;
const NONE_LATE: f64 = 1e-4;
/// The hierarchy is a quarter off at most where instances are kept for so many times as long as a request takes, and several
/// times the truth where they are kept for a few.
const KEPT_LONG: f64 = 20.0;

/// Of all requests to the first deployment of `plan`; an error says, for a reader, why there is none.
pub fn of(plan: &Plan) -> Result<Analytic, String> {
    let Some(Model::Faas(spec)) = plan.deployments.first().map(|deployment| &deployment.model) else {
        return Err("it does not scale per request".to_owned());
    };
    let all = asked(plan)?;
    let mut found: Vec<(Load<'_>, Solved)> = Vec::new();
    for asked in &all {
        let info = &plan.workload.functions[asked.function];
        let pool = spec.pool_name(info);
        let beside = |other: &&Asked<'_>| spec.pool_name(&plan.workload.functions[other.function]) == pool;
        if all.iter().filter(beside).count() > 1 {
            return Err(format!("`{}` shares its instances with another function", info.name));
        }
        let function = spec.function(info);
        let solved = one(function, asked).map_err(|why| format!("`{}` {why}", info.name))?;
        let (rate, response_mean) = (asked.rate, solved.response_mean);
        let load = Load { name: &info.name, function, rate, response_mean, cold_share: solved.analytic.cold_share };
        found.push((load, solved));
    }
    limits::leave_room(&spec.limits, found.iter().map(|(load, _)| load))?;
    let rate: f64 = found.iter().map(|(load, _)| load.rate).sum();
    let cold: f64 = found.iter().map(|(load, _)| load.rate * load.cold_share).sum();
    let trust = |one: &Analytic| (one.exact, one.model != "erlang-hierarchy");
    let all = found.into_iter().map(|(_, solved)| solved.analytic);
    let worst = all.reduce(|worst, one| if trust(&one) < trust(&worst) { one } else { worst });
    let worst = worst.ok_or_else(|| "nothing is asked for".to_owned())?;
    Ok(Analytic { cold_share: cold / rate, ..worst })
}

/// What theory says of one function.
struct Solved {
    analytic: Analytic,
    /// Of a request with its start-up, s.
    response_mean: f64,
}

/// What one function is asked for: Poisson, of all its sources together.
struct Asked<'a> {
    function: usize,
    rate: f64,
    work_mean: f64,
    /// With the rates at which they are asked for.
    works: Vec<(f64, &'a Distribution)>,
}

impl Asked<'_> {
    /// Share of the works that take longer.
    fn longer_than(&self, seconds: f64) -> f64 {
        let late = self.works.iter().map(|(rate, work)| rate * (1.0 - work.cdf(seconds)));
        late.sum::<f64>() / self.rate
    }

    /// Whether all works are of one exponential distribution.
    fn is_exponential(&self) -> bool {
        self.works.iter().all(|(_, work)| is_exponential(work) && *work == self.works[0].1)
    }
}

fn is_exponential(one: &Distribution) -> bool {
    matches!(one, Distribution::Exponential { .. })
}

fn asked(plan: &Plan) -> Result<Vec<Asked<'_>>, String> {
    let mut all: Vec<Asked<'_>> = Vec::new();
    for source in &plan.workload.sources {
        let source = match source {
            Source::Synthetic(source) => source,
            Source::Trace(trace) => return Err(format!("`{}` is a trace", trace.name)),
        };
        let Arrivals::Poisson { rate } = source.arrivals else {
            return Err(format!("the arrivals of `{}` are not Poisson", source.name));
        };
        let endless = || format!("the work of `{}` has no mean", source.name);
        let (rate, mean) = (rate.as_per_second(), source.work.mean().ok_or_else(endless)?);
        let function = source.function.index();
        match all.iter_mut().find(|one| one.function == function) {
            Some(one) => {
                one.work_mean = (one.work_mean * one.rate + mean * rate) / (one.rate + rate);
                one.rate += rate;
                one.works.push((rate, &source.work));
            }
            None => all.push(Asked { function, rate, work_mean: mean, works: vec![(rate, &source.work)] }),
        }
    }
    Ok(all)
}

fn one(function: &FunctionSpec, asked: &Asked<'_>) -> Result<Solved, String> {
    if function.concurrency > 1 {
        return Err(format!("holds {} invocations an instance", function.concurrency));
    }
    if function.reserved.is_some() {
        return Err("is limited".to_owned());
    }
    if !function.provisioned.changes.is_empty() {
        return Err("has provisioned concurrency that changes by the clock".to_owned());
    }
    if function.batch.is_some() {
        return Err("gets its events in batches".to_owned());
    }
    if matches!(function.idle_choice, IdleChoice::Lru | IdleChoice::Random | IdleChoice::SwapSet) {
        return Err("does not choose the newest or the latest used of its idle instances".to_owned());
    }
    let times = Times::of(function, asked)?;
    let Times { warm_mean, start_mean, cold_mean, .. } = times;
    let case = Case { rate: asked.rate, warm_mean, cold_mean, provisioned: function.provisioned.first };
    let mut analytic = case.solve(&function.keep_alive)?;
    let share = analytic.cold_share;
    let late = share * times.late_cold + (1.0 - share) * times.late_warm;
    if late > FEW_LATE * share {
        return Err(format!("has time-outs, each of which ends an instance: {:.2} % of its requests", late * 100.0));
    }
    let is_chain = analytic.model == "exponential-chain";
    let as_assumed = start_mean == 0.0 && function.cold_duration.as_ref().is_some_and(is_exponential);
    analytic.exact |= is_chain && as_assumed && asked.is_exponential() && late <= NONE_LATE * share;
    Ok(Solved { response_mean: case.response_mean(share), analytic })
}

/// How long requests of a function take, s.
struct Times {
    warm_mean: f64,
    start_mean: f64,
    /// With the start-up, which is `start_mean` of it.
    cold_mean: f64,
    /// Share of the warm and of the cold ones whose work runs into the time-out.
    late_warm: f64,
    late_cold: f64,
}

impl Times {
    fn of(function: &FunctionSpec, asked: &Asked<'_>) -> Result<Self, String> {
        let most = function.timeout.map_or(f64::INFINITY, Span::seconds);
        let start = &function.start;
        let endless = || "has a start-up without a mean".to_owned();
        let mut start_mean = start.load.seconds();
        for phase in [&start.place, &start.fetch, &start.runtime_init, &start.application_init] {
            start_mean += phase.mean().ok_or_else(endless)?;
        }
        let warm_mean = (asked.work_mean * function.work_scale).min(most);
        let late_warm = if most.is_finite() { asked.longer_than(most / function.work_scale) } else { 0.0 };
        let (served_cold, late_cold) = match &function.cold_duration {
            Some(distribution) => (distribution.mean().ok_or_else(endless)?.min(most), 1.0 - distribution.cdf(most)),
            None => (warm_mean, late_warm),
        };
        let cold_mean = (start_mean + served_cold).max(1e-9);
        Ok(Self { warm_mean, start_mean, cold_mean, late_warm, late_cold })
    }
}

fn life(keep_alive: &KeepAlive) -> Result<IdleLife, String> {
    match keep_alive {
        KeepAlive::Fixed { idle, sliding: true, from_start: false } => Ok(IdleLife::fixed(idle.seconds())),
        KeepAlive::Survival { curve } => {
            let curve: Vec<(f64, f64)> = curve.iter().map(|(idle, alive)| (idle.seconds(), *alive)).collect();
            Ok(IdleLife::of_curve(&curve))
        }
        KeepAlive::Exponential { mean } => Ok(IdleLife::exponential(mean.seconds())),
        KeepAlive::None => Ok(IdleLife::fixed(0.0)),
        KeepAlive::Fixed { .. } => Err("counts its keep-alive from the first use, or from the start".to_owned()),
        KeepAlive::Histogram(_) => Err("has a keep-alive that adapts".to_owned()),
        KeepAlive::Infinite => Err("keeps its instances for ever".to_owned()),
    }
}

/// One function under Poisson arrivals.
struct Case {
    rate: f64,
    warm_mean: f64,
    cold_mean: f64,
    provisioned: u32,
}

impl Case {
    /// By the best model that there is for it. That the chain is exact is for others to say, who know the distributions.
    fn solve(&self, keep_alive: &KeepAlive) -> Result<Analytic, String> {
        let life = life(keep_alive)?;
        let solved = |cold_share: f64, model: &str| Analytic { cold_share, model: model.to_owned(), exact: false };
        if self.provisioned == 0 && life.mean() == 0.0 {
            return Ok(Analytic { exact: true, ..solved(1.0, "single-instance") });
        }
        if let Some(share) = self.alone(&life) {
            return Ok(solved(share, "single-instance"));
        }
        if let (KeepAlive::Exponential { mean }, 0) = (keep_alive, self.provisioned)
            && let Some(share) = self.chain(mean.seconds())
        {
            return Ok(solved(share, "exponential-chain"));
        }
        let share = self.hierarchy(&life);
        let times = life.mean() / self.response_mean(share);
        if life.mean() > 0.0 && times < KEPT_LONG {
            return Err(format!(
                "keeps its instances for {times:.1} times as long as a request takes, and there is theory from {KEPT_LONG} on"
            ));
        }
        Ok(solved(share, "erlang-hierarchy"))
    }

    /// Of a request with its start-up, if so many start cold.
    fn response_mean(&self, cold_share: f64) -> f64 {
        cold_share * self.cold_mean + (1.0 - cold_share) * self.warm_mean
    }

    /// Where requests overlap so rarely that it moves the answer by less than a hundredth.
    fn alone(&self, life: &IdleLife) -> Option<f64> {
        let share = single(self.rate, life);
        (self.provisioned == 0 && self.rate * self.cold_mean < 0.01 * share).then_some(share)
    }

    fn chain(&self, idle_mean: f64) -> Option<f64> {
        let Self { rate: arrival_rate, warm_mean, cold_mean, .. } = *self;
        ExponentialChain { arrival_rate, warm_mean: warm_mean.max(1e-9), cold_mean, idle_mean }.cold_share()
    }

    fn hierarchy(&self, life: &IdleLife) -> f64 {
        let Self { rate: arrival_rate, warm_mean, cold_mean, provisioned } = *self;
        Hierarchy { arrival_rate, warm_mean, cold_mean, life, provisioned }.solve().cold_share
    }
}
