//! What must hold for functions in every run, whatever is asked of them and however they are set up.

mod any;
mod together;

use std::sync::Arc;

use breakeven::engine::{Engine, EventQueue};
use breakeven::ids::FunctionId;
use breakeven::platform::faas::{Faas, FaasSpec, FunctionSpec, PoolBy};
use breakeven::policy::{IdleChoice, Jitter, KeepAlive};
use breakeven::record::{Fate, Outcome, Tally, Window};
use breakeven::rng::Seed;
use breakeven::stats::Distribution;
use breakeven::units::{Calendar, SimTime, Span};
use breakeven::workload::{FunctionInfo, Invocation};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use any::{any_choice, any_exact_keep_alive, any_keep_alive, any_trace, limited, unlimited};

use crate::one_function::{NOTHING, faas, function, info};
use crate::support::{Journal, finish};

/// Past everything that any of the cases does.
const END: SimTime = SimTime::from_ns(1_000_000_000_000_000);

fn ms(ms: u64) -> Span {
    Span::from_ms(ms)
}

fn model(spec: &FaasSpec, functions: usize) -> Faas {
    let mut model = Faas::together(Arc::new(spec.clone()), Seed { seed: 1, replication: 0 }, END);
    for index in 0..functions {
        model.admit(FunctionId::new(index), &info(&format!("f{index}")), &mut EventQueue::new());
    }
    model
}

fn run(spec: &FaasSpec, trace: &[Invocation]) -> Journal {
    let mut journal = Journal::default();
    let mut engine = Engine::new(model(spec, 3));
    engine.feed(trace, &mut journal);
    engine.close(END, &mut journal);
    journal
}

fn run_tally(spec: &FaasSpec, trace: &[Invocation]) -> Tally {
    let window = Window::new(Span::ZERO, END.since(SimTime::ZERO), Calendar::default());
    let mut tally = Tally::new(window, true, false);
    let mut model = Faas::together(Arc::new(spec.clone()), Seed { seed: 1, replication: 0 }, END);
    for index in 0..3 {
        let meters = model.admit(FunctionId::new(index), &info(&format!("f{index}")), &mut EventQueue::new());
        tally.register(FunctionId::new(index), meters);
    }
    let mut engine = Engine::new(model);
    engine.feed(trace, &mut tally);
    engine.close(END, &mut tally);
    tally.finish();
    tally
}

/// Executions and start-ups that are on, over time: `(instant, change)`.
fn most_at_once(intervals: &[(SimTime, SimTime)]) -> usize {
    let mut changes: Vec<(SimTime, i32)> =
        intervals.iter().filter(|(from, to)| from < to).flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
    changes.sort_unstable();
    let level = changes.iter().scan(0, |level, (_, change)| {
        *level += change;
        Some(*level)
    });
    level.max().unwrap_or(0) as usize
}

fn total(intervals: impl IntoIterator<Item = (SimTime, SimTime)>) -> u128 {
    intervals.into_iter().map(|(from, to)| u128::from(to.since(from).ns())).sum()
}

/// What is left of `all` when each of `some` is taken out once; `None` if one is not there.
fn without(mut all: Vec<SimTime>, some: impl Iterator<Item = SimTime>) -> Option<Vec<SimTime>> {
    for instant in some {
        let place = all.iter().position(|other| *other == instant)?;
        all.swap_remove(place);
    }
    Some(all)
}

/// Cold starts of one function with most-recently-used reuse and no start-up, from the trace alone: the k-th level of
/// concurrency is one instance, and it starts cold exactly when it was unused for longer than the window.
fn cold_starts_from_the_trace(trace: &[Invocation], window: Span) -> Vec<bool> {
    let mut running: Vec<SimTime> = Vec::new();
    let mut left_at: Vec<Option<SimTime>> = Vec::new();
    let cold = |invocation: &Invocation| {
        running.sort_unstable_by(|a, b| b.cmp(a));
        while let Some(finish) = running.pop_if(|finish| *finish <= invocation.at) {
            left_at[running.len()] = Some(finish);
        }
        let level = running.len();
        if left_at.len() == level {
            left_at.push(None);
        }
        running.push(invocation.at + invocation.duration);
        left_at[level].is_none_or(|left| invocation.at.since(left) > window)
    };
    trace.iter().map(cold).collect()
}

