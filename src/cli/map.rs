//! `sim map SCENARIO --vary X=... --vary Y=...`: the cheapest deployment over two axes.

use clap::Args;

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{SizeArguments, StudyArguments, axes, in_one_currency, refuse_sizes, watched_control, work};
use crate::report::map as report;
use crate::results::store;
use crate::scenario::vary::Axis;
use crate::scenario::{Base, listed};
use crate::study::Laboratory;
use crate::study::capacity::Side;
use crate::study::map::{Question, run as answer};
use crate::study::optimize::idle;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// A path and its values, twice: across and up; a range that says only its ends is cut into nine
    #[arg(long, value_name = "PATH=SPEC", required = true)]
    pub vary: Vec<String>,

    /// Compare these deployments only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub deployments: Vec<String>,

    /// A path whose factors are searched for another answer, between a quarter and four [default: demand, and the price
    /// lists of the deployments]
    #[arg(long, value_name = "PATH")]
    pub flip: Vec<String>,

    #[command(flatten)]
    pub size: SizeArguments,

    #[command(flatten)]
    pub study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let axes = axes(&base, &arguments.vary)?;
    let [across, up] = axes.as_slice() else {
        let help = "for example `--vary demand=x0.25..x4 --vary functions.api.duration=x0.5..x2`";
        return Err(Failure::input(format!("a map has two axes, not {}", axes.len()), Some(help)));
    };
    for path in &arguments.flip {
        base.axis(&format!("{path}=x1,x2"))?;
    }
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let names = in_one_currency(&laboratory.plan, &arguments.deployments)?;
    refuse_idle(&laboratory, &axes, &names)?;
    let sides: Vec<Side> = names.iter().map(|name| arguments.size.side(&laboratory, name)).collect();
    refuse_sizes(&sides, &axes)?;
    let folder = arguments.study.folder(&laboratory.plan.name, "map")?;
    let flips = if arguments.flip.is_empty() {
        usual_flips(&laboratory, &base, &names, [across, up])
    } else {
        arguments.flip.clone()
    };
    let question = Question { axes: [across, up], sides, flips };
    let map = work(&laboratory, arguments.study.threads(), output, &control, || answer(&laboratory, &question))?;
    let again = arguments.again().seeded(&map.scenario);
    let written = arguments.study.publish(&folder, (&map, &map.frame()), |to| report::stage(to, &map, &again))?;
    let text = || report::text(&map, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&map), &store::json(&map)?, output)
}

impl Arguments {
    /// The command that draws the same again.
    fn again(&self) -> Again {
        Again::of("map", &self.scenario)
            .option("vary", &self.vary)
            .option("deployments", &self.deployments)
            .option("flip", &self.flip)
            .flag("as-is", self.size.as_is)
    }
}

/// What changes a deployment or a price list, but none that is compared, would draw the same cells again and again.
fn refuse_idle(laboratory: &Laboratory<'_>, axes: &[Axis], names: &[String]) -> Result<(), Failure> {
    let deployments = &laboratory.plan.deployments;
    let compared: Vec<usize> = (0..deployments.len()).filter(|one| names.contains(&deployments[*one].name)).collect();
    let of_some = axes.iter().filter(|axis| axis.is_of_prices() || axis.is_of_deployments());
    match idle(laboratory, of_some, &compared)? {
        Some(axis) => {
            let help = format!("compared are {}", listed(names));
            let message = format!("`{}` changes none of the deployments that are compared", axis.path);
            Err(Failure::input(message, Some(help)))
        }
        None => Ok(()),
    }
}

/// Demand where there is any to scale, what the map varies by factors, and the price lists that the deployments are named
/// after.
fn usual_flips(laboratory: &Laboratory<'_>, base: &Base, names: &[String], axes: [&Axis; 2]) -> Vec<String> {
    let mut flips = vec!["demand".to_owned()];
    for axis in axes.into_iter().filter(|axis| axis.unit == "×") {
        if !flips.contains(&axis.path) {
            flips.push(axis.path.clone());
        }
    }
    for deployment in laboratory.plan.deployments.iter().filter(|one| names.contains(&one.name)) {
        for site in &deployment.sites {
            let path = format!("prices.{}", site.platform);
            if !flips.contains(&path) {
                flips.push(path);
            }
        }
    }
    flips.retain(|path| base.axis(&format!("{path}=x1,x2")).is_ok_and(|axis| scales(laboratory, &axis)));
    flips
}

/// A trace is replayed as it is, and owned servers have no list.
fn scales(laboratory: &Laboratory<'_>, axis: &Axis) -> bool {
    laboratory.plan_of(&[axis.at(axis.levels.at(0.9))]).is_ok()
}
