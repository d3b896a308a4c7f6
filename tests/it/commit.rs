//! Plans of commitments: against newsvendors solved by hand, against every level tried, and against the bill that follows.

use std::path::Path;
use std::sync::atomic::Ordering;

use breakeven::scenario::{Base, Overrides};
use breakeven::study::commit::{Offer, Question, buyers, run};
use breakeven::study::{Control, Laboratory, in_pool};
use serde_json::Value;

use crate::small::{fails, files, fits, folder_with, json, stdout};

/// Hours of the month to which bills are scaled.
const MONTH: f64 = 730.0;

/// Servers at a dollar an hour; `keys` say how many.
fn servers(duration: &str, keys: &str) -> String {
    format!(
        "[scenario]\nname = \"small\"\nduration = \"{duration}\"\nwarmup = \"0s\"\nreplications = 1\n\
         [functions.f]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"constant\", rate = \"1/min\" }}\n\
         [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\n\
         price_override = {{ instance-time = \"$1\" }}\n{keys}\n"
    )
}

/// So many servers from each of these hours on, there at once and gone at once.
fn scheduled(hours: &[(u32, u32)]) -> String {
    let action = |(hour, size): &(u32, u32)| format!("{{ at = \"{hour}h\", least = {size}, desired = {size} }}");
    let actions: Vec<String> = hours.iter().skip(1).map(action).collect();
    format!(
        "size = {{ least = 0, most = 20, initial = {} }}\n\
         scaling = {{ policy = \"scheduled\", actions = [{}] }}\ndrain = \"0s\"\n\
         launch = {{ api = \"0s\", pending = \"0s\", boot = \"0s\", health_check = \"0s\" }}\n",
        hours[0].1,
        actions.join(", ")
    )
}

/// Reserved at this price an hour.
fn reserved(hourly: &str) -> String {
    format!("{{ kind = \"reserved\", term = \"1y\", hourly = \"${hourly}/h\" }}")
}

/// The only offer of the only site.
fn planned(scenario: &str, offer: &str, more: &[&str]) -> Value {
    planned_as(scenario, offer, "reserved", more)
}

fn planned_as(scenario: &str, offer: &str, kind: &str, more: &[&str]) -> Value {
    let folder = folder_with(scenario);
    let arguments = [&["commit", "small.toml", "--kind", kind, "--no-report", "--offer", offer], more].concat();
    let mut answer = json(folder.path(), &arguments);
    assert_eq!(answer["schema"], "breakeven.commit/1");
    assert_eq!(answer["sites"].as_array().unwrap().len(), 1);
    assert_eq!(answer["sites"][0]["offers"].as_array().unwrap().len(), 1, "one kind is asked for");
    answer["sites"][0].take()
}

#[track_caller]
fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1e-3), "{found}, expected {expected}");
}

#[test]
fn all_of_a_flat_demand_is_bought_where_it_costs_less_than_on_demand() {
    let site = planned(&servers("2d", "count = 5"), &reserved("0.99"), &[]);
    let offer = &site["offers"][0];
    close(&offer["level"], 5.0);
    close(&offer["cost"]["per_month"], 5.0 * 0.99 * MONTH);
    close(&offer["utilization"], 1.0);
    close(&offer["coverage"], 1.0);
    close(&offer["breakeven_utilization"], 0.99);

    let dear = planned(&servers("2d", "count = 5"), &reserved("1.01"), &[]);
    close(&dear["offers"][0]["level"], 0.0);
    assert_eq!((&dear["best"], &dear["offers"][0]["toml"]), (&Value::Null, &Value::Null));
}

/// Six servers for nine hours of the day and two for the other fifteen: the four pay at 37.5 % of the hours.
#[test]
fn of_a_square_wave_the_peak_is_bought_below_its_share_of_the_hours_and_the_base_above() {
    let wave = servers("1d", &scheduled(&[(0, 2), (8, 6), (17, 2)]));
    for (price, level) in [(0.37, 6.0), (0.38, 2.0)] {
        let site = planned(&wave, &reserved(&price.to_string()), &[]);
        let offer = &site["offers"][0];
        close(&offer["level"], level);
        close(&offer["newsvendor_level"], level);
        close(&offer["cost"]["per_month"], MONTH * (level * price + (6.0 - level) * 9.0 / 24.0));
        close(&site["on_demand"]["per_month"], MONTH * (2.0 + 4.0 * 9.0 / 24.0));
    }
}