fn cold(journal: &Journal) -> usize {
    journal.outcomes.iter().filter(|outcome| outcome.cold).count()
}

fn cold_labels(journal: &Journal) -> Vec<bool> {
    journal.outcomes.iter().map(|outcome| outcome.cold).collect()
}

fn longer(span: Span, factor: u64) -> Span {
    Span::from_ns(span.ns() * factor)
}

fn later(instant: SimTime, factor: u64) -> SimTime {
    SimTime::from_ns(instant.ns() * factor)
}

fn stretched(spec: &FaasSpec, factor: u64) -> FaasSpec {
    let mut spec = spec.clone();
    let one = Arc::make_mut(&mut spec.others);
    if let KeepAlive::Fixed { idle, .. } = &mut one.keep_alive {
        *idle = longer(*idle, factor);
    }
    if let Distribution::Constant(start) = &mut one.start.runtime_init {
        *start = longer(*start, factor);
    }
    one.timeout = one.timeout.map(|timeout| longer(timeout, factor));
    spec.retry.backoff = longer(spec.retry.backoff, factor);
    spec.retry.max_backoff = longer(spec.retry.max_backoff, factor);
    spec.retry.jitter = Jitter::None;
    for bucket in [&mut spec.limits.scaling, &mut spec.limits.requests].into_iter().flatten() {
        // Whole tokens at whole intervals: a rate that is divided would be rounded.
        bucket.interval = bucket.interval.map(|interval| longer(interval, factor));
        bucket.refill = 0.0;
    }
    spec
}

fn stretched_outcome(outcome: &Outcome, factor: u64) -> Outcome {
    Outcome {
        arrived: later(outcome.arrived, factor),
        taken: later(outcome.taken, factor),
        queue: longer(outcome.queue, factor),
        cold_start: longer(outcome.cold_start, factor),
        execution: longer(outcome.execution, factor),
        ..*outcome
    }
}

