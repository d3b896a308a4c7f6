//! Results as a run would leave them, made by formula: five ways to host a fleet for a week.

use breakeven::results::*;
use breakeven::units::{Currency, Money};

const HOUR: f64 = 3_600.0;
pub const WEEK: f64 = 168.0 * HOUR;

pub fn money(text: &str) -> Money {
    Money(text.parse().unwrap())
}

/// One way to host the fleet.
pub struct Host {
    name: &'static str,
    platform: &'static str,
    summary: &'static str,
    /// Lines of a month's bill: service, item, quantity, unit, price, amount.
    month: &'static [(&'static str, &'static str, &'static str, &'static str, &'static str, &'static str)],
    /// Half the width of the interval of a month's cost.
    half: f64,
    /// Median execution, seconds.
    pub median: f64,
    cold_start: f64,
    cold: f64,
    utilization: f64,
    servers: Option<f64>,
}

pub const HOSTS: [Host; 5] = [
    Host {
        name: "lambda-256",
        platform: "aws-lambda",
        summary: "256 MB x86, keep-alive 5-6 min",
        month: &[
            ("lambda", "compute", "1738000", "GB-s", "0.0000166667", "28.9667246"),
            ("lambda", "requests", "104.857142", "1M", "0.20", "20.9714284"),
        ],
        half: 0.31,
        median: 0.061,
        cold_start: 0.62,
        cold: 0.0041,
        utilization: 0.118,
        servers: None,
    },
    Host {
        name: "lambda-512",
        platform: "aws-lambda",
        summary: "512 MB x86, keep-alive 5-6 min",
        month: &[
            ("lambda", "compute", "2050000", "GB-s", "0.0000166667", "34.166735"),
            ("lambda", "requests", "104.857142", "1M", "0.20", "20.9714284"),
        ],
        half: 0.28,
        median: 0.038,
        cold_start: 0.48,
        cold: 0.0039,
        utilization: 0.092,
        servers: None,
    },
    Host {
        name: "lambda-1024",
        platform: "aws-lambda",
        summary: "1024 MB arm64, keep-alive 5-6 min",
        month: &[
            ("lambda", "compute arm64", "2610000", "GB-s", "0.0000133334", "34.800174"),
            ("lambda", "requests", "104.857142", "1M", "0.20", "20.9714284"),
        ],
        half: 0.26,
        median: 0.024,
        cold_start: 0.41,
        cold: 0.0038,
        utilization: 0.071,
        servers: None,
    },
    Host {
        name: "lambda-provisioned",
        platform: "aws-lambda",
        summary: "512 MB x86, 40 provisioned",
        month: &[
            ("lambda", "provisioned concurrency", "52560000", "GB-s", "0.0000041667", "219.001752"),
            ("lambda", "provisioned compute", "1988000", "GB-s", "0.0000097222", "19.3277336"),
            ("lambda", "requests", "104.857142", "1M", "0.20", "20.9714284"),
            ("lambda", "compute", "61000", "GB-s", "0.0000166667", "1.0166687"),
        ],
        half: 0.12,
        median: 0.038,
        cold_start: 0.48,
        cold: 0.0002,
        utilization: 0.274,
        servers: None,
    },
    Host {
        name: "servers",
        platform: "aws-ec2",
        summary: "4 x t3.medium, reserved 1 y no upfront",
        month: &[("ec2", "t3.medium reserved 1 y", "2920", "instance-hours", "0.0261", "76.212")],
        half: 0.0,
        median: 0.029,
        cold_start: 0.0,
        cold: 0.0,
        utilization: 0.33,
        servers: Some(4.0),
    },
];

/// Arrivals per second by the hour of the week: days and a quieter weekend.
fn rate(at: f64) -> f64 {
    let hour = at / HOUR;
    let day = if hour > 120.0 { 0.55 } else { 1.0 };
    40.0 * day * (1.0 + 0.75 * ((hour / 24.0 - 0.58) * std::f64::consts::TAU).cos())
}

pub fn wobble(seed: f64) -> f64 {
    let x = (seed * 12.9898).sin() * 43_758.545;
    x - x.floor()
}

