//! Purchase options through the whole program: a scenario in, its bill under commitments out.

use std::path::Path;

use breakeven::results::{CommitmentResult, DeploymentResult, Results, assemble};
use breakeven::scenario::{Overrides, load_text};
use breakeven::study::{Control, run};
use serde_json::Value;

/// A deployment on EC2 with these keys, for `duration`, hardly busy.
fn scenario(duration: &str, keys: &str) -> String {
    format!(
        "[scenario]\nname = \"s\"\nduration = \"{duration}\"\nwarmup = \"0s\"\nreplications = 1\n\
         [functions.f]\nmemory = \"128MB\"\nduration = \"50ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"constant\", rate = \"1/min\" }}\n\
         [deployments.s]\n{keys}\n"
    )
}

fn servers(instance: &str, keys: &str) -> String {
    format!("platform = \"aws-ec2\"\ninstance = \"{instance}\"\n{keys}")
}

fn results(text: String) -> Results {
    on_threads(text, 1)
}

fn on_threads(text: String, threads: usize) -> Results {
    let plan = load_text("s.toml", text, Path::new("."), &Overrides::default());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, threads, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("a bill").0
}

fn deployed(duration: &str, keys: &str) -> DeploymentResult {
    results(scenario(duration, keys)).deployments.remove(0)
}

/// What is wrong with it, as it is shown.
fn problems(keys: &str) -> String {
    let loaded = load_text("s.toml", scenario("1h", keys), Path::new("."), &Overrides::default());
    loaded.expect_err("refused").to_string()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1e-3), "{found}, expected {expected}");
}

/// Quantity and amount of the line of this item; zero where there is none.
fn line(of: &DeploymentResult, item: &str) -> (f64, f64) {
    let found = of.cost.items.iter().find(|line| line.item == item);
    found.map_or((0.0, 0.0), |line| (line.quantity.to_f64(), line.amount.to_f64()))
}

fn only(of: &DeploymentResult) -> &CommitmentResult {
    assert_eq!(of.commitments.len(), 1);
    &of.commitments[0]
}

/// A printed figure of a provider's example.
fn printed(id: &str, item: &str) -> f64 {
    let file = format!("{}/tests/data/bills/commitments.json", env!("CARGO_MANIFEST_DIR"));
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let example = data["examples"].as_array().unwrap().iter().find(|example| example["id"] == id);
    example.and_then(|example| example["expected"][item].as_str()).expect("a printed figure").parse().unwrap()
}

fn oracle(id: &str) -> Value {
    let file = format!("{}/tests/data/bills/costs.json", env!("CARGO_MANIFEST_DIR"));
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    data["oracles"].as_array().unwrap().iter().find(|oracle| oracle["id"] == id).expect("an oracle").clone()
}

/// One reserved m5.large; prices of one are stated, as no list has it.
const ONE_M5: &str = "{ kind = \"reserved\", count = 1, term = \"1y\", hourly = \"$0.06/h\" }";

/// Servers that are there at once and go at once.
const INSTANT: &str =
    "drain = \"0s\"\nlaunch = { api = \"0s\", pending = \"0s\", boot = \"0s\", health_check = \"0s\" }";

/// A fleet whose size is set at these instants.
fn scheduled(most: u32, initial: u32, actions: &[(&str, u32)]) -> String {
    let action = |(at, desired): &(&str, u32)| format!("{{ at = \"{at}\", least = {desired}, desired = {desired} }}");
    let actions: Vec<String> = actions.iter().map(action).collect();
    format!(
        "size = {{ least = 0, most = {most}, initial = {initial} }}\n\
         scaling = {{ policy = \"scheduled\", actions = [{}] }}\n{INSTANT}\n",
        actions.join(", ")
    )
}

