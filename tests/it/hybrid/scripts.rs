//! Runs that were worked by hand.

use breakeven::ids::FunctionId;
use breakeven::platform::hybrid::{HybridSpec, Transfer};
use breakeven::record::Fate;
use breakeven::units::{Size, Span};
use breakeven::workload::Invocation;

use super::{END, Placed, at, engine, hybrid, plan, play, requests};
use crate::support::Journal;

const SITES: &str = r#"
[scenario]
name = "t"
duration = "1h"
[functions.f]
memory = "1GB"
duration = "1s"
[workload.w]
function = "f"
arrivals = { process = "constant", rate = "1/s" }
[deployments.own]
platform = "aws-ec2"
instance = "m5.large"
count = 1
discipline = "fcfs"
workers = 4
launch = { api = "0s", pending = "1s", boot = "2s", health_check = "2s" }
[deployments.other]
platform = "aws-ec2"
instance = "m5.large"
count = 1
discipline = "fcfs"
workers = 4
[deployments.lambda]
platform = "aws-lambda"
cold_start = "0s"
"#;

/// The router of `keys` over the sites above.
#[track_caller]
fn router(keys: &str) -> HybridSpec {
    hybrid(&plan(&format!("{SITES}\n[deployments.router]\n{keys}\n")))
}

fn sites(placed: &Placed) -> Vec<usize> {
    placed.outcomes.iter().map(|(site, _)| *site).collect()
}

/// Four places; above 50 % for 2 s, below 30 % for 3 s. The third, at 0, makes the base too busy, the fourth comes a second
/// later, and who comes after 2 s goes out. At 20 three end, and one is below. Nobody comes while the 3 s run out at 23:
/// the base has been below for long enough all the same when somebody does at 26.
#[test]
fn the_router_bursts_and_returns_when_the_thresholds_have_held_long_enough() {
    let spec = router(
        "route = { policy = \"utilization\", base = \"own\", burst = \"lambda\", above = \"50%\", above_for = \"2s\", \
         below = \"30%\", below_for = \"3s\" }",
    );
    let script = [
        (0.0, 20.0),
        (0.0, 20.0),
        (0.0, 20.0),
        (1.0, 39.0),
        (2.0, 5.0),
        (3.0, 1.0),
        (10.0, 1.0),
        (21.0, 1.0),
        (26.0, 1.0),
        (28.0, 1.0),
        (29.0, 1.0),
    ];
    let placed = play(&spec, &["f"], &requests(&script));
    assert_eq!(sites(&placed), [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]);
}

/// The same load, and only what finds more than half of the places busy goes out: the base stays that busy.
#[test]
fn excess_alone_goes_out_if_so_stated() {
    let spec = router(
        "route = { policy = \"utilization\", base = \"own\", burst = \"lambda\", above = \"50%\", below = \"20%\", \
         bursting = \"excess\" }",
    );
    // 0, 1, 2 busy: stays; 3 busy: out, twice; at 5 one has ended: 2 busy, stays, though still bursting.
    let script = [(0.0, 5.0), (0.0, 9.0), (0.0, 9.0), (1.0, 1.0), (2.0, 1.0), (5.0, 1.0), (5.0, 1.0)];
    assert_eq!(sites(&play(&spec, &["f"], &requests(&script))), [0, 0, 0, 1, 1, 0, 1]);
}

/// Down from 10 s to 20 s; then a server takes 5 s to come. The work of 5 s is lost at 10, that of 9 s had ended.
#[test]
fn an_outage_takes_the_servers_of_a_site_and_the_router_goes_round_it() {
    let spec = router(
        "route = { policy = \"failover\", order = [\"own\", \"other\"] }\noutages = [{ site = \"own\", at = \"10s\", for = \"10s\" }]",
    );
    let script =
        [(5.0, 10.0), (8.0, 1.0), (9.999, 1.0), (10.0, 1.0), (19.999, 1.0), (20.0, 1.0), (24.999, 1.0), (25.0, 1.0)];
    let placed = play(&spec, &["f"], &requests(&script));
    assert_eq!(sites(&placed), [0, 0, 0, 1, 1, 1, 1, 0]);
    let fates: Vec<Fate> = placed.outcomes.iter().map(|(_, outcome)| outcome.fate).collect();
    use Fate::{Completed, Failed};
    assert_eq!(fates, [Failed, Completed, Failed, Completed, Completed, Completed, Completed, Completed]);
    assert_eq!(placed.outcomes[0].1.execution, Span::from_secs(5));
    let mut journal = Journal::default();
    let mut engine = engine(&spec, &["f"], END);
    engine.feed(&requests(&script), &mut journal);
    engine.close(END, &mut journal);
    // Billed until the outage, and again from the end of the unbilled second of its launch.
    let mut paid: Vec<_> = journal.meters.iter().map(|(_, held, _)| (held.from, held.until)).collect();
    paid.sort_unstable();
    assert_eq!(paid, [(at(0.0), at(10.0)), (at(0.0), END), (at(21.0), END)]);
}

