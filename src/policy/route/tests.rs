//! Each rule by its promises, at the edges.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::rng::{Entity, Purpose, Seed};
use crate::stats::capacity::{PlaceCosts, sticky_sizing};
use crate::stats::unit_exponential;

const BASE: SiteIndex = SiteIndex(0);
const BURST: SiteIndex = SiteIndex(1);
const PAIR: Pair = Pair { base: BASE, burst: BURST };

/// Functions: always a place, no wait.
const FUNCTIONS: Pressure = Pressure {
    busy: 0,
    places: u32::MAX,
    waiting: 0,
    expected_wait: Some(Span::ZERO),
    expected_service: Span::SECOND,
    available: true,
};

fn stream() -> Stream {
    Seed { seed: 3, replication: 0 }.stream(Entity::named("router"), Purpose::Choice)
}

fn router(route: Route) -> Router {
    Router::new(route, stream())
}

/// A base of ten places.
fn base(busy: u32, waiting: u32) -> Pressure {
    let service = Span::SECOND;
    Pressure { busy, places: 10, waiting, expected_service: service, available: true, ..Pressure::default() }
}

fn at(second: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(second)
}

/// Asks once a second; `busy and waiting at the base, where it goes`.
#[track_caller]
fn check(route: Route, steps: &[(u32, u32, SiteIndex)]) {
    let mut router = router(route);
    for (second, (busy, waiting, expected)) in steps.iter().enumerate() {
        let chosen = router.choose(at(second as u64), &[base(*busy, *waiting), FUNCTIONS], SiteSet::ALL);
        assert_eq!(chosen, Some(*expected), "second {second}: {busy} busy, {waiting} waiting");
    }
}

fn utilization(above_for: u64, below_for: u64, bursting: Bursting) -> Route {
    let thresholds = UtilizationThresholds {
        above_for: Span::from_secs(above_for),
        below_for: Span::from_secs(below_for),
        ..UtilizationThresholds::default()
    };
    Route::Utilization { pair: PAIR, thresholds, bursting }
}

#[test]
fn utilization_bursts_above_the_upper_threshold_and_returns_below_the_lower() {
    let steps = [(8, 0, BASE), (9, 0, BURST), (8, 0, BURST), (6, 0, BURST), (5, 0, BASE), (8, 0, BASE), (10, 0, BURST)];
    check(utilization(0, 0, Bursting::All), &steps);
}

#[test]
fn utilization_waits_until_the_condition_has_held_to_the_second() {
    let steps = [
        (9, 0, BASE),
        (9, 0, BASE),
        // A dip to the threshold begins the count anew.
        (8, 0, BASE),
        (9, 0, BASE),
        (9, 0, BASE),
        (9, 0, BURST),
        (5, 0, BURST),
        (6, 0, BURST),
        (5, 0, BURST),
        (0, 0, BURST),
        (0, 0, BURST),
        (0, 0, BASE),
    ];
    check(utilization(2, 3, Bursting::All), &steps);
}

#[test]
fn a_dip_between_arrivals_counts_if_it_is_shown() {
    let mut router = router(utilization(2, 0, Bursting::All));
    let [busy, idle] = [[base(9, 0), FUNCTIONS], [base(1, 0), FUNCTIONS]];
    router.observe(at(0), &busy);
    router.observe(at(1), &idle);
    assert_eq!(router.choose(at(2), &busy, SiteSet::ALL), Some(BASE));
    assert!(!router.is_bursting());
    assert_eq!(router.choose(at(4), &busy, SiteSet::ALL), Some(BURST));
}

#[test]
fn while_only_the_excess_bursts_the_base_stays_at_its_upper_threshold() {
    let steps = [(9, 0, BURST), (8, 0, BASE), (9, 0, BURST), (7, 0, BASE), (5, 0, BASE)];
    check(utilization(0, 60, Bursting::Excess), &steps);
}

#[test]
fn a_base_without_places_is_full() {
    let mut router = router(utilization(0, 0, Bursting::All));
    let launching = Pressure { places: 0, ..base(0, 0) };
    assert_eq!(router.choose(at(0), &[launching, FUNCTIONS], SiteSet::ALL), Some(BURST));
}

#[test]
fn thresholds_are_exact_shares() {
    // In binary, 0.55 x 100 is more than 55, and 0.07 x 100 more than 7.
    for percent in 1..100 {
        let share = Share::from_f64(f64::from(percent) / 100.0);
        let pressure = Pressure { places: 100, ..base(percent, 0) };
        assert!(!pressure.is_above(share) && !pressure.is_below(share), "{percent} %");
    }
}

#[test]
fn a_queue_bursts_above_its_threshold_until_it_is_down_to_the_lower_one() {
    let steps =
        [(10, 5, BASE), (10, 6, BURST), (10, 5, BURST), (10, 3, BURST), (10, 2, BASE), (10, 5, BASE), (10, 6, BURST)];
    check(Route::Queue { pair: PAIR, above: 5, below: 2 }, &steps);
}

