//! Reserved instances, savings plans and capacity reservations against the examples that providers print.

use breakeven::billing::commitment::{
    CapacityReservation, Clearing, Commitment, HourlyUse, InstanceType, KindId, Offer, Payment, PaymentOption,
    PlanRates, ReservedUse, Settlement, TermLength, UseKind,
};
use breakeven::units::{Calendar, Money, SimTime, Span};
use serde_json::Value;

/// A printed figure of an example, by its item.
fn printed(id: &str, item: &str) -> f64 {
    let file = format!("{}/tests/data/bills/commitments.json", env!("CARGO_MANIFEST_DIR"));
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let example = data["examples"].as_array().unwrap().iter().find(|example| example["id"] == id);
    let text = example.and_then(|example| example["expected"][item].as_str());
    text.unwrap_or_else(|| panic!("{id} prints no {item}")).parse().unwrap()
}

fn money(text: &str) -> Money {
    Money(text.parse().unwrap())
}

fn instance(name: &str) -> InstanceType {
    InstanceType::parse(name).unwrap()
}

fn kind(name: &str, zone: Option<&str>, price: &str) -> UseKind {
    UseKind::instance(instance(name), zone, money(price))
}

fn held(offer: Offer, hourly: &str) -> Commitment {
    let payment = Payment { upfront: Money::ZERO, hourly: money(hourly) };
    Commitment { name: "held".into(), offer, payment, term: TermLength::OneYear, start: 0, renewed: false }
}

fn regional(name: &str, count: u32) -> Commitment {
    held(Offer::RegionalReserved { instance: instance(name), count }, "0.05")
}

fn zonal(name: &str, zone: &str, count: u32) -> Commitment {
    held(Offer::ZonalReserved { instance: instance(name), zone: zone.into(), count }, "0.05")
}

/// Instances by type and zone, each running for some seconds of one hour.
struct Hour {
    kinds: Vec<UseKind>,
    usage: HourlyUse,
    held: Vec<Commitment>,
}

impl Hour {
    fn of(running: &[(&str, Option<&str>, u64, u64)], held: Vec<Commitment>) -> Self {
        let kinds = running.iter().map(|(name, zone, ..)| kind(name, *zone, "0.1")).collect();
        let mut usage = HourlyUse::new(running.len());
        for (index, (.., count, seconds)) in running.iter().enumerate() {
            usage.add(KindId(index as u32), 0, count * seconds * 1_000);
        }
        Self { kinds, usage, held }
    }

    /// Instance-hours on demand, by kind.
    fn on_demand(&self) -> Vec<f64> {
        let cleared = Clearing::new(self.kinds.clone(), self.held.clone()).unwrap().hour(0, &self.usage).unwrap();
        cleared.on_demand.iter().map(|parts| *parts as f64 / 3.6e15).collect()
    }

    fn settle(&self) -> Settlement {
        let clearing = Clearing::new(self.kinds.clone(), self.held.clone()).unwrap();
        clearing.settle(&self.usage, Span::HOUR, Calendar::default(), "AWS").unwrap()
    }
}

#[track_caller]
fn check(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
}

#[test]
fn a_reserved_instance_gives_an_hour_of_instance_seconds_to_all_that_match() {
    for (id, seconds) in [("aws-ri-clockhour-1", 3_600), ("aws-ri-clockhour-2", 900)] {
        let hour = Hour::of(&[("m4.large", Some("a"), 4, seconds)], vec![zonal("m4.large", "a", 1)]);
        check(hour.on_demand()[0], printed(id, "on-demand hours"));
        let used = 4.0 * seconds as f64 / 3_600.0 - hour.on_demand()[0];
        check(used, printed(id, "RI hours used"));
        check(hour.settle().overall().held[0].utilization().unwrap(), printed(id, "RI hours used"));
    }
}

#[test]
fn a_regional_reservation_covers_other_sizes_by_normalised_units() {
    let medium = |running| Hour::of(&[(running, None, 2, 3_600)], vec![regional("t2.medium", 1)]).on_demand()[0];
    check(2.0 - medium("t2.small"), printed("aws-ri-norm-t2", "t2.small covered"));
    check(2.0 - medium("t2.large"), printed("aws-ri-norm-t2", "share of t2.large covered"));
    for size in ["i3.16xlarge", "i3.8xlarge", "i3.4xlarge"] {
        let hour = Hour::of(&[(size, None, 9, 3_600)], vec![regional("i3.metal", 1)]);
        check(9.0 - hour.on_demand()[0], printed("aws-ri-norm-metal", size));
    }
}