/// One server, and three in the last half hour of an hour and a half: a third of the time, which 0.4 of the price exceeds.
#[test]
fn half_an_hour_counts_as_half_an_hour() {
    let site = planned(&servers("90min", &scheduled(&[(0, 1), (1, 3)])), &reserved("0.4"), &[]);
    let offer = &site["offers"][0];
    close(&offer["level"], 1.0);
    close(&offer["newsvendor_level"], 1.0);
    close(&offer["cost"]["per_month"], MONTH * (0.4 + 2.0 / 3.0));
    let load = site["load"].as_array().unwrap();
    let most = load.iter().filter(|point| point["demand"].as_f64().unwrap() > 1.5).count();
    assert!((66..=68).contains(&most), "{most} of {} steps are a third of the time", load.len());
}

/// Half a dollar where the price on demand is half a dollar or two: 1 / 2.5, whichever comes first.
#[test]
fn what_must_be_used_to_pay_is_that_of_all_draws() {
    for prices in ["\"$0.5\",\"$2\"", "\"$2\",\"$0.5\""] {
        let vary = format!("deployments.s.price_override.instance-time={prices}");
        let site = planned(&servers("6h", "count = 1"), &reserved("0.5"), &["--vary", &vary]);
        let offer = &site["offers"][0];
        close(&offer["breakeven_utilization"], 0.4);
        close(&offer["newsvendor_level"], 1.0);
        close(&offer["level"], 1.0);
    }
}

/// Two, four or nine servers, as likely as each other. At half of the price: four, since two of three draws use the fourth
/// and one of three the fifth. What hindsight saves: a dollar an hour, nothing, two and a half.
#[test]
fn the_level_of_least_expected_regret_is_the_newsvendors() {
    let site =
        planned(&servers("1d", "count = 1"), &reserved("0.5"), &["--vary", "deployments.s.count=2,4,9", "--csv"]);
    let offer = &site["offers"][0];
    close(&offer["level"], 4.0);
    close(&offer["newsvendor_level"], 4.0);
    close(&offer["cost"]["per_month"], MONTH * (4.0 * 0.5 + 5.0 / 3.0));
    close(&offer["expected_regret"], MONTH * (1.0 + 0.0 + 2.5) / 3.0);
    close(&offer["worst_regret"], MONTH * 2.5);
    close(&offer["hindsight"][0], 2.0);
    close(&offer["hindsight"][1], 9.0);
    close(&site["on_demand"]["per_month"], MONTH * 5.0);
    // Of every level: the mean over draws of its cost over the least that any level would have had.
    for level in offer["levels"].as_array().unwrap() {
        let bought = level["level"].as_f64().unwrap();
        let regret = |count: f64| bought * 0.5 + (count - bought).max(0.0) - count * 0.5;
        let regrets = [2.0, 4.0, 9.0].map(regret);
        close(&level["expected_regret"], MONTH * regrets.iter().sum::<f64>() / 3.0);
        close(&level["worst_regret"], MONTH * regrets.iter().copied().fold(0.0, f64::max));
    }
}

/// Two, four or nine servers are a stated distribution: nothing is random, so one replication knows of no chance, and more of
/// them find none.
#[test]
fn what_is_varied_is_no_chance_in_the_interval_of_the_saving() {
    let interval = |replications: &str| {
        let more = ["--vary", "deployments.s.count=2,4,9", "--replications", replications];
        let mut site = planned(&servers("6h", "count = 1"), &reserved("0.5"), &more);
        close(&site["offers"][0]["saving_per_month"], MONTH * (5.0 - 2.0 - 5.0 / 3.0));
        site["offers"][0]["saving_ci95"].take()
    };
    assert_eq!(interval("1"), Value::Null);
    let four = interval("4");
    close(&four[0], MONTH * (5.0 - 2.0 - 5.0 / 3.0));
    close(&four[1], MONTH * (5.0 - 2.0 - 5.0 / 3.0));
}