pub fn results() -> Results {
    let deployments: Vec<DeploymentResult> = HOSTS.iter().map(deployment).collect();
    let mut comparisons = Vec::new();
    for (index, a) in deployments.iter().enumerate() {
        for b in &deployments[index + 1..] {
            comparisons.extend(compare(a, b));
        }
    }
    Results {
        schema: SCHEMA.to_owned(),
        scenario: ScenarioInfo {
            name: "iot".to_owned(),
            hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            seed: 42,
            replications: 5,
            duration_s: WEEK,
            warmup_s: 2.0 * HOUR,
            start: "2026-01-01".to_owned(),
            text: "[scenario]\nname = \"iot\"\n".to_owned(),
            set: Vec::new(),
            intervals: Intervals { method: IntervalMethod::Replications, blocks: 0, block_s: None },
            warmup_found: None,
        },
        workload: WorkloadInfo {
            invocations: 24_131_402,
            functions: 12,
            span_s: WEEK - 3.0,
            mean_rate_per_s: 39.9,
            peak_rate_per_s: 71.3,
        },
        deployments,
        comparisons,
        assumptions: assumptions(),
        horizon: None,
        precision: None,
        warnings: vec![
            "the keep-alive of `aws-lambda` was measured in 2021 and may have changed since".to_owned(),
            "`servers` runs at 61 % in the busiest hour; a fifth server would cut p99 by half".to_owned(),
        ],
    }
}

fn deployment(host: &Host) -> DeploymentResult {
    let offered = 23_845_120.0;
    let throttled = if host.servers.is_some() { 26_110.4 } else { 0.0 };
    let items: Vec<InvoiceItem> = host.month.iter().map(|line| item(host, line)).collect();
    let per_month: Money = items.iter().map(|item| item.amount).sum();
    let share = "0.2301369863".parse().unwrap();
    let window: Vec<InvoiceItem> = items
        .iter()
        .map(|i| InvoiceItem { quantity: i.quantity * share, amount: i.amount * share, ..i.clone() })
        .collect();
    let total: Money = window.iter().map(|item| item.amount).sum();
    let center = per_month.to_f64();
    DeploymentResult {
        name: host.name.to_owned(),
        platform: host.platform.to_owned(),
        summary: host.summary.to_owned(),
        invocations: Counts {
            offered,
            completed: offered - throttled,
            cold_starts: offered * host.cold,
            throttled,
            ..Counts::default()
        },
        cold_start: ColdStart {
            fraction: Some(host.cold),
            ci95: Some([host.cold * 0.97, host.cold * 1.03]),
            by_function: Some(Percentiles { p50: host.cold, p75: host.cold * 4.0, p90: host.cold * 20.0, p99: 0.6 }),
        },
        latency_s: latency(host),
        phases_s: phases(host),
        cluster: None,
        capacity: Capacity {
            instances_mean: host.servers.unwrap_or(host.median * 900.0),
            instances_peak: host.servers.unwrap_or(host.median * 1900.0),
            busy_mean: host.median * 48.0,
            busy_peak: host.median * 460.0,
            utilization: Some(host.utilization),
            idle_gb_s: 1.8e6,
            headroom: Some(if host.servers.is_some() { 0.0 } else { 0.41 }),
            saturated_s: host.servers.map(|_| 1_260.0),
            saturated_share: host.servers.map(|_| 1_260.0 / (WEEK - 2.0 * HOUR)),
            waited: part(offered, if host.servers.is_some() { 0.061 } else { host.cold }),
            lost: part(offered, throttled / offered),
            peak_demand: host.median * 96.0,
            one_more: host.servers.map(|_| change(-0.31, "19.053", -26_110.4)),
            resized_site: None,
            not_resized: host.servers.is_none().then(|| "functions have no size to change".to_owned()),
            one_less: host.servers.map(|_| change(4.1, "-19.053", 812_000.0)),
            n_plus_1: host.servers.map(|_| false),
        },
        interruptions: None,
        cost: Cost {
            currency: Currency::Usd,
            total,
            per_month,
            per_million_invocations: Some(money("0.4762")),
            ci95: Some([center - host.half, center + host.half]),
            upfront: Money::ZERO,
            by_category: None,
            by_cause: Some(causes(host, per_month)),
            cash_by_year: Vec::new(),
            items: window,
            month_items: items,
        },
        sites: Vec::new(),
        sizing: None,
        samples: Default::default(),
        commitments: Vec::new(),
        slo: Some(slo(host)),
        claims: claims(host, per_month),
    }
}

