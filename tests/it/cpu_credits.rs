//! CPU credits of burstable servers, from the load to the bill, against the EC2 user guide of 2023-05-31
//! (`tests/data/bills/commitments.json`, `aws-t3-*`).

use breakeven::billing::Meter;
use breakeven::platform::fleet::{Discipline, FleetSpec, Hazards};
use breakeven::policy::{BurstableType, CreditMode, Credits};
use breakeven::scenario::{Model, Overrides, Plan, Problems, load_text};
use breakeven::study::{Control, run as run_plan};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::interruptions::{Watch, at, jobs, run};
use crate::support::{finish, servers};

const TWO_VCPUS: Discipline = Discipline::ProcessorSharing { milli_cores: 2_000, limit: None };

fn burstable(instance: &str, mode: CreditMode, discipline: Discipline) -> FleetSpec {
    let credits = BurstableType::named(instance).expect("a burstable type").spec(mode);
    FleetSpec { hazards: Hazards { credits: Some(credits), ..Hazards::default() }, ..servers(1, discipline) }
}

/// Credits that were charged.
fn charged(watch: &Watch) -> f64 {
    let units: u64 =
        watch.counts.iter().filter(|(meter, ..)| *meter == Meter::SurplusCredits).map(|(.., units)| units).sum();
    // A credit is a minute of a vCPU; a base unit is a thousandth of one for 1 ms.
    units as f64 / 60_000_000.0
}

/// Jobs each minute of some hours that keep both vCPUs busy for `share`.
fn load(hours: std::ops::Range<u64>, share: f64) -> Vec<Invocation> {
    let minutes = hours.start * 60..hours.end * 60;
    let pair = |minute: u64| [(minute as f64 * 60.0, share * 60.0); 2];
    jobs(&minutes.flat_map(pair).filter(|(_, work)| *work > 0.0).collect::<Vec<_>>())
}

/// aws-t3-accrual: 2 % of two vCPUs for an hour leaves 3.6 credits. Both vCPUs then run for 3.6 / 1.9 minutes, and at the
/// baseline of 5 % from there on.
#[test]
fn a_standard_nano_bursts_for_as_long_as_its_published_balance_lasts() {
    let nano = burstable("t3.nano", CreditMode::Standard, TWO_VCPUS);
    let work = jobs(&[(0.0, 144.0), (3_600.0, 200.0), (3_600.0, 200.0)]);
    let watch = run(&nano, &work, at(100_000), 0);
    let ends: Vec<f64> = watch.outcomes.iter().map(|outcome| finish(outcome).seconds()).collect();
    // The first job finds no credits: 144 s of work at a tenth of a vCPU.
    assert!((ends[0] - 1_440.0).abs() < 1e-6, "{ends:?}");
    let burst = 3.6 / 1.9 * 60.0;
    let expected = 3_600.0 + burst + (200.0 - burst) / 0.05;
    assert!((ends[1] - expected).abs() < 1e-6 && ends[1] == ends[2], "{ends:?}, expected {expected}");
    assert_eq!(charged(&watch), 0.0);
}

#[test]
fn a_server_below_its_baseline_is_as_fast_as_any() {
    let nano = burstable("t3.large", CreditMode::Standard, TWO_VCPUS);
    // Half a vCPU of two, 30 % of which are earned: never slowed down but in the first second, which finds no credits.
    let work = jobs(&(1..5_000).map(|second| (f64::from(second), 0.5)).collect::<Vec<_>>());
    let watch = run(&nano, &work, at(10_000), 0);
    assert!(watch.outcomes.iter().all(|outcome| outcome.execution == Span::from_ms(500)));
}

/// aws-t3-unlimited-timeline: 36 h idle, 24 h at 7 %, 12 h at 2.5 %, 5 h at 100 %, idle to the 114th hour. The guide goes
/// on with 122 credits where it has 122.4, and so charges 304.
#[test]
fn the_published_timeline_of_an_unlimited_nano_is_charged_as_published() {
    for discipline in [TWO_VCPUS, Discipline::Fcfs { workers: 2 }] {
        let nano = burstable("t3.nano", CreditMode::Unlimited, discipline);
        let work = [load(36..60, 0.07), load(60..72, 0.025), load(72..77, 1.0)].concat();
        let watch = run(&nano, &work, at(114 * 3_600), 0);
        assert!((charged(&watch) - (304.0 - 0.4)).abs() < 1e-3, "{} credits", charged(&watch));
        assert!(watch.outcomes.iter().all(|outcome| outcome.queue == Span::ZERO));
    }
}

#[test]
fn what_is_owed_at_the_end_of_the_window_is_charged_and_nothing_after_it() {
    let nano = burstable("t3.nano", CreditMode::Unlimited, TWO_VCPUS);
    // One vCPU for an hour from the start on, and ten more hours after the end.
    let watch = run(&nano, &jobs(&[(0.0, 39_600.0)]), at(3_600), 0);
    assert!((charged(&watch) - 54.0).abs() < 1e-6, "{}", charged(&watch));
    assert!(watch.counts.iter().all(|(_, instant, _)| *instant <= at(3_600)));
}