#[test]
fn zonal_and_regional_reservations_share_a_fleet_as_in_scenario_1() {
    let id = "aws-ri-scenario-1";
    let running =
        [("m3.large", Some("a"), 4, 3_600), ("m4.xlarge", Some("b"), 2, 3_600), ("c4.xlarge", Some("c"), 1, 3_600)];
    let held = vec![zonal("m3.large", "a", 4), regional("m4.large", 4), regional("c4.large", 1)];
    let on_demand = Hour::of(&running, held).on_demand();
    check(on_demand[0], 0.0);
    check(on_demand[1], printed(id, "m4 on-demand units"));
    check(1.0 - on_demand[2], printed(id, "c4.xlarge share covered"));
}

#[test]
fn the_smallest_size_is_covered_first_as_in_scenario_2() {
    let id = "aws-ri-scenario-2";
    let running = [("m3.xlarge", Some("b"), 2, 3_600), ("m3.large", Some("a"), 2, 3_600)];
    let on_demand = Hour::of(&running, vec![regional("m3.2xlarge", 1)]).on_demand();
    check(2.0 - on_demand[1], printed(id, "m3.large covered"));
    check(2.0 - on_demand[0], printed(id, "m3.xlarge covered"));
    check(on_demand[0], printed(id, "m3.xlarge on demand"));
}

/// One account: what account A uses is 32 units of smaller sizes, what account B uses comes after.
#[test]
fn reservations_are_spent_on_the_smallest_sizes_as_in_scenario_3() {
    let id = "aws-ri-scenario-3";
    let m4 = Hour::of(&[("m4.large", None, 8, 3_600), ("m4.xlarge", None, 2, 3_600)], vec![regional("m4.xlarge", 4)]);
    check(m4.on_demand()[0], printed(id, "m4 units left for account B"));
    check(m4.on_demand()[1], printed(id, "account B m4.xlarge on demand"));
    let c4 = Hour::of(&[("c4.2xlarge", None, 1, 3_600), ("c4.xlarge", None, 2, 3_600)], vec![regional("c4.xlarge", 2)]);
    check(2.0 - c4.on_demand()[1], printed(id, "c4.xlarge covered"));
    check(c4.on_demand()[0], printed(id, "c4.2xlarge on demand"));
}

#[test]
fn zonal_reservations_are_used_before_regional_ones_as_in_scenario_4() {
    let running = [("m4.large", Some("a"), 1, 3_600), ("m4.large", Some("b"), 1, 3_600)];
    let held = vec![regional("m4.large", 1), zonal("m4.large", "a", 1)];
    let on_demand = Hour::of(&running, held).on_demand();
    check(on_demand.iter().sum(), printed("aws-ri-scenario-4", "on-demand instances"));
}

#[test]
fn sizes_of_an_inflexible_family_do_not_cover_each_other() {
    let running = [("g4dn.xlarge", None, 1, 3_600), ("g4dn.2xlarge", None, 1, 3_600)];
    check(Hour::of(&running, vec![regional("g4dn.2xlarge", 2)]).on_demand()[0], 1.0);
    check(Hour::of(&running, vec![regional("g4dn.2xlarge", 2)]).on_demand()[1], 0.0);
}

fn plan_hour(commitment: &str, rate: &str, instance_plan: bool) -> Hour {
    let commitment = money(commitment);
    let rates = PlanRates::from([(KindId(0), money(rate))]);
    let offer = match instance_plan {
        true => Offer::InstancePlan { family: "r5".into(), commitment, rates },
        false => Offer::ComputePlan { commitment, rates },
    };
    let payment = Payment::of_plan(PaymentOption::NoUpfront, commitment, TermLength::OneYear);
    let mut hour = Hour::of(&[("r5.4xlarge", None, 4, 3_600)], vec![Commitment { payment, ..held(offer, "0") }]);
    hour.kinds[0].on_demand = money("1.00");
    hour
}

#[test]
fn a_savings_plan_covers_what_its_commitment_buys_at_its_rate() {
    let id = "aws-sp-scenario-2";
    let hour = plan_hour("2.00", "0.70", false);
    let printed_to = |digits: i32, found: f64| (found * 10_f64.powi(digits)).round() / 10_f64.powi(digits);
    check(printed_to(3, 4.0 - hour.on_demand()[0]), printed(id, "units covered"));
    let bill = hour.settle();
    let rest: Vec<_> = bill.on_demand.iter().collect();
    assert_eq!(rest[0].amount, money("1.142857142857"), "eight sevenths, to the last decimal of a bill");
    check(printed_to(2, rest[0].amount.to_f64()), printed(id, "leftover r5 on demand"));
    check(printed_to(2, rest[0].amount.to_f64() + 55.10), printed(id, "on-demand total"));
    assert_eq!(bill.overall().held[0].utilization(), Some(1.0));
    assert_eq!(bill.total(), money("3.142857142857"), "the commitment is paid in full");
}