#[test]
fn functions_finish_what_they_have_in_an_outage_and_get_nothing_new() {
    let spec = router(
        "route = { policy = \"failover\", order = [\"lambda\", \"own\"] }\noutages = [{ site = \"lambda\", at = \"10s\", for = \"10s\" }]",
    );
    let placed = play(&spec, &["f"], &requests(&[(9.0, 30.0), (10.0, 1.0), (19.9, 1.0), (20.0, 1.0)]));
    assert_eq!(sites(&placed), [0, 1, 1, 0]);
    assert!(placed.outcomes.iter().all(|(_, outcome)| outcome.fate == Fate::Completed));
}

/// All sites down: routers hold no queue.
#[test]
fn what_no_site_can_take_is_dropped() {
    let spec = router(
        "route = { policy = \"spill\", base = \"own\", burst = \"lambda\" }\n\
         outages = [{ site = \"own\", at = \"0s\", for = \"10s\" }, { site = \"lambda\", at = \"5s\", for = \"5s\" }]",
    );
    let placed = play(&spec, &["f"], &requests(&[(1.0, 1.0), (6.0, 1.0), (10.0, 1.0)]));
    let fates: Vec<Fate> = placed.outcomes.iter().map(|(_, outcome)| outcome.fate).collect();
    assert_eq!(fates, [Fate::Completed, Fate::Dropped, Fate::Completed]);
}

/// 100 KB there and back, 12 ms, only for what goes out; a time of its own for each that is served.
#[test]
fn the_way_to_a_site_is_metered_and_takes_its_time() {
    let spec = router(
        "route = { policy = \"spill\", base = \"own\", burst = \"lambda\", most = 1 }\n\
         transfer = { size = \"100KB\", latency = \"12ms\", kind = \"internet\", price = \"$0.09\" }",
    );
    let moved = Transfer { meter: breakeven::billing::Meter::TransferInternet, size: Size::from_bytes(102_400) };
    assert_eq!(spec.sites[1].transfer, Some(moved));
    let placed = play(&spec, &["f"], &requests(&[(0.0, 5.0), (1.0, 1.0), (2.0, 1.0), (6.0, 1.0)]));
    assert_eq!(sites(&placed), [0, 1, 1, 0]);
    let network: Vec<u64> = placed.outcomes.iter().map(|(_, outcome)| outcome.network.ns()).collect();
    assert_eq!(network, [0, 12_000_000, 12_000_000, 0]);
    assert_eq!(placed.bytes, [(1, 102_400), (1, 102_400)]);
}

/// The base expects 30 s of waiting for the fifth; the way out is 2 s, the work 10.
#[test]
fn a_deadline_weighs_the_way_to_the_burst_site() {
    let keys = |deadline: &str| {
        format!(
            "route = {{ policy = \"deadline\", base = \"lambda\", burst = \"own\", deadline = \"{deadline}\" }}\n\
             transfer = {{ site = \"lambda\", latency = \"2s\" }}"
        )
    };
    let one = |deadline| sites(&play(&router(&keys(deadline)), &["f"], &requests(&[(0.0, 10.0)])));
    assert_eq!(one("12s"), [0]);
    assert_eq!(one("11s"), [1]);
}

/// Functions whose data may not leave wait at the base, whatever the rule says.
#[test]
fn data_that_may_not_leave_stays() {
    let text = SITES.replace("duration = \"1s\"\n", "duration = \"1s\"\ndata_class = \"personal\"\n")
        + "[functions.g]\nmemory = \"1GB\"\nduration = \"1s\"\n[workload.v]\nfunction = \"g\"\n\
           arrivals = { process = \"constant\", rate = \"1/s\" }\n[deployments.router]\n\
           route = { policy = \"spill\", base = \"own\", burst = \"lambda\", most = 0, residency = { personal = [\"own\"] } }\n";
    let spec = hybrid(&plan(&text));
    let of = |function: u32| Invocation::new(at(0.0), FunctionId(function), Span::SECOND);
    let placed = play(&spec, &["f", "g"], &[of(0), of(1), of(0), of(1)]);
    for (site, outcome) in placed.outcomes {
        assert_eq!(site, outcome.function.index());
    }
}