/// Three tenths of it fees, or of servers nothing; a part idle, and of that half never needed; the rest work.
fn causes(host: &Host, per_month: Money) -> ByCause {
    let tenths = |tenths: i64| Money(per_month.0 * rust_decimal::Decimal::new(tenths, 1));
    let (fees, idle) = if host.servers.is_some() { (0, 3) } else { (3, 0) };
    let (requests, idle) = (tenths(fees), tenths(idle));
    let work = per_month - requests - idle - idle;
    ByCause { work, requests, idle, over_provisioning: idle, variable: work + requests, ..ByCause::default() }
}

fn part(offered: f64, share: f64) -> Part {
    Part { count: (offered * share).round(), share: Some(share) }
}

fn change(p99: f64, cost: &str, lost: f64) -> Change {
    Change { latency_p99_s: Some(p99), cost_per_month: money(cost), lost }
}

fn claims(host: &Host, per_month: Money) -> Claims {
    let server = host.servers.is_some();
    let provisioned = host.name.ends_with("provisioned");
    Claims {
        pay_per_use: PayPerUse { idle_share: Some(if server || provisioned { 1.0 - host.utilization } else { 0.0 }) },
        automatic_scaling: AutomaticScaling {
            overshoot: Some(1.0 / host.utilization - 1.0),
            shortfall: Some(if server { 0.41 } else { host.cold * host.cold_start / host.median }),
        },
        elasticity: Elasticity {
            reaction_s: (!server).then_some(if provisioned { 0.0 } else { 5.0 }),
            extra_latency_s: Some(if server { 212.0 } else { host.cold_start * 0.2 }),
            probe_s: Some(2_400.0),
            from_per_s: Some(39.9),
            to_per_s: Some(142.6),
        },
        fast_response: FastResponse {
            latency_p99_s: Some(p99(host)),
            execution_p99_s: Some(host.median * 5.2),
            tail_inflation: Some(p99(host) / host.median / 5.2),
            delayed_share: Some(if server { 0.031 } else { host.cold }),
        },
        lower_price: LowerPrice {
            ratio: Some(per_month.to_f64() / if host.name == "lambda-256" { 55.14 } else { 49.94 }),
            against: Some(if host.name == "lambda-256" { "lambda-512" } else { "lambda-256" }.to_owned()),
        },
    }
}

fn item(host: &Host, line: &(&str, &str, &str, &str, &str, &str)) -> InvoiceItem {
    let (service, name, quantity, unit, price, amount) = line;
    InvoiceItem {
        provider: host.platform.split('-').next().unwrap().to_owned(),
        service: (*service).to_owned(),
        item: (*name).to_owned(),
        quantity: money(quantity),
        unit: (*unit).to_owned(),
        price: money(price),
        amount: money(amount),
        tier: (*name == "compute").then(|| "1".to_owned()),
        category: None,
    }
}

fn p99(host: &Host) -> f64 {
    if host.servers.is_some() { 0.912 } else { host.median * 6.1 }
}

fn latency(host: &Host) -> Latency {
    let p99 = p99(host);
    Latency {
        mean: Some(host.median * 1.5),
        p50: Some(host.median * 1.1),
        p90: Some(host.median * 2.3),
        p95: Some(host.median * 3.1),
        p99: Some(p99),
        p999: Some(p99 + host.cold_start),
        max: Some(4.2),
        ci95: LatencyCi { mean: Some([host.median * 1.49, host.median * 1.51]), p99: Some([p99 * 0.98, p99 * 1.02]) },
    }
}