/// Where replications do differ, the same facts twice are no more than once: the interval is that of the replications.
#[test]
fn a_configuration_that_is_repeated_does_not_narrow_the_interval_of_the_saving() {
    let interval = |demand: &str| {
        let more = ["--vary", demand, "--deployment", "lambda", "--replications", "3"];
        let mut site = planned_as(MIXED, DISCOUNT, "compute-savings-plan", &more);
        let ends = site["offers"][0]["saving_ci95"].take();
        [0, 1].map(|end| ends[end].as_f64().expect("three replications"))
    };
    let (once, twice) = (interval("demand=x1"), interval("demand=x1,x1.000000001"));
    let width = |[low, high]: [f64; 2]| high - low;
    assert!(width(once) > 0.0 && (width(twice) / width(once) - 1.0).abs() < 0.02, "{once:?}, {twice:?}");
}

/// Numbers of servers, as likely as each other, that stand for a Poisson distribution: a quantile of each 400th.
fn poisson(mean: f64) -> Vec<u32> {
    const DRAWS: u32 = 400;
    let (mut count, mut probability) = (0, (-mean).exp());
    let mut below = probability;
    let quantile = |draw: u32| {
        while below < (f64::from(draw) + 0.5) / f64::from(DRAWS) {
            count += 1;
            probability *= mean / f64::from(count);
            below += probability;
        }
        count
    };
    (0..DRAWS).map(quantile).collect()
}

/// `hybrid-a*` of the reference values: so much is bought, and what demand exceeds it by is paid by use.
#[test]
fn of_poisson_demand_as_much_is_bought_as_the_reference_newsvendors_say() {
    let mut checked = 0;
    for oracle in crate::support::capacity().filter(|oracle| oracle.id.starts_with("hybrid-a")) {
        let counts: Vec<String> = poisson(oracle.parameter("offered_load")).iter().map(u32::to_string).collect();
        let vary = format!("deployments.s.count={}", counts.join(","));
        assert_eq!(oracle.parameter("burst_cost"), 1.0, "what a server costs on demand");
        let offer = reserved(&oracle.parameter("reserved_cost").to_string());
        let site = planned(&servers("1h", "count = 1"), &offer, &["--vary", &vary]);
        let found = &site["offers"][0];
        close(&found["level"], oracle.expected("r_opt"));
        let rate = found["cost"]["per_month"].as_f64().unwrap() / MONTH;
        let expected = oracle.expected("cost_rate");
        // 400 draws for a distribution: two parts in ten thousand.
        assert!((rate / expected - 1.0).abs() < 3e-4, "{}: {rate}, expected {expected}", oracle.id);
        checked += 1;
    }
    assert_eq!(checked, 4);
}

/// Of a schedule without a pattern every level is tried by a run of its own.
#[test]
fn no_other_level_costs_less_in_a_run_of_its_own() {
    let sizes = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8].into_iter();
    let hours: Vec<(u32, u32)> = (0..).zip(sizes).map(|(index, size)| (index * 2, size)).collect();
    let text = servers("1d", &scheduled(&hours));
    let site = planned(&text, &reserved("0.61"), &[]);
    let bill = |count: u32| {
        let entry = format!("{{ kind = \"reserved\", count = {count}, term = \"1y\", hourly = \"$0.61/h\" }}");
        let keys = if count == 0 { String::new() } else { format!("commitments = [{entry}]\n") };
        let folder = folder_with(&format!("{text}{keys}"));
        json(folder.path(), &["run", "small.toml", "--no-report"])["deployments"][0]["cost"]["per_month"].take()
    };
    let bills: Vec<Value> = (0..=9).map(bill).collect();
    let levels = site["offers"][0]["levels"].as_array().unwrap();
    assert_eq!(levels.iter().map(|level| level["cost_per_month"].clone()).collect::<Vec<_>>(), bills);
    let least = (0..bills.len()).min_by(|a, b| bills[*a].as_f64().unwrap().total_cmp(&bills[*b].as_f64().unwrap()));
    close(&site["offers"][0]["level"], least.unwrap() as f64);
}