#[test]
fn one_reservation_covers_one_hour_of_four_servers_or_a_quarter_of_each() {
    let id = "aws-ri-clockhour-1";
    let fleet = deployed("1h", &servers("m5.large", &format!("count = 4\ncommitments = [{ONE_M5}]")));
    close(line(&fleet, "m5.large on demand").0, printed(id, "on-demand hours"));
    close(only(&fleet).used, printed(id, "RI hours used"));

    let id = "aws-ri-clockhour-2";
    let keys = scheduled(4, 4, &[("15min", 0)]);
    let fleet = deployed("1h", &servers("m5.large", &format!("{keys}commitments = [{ONE_M5}]")));
    close(line(&fleet, "m5.large on demand").0, printed(id, "on-demand hours"));
    close(only(&fleet).used, printed(id, "RI hours used"));
    assert_eq!(only(&fleet).utilization, Some(1.0));
}

/// The guide's rates: 1.00 on demand and 0.70 under the plan.
#[test]
fn a_savings_plan_of_two_dollars_covers_what_the_guide_prints() {
    let id = "aws-sp-scenario-2";
    let keys = "count = 4\nprice_override = { instance-time = \"$1\" }\n\
        commitments = [{ kind = \"compute-savings-plan\", commitment = \"$2/h\", term = \"1y\", rate = \"$0.70/h\" }]";
    let fleet = deployed("1h", &servers("r5.4xlarge", keys));
    let (hours, amount) = line(&fleet, "r5.4xlarge on demand");
    assert_eq!(((4.0 - hours) * 1e3).round() / 1e3, printed(id, "units covered"));
    assert_eq!((amount * 1e2).round() / 1e2, printed(id, "leftover r5 on demand"));
    close(fleet.cost.total.to_f64(), 2.0 + 8.0 / 7.0);
    assert_eq!(only(&fleet).utilization, Some(1.0));
    close(only(&fleet).coverage.unwrap(), 2.0 / 0.7 / 4.0);
}

#[test]
fn what_a_savings_plan_does_not_use_is_paid_and_shown() {
    let keys = "count = 4\nprice_override = { instance-time = \"$1\" }\ncommitments = [\
        { kind = \"instance-savings-plan\", commitment = \"$3/h\", term = \"1y\", rate = \"$0.60/h\" }]";
    let fleet = deployed("2h", &servers("r5.4xlarge", keys));
    let plan = only(&fleet);
    close(plan.used / 2.0, printed("aws-sp-scenario-4", "commitment used"));
    close(fleet.cost.total.to_f64(), 6.0);
    close(plan.unused_amount.to_f64(), 2.0 * 0.6);
    assert_eq!(line(&fleet, "r5.4xlarge on demand").0, 0.0);
    // It saves 8 - 6 dollars.
    close(plan.covered_amount.to_f64() - plan.cost.to_f64(), 2.0);
}

#[test]
fn reserved_capacity_is_paid_while_nothing_runs_in_it_and_once_while_something_does() {
    let id = "aws-cr-timeline";
    let keys = scheduled(1, 0, &[("1h", 1)]);
    let capacity = "commitments = [{ kind = \"capacity-reservation\", count = 1, to = \"5h\" }]";
    let fleet = deployed("6h", &servers("m5.large", &format!("{keys}{capacity}")));
    let (unused, amount) = line(&fleet, "m5.large capacity reservation, unused");
    close(unused, printed(id, "unused hours billed"));
    close(amount, 0.096);
    let inside_and_outside = printed(id, "instance hours inside") + printed(id, "instance hours outside");
    close(line(&fleet, "m5.large on demand").0, inside_and_outside);
    close(only(&fleet).used, printed(id, "instance hours inside"));
    close(only(&fleet).bought, 5.0);
    close(only(&fleet).unused_amount.to_f64(), 0.096);
}

