//! Settings of functions that never came: a trace is known only when it has been replayed.

use super::Runs;
use crate::platform::faas::FaasSpec;
use crate::platform::hybrid::SiteModel;
use crate::scenario::{Deployment, Model, Plan};
use crate::units::nearest;

/// A warning for each function that a deployment, or a site of one, has settings for and the workload does not know.
pub fn warnings(plan: &Plan, runs: &Runs) -> Vec<String> {
    let known: Vec<&str> = runs.functions.iter().map(|function| function.name.as_str()).collect();
    let mut warnings = Vec::new();
    for (site, spec) in plan.deployments.iter().flat_map(on_functions) {
        for name in spec.named.keys().filter(|name| !known.contains(&name.as_str())) {
            let meant = meant(name, &known).map_or_else(String::new, |near| format!("; perhaps `{near}`"));
            let warning = format!("deployment `{site}`: function `{name}` has settings and never came{meant}");
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

/// The parts of a deployment that run functions, each with its name.
fn on_functions(deployment: &Deployment) -> Vec<(&str, &FaasSpec)> {
    match &deployment.model {
        Model::Faas(spec) => vec![(deployment.name.as_str(), spec.as_ref())],
        Model::Fleet(_) => Vec::new(),
        Model::Hybrid(spec) => {
            let sites = deployment.sites.iter().zip(&spec.sites);
            let faas = sites.filter_map(|(site, placed)| match &placed.model {
                SiteModel::Faas(spec) => Some((site.name.as_str(), spec.as_ref())),
                SiteModel::Fleet(_) => None,
            });
            faas.collect()
        }
    }
}

/// The function of some app that is called so, or the one with the most similar name.
fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let of_app = known.iter().find(|known| known.rsplit_once('/').is_some_and(|(_, function)| function == name));
    of_app.copied().or_else(|| nearest(name, known.iter().copied()))
}
