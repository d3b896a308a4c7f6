//! A second clearing, second by second and without any of the arithmetic of the first; and laws.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::billing::Rational;
use crate::billing::rational::Towards;
use crate::units::{Calendar, Money, SimTime, Span};

const SIZES: [(&str, i128); 4] = [("medium", 2), ("large", 4), ("xlarge", 8), ("3xlarge", 24)];
const ZONES: [Option<&str>; 3] = [Some("a"), Some("b"), None];

fn money(text: &str) -> Money {
    Money(text.parse().expect("a decimal"))
}

fn instance(family: &str, size: usize) -> InstanceType {
    InstanceType { family: family.to_owned(), size: SIZES[size].0.to_owned() }
}

fn cents(cents: u32) -> Money {
    Money(Decimal::new(cents.into(), 2))
}

fn held(offer: Offer) -> Commitment {
    let payment = Payment { upfront: money("10"), hourly: money("0.03") };
    let name = format!("{} {}", offer.service(), offer.count());
    Commitment { name, offer, payment, term: TermLength::OneYear, start: 0, renewed: true }
}

/// A kind by family, size, zone and price; seconds of use in each hour; its rates under two plans in cents.
type Drawn = (bool, usize, usize, u32, [u64; 2], [u32; 2]);

#[derive(Clone, Debug)]
struct Case {
    kinds: Vec<UseKind>,
    seconds: Vec<[u64; 2]>,
    held: Vec<Commitment>,
}

impl Case {
    fn usage(&self) -> HourlyUse {
        let mut usage = HourlyUse::new(self.kinds.len());
        for (kind, seconds) in self.seconds.iter().enumerate() {
            for (hour, seconds) in seconds.iter().enumerate() {
                usage.add(KindId(kind as u32), hour as u64, seconds * 1_000);
            }
        }
        usage
    }

    fn clearing(&self) -> Clearing {
        Clearing::new(self.kinds.clone(), self.held.clone()).expect("prices of a case are small")
    }

    fn settled(&self) -> Settlement {
        self.clearing()
            .settle(&self.usage(), Span::from_secs(7_200), Calendar::default(), "P")
            .expect("a case is small")
    }
}

fn kind((m5, size, zone, price, ..): &Drawn) -> UseKind {
    UseKind::instance(instance(if *m5 { "m5" } else { "c5" }, *size), ZONES[*zone], cents(*price))
}

fn case() -> impl Strategy<Value = Case> {
    let drawn =
        (any::<bool>(), 0..4_usize, 0..3_usize, 10..200_u32, [0..9_000_u64, 0..9_000_u64], [1..10_u32, 1..10_u32]);
    let counts = (0..3_u32, 0..3_u32, 0..3_u32, 1..80_u32, 1..80_u32, 1..80_u32);
    (prop::collection::vec(drawn, 1..5), counts, 0..4_usize, 0..4_usize).prop_map(|(drawn, counts, own, other)| {
        let kinds: Vec<UseKind> = drawn.iter().map(kind).collect();
        let rates = |plan: usize| -> PlanRates {
            let rate =
                |(index, kind): (usize, &Drawn)| (KindId(index as u32), cents((kind.3 * kind.5[plan]).div_ceil(10)));
            drawn.iter().enumerate().map(rate).collect()
        };
        let offers = [
            Offer::ZonalReserved { instance: instance("m5", own), zone: "a".into(), count: counts.0 },
            Offer::RegionalReserved { instance: instance("m5", own), count: counts.1 },
            Offer::RegionalReserved { instance: instance("m5", other), count: counts.2 },
            Offer::InstancePlan { family: "c5".into(), commitment: cents(counts.3), rates: rates(0) },
            Offer::ComputePlan { commitment: cents(counts.4), rates: rates(1) },
            Offer::ComputePlan { commitment: cents(counts.5), rates: rates(0) },
        ];
        Case { kinds, seconds: drawn.iter().map(|kind| kind.4).collect(), held: offers.map(held).to_vec() }
    })
}

