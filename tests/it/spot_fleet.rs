//! Spot servers through the whole program: the scenario, the run, the bill, what is refused.

use std::path::Path;

use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Fleet, FleetSpec};
use breakeven::results::{DeploymentResult, assemble};
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, Plan, Problems, load_text};
use breakeven::study::{Control, run};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;
use breakeven::workload::series::{PriceFilter, read_prices};

use crate::interruptions::{Watch, at};
use crate::shared::{excerpt, shared};
use crate::support::function;

fn plan(text: &str, folder: &Path) -> Result<Plan, Problems> {
    load_text("test", text.to_owned(), folder, &Overrides::default())
}

fn results(text: &str, folder: &Path) -> Vec<DeploymentResult> {
    let plan = plan(text, folder).unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, 2, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("prices").0.deployments
}

fn scenario(duration: &str, spot: &str) -> String {
    format!(
        "[scenario]\nname = 's'\nduration = '{duration}'\nstart = '2026-01-01'\n[functions.f]\nmemory = '1GB'\n\
         duration = '10min'\n[workload.w]\nfunction = 'f'\narrivals = {{ process = 'constant', rate = '1/h' }}\n\
         [deployments.s]\nplatform = 'aws-ec2'\ninstance = 'm5.large'\ncount = 1\nqueue = 'shared'\n\
         on_loss = 'requeue'\nlaunch = {{ api = '0s', pending = '0s', boot = '0s', health_check = '0s' }}\n{spot}\n"
    )
}

/// Two hours and a half of prices: 0.02, from an hour on 0.08, from two hours on 0.04.
const PRICES: &str = "Timestamp,SpotPrice\n2026-01-01T00:00:00Z,0.02\n2026-01-01T01:00:00Z,0.08\n\
                      2026-01-01T02:00:00Z,0.04\n2026-01-01T02:30:00Z,0.04\n";
/// None in the second of five half hours.
const AVAILABILITY: &str = r#"{"metadata": {"gap_seconds": 1800}, "data": [2, 0, 2, 2, 2]}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.csv"), PRICES).expect("written");
    std::fs::write(folder.path().join("a.json"), AVAILABILITY).expect("written");
    folder
}

#[track_caller]
fn check_bill(duration: &str, spot: &str, total: &str, interrupted: f64, availability: f64) {
    let folder = folder();
    let result = results(&scenario(duration, spot), folder.path()).remove(0);
    assert_eq!(result.cost.total.0.normalize().to_string(), total);
    let interruptions = result.interruptions.map_or((0.0, 1.0), |i| (i.servers, i.availability.unwrap_or(0.0)));
    assert_eq!(interruptions, (interrupted, availability));
}

/// By hand, at the price of the beginning of each instance-hour.
#[test]
fn recorded_prices_are_paid_and_a_cap_keeps_away_from_the_high_ones() {
    check_bill("150min", "spot = { prices = 'p.csv' }", "0.12", 0.0, 1.0);
    // Above the cap for an hour: told at once, the idle server goes; an hour at 0.02 and half an hour at 0.04.
    check_bill("150min", "spot = { prices = 'p.csv', price_cap = '$0.05', notice = '0s' }", "0.04", 1.0, 0.6);
    // Skipped: half an hour at 0.02 begins it, the hour is billed at that price.
    check_bill("2h", "spot = { prices = 'p.csv', skip = '30min' }", "0.1", 0.0, 1.0);
    // Begun again after two hours and a half.
    check_bill("5h", "spot = { prices = 'p.csv', repeat = true }", "0.24", 0.0, 1.0);
}

/// The first half hour is free: the provider interrupts in the first hour.
#[test]
fn recorded_capacity_takes_servers_away_and_gives_them_back() {
    let spot = "spot = { prices = 'p.csv', availability = 'a.json', notice = '0s' }";
    check_bill("150min", spot, "0.1", 1.0, 0.8);
    let flat = "purchase = 'spot'\nspot = { availability = 'a.json', notice = '0s' }";
    // An hour and a half at the price of the list.
    check_bill("150min", flat, "0.06549", 1.0, 0.8);
}

#[test]
fn a_flat_spot_price_is_that_of_the_list_and_of_an_override() {
    check_bill("10h", "purchase = 'spot'", "0.4366", 0.0, 1.0);
    check_bill("10h", "purchase = 'spot'\nprice_override = { 'instance-time' = '$0.05' }", "0.5", 0.0, 1.0);
}

