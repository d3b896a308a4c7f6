//! `sim check SCENARIO`: what would be simulated.

mod varied;

use clap::Args;
use serde_json::{Value, json};

use super::output::{Output, thousands, wrap};
use super::scenario::ScenarioArguments;
use super::{Failure, Format};
use crate::platform::faas::PoolBy;
use crate::scenario::{Deployment, Model, Plan, Target, TargetMetric, expected_arrivals};
use crate::units::{Money, Span};
use crate::workload::{Source, TraceFormat};
use varied::Varied;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,

    /// Print as text or JSON
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let plan = base.plan()?;
    let varied = Varied { axes: base.axes()?, uncertain: base.uncertain()? };
    match arguments.format {
        Format::Text => output.print(&text(&plan, &varied)),
        Format::Json => output.print(&format!("{:#}", json(&plan, &varied))),
    }
}

/// Mean number of invocations of a source, if it is known before anything is read.
fn expected(source: &Source, plan: &Plan) -> Option<f64> {
    match source {
        Source::Synthetic(source) => Some(expected_arrivals(&source.arrivals, plan.duration?)),
        Source::Trace(_) => None,
    }
}

fn source_name(source: &Source) -> &str {
    match source {
        Source::Synthetic(source) => &source.name,
        Source::Trace(file) => &file.name,
    }
}

/// What a source does, in a few words.
fn describe_source(source: &Source, plan: &Plan) -> String {
    match source {
        Source::Synthetic(source) => plan.workload.functions[source.function.index()].name.clone(),
        Source::Trace(file) => {
            let format = match file.format {
                TraceFormat::Azure2021 => "azure2021",
                TraceFormat::Invocations => "invocations",
            };
            format!("{format} {}", file.path.display())
        }
    }
}

/// Event loops that cannot influence each other unless an account's limit binds.
fn components(deployment: &Deployment, plan: &Plan) -> usize {
    let functions = &plan.workload.functions;
    match &deployment.model {
        Model::Fleet(_) | Model::Hybrid(_) => 1,
        Model::Faas(spec) => match spec.pool_by {
            PoolBy::Function => functions.len(),
            PoolBy::App => functions.iter().map(|f| f.app.as_str()).collect::<std::collections::HashSet<_>>().len(),
        },
    }
}

fn has_trace(plan: &Plan) -> bool {
    plan.workload.sources.iter().any(|source| matches!(source, Source::Trace(_)))
}

fn text(plan: &Plan, varied: &Varied) -> String {
    let mut text = heading(plan);
    text.push_str("\nsources                 invocations\n");
    for source in &plan.workload.sources {
        let count = expected(source, plan).map_or("as traced".to_owned(), thousands);
        let line = format!("  {:<20}{count:>13}  {}", source_name(source), describe_source(source, plan));
        text.push_str(&wrap_at(&line, 37));
    }
    let all: f64 = plan.workload.sources.iter().filter_map(|source| expected(source, plan)).sum();
    match (has_trace(plan), all > 0.0) {
        (true, false) => {}
        (true, true) => {
            text.push_str(&format!("  {:<20}{:>13}  a replication, and those traced\n", "expected", thousands(all)));
        }
        (false, _) => text.push_str(&format!("  {:<20}{:>13}  a replication\n", "expected", thousands(all))),
    }
    text.push_str("\ndeployments\n");
    for deployment in &plan.deployments {
        let loops = if has_trace(plan) && matches!(deployment.model, Model::Faas(_)) {
            "components as traced".to_owned()
        } else {
            match components(deployment, plan) {
                1 => "1 component".to_owned(),
                count => format!("{count} components"),
            }
        };
        let line = format!("  {:<20}{}: {}; {loops}", deployment.name, deployment.platform, deployment.summary);
        text.push_str(&wrap_at(&line, 22));
    }
    text.push_str(&objectives(plan));
    text.push_str(&varied.text());
    for warning in &plan.warnings {
        text.push_str(&format!("\nwarning: {}\n", wrap(warning, 71, 9)));
    }
    text
}