/// Slowing down and speeding up lose no work: what was done is what was paid for by credits.
#[test]
fn a_standard_server_does_no_more_work_than_it_has_credits_for() {
    let micro = burstable("t3.micro", CreditMode::Standard, TWO_VCPUS);
    let work = load(0..20, 0.15);
    let watch = run(&micro, &work, at(72_000), 0);
    let ended = watch.outcomes.iter().map(finish).max().unwrap_or(SimTime::ZERO);
    let done = Credits::used_by(2_000, Span::from_secs(20 * 3_600 * 15 / 100)).to_f64();
    // Two tenths of a vCPU are earned all the time; every credit was spent when the last job ended.
    let earned = Credits::used_by(200, ended.since(SimTime::ZERO)).to_f64();
    assert!((done - earned).abs() < 1e-3, "{done} credits of work, {earned} earned");
}

fn plan(text: &str) -> Result<Plan, Problems> {
    load_text("test", text.to_owned(), std::path::Path::new("."), &Overrides::default())
}

fn scenario(server: &str) -> String {
    format!(
        "[scenario]\nname = 'credits'\nduration = '10d'\nstart = '2026-01-01'\n[functions.f]\nmemory = '128MB'\n\
         duration = '850ms'\n[workload.w]\nfunction = 'f'\narrivals = {{ process = 'constant', rate = '1/s' }}\n{server}"
    )
}

/// aws-t3-breakeven, with the guide's own price of the t3.large: at 42.5 % of two vCPUs both cost the same.
#[test]
fn a_t3_large_costs_what_an_m5_large_costs_at_the_published_break_even() {
    let text = scenario(
        "[deployments.t3]\nplatform = 'aws-ec2'\ninstance = 't3.large'\ncount = 1\n\
         price_override = { 'instance-time' = '$0.0835' }\n\
         [deployments.m5]\nplatform = 'aws-ec2'\ninstance = 'm5.large'\ncount = 1\n",
    );
    let plan = plan(&text).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    let runs = run_plan(&plan, 1, &Control::default()).expect("a run");
    let (results, _) = breakeven::results::assemble(&plan, &runs).expect("prices");
    let total = |index: usize| results.deployments[index].cost.total.to_f64();
    assert!((total(0) - total(1)).abs() < 2e-5, "{} and {}", total(0), total(1));
    let surplus = results.deployments[0].cost.items.iter().find(|item| item.item == "surplus CPU credits");
    // 15 minutes of a vCPU an hour.
    let hours = surplus.expect("surplus credits").quantity.to_f64();
    assert!((hours - 240.0 * 15.0 / 60.0).abs() < 1e-3, "{hours} vCPU-hours");
    let per_month = results.deployments[0].cost.per_month.to_f64();
    assert!((per_month - total(0) / 240.0 * 730.0).abs() < 1e-2, "{per_month}");
}

fn credits_of(server: &str) -> Option<CreditMode> {
    let plan = plan(&scenario(server)).unwrap_or_else(|problems| panic!("{problems}"));
    match &plan.deployments[0].model {
        Model::Fleet(fleet) => fleet.hazards.credits.map(|credits| credits.mode),
        Model::Faas(_) | Model::Hybrid(_) => panic!("a fleet"),
    }
}

#[test]
fn a_type_has_the_mode_that_its_provider_gives_it_unless_the_scenario_says() {
    let server = |instance: &str, more: &str| {
        credits_of(&format!("[deployments.s]\nplatform = 'aws-ec2'\ninstance = '{instance}'\ncount = 1\n{more}"))
    };
    assert_eq!(server("t3.large", ""), Some(CreditMode::Unlimited));
    assert_eq!(server("t3.large", "credits = 'standard'"), Some(CreditMode::Standard));
    assert_eq!(server("m5.large", ""), None);
}

#[track_caller]
fn check_refused(server: &str, parts: &[&str]) {
    let problems = plan(&scenario(server)).expect_err("refused").to_string();
    assert!(parts.iter().all(|part| problems.contains(part)), "{problems}");
}

#[test]
fn credits_that_cannot_be_are_refused() {
    let server = |instance: &str, more: &str| {
        format!("[deployments.s]\nplatform = 'aws-ec2'\ninstance = '{instance}'\ncount = 1\n{more}")
    };
    check_refused(&server("m5.large", "credits = 'standard'"), &["`m5.large` of `aws-ec2` earns no CPU credits"]);
    check_refused(
        &server("t3.large", "credits = 'standard'\ndiscipline = 'fcfs'"),
        &["slow its cores down, and discipline `fcfs` has no cores", "`discipline = \"ps\"`"],
    );
    // No list has the price of surplus credits of this family.
    check_refused(&server("t4g.large", ""), &["has no price of surplus-credits", "price_override"]);
    assert_eq!(credits_of(&server("t4g.large", "credits = 'standard'")), Some(CreditMode::Standard));
}