#[test]
fn a_commitment_that_is_larger_than_the_use_is_lost() {
    let bill = plan_hour("3.00", "0.60", true).settle();
    let figures = bill.overall();
    check(figures.held[0].utilization().unwrap() * 3.0, printed("aws-sp-scenario-4", "commitment used"));
    assert_eq!(bill.total(), money("3"));
    assert_eq!(figures.held[0].unused, money("0.6"));
    assert_eq!(figures.coverage(), Some(1.0));
}

#[test]
fn the_highest_saving_goes_first_and_ties_go_to_the_lowest_rate() {
    let mut hour =
        Hour::of(&[("a1.x", None, 1, 3_600), ("b1.x", None, 1, 3_600), ("c1.x", None, 1, 3_600)], Vec::new());
    for (kind, price) in hour.kinds.iter_mut().zip(["1.00", "0.80", "0.40"]) {
        kind.on_demand = money(price);
    }
    let rates = |prices: [&str; 3]| (0..).map(KindId).zip(prices.map(money)).collect::<PlanRates>();
    // Savings of 30, 50 and 50 %: the third kind has the lowest rate.
    let offer = Offer::ComputePlan { commitment: money("0.30"), rates: rates(["0.70", "0.40", "0.20"]) };
    hour.held = vec![held(offer, "0.30")];
    assert_eq!(hour.on_demand(), [1.0, 0.75, 0.0]);
}

#[test]
fn an_instance_plan_goes_before_a_compute_plan_and_functions_are_for_the_latter() {
    let mut hour = Hour::of(&[("m5.large", None, 2, 3_600), ("other.x", None, 0, 0)], Vec::new());
    hour.kinds[1] = UseKind {
        what: breakeven::billing::commitment::What::Compute,
        service: "Lambda".into(),
        item: "duration".into(),
        unit: "GB-second".into(),
        base_per_unit: 1_024_000,
        on_demand: money("0.0000166667"),
    };
    hour.usage.add(KindId(1), 0, 60_000 * 1_024_000);
    let rates = PlanRates::from([(KindId(0), money("0.06")), (KindId(1), money("0.0000138333"))]);
    let compute = Offer::ComputePlan { commitment: money("0.2"), rates: rates.clone() };
    let instance = Offer::InstancePlan { family: "m5".into(), commitment: money("0.12"), rates };
    hour.held = vec![held(compute, "0.2"), held(instance, "0.12")];
    let bill = hour.settle();
    let utilization: Vec<_> = bill.overall().held.iter().map(|held| held.utilization()).collect();
    assert_eq!(utilization, [Some(1.0), Some(1.0)]);
    // 0.2 / 0.0000138333 = 14,457.86 of 60,000 GB-seconds; the rest, 45,542.13, is at 0.0000166667.
    assert_eq!(bill.total().0.round_dp(9), money("1.079037082").0);
}

#[test]
fn a_term_is_paid_to_its_end_and_its_upfront_part_is_spread_over_it() {
    let id = "aws-ri-list-value";
    let payment = Payment { upfront: money("60"), hourly: money("0.007") };
    let mut hour = Hour::of(&[("t2.small", None, 0, 0)], vec![Commitment { payment, ..regional("t2.small", 1) }]);
    let settle = |hour: &Hour, hours: u64| {
        let clearing = Clearing::new(hour.kinds.clone(), hour.held.clone()).unwrap();
        clearing.settle(&hour.usage, Span::from_secs(hours * HOUR), Calendar::default(), "AWS").unwrap()
    };
    let year = settle(&hour, 8_760);
    // Twelve months, each rounded to twelve decimals.
    check(year.total().to_f64(), printed(id, "list value"));
    assert_eq!(year.upfront_at_start(), money("60"));
    assert_eq!(year.months.len(), 12);
    assert_eq!(year.overall().held[0].unused, year.total());
    assert_eq!(settle(&hour, 9_000).total(), year.total(), "nothing is due after the term");
    hour.held[0].renewed = true;
    let two = settle(&hour, 2 * 8_760);
    assert_eq!(two.upfront.iter().map(|payment| payment.hour).collect::<Vec<_>>(), [0, 8_760]);
    check(two.total().to_f64(), 2.0 * printed(id, "list value"));
    hour.held[0] = Commitment { start: -8_000, renewed: false, ..hour.held[0].clone() };
    let rest = settle(&hour, 8_760);
    assert_eq!((rest.upfront.len(), rest.overall().held[0].cost), (0, rest.total()));
    check(rest.total().to_f64(), 760.0 * (60.0 / 8_760.0 + 0.007));
}