/// One second of one instance, as far as nobody has paid for it.
struct Second {
    kind: usize,
    left: Rational,
}

fn fraction(numerator: i128, denominator: i128) -> Rational {
    Rational::new(numerator, denominator).expect("small numbers")
}

fn of(money: Money) -> Rational {
    Rational::try_from(money.0).expect("small numbers")
}

/// What a second of a kind costs a commitment in its own unit, and how urgent the claim is: the least goes first.
fn claim(case: &Case, commitment: usize, kind: usize) -> Option<(Rational, [Rational; 4])> {
    let own = &case.kinds[kind];
    let What::Instance { instance, zone } = &own.what else { return None };
    let units = SIZES.iter().find(|(size, _)| *size == instance.size).expect("a size of the test").1;
    let by_size = |class: i128| [fraction(class, 1), fraction(units, 1), Rational::ZERO, Rational::ZERO];
    let by_saving = |class: i128, rate: Rational| {
        let part = rate.over(of(own.on_demand)).expect("no price is zero");
        Some((rate.over(fraction(3_600, 1))?, [fraction(class, 1), Rational::ZERO, part, rate]))
    };
    match &case.held[commitment].offer {
        Offer::ZonalReserved { instance: reserved, zone: reserved_in, .. } => {
            let matches = reserved == instance && zone.as_ref() == Some(reserved_in);
            matches.then(|| (fraction(1, 3_600), by_size(0)))
        }
        Offer::RegionalReserved { instance: reserved, .. } => {
            (reserved.family == instance.family).then(|| (fraction(units, 3_600), by_size(1)))
        }
        Offer::InstancePlan { family, rates, .. } => {
            rates.get(&KindId(kind as u32)).filter(|_| *family == instance.family).and_then(|r| by_saving(2, of(*r)))
        }
        Offer::ComputePlan { rates, .. } => by_saving(3, of(rates[&KindId(kind as u32)])),
    }
}

fn budget(offer: &Offer) -> Rational {
    let units = |instance: &InstanceType| SIZES.iter().find(|(size, _)| *size == instance.size).expect("a size").1;
    match offer {
        Offer::ZonalReserved { count, .. } => fraction((*count).into(), 1),
        Offer::RegionalReserved { instance, count } => fraction(units(instance) * i128::from(*count), 1),
        Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => of(*commitment),
    }
}

/// Pays second after second, each time by the most urgent claim that still has a budget. Returns seconds on demand by
/// kind, and the used part of each budget.
fn second_by_second(case: &Case, hour: usize) -> (Vec<Rational>, Vec<Rational>) {
    let seconds = |kind: usize| (0..case.seconds[kind][hour]).map(move |_| Second { kind, left: fraction(1, 1) });
    let mut seconds: Vec<Second> = (0..case.kinds.len()).flat_map(seconds).collect();
    let mut budgets: Vec<Rational> = case.held.iter().map(|held| budget(&held.offer)).collect();
    let pairs = (0..case.held.len()).flat_map(|held| (0..case.kinds.len()).map(move |kind| (held, kind)));
    let mut claims: Vec<_> =
        pairs.filter_map(|(h, k)| claim(case, h, k).map(|(cost, rank)| (rank, h, k, cost))).collect();
    claims.sort_by(|a, b| compare(&a.0, &b.0));
    for (_, held, kind, cost) in claims {
        for second in seconds.iter_mut().filter(|second| second.kind == kind && second.left != Rational::ZERO) {
            if budgets[held] == Rational::ZERO {
                break;
            }
            let wanted = second.left.times(cost).expect("small numbers");
            let enough = wanted.less_than(budgets[held]).expect("small numbers") || wanted == budgets[held];
            let paid = if enough { second.left } else { budgets[held].over(cost).expect("no cost is zero") };
            second.left = second.left.minus(paid).expect("small numbers");
            budgets[held] = if enough { budgets[held].minus(wanted).expect("small numbers") } else { Rational::ZERO };
        }
    }
    let left = |kind: usize| {
        let own = seconds.iter().filter(|second| second.kind == kind);
        own.fold(Rational::ZERO, |sum, second| sum.plus(second.left).expect("small numbers"))
    };
    ((0..case.kinds.len()).map(left).collect(), budgets)
}