#[test]
fn of_twenty_reserved_places_fifteen_are_used_and_five_are_paid_idle() {
    let capacity = "count = 15\ncommitments = [{ kind = \"capacity-reservation\", count = 20 }]";
    let fleet = deployed("1h", &servers("m5.large", capacity));
    close(line(&fleet, "m5.large on demand").0, printed("aws-cr-20-15", "instances billed as used"));
    close(line(&fleet, "m5.large capacity reservation, unused").0, printed("aws-cr-20-15", "billed as unused"));
    // A month of twenty instances, whether they run or not.
    close(fleet.cost.per_month.to_f64(), 20.0 * 730.0 * 0.096);
}

/// Two reservations for two instances that run are one place for each.
#[test]
fn servers_fill_one_reservation_after_the_other() {
    let keys = "count = 3\ncommitments = [{ kind = \"capacity-reservation\", count = 2 },\
        { kind = \"capacity-reservation\", count = 2, from = \"30min\" }]";
    let fleet = deployed("1h", &servers("m5.large", keys));
    let used: Vec<f64> = fleet.commitments.iter().map(|one| one.used).collect();
    assert_eq!(used, [2.0, 0.5]);
    close(line(&fleet, "m5.large capacity reservation, unused").0, 0.5);
}

/// $0.0261 an hour: a month of a reserved t3.medium, as published; 0.0416 on demand.
#[test]
fn a_fleet_that_is_reserved_as_a_whole_costs_the_published_month_however_it_is_said() {
    let said = [
        "count = 4\npurchase = \"reserved-1y-no-upfront\"",
        "count = 4\ncommitments = [{ kind = \"reserved\", count = 4, term = \"1y\" }]",
        "count = 4\ncommitments = [{ kind = \"reserved\", count = 8, term = \"1y\", instance = \"t3.small\", hourly = \"$0.01305/h\" }]",
        "count = 4\ncommitments = [{ kind = \"instance-savings-plan\", commitment = \"$0.1044/h\", term = \"1y\", rate = \"$0.0261/h\" }]",
    ];
    for keys in said {
        for duration in ["10s", "90min", "3d"] {
            let fleet = deployed(duration, &servers("t3.medium", keys));
            assert_eq!(fleet.cost.per_month.0.to_string().parse(), Ok(76.212), "{keys}, {duration}");
            assert_eq!(fleet.cost.upfront.to_f64(), 0.0);
            assert_eq!(only(&fleet).utilization, Some(1.0), "{keys}, {duration}");
            close(only(&fleet).coverage.unwrap(), 1.0);
        }
        close(deployed("90min", &servers("t3.medium", keys)).cost.total.to_f64(), 4.0 * 1.5 * 0.0261);
    }
}

/// Of a price list that has no price on demand in this region; 949 dollars each.
#[test]
fn what_is_paid_upfront_is_spread_over_the_term_and_shown_as_cash() {
    let keys = "count = 3\nregion = \"us-east-2\"\npurchase = \"reserved-3y-all-upfront\"";
    let fleet = deployed("219d", &servers("m5.large", keys));
    assert_eq!(fleet.cost.upfront.to_f64(), 2_847.0);
    close(fleet.cost.total.to_f64(), 569.4);
    close(fleet.cost.per_month.to_f64(), 2_847.0 / 36.0);
    let plan = "count = 1\ncommitments = [{ kind = \"compute-savings-plan\", commitment = \"$1/h\", term = \"3y\", \
        payment = \"partial-upfront\", discount = \"30%\" }]";
    let plan = deployed("10h", &servers("m5.large", plan));
    assert_eq!(plan.cost.upfront.to_f64(), 26_280.0 / 2.0);
    close(plan.cost.total.to_f64(), 10.0);
    close(only(&plan).utilization.unwrap(), 0.096 * 0.7);
}

/// Terms are paid although the servers that they are for are down half of the time.
#[test]
fn a_reserved_fleet_that_is_down_is_paid_all_the_same() {
    let keys = "count = 2\npurchase = \"reserved-1y-no-upfront\"\n\
        maintenance = { every = \"4h\", length = \"1h\" }";
    let fleet = deployed("10h", &servers("t3.medium", keys));
    let fee = line(&fleet, "t3.medium reserved 1 y, no upfront").1;
    close(fee, 2.0 * 10.0 * 0.0261);
}

