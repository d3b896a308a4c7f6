//! `sim uncertainty SCENARIO`: intervals of the bills under what is not known, and what matters.

use clap::Args;

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{StudyArguments, in_one_currency, watched_control, work};
use crate::report::uncertainty as report;
use crate::results::store;
use crate::study::Laboratory;
use crate::study::uncertainty::{check, run as answer};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// Draws of all inputs together
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub draws: u32,

    #[command(flatten)]
    pub study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let inputs = base.uncertain()?;
    if inputs.is_empty() {
        let help = "a section such as\n  [uncertainty]\n  demand = \"x0.7..x1.5\"\n  \"prices.aws-lambda\" = { low = \"x0.9\", \
            likely = \"x1\", high = \"x1.1\" }";
        return Err(Failure::input("the scenario says nothing under [uncertainty]", Some(help)));
    }
    in_one_currency(&laboratory.plan, &[])?;
    let folder = arguments.study.folder(&laboratory.plan.name, "uncertainty")?;
    let answer = work(&laboratory, arguments.study.threads(), output, &control, || {
        check(&laboratory, &inputs)?;
        answer(&laboratory, &inputs, arguments.draws)
    })?;
    let again = Again::of("uncertainty", &arguments.scenario).option("draws", [arguments.draws]);
    let again = again.seeded(&answer.scenario);
    let written =
        arguments.study.publish(&folder, (&answer, &answer.frame()), |to| report::stage(to, &answer, &again))?;
    let text = || report::text(&answer, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&answer), &store::json(&answer)?, output)
}
