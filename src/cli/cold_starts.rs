//! `sim cold-starts SCENARIO --against FACTOR`: cold starts and tail latency against one factor, theory beside them.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{StudyArguments, deployment, watched_control, work};
use crate::report::cold_starts as report;
use crate::results::store;
use crate::scenario::vary::{Level, Levels};
use crate::scenario::{Base, Model, Plan};
use crate::study::Laboratory;
use crate::study::cold_starts::{Factor, Question, first_of_functions, run as answer};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// What is varied
    #[arg(long, value_parser = against(), value_name = "FACTOR")]
    pub against: Factor,

    /// The deployment [default: the first on functions]
    #[arg(long, value_name = "NAME")]
    pub deployment: Option<String>,

    /// Its values: `a,b,c`, `lo..hi:step`, `lo..hi:lin:n`, `lo..hi:log:n`; of the rate factors such as `x0.1..x4:log:7`
    /// [default: some that are usual]
    #[arg(long, value_name = "SPEC")]
    pub values: Option<String>,

    #[command(flatten)]
    pub study: StudyArguments,
}

/// The factors by their names.
fn against() -> impl TypedValueParser<Value = Factor> {
    let named = |factor: Factor| PossibleValue::new(factor.name()).help(factor.what());
    PossibleValuesParser::new(Factor::ALL.map(named)).try_map(|name| Factor::named(&name).ok_or("no factor"))
}

/// More would be a sweep.
const MOST: usize = 200;

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let factor = arguments.against;
    let name = on_functions(&laboratory.plan, arguments.deployment.as_deref())?;
    not_scheduled(&laboratory.plan, &name, factor)?;
    let levels = levels(&base, factor, arguments.values.as_deref())?;
    let folder = arguments.study.folder(&laboratory.plan.name, "cold-starts")?;
    let values = base.values();
    let question = Question { factor, deployment: &name, levels: &levels, values: &values };
    let curve = work(&laboratory, arguments.study.threads(), output, &control, || answer(&laboratory, &question))?;
    let again = arguments.again(&name).seeded(&curve.scenario);
    let written = arguments.study.publish(&folder, (&curve, &curve.frame()), |to| report::stage(to, &curve, &again))?;
    let text = || report::text(&curve, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&curve), &store::json(&curve)?, output)
}

impl Arguments {
    /// The command that draws the same again, of the deployment with this name.
    fn again(&self, deployment: &str) -> Again {
        Again::of("cold-starts", &self.scenario)
            .option("against", [self.against.name()])
            .option("deployment", [deployment])
            .option("values", &self.values)
    }
}

/// The deployment that was asked for, or the first on functions.
fn on_functions(plan: &Plan, named: Option<&str>) -> Result<String, Failure> {
    let first = first_of_functions(plan);
    let Some(name) = named else {
        let none = "no deployment is on functions; others have no cold starts of this kind";
        return first.map(str::to_owned).ok_or_else(|| Failure::Input(none.to_owned()));
    };
    let found = deployment(plan, name)?;
    if !matches!(found.model, Model::Faas(_)) {
        let help = first.map(|first| format!("`{first}` is"));
        return Err(Failure::input(format!("deployment `{name}` is not on functions"), help));
    }
    Ok(name.to_owned())
}

/// What changes by the clock is not one number that could be varied.
fn not_scheduled(plan: &Plan, name: &str, factor: Factor) -> Result<(), Failure> {
    let Model::Faas(spec) = &deployment(plan, name)?.model else { return Ok(()) };
    let scheduled = spec.named.values().any(|function| !function.provisioned.changes.is_empty());
    if factor != Factor::Provisioned || !scheduled {
        return Ok(());
    }
    let help = format!("`sim sweep` varies `deployments.{name}.concurrency.scheduled.0.provisioned`");
    Err(Failure::input(format!("the provisioned concurrency of deployment `{name}` changes by the clock"), Some(help)))
}

fn levels(base: &Base, factor: Factor, values: Option<&str>) -> Result<Vec<Level>, Failure> {
    let levels = match base.values_of(factor.quantity(), "--values", values.unwrap_or_else(|| factor.usual()))? {
        Levels::List(levels) => levels,
        Levels::Range(range) => range.spread(range.points.unwrap_or(9)),
    };
    if levels.len() > MOST {
        return Err(Failure::Input(format!("`--values` makes {} values; at most {MOST}", levels.len())));
    }
    Ok(levels)
}