#[test]
fn a_deadline_bursts_what_the_base_would_finish_late() {
    let mut router = router(Route::Deadline { pair: PAIR, deadline: Span::from_secs(3) });
    let mut check = |expected_wait: Option<Span>, pressure: Pressure, expected| {
        let sites = [Pressure { expected_wait, ..pressure }, FUNCTIONS];
        assert_eq!(router.choose(at(0), &sites, SiteSet::ALL), Some(expected), "{expected_wait:?}");
    };
    check(Some(Span::from_secs(2)), base(10, 4), BASE);
    check(Some(Span::from_ns(2_000_000_001)), base(10, 4), BURST);
    // What cannot tell its wait is in time only if a place is free.
    check(None, base(9, 0), BASE);
    check(None, base(10, 0), BURST);
}

#[test]
fn the_cheapest_is_the_base_while_it_is_free_and_then_a_matter_of_the_wait() {
    let costs = MarginalCosts { base: 0.25, burst: 1.0, waiting: 0.5 };
    let mut router = router(Route::CheapestMarginal { pair: PAIR, costs });
    let mut check = |busy, wait_ms, expected| {
        let sites = [Pressure { expected_wait: Some(Span::from_ms(wait_ms)), ..base(busy, 0) }, FUNCTIONS];
        assert_eq!(router.choose(at(0), &sites, SiteSet::ALL), Some(expected), "{busy} busy, {wait_ms} ms");
    };
    check(9, 0, BASE);
    // 0.25 for the second of service, 0.75 for 1.5 seconds of waiting: as much as the burst side.
    check(10, 1_500, BASE);
    check(10, 1_501, BURST);
    // A free place that takes two seconds to reach costs as much.
    check(9, 2_000, BASE);
    check(9, 2_001, BURST);
}

#[test]
fn spill_keeps_as_many_as_it_is_told() {
    let spill = |most| Route::Spill { pair: PAIR, most };
    check(spill(12), &[(10, 1, BASE), (10, 2, BURST), (0, 0, BASE)]);
    check(spill(0), &[(0, 0, BURST), (10, 9, BURST)]);
    check(spill(u32::MAX), &[(10, 1_000_000, BASE)]);
}

/// Poisson requests on the router and two sites that never refuse; how many there were, how many went out, and the
/// greatest number on the base.
fn spill_run(most: u32, load: f64, requests: u32) -> (u32, u32, usize) {
    let mut router = router(Route::Spill { pair: PAIR, most });
    let mut draws = Seed { seed: 5, replication: 0 }.stream(Entity::named("clients"), Purpose::Arrivals);
    let mut span = |mean: f64| Span::from_seconds_f64(mean * unit_exponential(&mut draws));
    let (mut now, mut out, mut peak) = (SimTime::ZERO, 0, 0);
    let mut running = BinaryHeap::new();
    for _ in 0..requests {
        now = now + span(load.recip());
        let finish = now + span(1.0);
        while running.peek().is_some_and(|Reverse(end)| *end <= now) {
            running.pop();
        }
        let sites = [Pressure { places: u32::MAX, ..base(running.len() as u32, 0) }, FUNCTIONS];
        if router.choose(now, &sites, SiteSet::ALL) == Some(BASE) {
            running.push(Reverse(finish));
            peak = peak.max(running.len());
        } else {
            out += 1;
        }
    }
    (requests, out, peak)
}

#[test]
fn spill_is_the_overflow_of_erlang() {
    let expected = sticky_sizing(8.0, 10, PlaceCosts { own: 0.4, burst: 1.0 }).overflow_share();
    let (requests, out, peak) = spill_run(10, 8.0, 400_000);
    // Overflow is burstier than independent draws: ten times their variance is granted, four standard deviations.
    let error = (10.0 * expected * (1.0 - expected) / f64::from(requests)).sqrt();
    let share = f64::from(out) / f64::from(requests);
    assert!((share - expected).abs() < 4.0 * error, "{share} against {expected}");
    assert_eq!(peak, 10);
}

#[test]
fn with_room_for_the_peak_nothing_leaves_and_with_none_all() {
    let (_, _, peak) = spill_run(u32::MAX, 8.0, 20_000);
    assert_eq!(spill_run(peak as u32, 8.0, 20_000).1, 0);
    assert!(spill_run(peak as u32 - 1, 8.0, 20_000).1 > 0);
    assert_eq!(spill_run(0, 8.0, 20_000).1, 20_000);
}

fn weighted(weights: &[u64], by: Sharing) -> Router {
    let weights = weights.iter().enumerate().map(|(index, weight)| (SiteIndex(index as u32), *weight)).collect();
    router(Route::Weighted { weights, by })
}

