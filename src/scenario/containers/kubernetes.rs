//! Pods on a Kubernetes cluster, one deployment of them for the whole application.

use super::super::deployments::{Deployed, Part};
use super::super::plan::Deployment;
use super::super::problem::{Problem, Problems};
use super::pods::{Service, deployment, pod};
use super::{scaling, shares_queue, size};
use crate::platform::fleet::FleetSize;
use crate::policy::scaling::{Bounds, ScalerSpec};

pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let pod = pod(part, problems)?;
    let scaler = scaling::read(part, pod, problems);
    let size = initial(part, size(part, "replicas", problems), scaler.as_ref());
    check_zero(part, size, scaler.as_ref(), problems);
    let scaled_by = match scaler {
        Some(ScalerSpec::Keda(_)) => "keda",
        Some(_) => "hpa",
        None => "fixed",
    };
    let shared_queue = shares_queue(part, size.least);
    let service = Service { pod, size, scaler, shared_queue, scaled_by };
    deployment(part, &service, part.pack.name(), deployed, problems)
}

/// What the autoscaler begins with, unless the scenario says otherwise.
fn initial(part: &Part<'_>, size: FleetSize, scaler: Option<&ScalerSpec>) -> FleetSize {
    let stated = part.table.table("size").is_some_and(|size| size.has("initial"));
    let Some(scaler) = scaler.filter(|_| !stated) else { return size };
    FleetSize { initial: scaler.initial(Bounds { least: size.least, most: size.most }), ..size }
}

fn check_zero(part: &Part<'_>, size: FleetSize, scaler: Option<&ScalerSpec>, problems: &mut Problems) {
    let least = part.table.table("size").and_then(|size| size.count32("least"));
    if let (Some(least), Some(ScalerSpec::Hpa(_))) = (least, scaler)
        && size.least == 0
    {
        let message = "the horizontal pod autoscaler adds nothing to no pods; at least 1";
        let problem = Problem::at(&least.place, message);
        problems.push(problem.help("`policy = \"keda\"` goes to none and back"));
    }
}
