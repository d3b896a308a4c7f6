//! The share of cold starts that theory gives, where a theory applies.

use crate::platform::faas::{FaasSpec, FunctionSpec};
use crate::policy::{IdleChoice, KeepAlive};
use crate::results::cold_starts::Analytic;
use crate::scenario::{Model, Plan};
use crate::stats::Distribution;
use crate::stats::cold_starts::{ExponentialChain, Hierarchy, IdleLife, single};
use crate::units::Span;
use crate::workload::{Arrivals, Source};

/// Of all requests to the first deployment of `plan`; an error says, for a reader, why there is none.
pub fn of(plan: &Plan) -> Result<Analytic, String> {
    let Some(Model::Faas(spec)) = plan.deployments.first().map(|deployment| &deployment.model) else {
        return Err("it does not scale per request".to_owned());
    };
    let (mut all, mut cold) = (0.0, 0.0);
    let mut worst: Option<Analytic> = None;
    for asked in asked(plan)? {
        let info = &plan.workload.functions[asked.function];
        let analytic = one(spec, spec.function(info), &asked).map_err(|why| format!("`{}` {why}", info.name))?;
        all += asked.rate;
        cold += asked.rate * analytic.cold_share;
        let trust = |one: &Analytic| (one.exact, one.model != "erlang-hierarchy");
        if worst.as_ref().is_none_or(|worst| trust(&analytic) < trust(worst)) {
            worst = Some(analytic);
        }
    }
    let worst = worst.ok_or_else(|| "nothing is asked for".to_owned())?;
    Ok(Analytic { cold_share: cold / all, ..worst })
}

/// What one function is asked for: Poisson, of all its sources together.
struct Asked<'a> {
    function: usize,
    rate: f64,
    work_mean: f64,
    works: Vec<&'a Distribution>,
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
                one.works.push(&source.work);
            }
            None => all.push(Asked { function, rate, work_mean: mean, works: vec![&source.work] }),
        }
    }
    Ok(all)
}

fn one(spec: &FaasSpec, function: &FunctionSpec, asked: &Asked<'_>) -> Result<Analytic, String> {
    if function.concurrency > 1 {
        return Err(format!("holds {} invocations an instance", function.concurrency));
    }
    if function.reserved.is_some() || spec.limits.requests.is_some_and(|bucket| bucket.refill < 2.0 * asked.rate) {
        return Err("is limited".to_owned());
    }
    if matches!(function.idle_choice, IdleChoice::Lru | IdleChoice::Random | IdleChoice::SwapSet) {
        return Err("does not choose the newest or the latest used of its idle instances".to_owned());
    }
    let cut = |seconds: f64| seconds.min(function.timeout.map_or(f64::INFINITY, Span::seconds));
    let warm_mean = cut(asked.work_mean * function.work_scale);
    let start = &function.start;
    let endless = || "has a start-up without a mean".to_owned();
    let mut start_mean = start.load.seconds();
    for phase in [&start.place, &start.fetch, &start.runtime_init, &start.application_init] {
        start_mean += phase.mean().ok_or_else(endless)?;
    }
    let served_cold = match &function.cold_duration {
        Some(distribution) => cut(distribution.mean().ok_or_else(endless)?),
        None => warm_mean,
    };
    let cold_mean = (start_mean + served_cold).max(1e-9);
    let case = Case { rate: asked.rate, warm_mean, cold_mean, provisioned: function.provisioned };
    let life = life(&function.keep_alive)?;
    if let Some(share) = case.alone(&life) {
        return Ok(Analytic { cold_share: share, model: "single-instance".to_owned(), exact: true });
    }
    if let (KeepAlive::Exponential { mean }, 0) = (&function.keep_alive, function.provisioned)
        && let Some(cold_share) = case.chain(mean.seconds())
    {
        let exponential = |one: &Distribution| matches!(one, Distribution::Exponential { .. });
        let exact = start_mean == 0.0
            && function.cold_duration.as_ref().is_some_and(exponential)
            && asked.works.iter().all(|work| exponential(work) && *work == asked.works[0]);
        return Ok(Analytic { cold_share, model: "exponential-chain".to_owned(), exact });
    }
    let cold_share = case.hierarchy(&life);
    Ok(Analytic { cold_share, model: "erlang-hierarchy".to_owned(), exact: false })
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
