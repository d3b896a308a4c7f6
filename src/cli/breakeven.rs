//! `sim breakeven SCENARIO --vary PATH=lo..hi A B`: the value at which two deployments cost the same.

use clap::Args;

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{SizeArguments, StudyArguments, axes, deployment, refuse_sizes, watched_control, work};
use crate::report::breakeven as report;
use crate::results::store;
use crate::scenario::vary::{Axis, Levels, Range};
use crate::study::Laboratory;
use crate::study::breakeven::{Question, run as answer};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// Deployments to compare, by name [default: all that the scenario has, if they are two]
    #[arg(value_name = "DEPLOYMENT", num_args = 0..=2)]
    pub deployments: Vec<String>,

    /// A path and the range of its values: `PATH=lo..hi` or `PATH=x0.25..x4`; `demand` stands for all arrivals,
    /// `prices.LIST` for a price list
    #[arg(long, value_name = "PATH=lo..hi", required = true)]
    pub vary: String,

    /// Values at which to look first; between them every crossing is searched for
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub points: u32,

    #[command(flatten)]
    pub size: SizeArguments,

    #[command(flatten)]
    pub study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let axis = axes(&base, std::slice::from_ref(&arguments.vary))?.remove(0);
    let range = range(&axis)?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let sides = names(arguments, &laboratory)?.map(|name| arguments.size.side(&laboratory, &name));
    refuse_sizes(&sides, [&axis])?;
    let folder = arguments.study.folder(&laboratory.plan.name, "breakeven")?;
    let question = Question { axis: &axis, range, sides, points: arguments.points };
    let ends = [0.0, 1.0].map(|share| vec![axis.at(range.at(share))]);
    let answered = work(&laboratory, arguments.study.threads(), output, &control, || {
        // A range that the scenario refuses at one end is refused before anything runs.
        ends.iter().try_for_each(|settings| laboratory.plan_of(settings).map(|_| ()))?;
        answer(&laboratory, &question)
    })?;
    let written = arguments.study.publish(&folder, (&answered, &answered.frame()), |to| {
        let compared = [&answered.a.deployment, &answered.b.deployment];
        report::stage(to, &answered, &arguments.again().words(compared).seeded(&answered.scenario))
    })?;
    let text = || report::text(&answered, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&answered), &store::json(&answered)?, output)
}

impl Arguments {
    /// The command that asks the same again, up to who is compared.
    fn again(&self) -> Again {
        Again::of("breakeven", &self.scenario)
            .option("vary", [&self.vary])
            .option("points", [self.points])
            .flag("as-is", self.size.as_is)
    }
}

fn range(axis: &Axis) -> Result<&Range, Failure> {
    match &axis.levels {
        Levels::Range(range) => Ok(range),
        Levels::List(_) => {
            let help = format!("for example `--vary {}=x0.25..x4`", axis.path);
            Err(Failure::input("a break-even needs the ends of a range, not a list of values", Some(help)))
        }
    }
}

fn names(arguments: &Arguments, laboratory: &Laboratory<'_>) -> Result<[String; 2], Failure> {
    let plan = &laboratory.plan;
    let known: Vec<&str> = plan.deployments.iter().map(|deployment| deployment.name.as_str()).collect();
    let named = match (arguments.deployments.as_slice(), known.as_slice()) {
        ([a, b], _) => [deployment(plan, a)?, deployment(plan, b)?],
        ([], [a, b]) => [deployment(plan, a)?, deployment(plan, b)?],
        _ => {
            let help = format!("the scenario has {}", known.join(", "));
            return Err(Failure::input("a break-even compares two deployments; name both", Some(help)));
        }
    };
    let [a, b] = named;
    if a.name == b.name {
        return Err(Failure::Input(format!("`{}` is compared with itself", a.name)));
    }
    if a.currency() != b.currency() {
        let bills = [a, b].map(|one| format!("`{}` is billed in {}", one.name, one.currency().code()));
        return Err(Failure::Input(format!("{}: they cannot be compared", bills.join(", "))));
    }
    Ok([a.name.clone(), b.name.clone()])
}