fn phases(host: &Host) -> Phases {
    let phase = |mean: f64, p99: f64| Phase { mean: Some(mean), p50: Some(mean * 0.8), p99: Some(p99) };
    Phases {
        network: phase(0.0062, 0.0181),
        queue: if host.servers.is_some() { phase(0.021, 0.71) } else { phase(0.0, 0.0) },
        cold_start: phase(host.cold * host.cold_start, if host.cold > 0.01 { host.cold_start } else { 0.0 }),
        execution: phase(host.median * 1.3, host.median * 5.2),
        services: phase(0.0058, 0.0234),
    }
}

fn slo(host: &Host) -> Slo {
    let objective = |name: &str, target: f64, actual: f64| Objective {
        name: name.to_owned(),
        target,
        actual: Some(actual),
        met: actual <= target,
    };
    let errors = if host.servers.is_some() { 0.001_095 } else { 0.0 };
    let objectives = vec![objective("latency.p99", 0.5, p99(host)), objective("errors", 0.001, errors)];
    Slo { met: objectives.iter().all(|objective| objective.met), objectives }
}

fn compare(a: &DeploymentResult, b: &DeploymentResult) -> [Comparison; 3] {
    let row = |metric: &str, left: Option<f64>, right: Option<f64>, half: f64| {
        let difference = left.zip(right).map(|(left, right)| left - right);
        Comparison {
            a: a.name.clone(),
            b: b.name.clone(),
            metric: metric.to_owned(),
            difference,
            ci95: difference.map(|d| [d - half, d + half]),
        }
    };
    let month = |d: &DeploymentResult| Some(d.cost.per_month.to_f64());
    [
        row("cost.per_month", month(a), month(b), 0.2),
        row("latency_s.p99", a.latency_s.p99, b.latency_s.p99, 0.004),
        row("cold_start.fraction", a.cold_start.fraction, b.cold_start.fraction, 0.0002),
    ]
}

fn assumptions() -> Vec<Assumption> {
    let row = |deployment: Option<&str>, subject: &str, value: &str, source: &str, date: &str| Assumption {
        deployment: deployment.map(str::to_owned),
        subject: subject.to_owned(),
        value: value.to_owned(),
        source: source.to_owned(),
        date: date.to_owned(),
    };
    vec![
        row(
            Some("lambda-256"),
            "price of compute",
            "$0.0000166667 a GB-second",
            "https://aws.amazon.com/lambda/pricing/",
            "2026-11-01",
        ),
        row(
            Some("lambda-256"),
            "keep-alive",
            "survival curve, 5 to 6 min",
            "Wang et al., Peeking behind the curtains, 2018, figure 9",
            "2018-07-11",
        ),
        row(
            Some("servers"),
            "price of t3.medium",
            "$0.0261 an hour, reserved 1 y",
            "https://aws.amazon.com/ec2/pricing/reserved-instances/",
            "2026-11-01",
        ),
        row(None, "memory to CPU", "1,769 MB give one vCPU", "AWS Lambda developer guide, memory", "2026-10-12"),
    ]
}

/// `intervals` rows for each deployment, twelve functions, 400 buckets.
pub fn tables(results: &Results, intervals: u32) -> Tables {
    let mut tables = Tables::default();
    for (deployment, host) in results.deployments.iter().zip(&HOSTS) {
        tables.timeline.extend((0..intervals).map(|row| timeline(deployment, host, row, intervals)));
        tables.functions.extend((0..12).map(|row| function(deployment, host, row)));
        tables.latency.extend(histogram(deployment, host));
        tables.invoice.extend(deployment.cost.items.iter().map(|item| invoice(deployment, item)));
    }
    tables
}

