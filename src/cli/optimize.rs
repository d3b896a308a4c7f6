//! `sim optimize SCENARIO --vary ...`: the cheapest configuration that meets the objectives.

use clap::Args;

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{StudyArguments, axes, in_one_currency, watched_control, work};
use crate::report::optimize as report;
use crate::results::store;
use crate::scenario::vary::Axis;
use crate::study::Laboratory;
use crate::study::optimize::{Search, answer, idle};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// A path and the values to choose from: `PATH=a,b,c`, `PATH=lo..hi`, `PATH=lo..hi:step`; a range that says only its
    /// ends is searched in thirty-seconds [default: those of [sweep]]
    #[arg(long, value_name = "PATH=SPEC")]
    pub vary: Vec<String>,

    /// Search these deployments only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub deployments: Vec<String>,

    /// Configurations of a deployment that are measured at most; if it has no more, all of them are
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub budget: u32,

    /// Replications of those that could be the cheapest, at most
    #[arg(long, value_name = "N", default_value = "24", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub max_replications: u32,

    #[command(flatten)]
    pub study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let axes = axes(&base, &arguments.vary)?;
    refuse_what_nobody_chooses(&axes)?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let deployments = searched(arguments, &laboratory)?;
    refuse_idle(arguments, &laboratory, &axes, &deployments)?;
    let folder = arguments.study.folder(&laboratory.plan.name, "optimize")?;
    let most_replications = arguments.max_replications;
    let question = Search { axes: &axes, deployments, budget: arguments.budget as usize, most_replications };
    let answer = work(&laboratory, arguments.study.threads(), output, &control, || answer(&laboratory, &question))?;
    let again = arguments.again().seeded(&answer.scenario);
    let written =
        arguments.study.publish(&folder, (&answer, &answer.frame()), |to| report::stage(to, &answer, &again))?;
    let text = || report::text(&answer, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&answer), &store::json(&answer)?, output)?;
    match answer.best {
        Some(_) => Ok(()),
        None if answer.objectives => Err(Failure::Missed("nothing meets the objectives".to_owned())),
        None => Err(Failure::Missed("nothing completes 99 % of the invocations".to_owned())),
    }
}

impl Arguments {
    /// The command that searches the same again.
    fn again(&self) -> Again {
        Again::of("optimize", &self.scenario)
            .option("vary", &self.vary)
            .option("deployments", &self.deployments)
            .option("budget", [self.budget])
            .option("max-replications", [self.max_replications])
    }
}

/// Demand and prices are what they are.
fn refuse_what_nobody_chooses(axes: &[Axis]) -> Result<(), Failure> {
    match axes.iter().find(|axis| axis.is_given()) {
        Some(axis) => {
            let message =
                format!("`{}` is nothing to choose: less work and lower prices are always cheaper", axis.path);
            Err(Failure::input(message, Some("vary what a deployment is given; `sim sweep` varies everything")))
        }
        None => Ok(()),
    }
}

/// An objective, say, changes what is good enough, and no deployment. What `[sweep]` says of deployments that are not searched
/// is left aside.
fn refuse_idle(
    arguments: &Arguments,
    laboratory: &Laboratory<'_>,
    axes: &[Axis],
    deployments: &[usize],
) -> Result<(), Failure> {
    let meant = axes.iter().filter(|axis| !arguments.vary.is_empty() || !axis.is_of_deployments());
    match idle(laboratory, meant, deployments)? {
        Some(axis) => {
            let message = format!("`{}` changes none of the deployments that are searched", axis.path);
            Err(Failure::input(message, Some("vary what one of them is given; `sim sweep` varies everything")))
        }
        None => Ok(()),
    }
}

/// The deployments that are searched, by their indices.
fn searched(arguments: &Arguments, laboratory: &Laboratory<'_>) -> Result<Vec<usize>, Failure> {
    let names = in_one_currency(&laboratory.plan, &arguments.deployments)?;
    let index = |name: &String| laboratory.plan.deployments.iter().position(|one| one.name == *name);
    Ok(names.iter().filter_map(index).collect())
}
