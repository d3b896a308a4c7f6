//! How one function is deployed: settings of its own, then the deployment's, then the platform's.

use super::super::deployments::Part;
use super::super::distribution::build;
use super::super::document::{Node, Table};
use super::super::functions::{CpuWork, Function};
use super::super::problem::{Problem, Problems};
use super::super::read::At;
use super::{batch, cold_start, concurrency, idle_choice, keep_alive};
use crate::platform::faas::FunctionSpec;
use crate::stats::Distribution;
use crate::units::{Size, Span};

/// Where a function's settings are looked up: first match wins.
pub struct Layers<'a> {
    pub own: Option<&'a Table>,
    pub common: &'a Table,
}

impl<'a> Layers<'a> {
    /// The table that has `key`.
    pub fn with(&self, key: &str) -> &'a Table {
        self.own.filter(|own| own.has(key)).unwrap_or(self.common)
    }

    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.with(key).get(key)
    }

    /// Layers of a sub-table, so that single keys of it can be overridden.
    pub fn sub(&self, key: &str) -> Option<(Option<&'a Table>, Option<&'a Table>)> {
        let (own, common) = (self.own.and_then(|own| own.table(key)), self.common.table(key));
        (own.is_some() || common.is_some()).then_some((own, common))
    }
}

/// A function that the scenario describes.
pub fn of_scenario(part: &Part<'_>, function: &Function, problems: &mut Problems) -> FunctionSpec {
    let own = part.table.table("functions").and_then(|functions| functions.table(&function.name));
    let layers = Layers { own, common: part.table };
    let asked = layers.with("memory").quantity::<Size>("memory").or_else(|| function.memory.clone());
    if asked.is_none() && !layers.with("memory").has("memory") {
        let message = format!("neither deployment `{}` nor function `{}` states `memory`", part.name, function.name);
        problems.push(Problem::at(&part.table.place, message).help("for example `memory = \"512MB\"`"));
    }
    let timeout = function.timeout.clone();
    batch::check_once(part, &layers, function, problems);
    build_spec(part, &layers, asked, timeout, function.cpu, &function.init, problems)
}

/// A function of a trace that has settings of its own.
pub fn of_trace(part: &Part<'_>, own: &Table, problems: &mut Problems) -> FunctionSpec {
    trace_spec(part, &Layers { own: Some(own), common: part.table }, problems)
}

/// Every other function of a trace.
pub fn others(part: &Part<'_>, problems: &mut Problems) -> FunctionSpec {
    let layers = Layers { own: None, common: part.table };
    if !part.application.traces.is_empty() && !layers.common.has("memory") {
        for trace in part.application.traces.iter().filter(|trace| !trace.states_memory) {
            let message = format!(
                "the format of trace `{}` states no memory, and deployment `{}` none either",
                trace.name, part.name
            );
            problems.push(Problem::at(&part.table.place, message).help("for example `memory = \"512MB\"`"));
        }
    }
    trace_spec(part, &layers, problems)
}

fn trace_spec(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> FunctionSpec {
    let memory = layers.with("memory").quantity("memory");
    let cpu = part.application.traces.first().map_or(CpuWork::NONE, |trace| trace.cpu);
    if let Some(other) = part.application.traces.iter().find(|trace| trace.cpu != cpu) {
        let problem =
            Problem::at(&other.place, "all traces of a scenario must have the same `cpu` and `reference_memory`");
        problems.push(problem);
    }
    build_spec(part, layers, memory, None, cpu, &Distribution::Constant(Span::ZERO), problems)
}

fn build_spec(
    part: &Part<'_>,
    layers: &Layers<'_>,
    memory: Option<At<Size>>,
    function_timeout: Option<At<Span>>,
    cpu: CpuWork,
    init: &Distribution,
    problems: &mut Problems,
) -> FunctionSpec {
    check_memory(part, memory.as_ref(), problems);
    let memory = memory.map(|memory| memory.value);
    let concurrency = concurrency::read(part, layers, problems);
    FunctionSpec {
        memory,
        ephemeral_storage: ephemeral_storage(part, layers, problems),
        concurrency: concurrency.per_instance,
        keep_alive: keep_alive::read(part, layers, problems),
        idle_choice: idle_choice(part, layers.with("idle_choice").text("idle_choice").map(|choice| choice.value)),
        start: cold_start::read(part, layers, init, problems),
        cold_duration: layers.get("cold_duration").and_then(|node| build(node, problems)),
        reserved: concurrency.reserved,
        provisioned: concurrency.provisioned,
        batch: batch::read(part, layers, problems),
        timeout: timeout(part, layers, function_timeout, problems),
        work_scale: memory.map_or(1.0, |memory| cpu.scale(speed(part, memory), |memory| speed(part, memory))),
    }
}

/// CPU speed that comes with a size of memory; 1 is a full vCPU, and one thread cannot use more.
fn speed(part: &Part<'_>, memory: Size) -> f64 {
    let per_vcpu: Size = part.pack.quantity("memory-per-vcpu");
    (memory.bytes() as f64 / per_vcpu.bytes() as f64).clamp(1e-6, 1.0)
}

fn check_memory(part: &Part<'_>, memory: Option<&At<Size>>, problems: &mut Problems) {
    let Some(memory) = memory.filter(|memory| memory.value > Size::ZERO) else { return };
    let quantity = |name| part.pack.quantity::<Size>(name);
    let (least, most, step) = (quantity("memory-least"), quantity("memory-most"), quantity("memory-step"));
    let platform = part.pack.name();
    if memory.value < least || memory.value > most {
        let message = format!("memory {} is outside what `{platform}` allows: {least} to {most}", memory.value);
        let near = if memory.value < least { least } else { most };
        problems.push(
            Problem::at(&memory.place, message).help(format!("deployment `{}`: nearest is \"{near}\"", part.name)),
        );
    } else if memory.value.bytes() % step.bytes() != 0 {
        let message = format!("memory {} is not a multiple of {step}, the step of `{platform}`", memory.value);
        let up = Size::from_bytes(memory.value.bytes().next_multiple_of(step.bytes()));
        problems
            .push(Problem::at(&memory.place, message).help(format!("deployment `{}`: next is \"{up}\"", part.name)));
    }
}

fn ephemeral_storage(part: &Part<'_>, layers: &Layers<'_>, problems: &mut Problems) -> Size {
    let (least, most) = (part.pack.quantity::<Size>("ephemeral-least"), part.pack.quantity::<Size>("ephemeral-most"));
    let Some(asked) = layers.with("ephemeral_storage").quantity::<Size>("ephemeral_storage") else { return least };
    if asked.value < least || asked.value > most {
        let message = format!(
            "ephemeral storage {} is outside what `{}` allows: {least} to {most}",
            asked.value,
            part.pack.name()
        );
        problems.push(Problem::at(&asked.place, message));
    }
    asked.value
}

/// The deployment's, the function's, or the platform's longest. `unlimited` is for comparisons with other models.
fn timeout(
    part: &Part<'_>,
    layers: &Layers<'_>,
    function_timeout: Option<At<Span>>,
    problems: &mut Problems,
) -> Option<Span> {
    let longest: Span = part.pack.quantity("timeout-most");
    let table = layers.with("timeout");
    if table.text("timeout").is_some_and(|word| word.value == "unlimited") {
        return None;
    }
    let Some(asked) = table.quantity::<Span>("timeout").or(function_timeout) else { return Some(longest) };
    if asked.value > longest {
        let message = format!("timeout {} is longer than `{}` allows: {longest}", asked.value, part.pack.name());
        problems.push(Problem::at(&asked.place, message));
    }
    Some(asked.value)
}