fn timeline(deployment: &DeploymentResult, host: &Host, row: u32, intervals: u32) -> TimelineRow {
    let length_s = WEEK / f64::from(intervals);
    let start_s = f64::from(row) * length_s;
    let noise = 0.93 + 0.14 * wobble(f64::from(row) + host.median);
    let rate_per_s = rate(start_s + length_s / 2.0) * noise;
    let quiet = if row == 0 { 12.0 } else { 1.0 + 2.5 * (1.0 - rate_per_s / 75.0) };
    let cold_fraction = host.cold * quiet * noise;
    TimelineRow {
        deployment: deployment.name.clone(),
        start_s,
        length_s,
        rate_per_s,
        concurrency: rate_per_s * host.median * 1.3,
        instances: host.servers.unwrap_or(rate_per_s * host.median * 11.0 + 6.0),
        places: host.servers.map_or(rate_per_s * host.median * 11.0 + 6.0, |servers| servers * 2.0),
        demand: rate_per_s * host.median * 1.35,
        waiting: rate_per_s * host.median * 0.05,
        cold_starts: cold_fraction * rate_per_s * length_s,
        cold_fraction: Some(cold_fraction),
        latency_p50_s: Some(host.median * 1.1 * noise),
        latency_p95_s: Some(host.median * 3.2 * noise),
        latency_p99_s: Some(p99(host) * noise * if row % 24 == 9 { 1.6 } else { 1.0 }),
        cost: 0.06,
    }
}

pub fn function(deployment: &DeploymentResult, host: &Host, row: u32) -> FunctionRow {
    let rate_per_s = 30.0 / f64::from(row + 1).powi(3);
    let offered = rate_per_s * (WEEK - 2.0 * HOUR);
    let cold = (host.cold * f64::from(row + 1).powf(2.4)).min(0.93);
    FunctionRow {
        deployment: deployment.name.clone(),
        function: [
            "ingest",
            "decode",
            "alert",
            "enrich",
            "store",
            "notify",
            "index",
            "rollup",
            "export",
            "audit",
            "purge",
            "monthly-statement",
        ][row as usize]
            .to_owned(),
        offered,
        completed: offered,
        cold_starts: offered * cold,
        throttled: 0.0,
        timed_out: 0.0,
        dropped: 0.0,
        abandoned: 0.0,
        rate_per_s,
        cold_fraction: Some(cold),
        latency_mean_s: Some(host.median * 1.5),
        latency_p50_s: Some(host.median * 1.1),
        latency_p99_s: Some(host.median * 6.0),
        latency_max_s: Some(4.2),
        cost: 9.0 / f64::from(row + 1),
    }
}

/// A lognormal body with a bump of cold starts (or of queueing) behind it.
fn histogram(deployment: &DeploymentResult, host: &Host) -> Vec<LatencyRow> {
    let (mut rows, mut cumulative) = (Vec::new(), 0.0);
    let slow = if host.servers.is_some() { (0.05, 0.6) } else { (host.cold, host.cold_start + host.median) };
    let weight = |latency: f64| {
        let bell = |center: f64, width: f64| (-((latency / center).ln() / width).powi(2) / 2.0).exp() / width;
        (1.0 - slow.0) * bell(host.median * 1.1, 0.62) + slow.0 * bell(slow.1, 0.35)
    };
    let latencies: Vec<f64> = (0..400).map(|bucket| 0.004 * 1.018_f64.powi(bucket)).collect();
    let whole: f64 = latencies.iter().map(|latency| weight(*latency)).sum();
    for latency_s in latencies {
        let count = (weight(latency_s) / whole * 2.3e7) as u64;
        if count > 0 {
            cumulative += count as f64;
            rows.push(LatencyRow {
                deployment: deployment.name.clone(),
                latency_s,
                count,
                cumulative_share: cumulative,
            });
        }
    }
    rows.iter_mut().for_each(|row| row.cumulative_share /= cumulative);
    rows
}

fn invoice(deployment: &DeploymentResult, item: &InvoiceItem) -> InvoiceRow {
    InvoiceRow {
        deployment: deployment.name.clone(),
        month: "2026-01".to_owned(),
        provider: item.provider.clone(),
        service: item.service.clone(),
        item: item.item.clone(),
        tier: item.tier.clone(),
        category: item.category.clone(),
        quantity: Money(item.quantity.0.normalize()),
        unit: item.unit.clone(),
        price: Money(item.price.0.normalize()),
        amount: Money(item.amount.0.normalize()),
    }
}

pub fn run() -> RunInfo {
    RunInfo {
        version: "0.1.0".to_owned(),
        wall_s: 4.21,
        threads: 2,
        invocations_simulated: 603_285_050,
        invocations_per_s: 1.433e8,
        run_together: Vec::new(),
    }
}