/// Wraps at 80 columns without touching the blanks at the front of the first line.
fn wrap_at(line: &str, column: usize) -> String {
    let split = line.char_indices().nth(column).map_or(line.len(), |(index, _)| index);
    let (front, rest) = line.split_at(split);
    let rest = wrap(rest, 80 - column, 0).replace('\n', &format!("\n{}", " ".repeat(column)));
    format!("{front}{rest}\n")
}

fn heading(plan: &Plan) -> String {
    let duration = plan.duration.map_or("the span of the trace".to_owned(), |duration| duration.to_string());
    let replications = if plan.replications == 1 { "replication" } else { "replications" };
    let mut text = format!(
        "{}: {duration} from {} UTC, warmup {}, seed {}, {} {replications}\n\nfunctions",
        plan.name,
        plan.calendar.start(),
        plan.warmup,
        plan.seed,
        plan.replications
    );
    const SHOWN: usize = 20;
    text.push_str(&format!("{:>14}\n", plan.workload.functions.len()));
    for function in plan.workload.functions.iter().take(SHOWN) {
        let memory =
            function.memory.map_or(String::new(), |memory| format!("{memory:>13}", memory = memory.to_string()));
        text.push_str(format!("  {:<20}{memory}", function.name).trim_end());
        text.push('\n');
    }
    match plan.workload.functions.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => text.push_str(&format!("  and {more} more\n")),
        _ if has_trace(plan) => text.push_str("  and those of the trace\n"),
        _ => {}
    }
    text
}

fn objectives(plan: &Plan) -> String {
    if plan.objectives.is_empty() {
        return String::new();
    }
    let lines: String = plan.objectives.iter().map(|target| format!("  {}\n", describe_target(target))).collect();
    format!("\nobjectives\n{lines}")
}

fn describe_target(target: &Target) -> String {
    let bound = target.bound;
    match target.metric {
        TargetMetric::Latency(probability) => {
            let name = probability.map_or("mean".to_owned(), percentile);
            format!("{:<20}{:>13}", format!("latency {name}"), format!("<= {}", Span::from_seconds_f64(bound)))
        }
        TargetMetric::Errors => format!("{:<20}{:>13}", "errors", format!("<= {}%", round(bound * 100.0))),
        TargetMetric::ColdStarts => format!("{:<20}{:>13}", "cold starts", format!("<= {}%", round(bound * 100.0))),
        TargetMetric::CostPerMonth => {
            let amount = rust_decimal::Decimal::from_f64_retain(bound).map(Money).unwrap_or_default();
            format!("{:<20}{:>13}", "cost per month", format!("<= {amount}"))
        }
    }
}

/// Nine significant decimals: what a user wrote as a percentage reads back the same.
fn round(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

fn percentile(probability: f64) -> String {
    format!("p{}", format!("{}", round(probability * 100.0)).replace('.', ""))
}

fn json(plan: &Plan, varied: &Varied) -> Value {
    let source = |source: &Source| json!({ "name": source_name(source), "of": describe_source(source, plan), "invocations": expected(source, plan) });
    let deployment = |deployment: &Deployment| {
        let components = if has_trace(plan) { Value::Null } else { json!(components(deployment, plan)) };
        json!({ "name": deployment.name, "platform": deployment.platform, "summary": deployment.summary,
            "components": components })
    };
    json!({
        "name": plan.name,
        "hash": plan.hash,
        "duration_s": plan.duration.map(Span::seconds),
        "warmup_s": plan.warmup.seconds(),
        "start": plan.calendar.start().to_string(),
        "seed": plan.seed,
        "replications": plan.replications,
        "functions": plan.workload.functions.iter().map(|function| &function.name).collect::<Vec<_>>(),
        "sources": plan.workload.sources.iter().map(source).collect::<Vec<_>>(),
        "deployments": plan.deployments.iter().map(deployment).collect::<Vec<_>>(),
        "sweep": varied.sweep(),
        "uncertainty": varied.uncertainty(),
        "assumptions": plan.assumptions,
        "warnings": plan.warnings,
    })
}