/// Functions and tasks of a real shape, servers with upfront payments of the price list.
const MIXED: &str = r#"
[scenario]
name = "small"
duration = "30h"
start = "2026-01-31"
seed = 5
replications = 2

[functions.api]
memory = "512MB"
duration = { dist = "lognormal", median = "80ms", p99 = "300ms" }
cpu = "50%"

[workload.web]
function = "api"
arrivals = { process = "diurnal", rate = "3/s", hourly = [1, 1, 1, 1, 1, 1, 2, 3, 5, 6, 6, 5, 5, 6, 6, 5, 4, 4, 3, 3, 2, 2, 1, 1] }

[deployments.lambda]
platform = "aws-lambda"
memory = "1024MB"
concurrency = { provisioned = 2 }

[deployments.fargate]
platform = "aws-fargate"
cpu = 1
memory = "2GB"
size = { least = 1, most = 6 }
scaling = { policy = "target-tracking", target = "30%" }

[deployments.servers]
platform = "aws-ec2"
instance = "t3.medium"
size = { least = 1, most = 6 }
scaling = { policy = "target-tracking", target = "10%" }
"#;

const DISCOUNT: &str =
    "{ kind = \"compute-savings-plan\", term = \"3y\", payment = \"partial-upfront\", discount = \"31%\" }";

#[test]
fn what_is_promised_is_what_the_snippet_is_billed() {
    let folder = folder_with(MIXED);
    let answer = json(folder.path(), &["commit", "small.toml", "--no-report", "--term", "3y", "--offer", DISCOUNT]);
    let sites = answer["sites"].as_array().unwrap();
    let names: Vec<&str> = sites.iter().map(|site| site["deployment"].as_str().unwrap()).collect();
    assert_eq!(names, ["lambda", "fargate", "servers"]);
    let mut checked = Vec::new();
    for site in sites {
        for offer in site["offers"].as_array().unwrap() {
            let Some(entry) = offer["toml"].as_str() else { continue };
            let set = format!("{}=[{entry}]", site["key"].as_str().unwrap());
            let billed = json(folder.path(), &["run", "small.toml", "--no-report", "--set", &set]);
            let deployments = billed["deployments"].as_array().unwrap();
            let own = deployments.iter().find(|one| one["name"] == site["deployment"]).unwrap();
            for figure in ["per_month", "total"] {
                assert_eq!(own["cost"][figure], offer["cost"][figure], "{figure} with {entry}");
            }
            let served = &own["commitments"][0];
            close(&served["utilization"], offer["utilization"].as_f64().unwrap());
            close(&served["coverage"], offer["coverage"].as_f64().unwrap());
            checked.push(offer["kind"].as_str().unwrap());
        }
    }
    for kind in ["reserved", "compute-savings-plan"] {
        assert!(checked.contains(&kind), "{checked:?}");
    }
}

#[test]
fn months_add_up_to_the_window_and_end_with_it() {
    let folder = folder_with(MIXED);
    let arguments = ["commit", "small.toml", "--no-report", "--deployment", "lambda", "--offer", DISCOUNT];
    let answer = json(folder.path(), &arguments);
    let offer = &answer["sites"][0]["offers"][0];
    let months = offer["months"].as_array().unwrap();
    assert_eq!(months.iter().map(|month| month["month"].as_str().unwrap()).collect::<Vec<_>>(), ["2026-01", "2026-02"]);
    let sum: f64 = months.iter().map(|month| month["committed"].as_f64().unwrap()).sum();
    close(&Value::from(sum), 30.0 * offer["level"].as_f64().unwrap());
}

#[test]
fn levels_are_billed_and_not_simulated() {
    let text = servers("1d", &scheduled(&[(0, 2), (8, 6), (17, 2)]));
    let base = Base::of_text("s.toml", text, Path::new("."), &Overrides::default()).unwrap_or_else(|e| panic!("{e}"));
    let control = Control::default();
    let laboratory = Laboratory::new(&base, &control).unwrap_or_else(|problems| panic!("{problems}"));
    let offers = ["0.3", "0.5", "0.7"].map(|price| Offer::parse(&reserved(price)).expect("an offer"));
    let names = ["s".to_owned()];
    let answer = in_pool(1, || {
        let buyers = buyers(&laboratory, &names, &offers, &[])?;
        let question = Question { buyers, configurations: vec![Vec::new()], varied: Vec::new(), control: &control };
        run(&laboratory, &question)
    });
    let answer = answer.expect("an answer");
    assert_eq!(answer.sites[0].offers.len(), 3);
    assert_eq!(control.simulated.load(Ordering::Relaxed), 24 * 60, "a call a minute for a day, once");
}