/// Functions that share instances may be set up differently: one reserves, the other uses what the account leaves.
#[test]
fn an_account_gets_back_what_each_function_took_of_it() {
    let plain = Arc::new(function(KeepAlive::Infinite, IdleChoice::Mru, NOTHING));
    let reserving = Arc::new(FunctionSpec { reserved: Some(2), ..(*plain).clone() });
    for named in [[&plain, &reserving], [&reserving, &plain]] {
        let mut spec = FaasSpec { pool_by: PoolBy::App, ..faas((*plain).clone()) };
        spec.limits.account_concurrency = Some(5);
        let names = ["a/f", "a/g"].map(str::to_owned);
        spec.named = names.iter().cloned().zip(named.map(Arc::clone)).collect();
        let mut model = Faas::together(Arc::new(spec), Seed { seed: 1, replication: 0 }, END);
        for (index, name) in names.into_iter().enumerate() {
            model.admit(
                FunctionId::new(index),
                &FunctionInfo { name, app: "a".to_owned(), memory: None },
                &mut EventQueue::new(),
            );
        }
        let one_by_one = |index: u32| Invocation::new(SimTime::ZERO + ms(index.into()), FunctionId(index % 2), ms(1));
        let mut journal = Journal::default();
        let mut engine = Engine::new(model);
        engine.feed(&(0..20).map(one_by_one).collect::<Vec<_>>(), &mut journal);
        engine.close(END, &mut journal);
        assert_eq!(journal.count(Fate::Completed), 20, "never more than one at once");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_123),
        ..ProptestConfig::with_cases(600)
    })]

    #[test]
    fn every_invocation_of_a_function_ends_once(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        let ends = [Fate::Completed, Fate::Throttled, Fate::TimedOut].map(|fate| journal.count(fate));
        prop_assert_eq!(ends.iter().sum::<usize>(), trace.len());
        let mut asked: Vec<_> = trace.iter().map(|invocation| (invocation.at, invocation.function)).collect();
        let mut ended: Vec<_> = journal.outcomes.iter().map(|outcome| (outcome.arrived, outcome.function)).collect();
        asked.sort_unstable();
        ended.sort_unstable();
        prop_assert_eq!(asked, ended);
    }

    #[test]
    fn who_is_refused_has_made_all_attempts(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        let again = u64::from(spec.retry.attempts - 1);
        let throttled = journal.count(Fate::Throttled) as u64;
        let waited = journal.outcomes.iter().filter(|outcome| outcome.queue > Span::ZERO).count() as u64;
        prop_assert!(journal.retried >= throttled * again + waited);
        prop_assert!(journal.retried <= trace.len() as u64 * again);
    }

    #[test]
    fn nobody_is_refused_without_a_limit(spec in unlimited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        prop_assert_eq!(journal.count(Fate::Completed), trace.len());
        prop_assert_eq!(journal.retried, 0);
    }

    #[test]
    fn instances_are_cold_starts_and_what_was_made_ready(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        let made = journal.instances.iter().map(|(from, ..)| *from).collect();
        let starts = journal.outcomes.iter().filter(|outcome| outcome.cold).map(|outcome| outcome.taken);
        let ready = without(made, starts).expect("a cold start makes an instance");
        let (provisioned, prewarmed): (Vec<SimTime>, Vec<SimTime>) =
            ready.into_iter().partition(|from| *from == SimTime::ZERO);
        prop_assert_eq!(provisioned.len(), 3 * spec.others.provisioned.first as usize);
        let learns = matches!(spec.others.keep_alive, KeepAlive::Histogram(_));
        prop_assert!(learns || prewarmed.is_empty());
    }

    #[test]
    fn nobody_executes_without_an_instance(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        let life = total(journal.instances.iter().map(|(from, to, _)| (*from, *to)));
        let busy = total(journal.busy.iter().copied());
        prop_assert!(busy <= life * u128::from(spec.others.concurrency), "{} busy in {}", busy, life);
    }

    #[test]
    fn little_s_law_is_an_identity_of_functions(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let journal = run(&spec, &trace);
        let inside: Vec<_> =
            journal.outcomes.iter().map(|outcome| (outcome.taken, finish(outcome))).collect();
        prop_assert_eq!(total(inside.iter().copied()), total(journal.busy.iter().copied()));
        let stays: u128 =
            journal.outcomes.iter().map(|outcome| u128::from((outcome.cold_start + outcome.execution).ns())).sum();
        prop_assert_eq!(total(inside.iter().copied()), stays);
        if let Some(account) = spec.limits.account_concurrency {
            let one = &spec.others;
            let left = account.saturating_sub(3 * one.reserved.unwrap_or(one.provisioned.first));
            let most = left + 3 * one.reserved.unwrap_or(one.provisioned.first * one.concurrency);
            prop_assert!(most_at_once(&inside) <= most as usize);
        }
    }

    #[test]
    fn tallies_are_the_sums_of_what_happened(spec in limited(any_keep_alive()), trace in any_trace(3)) {
        let (journal, tally) = (run(&spec, &trace), run_tally(&spec, &trace));
        let life = total(journal.instances.iter().map(|(from, to, _)| (*from, *to)));
        prop_assert_eq!(tally.sum(|site| site.instance_ns), life);
        let busy = total(journal.busy.iter().copied());
        prop_assert_eq!(tally.sum(|site| site.busy_ns), busy);
        // Memory of places that nobody used; each of three functions rounds its part.
        let unused = 128 * life - 128 * busy / u128::from(spec.others.concurrency);
        prop_assert!(tally.idle_mib_ns().abs_diff(unused) <= 3);
        let buckets = |field: fn(&breakeven::record::Bucket) -> u128| -> u128 {
            tally.timeline.buckets.iter().map(field).sum()
        };
        prop_assert_eq!(buckets(|bucket| bucket.instance_ns), life);
        prop_assert_eq!(buckets(|bucket| bucket.busy_ns), tally.sum(|site| site.busy_ns));
        prop_assert_eq!(buckets(|bucket| bucket.offered.into()), trace.len() as u128);
        let functions = |field: fn(&breakeven::record::FunctionTally) -> u64| -> usize {
            tally.functions.iter().map(field).sum::<u64>() as usize
        };
        prop_assert_eq!(functions(|function| function.cold_starts), cold(&journal));
        prop_assert_eq!(functions(|function| function.throttled), journal.count(Fate::Throttled));
        prop_assert_eq!(functions(|function| function.timed_out), journal.count(Fate::TimedOut));
        prop_assert_eq!(functions(|function| function.retried), journal.retried as usize);
    }

    #[test]
    fn stretching_time_stretches_everything(
        spec in limited(any_exact_keep_alive()), trace in any_trace(3), factor in 2..9u64,
    ) {
        let spec = stretched(&spec, 1);
        let slow: Vec<Invocation> = trace
            .iter()
            .map(|one| Invocation::new(later(one.at, factor), one.function, longer(one.duration, factor)))
            .collect();
        let (short, long) = (run(&spec, &trace), run(&stretched(&spec, factor), &slow));
        let expected: Vec<Outcome> = short
            .outcomes
            .iter()
            .zip(&long.outcomes)
            .map(|(short, long)| Outcome { bill: long.bill, ..stretched_outcome(short, factor) })
            .collect();
        prop_assert_eq!(&expected, &long.outcomes);
        prop_assert_eq!(short.retried, long.retried);
        let lives = |journal: &Journal, factor| -> Vec<(SimTime, SimTime)> {
            let gone = journal.instances.iter().filter(|(_, to, _)| *to < END);
            let mut lives: Vec<_> =
                gone.map(|(from, to, _)| (later(*from, factor), later(*to, factor))).collect();
            lives.sort_unstable();
            lives
        };
        prop_assert_eq!(lives(&short, factor), lives(&long, 1));
    }

    #[test]
    fn without_keep_alive_who_shares_no_instance_starts_cold(
        choice in any_choice(), trace in any_trace(1), concurrency in 1..5u32,
    ) {
        let mut one = function(KeepAlive::None, choice, NOTHING);
        one.concurrency = concurrency;
        let journal = run(&faas(one), &trace);
        let mut running: Vec<SimTime> = Vec::new();
        for (invocation, outcome) in trace.iter().zip(&journal.outcomes) {
            running.retain(|finish| *finish > invocation.at);
            prop_assert!(outcome.cold || (concurrency > 1 && !running.is_empty()));
            running.push(invocation.at + invocation.duration);
        }
    }

    #[test]
    fn with_endless_keep_alive_cold_starts_are_the_peak(choice in any_choice(), trace in any_trace(1)) {
        let journal = run(&faas(function(KeepAlive::Infinite, choice, NOTHING)), &trace);
        let levels = cold_starts_from_the_trace(&trace, Span::MAX);
        prop_assert_eq!(cold(&journal), levels.iter().filter(|cold| **cold).count());
        prop_assert!(cold(&journal) >= most_at_once(&journal.busy));
        prop_assert_eq!(journal.instances.len(), cold(&journal));
    }

    #[test]
    fn cold_starts_are_the_level_crossings_of_the_trace(trace in any_trace(1), idle in 0..5_000u64) {
        let journal = run(&faas(function(KeepAlive::fixed(ms(idle)), IdleChoice::Mru, NOTHING)), &trace);
        prop_assert_eq!(cold_labels(&journal), cold_starts_from_the_trace(&trace, ms(idle)));
    }

    #[test]
    fn functions_that_share_nothing_do_not_influence_each_other(
        spec in unlimited(any_keep_alive()), trace in any_trace(3),
    ) {
        let all = run(&spec, &trace);
        for function in (0..3).map(FunctionId) {
            let own: Vec<Invocation> = trace.iter().filter(|one| one.function == function).copied().collect();
            let alone = run(&spec, &own);
            let of_all: Vec<Outcome> =
                all.outcomes.iter().filter(|outcome| outcome.function == function).copied().collect();
            prop_assert_eq!(of_all, alone.outcomes);
        }
    }
}