/// Ten t3.medium for three years at 0.0416, six of them reserved for 411 dollars each (both published).
#[test]
fn three_years_of_a_fleet_cost_what_its_terms_say() {
    const HOURS: u64 = 26_280;
    let payment = Payment { upfront: money("411"), hourly: Money::ZERO };
    let reserved = Commitment { payment, term: TermLength::ThreeYears, ..regional("t3.medium", 6) };
    let kinds = vec![kind("t3.medium", None, "0.0416")];
    let mut usage = HourlyUse::new(1);
    usage.add_instances(KindId(0), 10, SimTime::ZERO, at(HOURS * HOUR));
    let clearing = Clearing::new(kinds, vec![reserved]).unwrap();
    let started = std::time::Instant::now();
    let bill = clearing.settle(&usage, Span::from_secs(HOURS * HOUR), Calendar::default(), "AWS").unwrap();
    println!("cleared {HOURS} hours in {:?}", started.elapsed());
    check(bill.total().to_f64(), 6.0 * 411.0 + 4.0 * 0.0416 * HOURS as f64);
    assert_eq!((bill.upfront_at_start(), bill.months.len()), (money("2466"), 36));
    check(bill.overall().coverage().unwrap(), 0.6);
    assert_eq!(bill.overall().held[0].utilization(), Some(1.0));
}

#[test]
fn a_commitment_that_was_bought_before_the_window_is_renewed_in_it() {
    let payment = Payment { upfront: money("60"), hourly: Money::ZERO };
    let old = Commitment { payment, start: -10_000, renewed: true, ..regional("t2.small", 2) };
    let clearing = Clearing::new(vec![kind("t2.small", None, "0.02")], vec![old]).unwrap();
    let bill = clearing.settle(&HourlyUse::new(1), Span::from_secs(8_760 * HOUR), Calendar::default(), "AWS").unwrap();
    let paid: Vec<_> = bill.upfront.iter().map(|payment| (payment.hour, payment.amount)).collect();
    assert_eq!(paid, [(2 * 8_760 - 10_000, money("120"))]);
    check(bill.total().to_f64(), 120.0);
}

fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

const HOUR: u64 = 3_600;

fn hours(ms: u128) -> f64 {
    ms as f64 / 3_600_000.0
}

#[test]
fn a_capacity_reservation_is_paid_used_or_not_and_never_twice() {
    let reservation = CapacityReservation { count: 20, from: at(0), to: at(HOUR) };
    let split = reservation.settle(&[(at(0), 15)], at(HOUR));
    check(hours(split.used), printed("aws-cr-20-15", "instances billed as used"));
    check(hours(split.unused), printed("aws-cr-20-15", "billed as unused"));
    let odd = CapacityReservation { count: 1, from: at(0), to: at(24 * HOUR + 15 * 60) };
    check(hours(odd.settle(&[], at(0)).unused), printed("aws-cr-partial-hours", "reservation hours"));
}

#[test]
fn the_published_timeline_of_a_reservation_is_split_by_hours() {
    let id = "aws-cr-timeline";
    let reservation = CapacityReservation { count: 1, from: at(0), to: at(5 * HOUR) };
    let running = [(at(HOUR), 1)];
    let split = reservation.settle(&running, at(6 * HOUR));
    check(hours(split.unused), printed(id, "unused hours billed"));
    check(hours(split.used), printed(id, "instance hours inside"));
    check(hours(split.outside), printed(id, "instance hours outside"));
    let mut usage = HourlyUse::new(1);
    reservation.fill(&running, at(6 * HOUR), &mut usage, KindId(0));
    assert_eq!((usage.of(KindId(0), 0), usage.total(KindId(0))), (3_600_000, split.unused));
}

#[test]
fn a_reservation_that_opens_late_and_a_fleet_that_grows_beyond_it_meet_instant_by_instant() {
    let reservation = CapacityReservation { count: 2, from: at(100), to: SimTime::from_ns(199_500_000_000) };
    let running = [(at(50), 1), (at(120), 3), (at(120), 5), (at(150), 0)];
    let split = reservation.settle(&running, at(160));
    let expected = ReservedUse {
        used: (20 + 2 * 30) * 1_000,
        // The second that had begun at 199.5 s is paid.
        unused: (20 + 2 * 50) * 1_000,
        outside: (50 + 3 * 30) * 1_000,
    };
    assert_eq!(split, expected);
}
