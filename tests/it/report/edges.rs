//! What a report must survive: changes to the usual results.

use breakeven::results::*;
use breakeven::units::Money;

use super::fixture::{HOSTS, WEEK, function, money, wobble};

pub fn one_deployment(results: &mut Results, tables: &mut Tables) {
    results.deployments.truncate(1);
    results.comparisons.clear();
    tables.timeline.retain(|row| row.deployment == "lambda-256");
    tables.functions.retain(|row| row.deployment == "lambda-256");
    tables.latency.retain(|row| row.deployment == "lambda-256");
}

/// Nothing in the counts but what was offered.
fn silence(deployment: &mut DeploymentResult, offered: f64) {
    deployment.invocations = Counts { offered, throttled: offered, ..Counts::default() };
    deployment.cold_start = ColdStart { fraction: None, ci95: None, by_function: None };
    deployment.latency_s = Latency::default();
    deployment.phases_s = Phases::default();
    deployment.capacity = Capacity::default();
    deployment.claims = Claims::default();
    deployment.cost.per_million_invocations = None;
    for objective in deployment.slo.iter_mut().flat_map(|slo| &mut slo.objectives) {
        objective.actual = None;
    }
}

pub fn no_invocations(results: &mut Results, tables: &mut Tables) {
    results.deployments.iter_mut().for_each(|deployment| silence(deployment, 0.0));
    results.workload =
        WorkloadInfo { invocations: 0, functions: 0, span_s: 0.0, mean_rate_per_s: 0.0, peak_rate_per_s: 0.0 };
    for comparison in &mut results.comparisons {
        (comparison.difference, comparison.ci95) = (None, None);
    }
    *tables = Tables::default();
}

pub fn nothing_completes(results: &mut Results, tables: &mut Tables) {
    results.deployments.iter_mut().for_each(|deployment| silence(deployment, 23_845_120.0));
    tables.latency.clear();
    for row in &mut tables.functions {
        (row.completed, row.cold_fraction, row.latency_p99_s) = (0.0, None, None);
    }
    for row in &mut tables.timeline {
        (row.cold_fraction, row.instances, row.concurrency) = (None, 0.0, 0.0);
    }
}

pub fn one_point(results: &mut Results, tables: &mut Tables) {
    one_deployment(results, tables);
    tables.timeline.truncate(1);
    tables.functions.truncate(1);
    tables.latency.truncate(1);
    tables.latency[0].cumulative_share = 1.0;
}

pub fn many_functions(results: &mut Results, tables: &mut Tables) {
    tables.functions.clear();
    for (deployment, host) in results.deployments.iter().zip(&HOSTS) {
        for index in 0..3_000_u32 {
            let chance = |salt: f64| wobble(f64::from(index) * salt + host.median);
            let rate_per_s = 10_f64.powf(chance(1.7) * 6.0 - 5.0);
            let cold = if chance(2.3) < 0.2 { 0.0 } else { (0.004 / rate_per_s * chance(3.1)).min(1.0) };
            let mut row = function(deployment, host, index % 12);
            row.function = format!("function-{index:04}");
            row.rate_per_s = rate_per_s;
            row.offered = (rate_per_s * WEEK).ceil();
            row.cold_fraction = Some(cold);
            row.cost = rate_per_s;
            tables.functions.push(row);
        }
    }
}

pub fn hostile_names(results: &mut Results, tables: &mut Tables) {
    const NAME: &str = "<script>alert(\"1\")</script> & a name that goes on and on \u{1b}[31m like this one does";
    results.scenario.name = format!("{NAME} 日本語の名前がここに続きますよ日本語の名前がここに続きますよ");
    results.warnings.push(format!("a warning about {NAME} and-a-word-that-does-not-end{}", "x".repeat(200)));
    for (index, deployment) in results.deployments.iter_mut().enumerate() {
        let name = format!("<b>bold{index}</b> {NAME}");
        tables
            .timeline
            .iter_mut()
            .filter(|row| row.deployment == deployment.name)
            .for_each(|row| row.deployment = name.clone());
        tables
            .latency
            .iter_mut()
            .filter(|row| row.deployment == deployment.name)
            .for_each(|row| row.deployment = name.clone());
        for row in tables.functions.iter_mut().filter(|row| row.deployment == deployment.name) {
            row.deployment = name.clone();
            row.function = format!("{NAME} {}", row.function);
        }
        deployment.name = name;
        deployment.summary = NAME.to_owned();
        deployment.cost.month_items.iter_mut().for_each(|item| item.item = NAME.to_owned());
        deployment.cost.items.iter_mut().for_each(|item| item.item = NAME.to_owned());
    }
    results.assumptions.iter_mut().for_each(|assumption| assumption.source = NAME.to_owned());
}