/// 20 % in a month is 3.06e-4 an hour: within 1,000 days 7.34 interruptions are expected of a pool.
#[test]
fn interruptions_by_chance_come_as_often_as_stated() {
    let spot = "spot = { interruption = '20%', outage = '1h' }\nsize = { least = 1, most = 1 }";
    let text =
        scenario("1000d", spot).replace("count = 1\n", "").replace("name = 's'", "name = 's'\nreplications = 40");
    let folder = folder();
    let result = results(&text, folder.path()).remove(0);
    let interruptions = result.interruptions.expect("they happen");
    let expected = -(0.8f64.ln()) / 730.0 * 24_000.0;
    let error = (expected / 40.0).sqrt();
    assert!((interruptions.servers - expected).abs() < 4.0 * error, "{interruptions:?}, expected {expected}");
    assert_eq!(result.invocations.failed, 0.0);
}

#[track_caller]
fn check_refused(duration: &str, spot: &str, parts: &[&str]) {
    let folder = folder();
    let problems = plan(&scenario(duration, spot), folder.path()).expect_err("refused").to_string();
    assert!(parts.iter().all(|part| problems.contains(part)), "{problems}");
}

#[test]
fn a_series_that_ends_before_the_scenario_is_refused_with_its_place() {
    check_refused(
        "3h",
        "spot = { prices = 'p.csv' }",
        &["test:18:19", "`p.csv` ends 150min after it begins; the scenario needs it until 3h", "`repeat = true`"],
    );
    check_refused("3h", "spot = { availability = 'a.json' }", &["`a.json` ends 150min", "`duration`"]);
    check_refused("2h", "spot = { prices = 'p.csv', skip = '1h' }", &["needs it until 3h"]);
    check_refused("1h", "spot = { prices = 'none.csv' }", &["none.csv", "no such file"]);
    check_refused("1h", "spot = { prices = 'a.json' }", &["a.json"]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    check_refused("1h", "purchase = 'on-demand'\nspot = {}", &["`spot` does not go with purchase `on-demand`"]);
    check_refused("1h", "spot = { outage = '1h' }", &["`outage` belongs to `interruption`"]);
    check_refused("1h", "spot = { zone = 'b', price_cap = '$1' }", &["`zone` belongs to `prices`", "`price_cap`"]);
    check_refused("1h", "spot = { interruption = '100%' }", &["that has no rate"]);
    check_refused("1d", "maintenance = { every = '1h', length = '56min' }", &["takes 61min of every 1h", "`drain`"]);
    check_refused("1h", "purchase = 'spot'\ninstance = 'x1e.xlarge'", &["instance"]);
}

#[test]
fn the_hash_follows_the_series() {
    let folder = folder();
    let text = scenario("1h", "spot = { prices = 'p.csv', availability = 'a.json' }");
    let hash = || plan(&text, folder.path()).unwrap_or_else(|problems| panic!("{problems}")).hash;
    let before = hash();
    assert_eq!(before, hash());
    std::fs::write(folder.path().join("a.json"), AVAILABILITY.replace("[2,", "[3,")).expect("written");
    let after = hash();
    assert_ne!(before, after);
    std::fs::write(folder.path().join("p.csv"), PRICES.replace("0.02", "0.03")).expect("written");
    assert_ne!(after, hash());
}

fn fleet(plan: &Plan) -> &FleetSpec {
    match &plan.deployments[0].model {
        Model::Fleet(fleet) => fleet,
        Model::Faas(_) | Model::Hybrid(_) => panic!("a fleet"),
    }
}

/// brevdev/ec2-coldboot-research, January 2026: 25.8 s from the call to a shell on a t3.medium with Ubuntu, within 10 %.
/// The load balancer's check comes after that.
#[test]
fn a_new_server_is_up_as_soon_as_measured() {
    let text = scenario("2h", "outages = [{ at = '1h', for = '10s' }]").replace("m5.large", "t3.medium").replace(
        "launch = { api = '0s', pending = '0s', boot = '0s', health_check = '0s' }",
        "launch = { health_check = '0s' }",
    );
    let plan = plan(&text, Path::new(".")).unwrap_or_else(|problems| panic!("{problems}"));
    let starts = |replication| {
        let mut model = Fleet::new(std::sync::Arc::new(fleet(&plan).clone()), Seed { seed: 3, replication }, at(7_200));
        model.admit(FunctionId(0), &function("f"));
        let mut engine = Engine::new(model);
        let mut watch = Watch::default();
        let after = SimTime::ZERO + Span::from_secs(3_610);
        engine.feed(&[Invocation::new(after, FunctionId(0), Span::SECOND)], &mut watch);
        engine.close(at(7_200), &mut watch);
        (watch.outcomes[0].queue + watch.outcomes[0].cold_start).seconds()
    };
    let all: Vec<f64> = (0..200).map(starts).collect();
    let mean = all.iter().sum::<f64>() / 200.0;
    assert!((mean / 25.8 - 1.0).abs() < 0.1, "{mean} s");
    assert!(all.iter().all(|start| (19.0..29.0).contains(start)));
}

/// A server on a recorded market, capped at a price: the bill is that of the intervals in which the market was below the cap,
/// hour by hour.
#[track_caller]
fn check_market(file: &Path, region: Option<&str>, cap: f64, hours: u64) {
    let path = file.canonicalize().expect("a path");
    let of_region = region.map_or_else(String::new, |region| format!("region = '{region}', "));
    let spot = format!("spot = {{ prices = '{}', {of_region}price_cap = '${cap}', notice = '0s' }}", path.display());
    let text = scenario(&format!("{hours}h"), &spot).replace("m5.large", "c5.xlarge");
    let result = results(&text, Path::new("/")).remove(0);
    let filter = PriceFilter { region: region.map(str::to_owned), ..PriceFilter::default() };
    let series = read_prices(&path, &filter).expect("prices").series;
    let end = SimTime::ZERO + Span::from_secs(hours * 3_600);
    let steps: Vec<(SimTime, f64)> = series.changes().iter().map(|(at, price)| (*at, price.to_f64())).collect();
    let (total, up, falls) = capped(&steps, cap, end);
    let interruptions = result.interruptions.expect("the cap was met");
    let availability = interruptions.availability.expect("a server was wanted");
    println!("{falls} interruptions in {hours} h, there for {:.2} % of the time, {total:.4} USD", availability * 100.0);
    assert_eq!(interruptions.servers, f64::from(falls));
    assert!(falls > 10, "the market was above the cap {falls} times");
    assert!((availability - up / end.seconds()).abs() < 1e-9);
    // Seconds are rounded up by lease.
    assert!((result.cost.total.to_f64() / total - 1.0).abs() < 1e-3, "{} against {total}", result.cost.total.0);
}

/// What a server costs that runs while the price is at most `cap`, how long it does, and how often it is taken away.
fn capped(steps: &[(SimTime, f64)], cap: f64, end: SimTime) -> (f64, f64, u32) {
    let (mut total, mut up, mut falls, mut since) = (0.0, 0.0, 0, None);
    let mut settle = |from: SimTime, to: SimTime, taken: bool| {
        let length = to.since(from).seconds();
        up += length;
        if taken && length < 3_600.0 {
            return;
        }
        let mut from = from;
        while from < to {
            let until = to.min(from + Span::HOUR);
            let price = steps[steps.partition_point(|(at, _)| *at <= from) - 1].1;
            total += price * until.since(from).seconds().ceil() / 3_600.0;
            from = until;
        }
    };
    for (instant, price) in steps.iter().filter(|(at, _)| *at < end) {
        match since {
            None if *price <= cap => since = Some(*instant),
            Some(from) if *price > cap => {
                settle(from, *instant, true);
                (since, falls) = (None, falls + 1);
            }
            _ => {}
        }
    }
    if let Some(from) = since {
        settle(from, end, false);
    }
    (total, up, falls)
}

/// At the on-demand price of its day.
#[test]
fn a_fleet_on_the_market_of_2015_pays_what_the_record_says() {
    check_market(&excerpt("2015-03-c3.xlarge.csv"), None, 0.21, 23);
    if let Some(whole) = shared("traces/aws_spot_price_2015/us-east-1a-Linux-c3.xlarge.csv.gz") {
        check_market(&whole, None, 0.21, 150 * 24);
    }
}

/// Prices of 2026 change by little, and often.
#[test]
fn a_fleet_on_the_market_of_2026_pays_what_the_record_says() {
    check_market(&excerpt("2026-02.csv"), Some("us-east-1"), 0.0045, 14 * 24);
    if let Some(whole) = shared("traces/aws_spot_price_2026/spot_prices.csv.gz") {
        for (region, cap) in [("us-east-1", 0.0045), ("eu-west-1", 0.0058), ("us-west-2", 0.0041)] {
            check_market(&whole, Some(region), cap, 80 * 24);
        }
    }
}
