//! Random traces, and functions that are set up at random.

use std::sync::Arc;

use breakeven::ids::FunctionId;
use breakeven::platform::faas::{FaasSpec, TieOrder};
use breakeven::policy::{HistogramPolicy, IdleChoice, Jitter, KeepAlive, Retry, TokenBucketSpec};
use breakeven::stats::Distribution;
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use proptest::prelude::*;

use super::ms;
use crate::one_function::{faas, function};

/// Requests in milliseconds, with many that come at one instant.
pub fn any_trace(functions: u32) -> impl Strategy<Value = Vec<Invocation>> {
    let request = (prop_oneof![Just(0), 0..40u64, 0..4_000u64], prop_oneof![Just(0), 1..300u64, 1..5_000u64]);
    prop::collection::vec((request, 0..functions), 0..80).prop_map(|requests| {
        let mut at = SimTime::ZERO;
        let invocation = |((gap, work), function): ((u64, u64), u32)| {
            at = at + ms(gap);
            Invocation::new(at, FunctionId(function), ms(work))
        };
        requests.into_iter().map(invocation).collect()
    })
}

pub fn any_choice() -> impl Strategy<Value = IdleChoice> {
    use IdleChoice::*;
    prop::sample::select(vec![Newest, Mru, Lru, Oldest, Random, SwapSet])
}

/// Whose lives are whole milliseconds.
pub fn any_exact_keep_alive() -> impl Strategy<Value = KeepAlive> {
    let fixed = (0..6_000u64, any::<bool>(), any::<bool>()).prop_map(|(idle, sliding, from_start)| KeepAlive::Fixed {
        idle: ms(idle),
        sliding,
        from_start,
    });
    prop_oneof![Just(KeepAlive::None), Just(KeepAlive::Infinite), fixed]
}

pub fn any_keep_alive() -> impl Strategy<Value = KeepAlive> {
    let curve: Arc<[(Span, f64)]> = [(ms(500), 0.9), (ms(2_000), 0.4), (ms(5_000), 0.0)].into();
    let histogram = HistogramPolicy {
        range: ms(8_000),
        bin: ms(200),
        samples: 2,
        min_cv: 0.0,
        fallback: ms(3_000),
        ..HistogramPolicy::default()
    };
    prop_oneof![
        3 => any_exact_keep_alive(),
        1 => Just(KeepAlive::Exponential { mean: ms(1_500) }),
        1 => Just(KeepAlive::Survival { curve }),
        1 => Just(KeepAlive::Histogram(histogram)),
    ]
}

pub fn any_bucket() -> impl Strategy<Value = Option<TokenBucketSpec>> {
    let interval = prop::option::of((1..3_000u64).prop_map(ms));
    let bucket = (1..5u32, 0.1..5.0f64, interval).prop_map(|(capacity, refill, interval)| TokenBucketSpec {
        capacity,
        refill,
        interval,
    });
    prop::option::weighted(0.3, bucket)
}

pub fn any_retry() -> impl Strategy<Value = Retry> {
    let jitter = prop::sample::select(vec![Jitter::None, Jitter::Full, Jitter::Equal]);
    (1..4u32, 0..2_000u64, 0..3_000u64, jitter).prop_map(|(attempts, backoff, most, jitter)| Retry {
        attempts,
        backoff: ms(backoff),
        max_backoff: ms(most),
        jitter,
    })
}

/// Without anything that limits how many instances there are.
pub fn unlimited(keep_alive: impl Strategy<Value = KeepAlive>) -> impl Strategy<Value = FaasSpec> {
    let orders = vec![TieOrder::FinishArrivalExpiry, TieOrder::FinishExpiryArrival, TieOrder::ArrivalExpiryFinish];
    let start = prop_oneof![Just(0), 1..2_000u64];
    (keep_alive, any_choice(), start, 1..5u32, prop::sample::select(orders)).prop_map(
        |(keep_alive, choice, start, concurrency, tie_order)| {
            let mut one = function(keep_alive, choice, Distribution::Constant(ms(start)));
            one.concurrency = concurrency;
            FaasSpec { tie_order, ..faas(one) }
        },
    )
}

pub fn limited(keep_alive: impl Strategy<Value = KeepAlive>) -> impl Strategy<Value = FaasSpec> {
    let few = || prop::option::weighted(0.4, 0..6u32);
    let timeout = prop::option::weighted(0.4, 1..3_000u64);
    let limits = (few(), few(), any_bucket(), any_bucket(), 0..3u32, timeout, any_retry());
    (unlimited(keep_alive), limits).prop_map(
        |(mut spec, (account, reserved, scaling, requests, provisioned, timeout, retry))| {
            let one = Arc::make_mut(&mut spec.others);
            one.timeout = timeout.map(ms);
            one.provisioned.first = provisioned;
            one.reserved = reserved.map(|reserved| reserved.max(provisioned));
            spec.limits.account_concurrency = account;
            spec.limits.scaling = scaling;
            spec.limits.requests = requests;
            spec.retry = retry;
            spec
        },
    )
}
