//! What a workload asks for, before anything is simulated, and whether a fleet could ever keep up with it.

use super::arrivals::expected;
use super::plan::{Deployment, Model};
use super::problem::Problems;
use crate::platform::fleet::{Discipline, FleetSpec, Hosts, ServedFunction};
use crate::policy::CreditMode;
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
        let busy = busy_cores(fleet, &workload.functions, &loads, duration);
        let share = busy / cores(fleet, fleet.milli_places());
        if share >= 1.0 {
            problems.warn(overload(&deployment.name, share, "its capacity", fleet));
        } else if let Some(sustained) = sustained_cores(fleet).filter(|cores| busy >= *cores) {
            warn_of_credits(&deployment.name, fleet, (busy, sustained), duration, problems);
        }
    }
}

fn overload(name: &str, share: f64, of: &str, fleet: &FleetSpec) -> String {
    let share = if share.is_finite() { format!("{share:.2} of {of}") } else { "without bound".to_owned() };
    let end = match fleet.accept_queue {
        Some(_) => "what exceeds it is dropped",
        None if fleet.patience.is_some() => "clients give up",
        None => "queues grow without end",
    };
    format!("deployment `{name}`: offered load is {share}: {end}")
}

/// Cores that standard credits pay for all the time; `None` where nothing slows servers down.
fn sustained_cores(fleet: &FleetSpec) -> Option<f64> {
    let credits = fleet.hazards.credits.filter(|credits| credits.mode == CreditMode::Standard)?;
    Some(cores(fleet, credits.baseline_milli_vcpu))
}

/// Servers earn less than they spend: sooner or later they are as slow as their baseline. Launch credits may last for a
/// window that is short.
fn warn_of_credits(
    name: &str,
    fleet: &FleetSpec,
    (busy, sustained): (f64, f64),
    duration: Span,
    problems: &mut Problems,
) {
    let Some(credits) = fleet.hazards.credits else { return };
    let minutes = credits.launch.to_f64() * f64::from(fleet.size.most);
    if (busy - sustained) * duration.seconds() > minutes * 60.0 {
        let of = format!(
            "what its CPU credits sustain ({} of a vCPU a server), once they are spent",
            f64::from(credits.baseline_milli_vcpu) / 1e3
        );
        problems.warn(overload(name, busy / sustained, &of, fleet));
    }
}

/// Of all members that the fleet has at most, `milli` thousandths each.
fn cores(fleet: &FleetSpec, milli: u32) -> f64 {
    let room = fleet.hosts.as_ref().map_or(u64::MAX, Hosts::members_at_most);
    room.min(fleet.size.most.into()) as f64 * f64::from(milli) / 1e3
}

/// Cores, or workers, that are busy on average. A time-out cuts no more than it could of the mean.
fn busy_cores(fleet: &FleetSpec, functions: &[FunctionInfo], loads: &[Load], duration: Span) -> f64 {
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
    work / duration.seconds()
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
        let platform = if servers.contains("platform") { "" } else { "platform = \"aws-ec2\"\n" };
        let instance = if servers.contains("instance") { "" } else { "instance = \"m5.large\"\n" };
        let text = format!(
            "[scenario]\nname = \"t\"\nduration = \"1h\"\n\
             [functions.f]\nmemory = \"128MB\"\ncpu = \"60%\"\nduration = \"100ms\"\n\
             [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"poisson\", rate = \"{rate}\" }}\n\
             [deployments.x]\n{platform}{instance}{servers}\n"
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

    /// A t3.nano has two vCPUs and earns a tenth of one (AWS EC2 user guide, burstable instances).
    #[test]
    fn credits_that_do_not_sustain_the_load_are_a_warning_with_the_number() {
        let of = |type_and_mode: &str| format!("count = 1\ninstance = {type_and_mode}");
        let warned = "deployment `x`: offered load is 12.00 of what its CPU credits sustain (0.1 of a vCPU a server), once \
                      they are spent: queues grow without end";
        check("20/s", &of("\"t3.nano\"\ncredits = \"standard\""), &[warned]);
        check("1/s", &of("\"t3.nano\"\ncredits = \"standard\""), &[]);
        check("20/s", &of("\"t3.nano\""), &[]);
    }

    #[test]
    fn pods_that_fit_on_no_node_are_a_warning_and_no_capacity() {
        let cluster = |pods: &str| {
            format!(
                "platform = \"aws-eks\"\nrequests = {{ cpu = \"500m\", memory = \"512MB\" }}\n{pods}\n\
                 nodes = {{ instance = \"c6i.large\", least = 1, most = 2 }}"
            )
        };
        let (fixed, scaled) =
            ("replicas = 50", "size = { least = 1, most = 8 }\nscaling = { policy = \"hpa\", target = \"60%\" }");
        let pending = "deployment `x`: 2 nodes at most hold 6 of the 50 pods: 44 never start";
        check("1/s", &cluster(fixed), &[pending]);
        let overload = "deployment `x`: offered load is 2.00 of its capacity: queues grow without end";
        check("100/s", &cluster(fixed), &[pending, overload]);
        check("1/s", &cluster(scaled), &["deployment `x`: 2 nodes at most hold 6 of the most 8 pods: 2 never start"]);
        check("1/s", &cluster("replicas = 6"), &[]);
    }

    #[test]
    fn a_short_queue_drops_what_a_long_one_would_keep() {
        let dropped = "deployment `x`: offered load is 1.50 of its capacity: what exceeds it is dropped";
        let abandoned = "deployment `x`: offered load is 1.50 of its capacity: clients give up";
        check("30/s", "count = 1\ndiscipline = \"fcfs\"\npatience = \"5s\"", &[abandoned]);
        check("30/s", "count = 1\ndiscipline = \"fcfs\"\naccept_queue = 10", &[dropped]);
    }
}