#[test]
fn a_reservation_pays_off_where_the_ratio_of_prices_says() {
    let oracle = oracle("ri-breakeven");
    let effective = oracle["parameters"]["reserved_effective"].as_str().unwrap().to_owned();
    let expected = oracle["expected"]["breakeven_utilisation"].as_f64().unwrap();
    let keys = |minutes: u32, commitment: &str| {
        let fleet = scheduled(1, 1, &[(&format!("{minutes}min"), 0)]);
        deployed("100min", &servers("t3.medium", &format!("{fleet}{commitment}"))).cost.total.to_f64()
    };
    let reserved =
        format!("commitments = [{{ kind = \"reserved\", count = 1, term = \"1y\", hourly = \"${effective}/h\" }}]");
    // Of 100 minutes one more than the share at break-even, and one less: in one piece, so that hours do not matter.
    let (below, above) = ((expected * 100.0) as u32, (expected * 100.0) as u32 + 1);
    assert!(keys(below, &reserved) > keys(below, ""));
    assert!(keys(above, &reserved) < keys(above, ""));
}

#[test]
fn an_instance_on_demand_costs_the_published_month() {
    let oracle = oracle("ec2-730");
    let month = deployed("1d", &servers("t3.micro", "count = 1")).cost;
    assert_eq!(oracle["expected"]["usd"], month.per_month.cents().to_string());
    let kept = servers(
        "t3.micro",
        "size = { least = 0, most = 1 }\nscaling = { policy = \"scheduled\", actions = [{ at = \"0s\", desired = 0 }] }\n\
         commitments = [{ kind = \"capacity-reservation\", count = 1 }]",
    );
    assert_eq!(deployed("1d", &kept).cost.per_month, month.per_month, "kept ready for nobody, it costs as much");
}

/// 60 GB-seconds a minute, of which a plan at 17 % off covers what its commitment buys.
#[test]
fn a_compute_savings_plan_covers_functions_but_no_requests() {
    let text = |commitments: &str| {
        scenario("2h", &format!("platform = \"aws-lambda\"\nmemory = \"1GB\"\nkeep_alive = {{ policy = \"none\" }}\ncold_start = \"0s\"\n{commitments}"))
            .replace("duration = \"50ms\"", "duration = \"60s\"")
    };
    let alone = results(text("")).deployments.remove(0);
    let plan = "commitments = [{ kind = \"compute-savings-plan\", commitment = \"$0.03/h\", term = \"1y\", discount = \"17%\" }]";
    let with = results(text(plan)).deployments.remove(0);
    let compute = "duration x86";
    let (all, on_demand) = (line(&alone, compute).0, line(&with, compute).0);
    close(all, 2.0 * 3_600.0);
    let rate = 0.0000166667 * 0.83;
    close(on_demand, all - 2.0 * 0.03 / rate);
    assert_eq!(line(&with, "requests"), line(&alone, "requests"));
    close(with.cost.total.to_f64(), alone.cost.total.to_f64() + 0.06 - (all - on_demand) * 0.0000166667);
    assert_eq!(only(&with).utilization, Some(1.0));
    close(with.cost.per_month.to_f64(), 365.0 * with.cost.total.to_f64());
}

