//! What is refused of a router, with which words, and where it points.

use super::{hybrid, plan, read};
use breakeven::billing::Meter;
use breakeven::policy::route::Route;
use breakeven::units::SimTime;

/// A scenario that is right, to be made wrong in one place.
const GOOD: &str = r#"
[scenario]
name = "good"
duration = "1d"
[functions.api]
memory = "256MB"
duration = "100ms"
data_class = "personal"
[workload.users]
function = "api"
arrivals = { process = "poisson", rate = "10/s" }
[deployments.hybrid]
route = { policy = "utilization", base = "own", burst = "lambda", above = "80%", residency = { personal = ["own"] } }
transfer = { size = "200KB", latency = "12ms", kind = "region" }
outages = [{ site = "own", at = "3h", for = "1h" }]
[deployments.own]
platform = "aws-ec2"
instance = "t3.medium"
count = 2
compare = false
[deployments.lambda]
platform = "aws-lambda"
memory = "512MB"
"#;

const ROUTE: &str =
    r#"{ policy = "utilization", base = "own", burst = "lambda", above = "80%", residency = { personal = ["own"] } }"#;

/// Replaces `from` in GOOD and expects one problem, with all of `parts`.
#[track_caller]
fn check(from: &str, to: &str, parts: &[&str]) {
    assert!(GOOD.contains(from), "`{from}` is not in the scenario");
    let problems = read(&GOOD.replacen(from, to, 1)).expect_err("this should be refused");
    let report = problems.to_string();
    assert_eq!(problems.len(), 1, "{report}");
    for part in parts {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

/// The same with another route.
#[track_caller]
fn check_route(route: &str, parts: &[&str]) {
    check(ROUTE, route, parts);
}

/// The warnings of GOOD with `to` instead of `from`.
#[track_caller]
fn warnings(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "`{from}` is not in the scenario");
    let all = plan(&GOOD.replacen(from, to, 1)).warnings;
    all.into_iter().filter(|text| !text.contains("burstable")).collect()
}

#[test]
fn the_scenario_that_the_other_tests_spoil_is_right() {
    let plan = plan(GOOD);
    let names: Vec<&str> = plan.deployments.iter().map(|deployment| deployment.name.as_str()).collect();
    assert_eq!(names, ["hybrid", "lambda"]);
    let found = &plan.deployments[0];
    assert_eq!(found.platform, "aws-ec2 + aws-lambda");
    assert_eq!(found.summary, "own, lambda above 80% busy");
    assert_eq!(found.sites.iter().map(|site| site.name.as_str()).collect::<Vec<_>>(), ["own", "lambda"]);
}

/// 0.02 USD a GB to another region (AWS price list, 2024-09).
#[test]
fn transfer_is_priced_by_the_list_of_the_site_or_by_the_scenario() {
    let price = |text: &str, meter: Meter| {
        let plan = plan(text);
        let prices = &plan.deployments[0].sites[1].tariff.prices;
        prices.iter().find(|price| price.meter == meter).expect("a price").tiers[0].price.to_f64()
    };
    assert_eq!(price(GOOD, Meter::TransferRegion), 0.02);
    assert_eq!(price(&GOOD.replace("\"region\"", "\"internet\""), Meter::TransferInternet), 0.09);
    assert_eq!(
        price(&GOOD.replace("kind = \"region\"", "kind = \"zone\", price = \"$0.5\""), Meter::TransferZone),
        0.5
    );
    let elsewhere = "memory = \"512MB\"\nregion = \"eu-central-1\"\n\
                     price_override = { compute = \"$0.00002\", requests = \"$0.0000002\" }";
    check("memory = \"512MB\"", elsewhere, &["no price list of AWS has transfer-region in `eu-central-1`", "price ="]);
}

#[test]
fn a_router_that_names_itself_or_another_is_refused() {
    check("burst = \"lambda\"", "burst = \"hybrid\"", &["test.toml:13:", "`hybrid` names itself as a site"]);
    let second = "[deployments.own]";
    let text =
        "[deployments.second]\nroute = { policy = \"failover\", order = [\"hybrid\", \"lambda\"] }\n[deployments.own]";
    check(second, text, &["`hybrid` is a router too", "a deployment with a `platform`"]);
}

#[test]
fn a_site_that_does_not_exist_names_the_nearest() {
    check("base = \"own\"", "base = \"owm\"", &["there is no deployment `owm`", "`own`"]);
    check("site = \"own\"", "site = \"owm\"", &["`owm` is not a site of `hybrid`", "`own`"]);
    check("transfer = { ", "transfer = { site = \"lamda\", ", &["`lamda` is not a site of `hybrid`", "`lambda`"]);
    check("[\"own\"] }", "[\"owm\"] }", &["`owm` is not a site of `hybrid`", "`own`"]);
    check_route("{ policy = \"failover\", order = [\"own\", \"lamda\"] }", &["there is no deployment `lamda`"]);
}

#[test]
fn an_unknown_policy_or_key_names_the_nearest() {
    check("\"utilization\"", "\"utilisation\"", &["unknown routing policy `utilisation`", "`utilization`"]);
    check("above =", "abov =", &["unknown key `abov`", "`above`"]);
    check("route =", "rout =", &["unknown key `rout`", "`route`"]);
    check(", burst = \"lambda\"", "", &["key `burst` of"]);
}

#[test]
fn two_sites_are_two_deployments() {
    check_route(
        "{ policy = \"queue\", base = \"lambda\", burst = \"lambda\", above = 5, residency = { personal = [\"lambda\"] } }",
        &["`base` and `burst` are both `lambda`"],
    );
    check_route(
        "{ policy = \"failover\", order = [\"own\", \"lambda\", \"own\"], residency = { personal = [\"own\"] } }",
        &["`own` stands twice"],
    );
}

#[test]
fn an_order_or_weights_without_anyone_to_serve_are_refused() {
    check_route("{ policy = \"failover\", order = [] }", &["has no site to send anything to"]);
    check_route("{ policy = \"weighted\", weights = {} }", &["has no site to send anything to"]);
    let zero = "{ policy = \"weighted\", weights = { own = 0, lambda = 0 } }";
    let problems = read(&GOOD.replacen(ROUTE, zero, 1).replacen("data_class = \"personal\"\n", "", 1).replacen(
        "transfer = { ",
        "transfer = { site = \"lambda\", ",
        1,
    ));
    assert!(problems.expect_err("zeros").to_string().contains("all weights are zero"));
}

#[test]
fn residency_that_no_site_meets_is_refused_for_each_function() {
    check("[\"own\"] }", "[] }", &["no site of `hybrid` may serve function `api`: its data is `personal`"]);
    check(
        "{ personal =",
        "{ persona =",
        &[
            "test.toml:8:14",
            "`residency` of deployment `hybrid` does not say which sites may hold `personal`",
            "`persona`",
        ],
    );
    let two = "{ personal = [\"own\"], secret = [\"own\"] }";
    assert!(warnings("{ personal = [\"own\"] }", two)[0].contains("no function has data of class `secret`"));
}

#[test]
fn thresholds_stand_in_their_order() {
    check("above = \"80%\"", "above = \"80%\", below = \"80%\"", &["below 80% is not less than above 80%"]);
    check_route(
        "{ policy = \"queue\", base = \"own\", burst = \"lambda\", above = 5, below = 6, residency = { personal = [\"own\"] } }",
        &["below 6 is not less than above 5"],
    );
}

#[test]
fn a_base_without_a_number_of_places_needs_most() {
    check_route(
        "{ policy = \"spill\", base = \"lambda\", burst = \"own\", residency = { personal = [\"own\"] } }",
        &["`lambda` has no fixed number of places, and `most` is missing"],
    );
    let plan =
        plan(&GOOD.replacen("policy = \"utilization\"", "policy = \"spill\"", 1).replacen("above = \"80%\", ", "", 1));
    // Two servers of two cores.
    assert!(matches!(hybrid(&plan).route, Route::Spill { most: 4, .. }));
}

#[test]
fn outages_are_united_and_reach_the_servers() {
    let twice =
        "outages = [{ site = \"own\", at = \"3h\", for = \"1h\" }, { site = \"own\", at = \"2h\", for = \"1h\" }]";
    let text = GOOD.replacen("outages = [{ site = \"own\", at = \"3h\", for = \"1h\" }]", twice, 1);
    let spec = hybrid(&plan(&text));
    let hours = |hours: f64| SimTime::ZERO + breakeven::units::Span::from_seconds_f64(hours * 3_600.0);
    assert_eq!(spec.sites[0].outages, [(hours(2.0), hours(4.0))]);
    let breakeven::platform::hybrid::SiteModel::Fleet(fleet) = &spec.sites[0].model else { panic!("servers") };
    assert_eq!(fleet.hazards.outages, spec.sites[0].outages);
    assert!(warnings("at = \"3h\"", "at = \"30d\"")[0].contains("the outage of `own` at 30d is after the end, 1d"));
}

/// t3.medium: 0.0416 USD an hour for two cores; 512 MB at 0.0000166667 a GB-second and 0.2 USD a million of
/// requests of 100 ms: 8.3e-6 + 2e-6.
#[test]
fn stated_costs_far_from_the_price_lists_are_warned_of() {
    let cheapest = |more: &str| {
        format!(
            "{{ policy = \"cheapest-marginal\", base = \"own\", burst = \"lambda\", waiting_cost = \"$0.001\"{more}, \
             residency = {{ personal = [\"own\"] }} }}"
        )
    };
    let found = hybrid(&plan(&GOOD.replacen(ROUTE, &cheapest(""), 1)));
    let Route::CheapestMarginal { costs, .. } = found.route else { panic!("{:?}", found.route) };
    assert!((costs.burst / (0.5 * 0.0000166667 + 2e-6) - 1.0).abs() < 1e-9, "{costs:?}");
    assert!((costs.base / (0.0416 / 3_600.0 / 2.0) - 1.0).abs() < 1e-9, "{costs:?}");
    let told =
        |more: &str| warnings(ROUTE, &cheapest(more)).into_iter().filter(|text| text.contains("price list")).count();
    assert_eq!(told(""), 0);
    assert_eq!(told(", burst_cost = \"$0.00002\""), 0);
    assert_eq!(told(", burst_cost = \"$0.2\""), 1);
    assert_eq!(told(", base_cost = \"$0.2\", burst_cost = \"$0.0000001\""), 2);
}

#[test]
fn a_base_that_is_never_full_is_warned_of() {
    let swapped =
        "{ policy = \"queue\", base = \"lambda\", burst = \"own\", above = 5, residency = { personal = [\"own\"] } }";
    let told = warnings(ROUTE, swapped);
    assert!(told.iter().any(|text| text.contains("nothing waits at `lambda`")), "{told:?}");
}

#[test]
fn data_of_a_class_without_a_residency_is_warned_of() {
    let told = warnings(", residency = { personal = [\"own\"] }", "");
    assert!(told.iter().any(|text| text.contains("data of class `personal`, of function `api`")), "{told:?}");
}

#[test]
fn something_must_be_left_to_compare() {
    let text = GOOD.replacen("memory = \"512MB\"", "memory = \"512MB\"\ncompare = false", 1);
    let text = text.replacen("[deployments.own]", "compare = false\n[deployments.own]", 1);
    assert!(read(&text).expect_err("nothing left").to_string().contains("every deployment says `compare = false`"));
}
