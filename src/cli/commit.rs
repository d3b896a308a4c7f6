//! `sim commit SCENARIO`: how much to buy in advance of what is on offer.

use clap::Args;

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::scenario::ScenarioArguments;
use super::study::{StudyArguments, in_one_currency, varied, watched_control, work};
use crate::report::commit as report;
use crate::results::store;
use crate::results::sweep::SweepAxis;
use crate::scenario::vary::{Axis, Setting};
use crate::scenario::{Base, listed};
use crate::study::commit::{Buyer, KINDS, Offer, PAYMENTS, Question, TERMS, buyers, run as answer};
use crate::study::design::Design;
use crate::study::{self, Laboratory};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,

    /// Plan for these deployments only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub deployment: Vec<String>,

    /// Consider these kinds only
    #[arg(long, value_parser = KINDS, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<String>,

    /// Consider this term only
    #[arg(long, value_parser = TERMS, value_name = "TERM")]
    pub term: Option<String>,

    /// Consider this way of paying only
    #[arg(long, value_parser = PAYMENTS, value_name = "WAY")]
    pub payment: Option<String>,

    /// Something else that can be bought, as an entry of `commitments` without its level, such as
    /// '{ kind = "compute-savings-plan", term = "1y", discount = "17%" }'
    #[arg(long, value_name = "TOML")]
    pub offer: Vec<String>,

    /// What is not known, as values that are equally likely, such as demand=x0.7,x1,x1.4
    #[arg(long, value_name = "PATH=SPEC")]
    pub vary: Vec<String>,

    #[command(flatten)]
    pub study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let offers = offers(arguments)?;
    let base = arguments.scenario.base()?;
    let axes = varied(&base, &arguments.vary)?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let configurations = combinations(&axes, laboratory.plan.seed)?;
    let names = in_one_currency(&laboratory.plan, &arguments.deployment)?;
    let folder = arguments.study.folder(&laboratory.plan.name, "commit")?;
    let said = said(&base);
    let threads = arguments.study.threads();
    let found = study::in_pool(threads, || Ok(buyers(&laboratory, &names, &offers, &said)?))?;
    let buyers = with_offers(found, arguments, &names)?;
    warn_of_replaced(&buyers, &said, output);
    let question = Question { buyers, configurations, varied: axes.iter().map(axis).collect(), control: &control };
    let committed = work(&laboratory, threads, output, &control, || answer(&laboratory, &question))?;
    let again = arguments.again().seeded(&committed.scenario);
    let written = arguments
        .study
        .publish(&folder, (&committed, &committed.frame()), |to| report::stage(to, &committed, &again))?;
    let text = || report::text(&committed, &written, output.color_of_results());
    arguments.study.print(text, &report::headline(&committed), &store::json(&committed)?, output)
}

/// The use by clock-hour of every draw is kept until all levels are billed: of three years about 1 MB a draw.
const MOST: usize = 500;

/// Every combination of what is varied; one of nothing where nothing is.
fn combinations(axes: &[Axis], seed: u64) -> Result<Vec<Vec<Setting>>, Failure> {
    if axes.is_empty() {
        return Ok(vec![Vec::new()]);
    }
    let values = |axis: &Axis| axis.levels.list().map_or(1, |levels| levels.len());
    let count = axes.iter().map(values).fold(1, usize::saturating_mul);
    if count > MOST {
        let message = format!("`--vary` makes {count} combinations; at most {MOST}");
        return Err(Failure::input(
            message,
            Some("take fewer values; each stands for an equal share of what is not known"),
        ));
    }
    let points = Design::Grid.points(axes, seed).map_err(|error| Failure::input(&error, None::<&str>))?;
    Ok(points.iter().collect())
}

impl Arguments {
    /// The command that plans the same again.
    fn again(&self) -> Again {
        Again::of("commit", &self.scenario)
            .option("deployment", &self.deployment)
            .option("kind", &self.kind)
            .option("term", &self.term)
            .option("payment", &self.payment)
            .option("offer", &self.offer)
            .option("vary", &self.vary)
    }
}

/// What may be bought: of the usual what the filters leave, and what is stated.
fn offers(arguments: &Arguments) -> Result<Vec<Offer>, Failure> {
    let kept = |offer: &Offer| {
        (arguments.kind.is_empty() || arguments.kind.contains(&offer.kind))
            && arguments.term.as_ref().is_none_or(|term| offer.term == *term)
            && arguments.payment.as_ref().is_none_or(|payment| offer.payment == *payment)
    };
    let mut offers: Vec<Offer> = Offer::listed().into_iter().filter(kept).collect();
    for text in &arguments.offer {
        let offer = Offer::parse(text).map_err(|problem| {
            let help = "for example `--offer '{ kind = \"compute-savings-plan\", term = \"1y\", discount = \"17%\" }'`";
            Failure::input(format!("`--offer {text}` is no offer: {problem}"), Some(help))
        })?;
        offers.push(offer);
    }
    Ok(offers)
}

/// Paths of all keys of the scenario.
fn said(base: &Base) -> Vec<String> {
    base.values().into_iter().map(|(path, _)| path).collect()
}

/// At least one, and every deployment that was named.
fn with_offers(found: Vec<Buyer>, arguments: &Arguments, names: &[String]) -> Result<Vec<Buyer>, Failure> {
    let lacks = |name: &&String| !found.iter().any(|buyer| buyer.deployment == **name);
    let lacking: Vec<&str> = names.iter().filter(lacks).map(String::as_str).collect();
    if lacking.is_empty() || (arguments.deployment.is_empty() && !found.is_empty()) {
        return Ok(found);
    }
    let help = "price lists hold terms of some types of servers of `aws-ec2` and `aws-eks`; state what else can be bought:\n  \
        --offer '{ kind = \"reserved\", term = \"1y\", hourly = \"$0.05/h\" }'\n  \
        --offer '{ kind = \"compute-savings-plan\", term = \"1y\", discount = \"17%\" }'";
    Err(Failure::input(format!("nothing is on offer for {}", listed(&lacking)), Some(help)))
}

/// What the scenario has bought is planned anew.
fn warn_of_replaced(buyers: &[Buyer], said: &[String], output: &Output) {
    for buyer in buyers {
        if said.iter().any(|path| path.starts_with(&buyer.key)) {
            output.note(&format!("`{}` of the scenario is left aside: it is what is planned", buyer.key));
        }
    }
}

fn axis(axis: &Axis) -> SweepAxis {
    let values = axis.levels.list().unwrap_or_default().into_iter().map(|level| level.label).collect();
    SweepAxis { path: axis.path.clone(), unit: axis.unit.clone(), values }
}
