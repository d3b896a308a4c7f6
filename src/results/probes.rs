//! Further runs of deployments, which tell what the run itself cannot: what if there were one server more, or twice the load?

use crate::record::Tally;
use crate::scenario::Deployment;
use crate::units::SimTime;

/// Of one deployment. What was not run is `None`.
#[derive(Debug, Default)]
pub struct Probes {
    /// The same arrivals as in the first replication, on a fleet of one member more.
    pub one_more: Option<Variant>,
    /// And of one less.
    pub one_less: Option<Variant>,
    /// The site whose fleet that is, of a router.
    pub resized_site: Option<String>,
    /// Why there is not both.
    pub not_resized: Option<String>,
    pub step: Option<Step>,
}

/// Another form of a deployment, and what it did.
#[derive(Debug)]
pub struct Variant {
    pub deployment: Deployment,
    pub tally: Tally,
}

/// A steady load that rises at once, and stays.
#[derive(Debug)]
pub struct Step {
    pub tally: Tally,
    /// The instant of the step: the begin of an interval of the timeline.
    pub at: SimTime,
    pub from_per_s: f64,
    pub to_per_s: f64,
    /// Mean work of an invocation at the reference CPU, seconds.
    pub mean_work: f64,
}