/// Laws, over fleets that breathe: nothing is used beyond what was bought, nothing is covered twice, and the bill lies
/// between the fees and the fees with everything on demand.
#[test]
fn commitments_never_cost_more_than_their_fees_on_top() {
    let fleet = scheduled(6, 2, &[("40min", 5), ("100min", 1), ("190min", 6), ("205min", 3)]);
    let alone = deployed("5h", &servers("t3.medium", &fleet));
    for (count, plan) in [(1, "$0.01/h"), (3, "$0.05/h"), (6, "$0.20/h"), (9, "$9/h")] {
        let commitments = format!(
            "commitments = [{{ kind = \"reserved\", count = {count}, term = \"1y\" }},\
             {{ kind = \"reserved\", count = 1, term = \"3y\", scope = \"us-east-1a\" }},\
             {{ kind = \"compute-savings-plan\", commitment = \"{plan}\", term = \"1y\", discount = \"27%\" }},\
             {{ kind = \"capacity-reservation\", count = {count}, from = \"30min\", to = \"4h\" }}]\nzone = \"us-east-1a\"\n"
        );
        let with = deployed("5h", &servers("t3.medium", &format!("{fleet}{commitments}")));
        assert_eq!(with.commitments.len(), 4);
        let fees: f64 = with.commitments[..3].iter().map(|one| one.cost.to_f64()).sum();
        let idle = with.commitments[3].cost.to_f64();
        let total = with.cost.total.to_f64();
        assert!(fees <= total + 1e-9 && total <= alone.cost.total.to_f64() + idle + fees + 1e-9, "{fees} {total}");
        for one in &with.commitments {
            let used = one.utilization.unwrap();
            assert!((0.0..=1.0).contains(&used), "{one:?}");
            assert!(one.unused_amount <= one.cost && one.used <= one.bought * (1.0 + 1e-12), "{one:?}");
        }
        let coverage: f64 = with.commitments.iter().filter_map(|one| one.coverage).sum();
        assert!((0.0..=1.0 + 1e-9).contains(&coverage));
        let covered: f64 = with.commitments.iter().map(|one| one.covered_amount.to_f64()).sum();
        close(total, alone.cost.total.to_f64() + idle + fees - covered);
    }
}

/// Many functions, so that threads share the pools of one deployment.
#[test]
fn a_plan_is_cleared_alike_on_any_number_of_threads() {
    let functions = |form: fn(usize) -> String| (1..13).map(form).collect::<String>();
    let text = format!(
        "[scenario]\nname = \"s\"\nduration = \"3h\"\nwarmup = \"0s\"\nreplications = 3\n{}{}\
         [deployments.s]\nplatform = \"aws-lambda\"\nconcurrency = {{ provisioned = 1 }}\n\
         commitments = [{{ kind = \"compute-savings-plan\", commitment = \"$0.05/h\", term = \"1y\", discount = \"10%\" }}]\n",
        functions(|i| format!("[functions.f{i}]\nmemory = \"1GB\"\nduration = \"900ms\"\n")),
        functions(|i| format!(
            "[workload.w{i}]\nfunction = \"f{i}\"\narrivals = {{ process = \"poisson\", rate = \"{i}/min\" }}\n"
        )),
    );
    let one = on_threads(text.clone(), 1);
    assert_eq!(one, on_threads(text, 4));
    // Provisioned concurrency takes most of it: 12 GB at 0.0000041667 are 0.18 dollars an hour.
    assert_eq!(only(&one.deployments[0]).utilization, Some(1.0));
}

#[test]
fn a_savings_plan_as_the_purchase_of_a_fleet_is_paid_for_all_of_it() {
    let fleet = deployed("100h", &servers("m7g.xlarge", "count = 3\npurchase = \"savings-plan-3y\""));
    close(fleet.cost.total.to_f64(), 300.0 * 0.0457);
    assert_eq!((only(&fleet).utilization, only(&fleet).counted.as_str()), (Some(1.0), "commitment"));
}

#[test]
fn a_deployment_without_commitments_says_so() {
    assert!(deployed("1h", &servers("t3.medium", "count = 1")).commitments.is_empty());
    let google = "platform = \"gcp-compute\"\ninstance = \"e2-standard-8\"\ncount = 1\nregion = \"europe-west4\"\npurchase = \"committed-1y\"";
    assert!(deployed("1h", google).commitments.is_empty(), "Google's terms are paid by the month");
}

