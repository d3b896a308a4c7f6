//! Containers through the whole program: published timings and bills, and laws that hold for every run.

mod bills;
mod bought;
mod laws;
mod timings;

use std::path::Path;
use std::sync::Arc;

use breakeven::engine::Engine;
use breakeven::ids::FunctionId;
use breakeven::platform::fleet::{Fleet, FleetSpec};
use breakeven::results::{DeploymentResult, assemble};
use breakeven::rng::Seed;
use breakeven::scenario::{Model, Overrides, Plan, Problems, load_text};
use breakeven::study::{Control, run};
use breakeven::units::{SimTime, Span};
use breakeven::workload::Invocation;

use crate::support::{Journal, function};

/// A scenario of one deployment and a function that only works: `window` long.
fn scenario(window: &str, cpu: &str, deployment: &str) -> String {
    format!(
        "[scenario]\nname = \"c\"\nduration = \"{window}\"\nstart = \"2026-01-01\"\n\
         [functions.f]\nmemory = \"128MB\"\nduration = \"50ms\"\ncpu = \"{cpu}\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"constant\", rate = \"1/h\" }}\n\
         [deployments.d]\n{deployment}"
    )
}

fn read(text: &str) -> Result<Plan, Problems> {
    load_text("c.toml", text.to_owned(), Path::new(""), &Overrides::default())
}

#[track_caller]
fn plan(text: &str) -> Plan {
    read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The only deployment, simulated.
#[track_caller]
fn result(text: &str) -> DeploymentResult {
    let plan = plan(text);
    let runs = run(&plan, 1, &Control::default()).expect("the run completes");
    let (mut results, _) = assemble(&plan, &runs).expect("everything has a price");
    results.deployments.remove(0)
}

/// The fleet of the only deployment.
#[track_caller]
fn fleet(cpu: &str, deployment: &str) -> FleetSpec {
    match &plan(&scenario("1d", cpu, deployment)).deployments[0].model {
        Model::Fleet(spec) => spec.as_ref().clone(),
        Model::Faas(_) | Model::Hybrid(_) => panic!("containers are a fleet"),
    }
}

fn serve(spec: &FleetSpec, seed: u64, invocations: &[Invocation], end: SimTime) -> Journal {
    let mut fleet = Fleet::new(Arc::new(spec.clone()), Seed { seed, replication: 0 }, end);
    fleet.admit(FunctionId(0), &function("f"));
    let mut engine = Engine::new(fleet);
    let mut journal = Journal::default();
    engine.feed(invocations, &mut journal);
    engine.close(end, &mut journal);
    journal
}

fn at(second: f64) -> SimTime {
    SimTime::ZERO + Span::from_seconds_f64(second)
}

/// Requests that keep `cores` busy from `from` to `to`, s: one every 100 ms.
fn load(from: u64, to: u64, cores: f64) -> Vec<Invocation> {
    let request = |tenth: u64| {
        let arrival = SimTime::ZERO + Span::from_ms(100 * tenth);
        Invocation::new(arrival, FunctionId(0), Span::from_seconds_f64(0.1 * cores))
    };
    (from * 10..to * 10).map(request).collect()
}

/// How many members take requests or finish what they have, after each change; s.
fn members(journal: &Journal) -> Vec<(f64, i32)> {
    let serving = journal.instances.iter().filter(|(from, to, places)| *places > 0 && to > from);
    let mut changes: Vec<(SimTime, i32)> = serving.flat_map(|(from, to, _)| [(*from, 1), (*to, -1)]).collect();
    changes.sort_unstable();
    let mut steps: Vec<(f64, i32)> = Vec::new();
    let mut level = 0;
    for (at, change) in changes {
        level += change;
        match steps.last_mut() {
            Some(last) if last.0 == at.seconds() => last.1 = level,
            _ => steps.push((at.seconds(), level)),
        }
    }
    steps
}

fn members_at(journal: &Journal, second: f64) -> i32 {
    members(journal).iter().take_while(|(at, _)| *at <= second).last().map_or(0, |(_, count)| *count)
}

/// Everything that starts does so in no time.
const AT_ONCE: &str = "launch = { pull = \"0s\", start = \"0s\", readiness = \"0s\" }\n";

#[track_caller]
fn check_refused(deployment: &str, parts: &[&str]) {
    let report = read(&scenario("1h", "100%", deployment)).expect_err("this should be refused").to_string();
    for part in parts {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

#[test]
fn a_size_that_fargate_does_not_have_is_refused_with_the_nearest() {
    let task = |cpu: &str, memory: &str| {
        format!("platform = \"aws-fargate\"\ncpu = {cpu}\nmemory = \"{memory}\"\ncount = 1\n")
    };
    let expected = ["no task of cpu 500m and memory 6GB", "the nearest is `cpu = \"500m\"` with `memory = \"4GB\"`"];
    check_refused(&task("0.5", "6GB"), &expected);
    check_refused(&task("1", "1GB"), &["the nearest is `cpu = \"500m\"` with `memory = \"1GB\"`"]);
    check_refused(&(task("0.25", "1GB") + "system = \"windows\"\n"), &["1 vCPU at least"]);
}

#[test]
fn what_cannot_work_on_a_cluster_is_refused() {
    let eks = |requests: &str, rest: &str| {
        format!(
            "platform = \"aws-eks\"\nrequests = {requests}\n{rest}nodes = {{ instance = \"m6i.large\", least = 1 }}\n"
        )
    };
    let small = "{ cpu = \"500m\", memory = \"512MB\" }";
    check_refused(&eks("{ cpu = 2, memory = \"1GB\" }", "replicas = 1\n"), &["fits no node", "1780 m cpu"]);
    check_refused(&eks("{ cpu = \"500q\", memory = \"1GB\" }", "replicas = 1\n"), &["500q", "500m"]);
    check_refused(&eks(small, ""), &["`replicas`", "is missing"]);
    check_refused(&eks(small, "limits = { cpu = 0.25 }\nreplicas = 1\n"), &["may use 250m", "asks for 500m"]);
    let none = "size = { least = 0, most = 4 }\nscaling = { policy = \"hpa\", target = \"50%\" }\n";
    check_refused(&eks(small, none), &["adds nothing to no pods", "keda"]);
    check_refused(&eks(small, "size = { least = 5, most = 4 }\n"), &["at most 4 pods, but at least 5"]);
    check_refused(&eks(small, "replicas = 1\nimagee = \"1GB\"\n"), &["unknown key `imagee`", "image"]);
    let fixed = "platform = \"aws-eks\"\nrequests = { cpu = 1, memory = \"1GB\" }\nreplicas = 1\n\
                 nodes = { instance = \"m6i.large\", provisioner = \"fixed\" }\n";
    check_refused(fixed, &["nobody adds nodes"]);
}