#[test]
fn turns_are_exact_after_each_round_and_never_an_invocation_ahead() {
    for weights in [&[7_u64, 2, 1][..], &[1, 1], &[80, 20], &[0, 5], &[3, 3, 3, 1]] {
        let mut router = weighted(weights, Sharing::Turns);
        let sites = vec![FUNCTIONS; weights.len()];
        let total: u64 = weights.iter().sum();
        let mut counts = vec![0_u64; weights.len()];
        for dealt in 1..=3 * total {
            let site = router.choose(SimTime::ZERO, &sites, SiteSet::ALL).expect("a site");
            counts[site.0 as usize] += 1;
            for (count, weight) in counts.iter().zip(weights) {
                let ahead = *count as f64 - (dealt * weight) as f64 / total as f64;
                assert!(ahead.abs() <= 1.0, "{weights:?} after {dealt}: {counts:?}");
                assert!(dealt % total != 0 || ahead == 0.0, "{weights:?} after {dealt}: {counts:?}");
            }
        }
    }
}

#[test]
fn the_rest_share_what_a_site_that_is_down_does_not_take() {
    let mut router = weighted(&[2, 1, 1], Sharing::Turns);
    let mut sites = [FUNCTIONS; 3];
    let mut counts = [0; 3];
    for dealt in 0..80 {
        sites[0].available = dealt >= 40;
        counts[router.choose(at(0), &sites, SiteSet::ALL).expect("a site").0 as usize] += 1;
    }
    assert_eq!(counts, [20, 30, 30]);
}

#[test]
fn draws_follow_the_weights() {
    let mut router = weighted(&[3, 1], Sharing::Random);
    let count = |router: &mut Router| {
        let first = |_: &u32| router.choose(at(0), &[FUNCTIONS; 2], SiteSet::ALL) == Some(BASE);
        (0..40_000).filter(first).count()
    };
    let drawn = count(&mut router);
    // 30,000 expected, standard deviation 87.
    assert!((29_650..30_350).contains(&drawn), "{drawn}");
    assert_eq!(weighted(&[0, 0], Sharing::Random).choose(at(0), &[FUNCTIONS; 2], SiteSet::ALL), None);
}

#[test]
fn failover_takes_the_first_that_is_up() {
    let order = vec![SiteIndex(2), BASE, BURST];
    let mut router = router(Route::Failover { order });
    let down = Pressure::default();
    let mut check = |sites: &[Pressure], expected| assert_eq!(router.choose(at(0), sites, SiteSet::ALL), expected);
    check(&[FUNCTIONS, FUNCTIONS, FUNCTIONS], Some(SiteIndex(2)));
    check(&[FUNCTIONS, FUNCTIONS, down], Some(BASE));
    check(&[down, FUNCTIONS], Some(BURST));
    check(&[down, down, down], None);
}

#[test]
fn what_may_not_leave_stays_whatever_the_rule() {
    let home = SiteSet::of([BASE]);
    let rules = [
        utilization(0, 0, Bursting::All),
        Route::Queue { pair: PAIR, above: 0, below: 0 },
        Route::Deadline { pair: PAIR, deadline: Span::ZERO },
        Route::CheapestMarginal { pair: PAIR, costs: MarginalCosts { base: 9.0, burst: 0.0, waiting: 9.0 } },
        Route::Spill { pair: PAIR, most: 0 },
        Route::Weighted { weights: vec![(BASE, 1), (BURST, 1_000)], by: Sharing::Turns },
        Route::Weighted { weights: vec![(BASE, 1), (BURST, 1_000)], by: Sharing::Random },
        Route::Failover { order: vec![BURST, BASE] },
    ];
    for rule in rules {
        let mut router = router(rule.clone());
        for second in 0..5 {
            let sites = [base(10, 50), FUNCTIONS];
            assert_eq!(router.choose(at(second), &sites, home), Some(BASE), "{rule:?}");
            let down = [Pressure::default(), FUNCTIONS];
            assert_eq!(router.choose(at(second), &down, home), None, "{rule:?}");
            assert_eq!(router.choose(at(second), &down, SiteSet::ALL), Some(BURST), "{rule:?}");
        }
    }
}

#[test]
fn residency_says_where_and_names_what_no_site_meets() {
    let residency = Residency::new(vec![SiteSet::ALL, SiteSet::of([BASE]), SiteSet::of([SiteIndex(5)])]);
    assert_eq!(residency.allowed(None), SiteSet::ALL);
    assert!(residency.allowed(Some(1)).contains(BASE) && !residency.allowed(Some(1)).contains(BURST));
    assert!(residency.allowed(Some(9)).is_empty());
    assert_eq!(residency.unmet(SiteSet::of([BASE, BURST])).collect::<Vec<_>>(), [2]);
    assert!(!SiteSet::ALL.contains(SiteIndex(MOST_SITES)));
}