#[track_caller]
fn refused(keys: &str, says: &[&str]) {
    let shown = problems(keys);
    for part in says {
        assert!(shown.contains(part), "{shown}\nlacks `{part}`");
    }
}

#[test]
fn a_commitment_that_cannot_be_meant_is_refused_with_what_to_write() {
    let with = |instance: &str, entry: &str| servers(instance, &format!("count = 2\ncommitments = [{{ {entry} }}]"));
    refused(
        &with("t3.medium", "kind = \"reserved\", count = 1"),
        &["key `term` of `deployments.s.commitments` is missing"],
    );
    refused(&with("t3.medium", "kind = \"reserved\", count = 1, term = \"2y\""), &["`2y` is not one of `1y`, `3y`"]);
    refused(
        &with("t3.medium", "kind = \"reserved\", count = 1, term = \"1y\", instance = \"m5.large\", hourly = \"$1/h\""),
        &["can cover nothing: the servers are t3.medium", "a regional reservation serves its own family"],
    );
    refused(
        &with("t3.medium", "kind = \"reserved\", count = 1, term = \"1y\", scope = \"us-east-1a\""),
        &["can cover nothing", "`zone = \"us-east-1a\"` beside `instance`"],
    );
    refused(
        &with("m5.large", "kind = \"reserved\", count = 1, term = \"1y\""),
        &[
            "no price of instance-time for instance `m5.large`",
            "state the price of one instance in the commitment: `hourly = \"$.../h\"`",
        ],
    );
    refused(
        &with("t3.medium", "kind = \"reserved\", count = 1, term = \"1y\", payment = \"partial-upfront\""),
        &["does not say what t3.medium reserved 1 y, partial upfront costs upfront", "`upfront = \"$...\"`"],
    );
    refused(
        &with("t3.medium", "kind = \"instance-savings-plan\", commitment = \"$1/h\", term = \"1y\""),
        &["no rate of t3.medium under `savings-plan-1y-no-upfront`", "`rate = \"$.../h\"`"],
    );
    refused(
        &with("t3.medium", "kind = \"instance-savings-plan\", commitment = \"$1.20\", term = \"1y\""),
        &["amount an hour `$1.20` has no unit; write `$1.20/h`"],
    );
    refused(
        &with("t3.medium", "kind = \"compute-savings-plan\", commitment = \"$0/h\", term = \"1y\", discount = \"9%\""),
        &["covers nothing"],
    );
    refused(
        &with("t3.medium", "kind = \"capacity-reservation\", count = 1, from = \"30min\", to = \"10min\""),
        &["ends before it begins"],
    );
    refused(&with("t3.medium", "kind = \"resreved\", count = 1"), &["unknown commitment `resreved`", "`reserved`"]);
}

#[test]
fn a_purchase_that_does_not_say_how_much_is_refused_with_what_to_write() {
    let scaled = "size = { least = 2, most = 20 }\nscaling = { policy = \"target-tracking\", target = \"50%\" }\n";
    refused(
        &servers("t3.medium", &format!("{scaled}purchase = \"reserved-1y-no-upfront\"")),
        &["does not say how many of 2 to 20 servers are bought", "kind = \"reserved\", count = 2, term = \"1y\""],
    );
    let entry = "commitments = [{ kind = \"reserved\", count = 1, term = \"1y\" }]";
    refused(&servers("t3.medium", &format!("count = 2\npurchase = \"spot\"\n{entry}")), &["but `purchase` is `spot`"]);
    refused(
        &format!("platform = \"azure-vm\"\ninstance = \"Standard_D2s_v5\"\ncount = 2\n{entry}"),
        &["`azure-vm` has no commitments that are cleared by the hour", "modelled for `aws-ec2`"],
    );
    refused(
        &format!("platform = \"aws-lambda\"\n{entry}"),
        &["unknown commitment of functions or tasks `reserved`", "`compute-savings-plan`"],
    );
}