#[test]
fn a_fleet_that_is_bought_as_a_whole_is_planned_anew() {
    let scenario = "[scenario]\nname = \"small\"\nduration = \"6h\"\nwarmup = \"0s\"\nreplications = 1\n\
         [functions.f]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = { process = \"constant\", rate = \"1/min\" }\n\
         [deployments.s]\nplatform = \"aws-ec2\"\ninstance = \"t3.medium\"\ncount = 2\n\
         purchase = \"reserved-1y-no-upfront\"\n";
    let folder = folder_with(scenario);
    let answer =
        json(folder.path(), &["commit", "small.toml", "--no-report", "--term", "1y", "--payment", "no-upfront"]);
    // The list: 0.0416 on demand, 0.0261 reserved.
    close(&answer["sites"][0]["on_demand"]["per_month"], 2.0 * 0.0416 * MONTH);
    close(&answer["sites"][0]["offers"][0]["cost"]["per_month"], 2.0 * 0.0261 * MONTH);
}

#[test]
fn the_answer_has_the_same_bytes_on_any_number_of_threads() {
    let folder = folder_with(MIXED);
    for threads in ["1", "4"] {
        let arguments =
            ["commit", "small.toml", "--no-report", "--offer", DISCOUNT, "--threads", threads, "--out", threads];
        stdout(folder.path(), &arguments);
    }
    let [one, four] = ["1", "4"].map(|name| std::fs::read(folder.path().join(name).join("results.json")).unwrap());
    assert_eq!(one, four);
}

#[test]
fn the_summary_fits_a_terminal_and_the_folder_has_what_it_names() {
    let folder = folder_with(MIXED);
    let text = stdout(folder.path(), &["commit", "small.toml", "--offer", DISCOUNT, "--csv"]);
    fits(&text);
    assert!(text.contains("less than on demand"), "{text}");
    assert!(text.contains("To use it: --set 'deployments."), "{text}");
    let written = files(folder.path());
    let has = |name: &str| written.iter().any(|(path, _)| path.ends_with(format!("reports/small-commit/{name}")));
    assert!(has("results.json") && has("levels.csv"));
    assert_eq!(has("report.html"), cfg!(feature = "report"));
    assert_eq!(has("charts/commit_load.png"), cfg!(feature = "report"));
}

#[test]
fn what_cannot_be_planned_is_refused_with_what_to_do() {
    let folder = folder_with(&servers("1h", "count = 1"));
    let check = |more: &[&str], parts: &[&str]| {
        fails(folder.path(), &[&["commit", "small.toml"], more].concat(), 2, parts);
        assert!(!folder.path().join("reports").exists(), "something was written");
    };
    check(&[], &["nothing is on offer for `s`", "help:", "--offer"]);
    check(&["--deployment", "x"], &["there is no deployment `x`"]);
    let dear = "{ kind = 'compute-savings-plan', term = '1y', discount = '170%' }";
    check(&["--offer", dear], &["--offer:1:59", dear]);
    check(&["--offer", "{ kind = \"reserved\" }"], &["no `term`"]);
    check(&["--offer", "reserved"], &["is no offer"]);
    check(&["--offer", "{ kind = \"compute-savings-plan\", term = \"1y\", discount = \"120%\" }"], &["discount"]);
    check(&["--offer", &reserved("0.5"), "--vary", "demand=2"], &["demand"]);
    let many = ["--vary", "demand=x1..x2:lin:167", "--vary", "deployments.s.count=1,2,3"];
    let said = ["`--vary` makes 501 combinations; at most 500", "help:", "take fewer values"];
    check(&[&["--offer", &reserved("0.5")], &many[..]].concat(), &said);
}