pub fn endless_latency(results: &mut Results, tables: &mut Tables) {
    for (index, deployment) in results.deployments.iter_mut().enumerate() {
        let value = [f64::INFINITY, 1e12, 1e300, 3e7, f64::INFINITY][index];
        deployment.latency_s.p99 = Some(value);
        deployment.latency_s.max = Some(value);
        deployment.phases_s.queue = Phase { mean: Some(value), p50: Some(value), p99: Some(value) };
        deployment.capacity.instances_peak = 1e18;
    }
    for row in &mut tables.latency {
        row.latency_s *= 1e9;
    }
    tables.latency.last_mut().unwrap().latency_s = f64::INFINITY;
    tables.timeline[3].instances = f64::INFINITY;
    tables.timeline[5].concurrency = 1e300;
}

pub fn free(results: &mut Results, tables: &mut Tables) {
    for cost in results.deployments.iter_mut().map(|deployment| &mut deployment.cost) {
        (cost.total, cost.per_month, cost.ci95) = (Money::ZERO, Money::ZERO, Some([0.0, 0.0]));
        cost.items.iter_mut().chain(&mut cost.month_items).for_each(|item| item.amount = Money::ZERO);
    }
    tables.functions.iter_mut().for_each(|row| row.cost = 0.0);
    tables.invoice.clear();
}

pub fn many_deployments(results: &mut Results, tables: &mut Tables) {
    let some = results.deployments.clone();
    let more = (0..40).map(|index| {
        let mut deployment = some[index % some.len()].clone();
        deployment.name = format!("option-{index:02}");
        deployment.cost.per_month =
            Money(deployment.cost.per_month.0 * "1000000".parse::<rust_decimal::Decimal>().unwrap());
        deployment
    });
    results.deployments = more.collect();
    tables.timeline.iter_mut().for_each(|row| row.deployment = "option-00".to_owned());
}

pub fn one_replication(results: &mut Results, _: &mut Tables) {
    results.scenario.replications = 1;
    for deployment in &mut results.deployments {
        deployment.cost.ci95 = None;
        deployment.cold_start.ci95 = None;
        deployment.latency_s.ci95 = LatencyCi::default();
    }
    results.comparisons.iter_mut().for_each(|comparison| comparison.ci95 = None);
}

/// Gives the deployment one objective that it misses.
pub fn miss(deployment: &mut DeploymentResult, name: &str, target: f64) {
    let objective = Objective { name: name.to_owned(), target, actual: deployment.latency_s.p99, met: false };
    deployment.slo = Some(Slo { met: false, objectives: vec![objective] });
}

/// Two sites, one of them with a name that is too long, once with closed forms and once where nothing went out.
pub fn several_sites(results: &mut Results, _: &mut Tables) {
    let site = |name: &str, share: Option<f64>| SiteResult {
        name: name.to_owned(),
        platform: "aws-ec2".to_owned(),
        served: share.unwrap_or(0.0) * 1e6,
        served_share: share,
        waited: 10.0,
        utilization: share,
        instances_mean: 123_456.789,
        instances_peak: 1e6,
        busy_mean: 1.0,
        busy_peak: 2.0,
        cost: money("1234567.89"),
        cost_per_month: money("123456789.01"),
    };
    let newsvendor =
        Newsvendor { places: 12_345, servers: 1_234, overflow_share: 0.1, cost_per_hour: 1e7, interval_s: 600.0 };
    let sizing = |newsvendor: Option<Newsvendor>| Sizing {
        base: "a base <&> with a name that no line of a terminal can hold, as some people have them".to_owned(),
        burst: "burst".to_owned(),
        own_place_hour: 0.001,
        burst_place_hour: newsvendor.map(|_| 0.1),
        load: 9.5,
        places: 16.0,
        places_per_server: 4,
        newsvendor,
        erlang_b: ErlangB { places: 16, overflow_share: 1e-9, overflow_share_by_interval: 0.0 },
        simulated: SimulatedSizing { overflow_share: newsvendor.map(|_| 0.999_99), cost_per_hour: 0.0 },
        assumes: vec!["nothing".to_owned()],
    };
    let name = "a base <&> with a name that no line of a terminal can hold, as some people have them";
    results.deployments[0].sites = vec![site(name, Some(0.75)), site("burst", Some(0.25))];
    results.deployments[0].sizing = Some(sizing(Some(newsvendor)));
    results.deployments[1].sites = vec![site("own", None), site("burst", None)];
    results.deployments[1].sizing = Some(sizing(None));
}

/// A reservation that is used up, and a plan of which half is lost.
pub fn commitments(results: &mut Results, _: &mut Tables) {
    let one = |name: &str, used: f64, cost: &str, unused: &str| CommitmentResult {
        name: name.to_owned(),
        site: "servers".to_owned(),
        counted: "instance-hours".to_owned(),
        bought: 100.0,
        used: used * 100.0,
        utilization: Some(used),
        coverage: Some(0.25),
        cost: money(cost),
        unused_amount: money(unused),
        covered_amount: money("7"),
    };
    let servers = results.deployments.iter_mut().find(|one| one.name == "servers").expect("servers");
    servers.commitments =
        vec![one("t3.medium reserved 1 y", 1.0, "4.20", "0"), one("compute savings plan", 0.5, "3", "1.50")];
}