fn compare(a: &[Rational; 4], b: &[Rational; 4]) -> std::cmp::Ordering {
    let differs = a.iter().zip(b).find(|(a, b)| a != b);
    differs.map_or(std::cmp::Ordering::Equal, |(a, b)| match a.less_than(*b) {
        Some(true) => std::cmp::Ordering::Less,
        _ => std::cmp::Ordering::Greater,
    })
}

fn real(value: Rational) -> f64 {
    let decimal = value.to_decimal(12, Towards::Nearest).expect("a small number");
    Money(decimal).to_f64()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn clearing_by_totals_is_clearing_second_by_second(case in case()) {
        let (clearing, usage) = (case.clearing(), case.usage());
        for hour in 0..2 {
            let cleared = clearing.hour(hour, &usage).unwrap();
            let (on_demand, budgets) = second_by_second(&case, hour as usize);
            for (kind, expected) in on_demand.iter().enumerate() {
                let seconds = cleared.on_demand[kind] as f64 / 1e12;
                prop_assert!((seconds - real(*expected)).abs() < 1e-9, "kind {kind}: {seconds}, not {expected:?}");
            }
            for (index, left) in budgets.iter().enumerate() {
                let bought = real(budget(&case.held[index].offer));
                let expected = (bought > 0.0).then(|| 1.0 - real(*left) / bought);
                let used = cleared.utilization(index);
                let close = (used.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-9;
                prop_assert!(close && used.is_some() == expected.is_some(), "{index}: {used:?}, not {expected:?}");
            }
        }
    }

}

proptest! {
    #[test]
    fn nothing_is_covered_twice_and_nothing_is_lost(case in case()) {
        let (clearing, usage) = (case.clearing(), case.usage());
        for cleared in clearing.hours(&usage, 2) {
            let cleared = cleared.unwrap();
            for (used, bought) in cleared.used.iter().zip(&cleared.bought) {
                prop_assert!(used <= bought);
            }
        }
        let all: u128 = (0..case.kinds.len()).map(|kind| usage.total(KindId(kind as u32))).sum();
        let cleared: Vec<Cleared> = clearing.hours(&usage, 2).map(Result::unwrap).collect();
        let sum: u128 = cleared.iter().flat_map(|hour| hour.on_demand.iter().chain(&hour.covered)).sum();
        prop_assert_eq!(sum, all * 1_000_000_000);
    }

    #[test]
    fn the_bill_is_at_most_on_demand_and_the_fees_and_at_least_the_fees(case in case()) {
        let with = case.settled();
        let without = Case { held: Vec::new(), ..case.clone() }.settled();
        let fees: Money = with.overall().held.iter().map(|held| held.cost).sum();
        prop_assert!(with.total() <= without.total() + fees);
        prop_assert!(with.total() >= fees);
        prop_assert_eq!(with.overall().eligible, without.total());
        let rest = with.overall().eligible - with.overall().covered;
        prop_assert!(((with.total() - fees) - rest).to_f64().abs() < 1e-9);
    }

    #[test]
    fn more_use_never_lowers_utilisation_and_never_the_bill(case in case(), kind in 0..5_usize, more in 1..9_000_u64) {
        let mut larger = case.clone();
        let kind = kind % case.kinds.len();
        larger.seconds[kind][1] += more;
        let (before, after) = (case.settled(), larger.settled());
        for (before, after) in before.overall().held.iter().zip(&after.overall().held) {
            prop_assert!(after.utilization() >= before.utilization());
            prop_assert_eq!(after.cost, before.cost);
            prop_assert!(after.unused <= before.unused && after.unused <= after.cost);
        }
        prop_assert!(after.total() >= before.total());
    }

    /// Ten times the use and ten times the commitments cost ten times as much.
    #[test]
    fn the_bill_is_linear(case in case()) {
        let mut tenfold = case.clone();
        tenfold.seconds.iter_mut().flatten().for_each(|seconds| *seconds *= 10);
        for held in &mut tenfold.held {
            match &mut held.offer {
                Offer::ZonalReserved { count, .. } | Offer::RegionalReserved { count, .. } => *count *= 10,
                Offer::InstancePlan { commitment, .. } | Offer::ComputePlan { commitment, .. } => {
                    *commitment = *commitment * Decimal::TEN;
                    held.payment.upfront = held.payment.upfront * Decimal::TEN;
                    held.payment.hourly = held.payment.hourly * Decimal::TEN;
                }
            }
        }
        let (one, ten) = (case.settled().total().to_f64(), tenfold.settled().total().to_f64());
        prop_assert!((one * 10.0 - ten).abs() < 1e-8, "{one} and {ten}");
    }

    #[test]
    fn parts_of_a_run_merge_in_any_order(spans in prop::collection::vec((0..2_u32, 1..4_u32, 0..20_000_000_u64, 0..9_000_000_u64), 1..12)) {
        let usage = |span: &(u32, u32, u64, u64)| {
            let mut usage = HourlyUse::new(2);
            let from = SimTime::ZERO + Span::from_ns(span.2 * 1_000_003);
            usage.add_instances(KindId(span.0), span.1, from, from + Span::from_ns(span.3 * 1_000_003));
            usage
        };
        let (mut one, mut other) = (HourlyUse::default(), HourlyUse::new(2));
        spans.iter().for_each(|span| one.merge(&usage(span)));
        spans.iter().rev().for_each(|span| other.merge(&usage(span)));
        prop_assert_eq!(one, other);
    }
}

#[test]
fn intervals_that_meet_leave_no_gap_and_fall_into_their_hours() {
    let mut usage = HourlyUse::new(1);
    let cuts = [0, 1_800_000_400_000, 3_599_999_900_000, 7_200_000_000_000].map(SimTime::from_ns);
    cuts.windows(2).for_each(|cut| usage.add_instances(KindId(0), 3, cut[0], cut[1]));
    assert_eq!([usage.of(KindId(0), 0), usage.of(KindId(0), 1)], [3 * 3_600_000; 2]);
    assert_eq!((usage.hours(), usage.total(KindId(0))), (2, 6 * 3_600_000));
}

#[test]
fn a_price_that_is_no_price_is_refused_with_its_name() {
    let kinds = vec![UseKind::instance(instance("m5", 1), None, money("0.1"))];
    let plan = |commitment: &str, rate: &str| {
        let rates = PlanRates::from([(KindId(0), money(rate))]);
        held(Offer::ComputePlan { commitment: money(commitment), rates })
    };
    for (bad, shown) in
        [(plan("-1", "0.05"), "-1"), (plan("1", "-0.05"), "1"), (plan("99999999999", "1"), "99999999999")]
    {
        let error = Clearing::new(kinds.clone(), vec![bad]).expect_err("refused").to_string();
        assert_eq!(error, format!("Savings Plans 1 is too large to be priced: 8760 times {shown}"));
    }
    let free = vec![UseKind::instance(instance("m5", 1), None, money("-0.1"))];
    assert!(Clearing::new(free, Vec::new()).is_err());
}

#[test]
fn what_can_cover_nothing_is_named() {
    let kinds = vec![UseKind::instance(instance("m5", 1), None, money("0.1"))];
    let zonal = held(Offer::ZonalReserved { instance: instance("m5", 1), zone: "a".into(), count: 1 });
    let regional = held(Offer::RegionalReserved { instance: instance("m5", 3), count: 2 });
    let clearing = Clearing::new(kinds, vec![zonal.clone(), regional]).expect("small prices");
    assert_eq!(clearing.useless().collect::<Vec<_>>(), [&zonal]);
}
