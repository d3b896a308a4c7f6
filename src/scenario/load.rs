//! What a workload asks for, before anything is simulated, and whether a fleet could ever keep up with it.

use super::arrivals::expected;
use super::plan::{Deployment, Model};
use super::problem::Problems;
use crate::platform::fleet::{Discipline, FleetSpec, ServedFunction};
use crate::units::Span;
use crate::workload::{FunctionInfo, Source, Workload};

/// What one function is asked for over the window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    pub invocations: f64,
    /// Of all of them together, seconds at the reference CPU; infinite where a distribution has no mean.
    pub work: f64,
}

/// By function, what the synthetic sources ask for on average. What a trace asks for is known when it has been read.
pub fn expected_load(workload: &Workload, duration: Span) -> Vec<Load> {
    let mut loads = vec![Load::default(); workload.functions.len()];
    for source in &workload.sources {
        if let Source::Synthetic(source) = source {
            let invocations = expected(&source.arrivals, duration);
            let load = &mut loads[source.function.index()];
            load.invocations += invocations;
            load.work += invocations * source.work.mean().unwrap_or(f64::INFINITY);
        }
    }
    loads
}

/// Warns of fleets whose largest size is not enough for the mean load.
pub fn check(workload: &Workload, duration: Option<Span>, deployments: &[Deployment], problems: &mut Problems) {
    let Some(duration) = duration else { return };
    let loads = expected_load(workload, duration);
    for deployment in deployments {
        let Model::Fleet(fleet) = &deployment.model else { continue };
        let share = offered(fleet, &workload.functions, &loads) / duration.seconds();
        if share >= 1.0 {
            problems.warn(overload(&deployment.name, share, fleet));
        }
    }
}

fn overload(name: &str, share: f64, fleet: &FleetSpec) -> String {
    let share = if share.is_finite() { format!("{share:.2} of its capacity") } else { "without bound".to_owned() };
    let end = match fleet.accept_queue {
        Some(_) => "what exceeds it is dropped",
        None if fleet.patience.is_some() => "clients give up",
        None => "queues grow without end",
    };
    format!("deployment `{name}`: offered load is {share}: {end}")
}

/// Seconds of work, by the places that the fleet has at most. A time-out cuts no more than it could of the mean.
fn offered(fleet: &FleetSpec, functions: &[FunctionInfo], loads: &[Load]) -> f64 {
    let work: f64 = functions
        .iter()
        .zip(loads)
        .map(|(info, load)| {
            let served = fleet.named.get(&info.name).unwrap_or(&fleet.others);
            if load.invocations > 0.0 {
                load.invocations * held(served, fleet.discipline, load.work / load.invocations)
            } else {
                0.0
            }
        })
        .sum();
    work * 1e3 / (f64::from(fleet.size.most) * f64::from(fleet.milli_places()))
}

/// For how long an invocation of `mean` seconds takes a place on a free member.
fn held(served: &ServedFunction, discipline: Discipline, mean: f64) -> f64 {
    let share = match discipline {
        Discipline::Fcfs { .. } => served.cpu + served.wait,
        Discipline::ProcessorSharing { .. } => served.cpu,
    };
    (mean * share).min(served.timeout.map_or(f64::INFINITY, Span::seconds))
}

#[cfg(test)]
mod tests {
    use super::super::{Overrides, load_text};
    use std::path::Path;

    /// Warnings of a run at `rate` of requests of 100 ms, 60 % of them CPU work, on `servers`.
    #[track_caller]
    fn check(rate: &str, servers: &str, expected: &[&str]) {
        let text = format!(
            "[scenario]\nname = \"t\"\nduration = \"1h\"\n\
             [functions.f]\nmemory = \"128MB\"\ncpu = \"60%\"\nduration = \"100ms\"\n\
             [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"poisson\", rate = \"{rate}\" }}\n\
             [deployments.x]\nplatform = \"aws-ec2\"\ninstance = \"m5.large\"\n{servers}\n"
        );
        let plan = load_text("t", text, Path::new(""), &Overrides::default()).unwrap_or_else(|all| panic!("{all}"));
        assert_eq!(plan.warnings, expected, "{rate} on {servers}");
    }

    /// Two vCPUs a server: a worker is held for 100 ms, a core for 60 ms.
    #[test]
    fn a_fleet_that_cannot_keep_up_is_a_warning_with_the_number() {
        let overload = "deployment `x`: offered load is 1.35 of its capacity: queues grow without end";
        check("27/s", "count = 1\ndiscipline = \"fcfs\"", &[overload]);
        check("19/s", "count = 1\ndiscipline = \"fcfs\"", &[]);
        check("45/s", "count = 1", &[overload]);
        check("33/s", "count = 1", &[]);
        check("45/s", "count = 2", &[]);
    }

    #[test]
    fn a_short_queue_drops_what_a_long_one_would_keep() {
        let dropped = "deployment `x`: offered load is 1.50 of its capacity: what exceeds it is dropped";
        let abandoned = "deployment `x`: offered load is 1.50 of its capacity: clients give up";
        check("30/s", "count = 1\ndiscipline = \"fcfs\"\npatience = \"5s\"", &[abandoned]);
        check("30/s", "count = 1\ndiscipline = \"fcfs\"\naccept_queue = 10", &[dropped]);
    }
}
