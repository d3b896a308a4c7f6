//! A deployment on functions as a service: from its keys and the platform's pack to a [`FaasSpec`].

mod batch;
mod cold_start;
mod concurrency;
mod function;
mod keep_alive;
mod limits;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::commitments;
use super::deployments::{Deployed, Part};
use super::distribution::distribution;
use super::document::Table;
use super::plan::{Deployment, Model, Site};
use super::pricing;
use super::problem::{Problem, Problems};
use crate::billing::Selection;
use crate::platform::faas::{Allocation, FaasBilling, FaasSpec, FunctionSpec, PoolBy, Provisioned, TieOrder};
use crate::policy::IdleChoice;
use crate::stats::Distribution;
use crate::units::Span;

/// Reads one deployment; `None` if it is wrong and reported.
pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Deployment> {
    let before = problems.len();
    let named = named_functions(part, problems);
    concurrency::check(part, &named, problems);
    check_shared(part, problems);
    let others = Arc::new(function::others(part, problems));
    assumptions(part, deployed);
    assume_free_tier(part, &named, deployed);
    batch::assume(part, named.values().chain([&others]), deployed);
    let spec = FaasSpec {
        pool_by: pool_by(part),
        limits: limits::read(part, deployed),
        allocation: allocation(part, &named, deployed),
        retry: super::retry::read(part),
        tie_order: tie_order(part),
        billing: billing(part, deployed),
        network: network(part, problems),
        named,
        others,
    };
    let tariff = pricing::tariff(part, selection(&spec), problems);
    let tariff = tariff.and_then(|tariff| commitments::of_compute(part, tariff, deployed, problems));
    if problems.len() > before {
        return None;
    }
    let tariff = tariff?;
    pricing::assume(part, &tariff, deployed);
    Some(Deployment {
        name: part.name.to_owned(),
        platform: part.pack.name().to_owned(),
        summary: summary(part, &spec),
        sites: vec![Site::new(part, tariff)],
        model: Model::Faas(Arc::new(spec)),
    })
}

/// The scenario's functions, and those of a trace that have settings of their own.
fn named_functions(part: &Part<'_>, problems: &mut Problems) -> BTreeMap<String, Arc<FunctionSpec>> {
    let mut named = BTreeMap::new();
    for function in part.application.functions {
        let spec = function::of_scenario(part, function, problems);
        named.insert(function.name.clone(), Arc::new(spec));
    }
    let Some(overrides) = part.table.table("functions") else { return named };
    for (name, own) in overrides.tables() {
        if named.contains_key(name.value) {
            continue;
        }
        if part.application.traces.is_empty() {
            let names = part.application.functions.iter().map(|function| function.name.as_str());
            let problem = Problem::at(&name.place, format!("there is no function `{}`", name.value));
            problems.push(problem.nearest(name.value, "a function", names));
        } else {
            named.insert(name.value.to_owned(), Arc::new(function::of_trace(part, own, problems)));
        }
    }
    named
}

/// Functions of one app share its instances with `pool = "app"`: what is said of instances holds for the app, not for one of
/// them. In a trace such a function is called `app/function`.
fn check_shared(part: &Part<'_>, problems: &mut Problems) {
    const OF_INSTANCES: [&str; 6] = ["keep_alive", "idle_choice", "runtime", "package", "start", "cold_start"];
    if pool_by(part) != PoolBy::App || part.application.traces.is_empty() {
        return;
    }
    let functions = part.table.table("functions").into_iter().flat_map(Table::tables);
    for (name, own) in functions.filter(|(name, _)| name.value.contains('/')) {
        let of_pool = own.entries.iter().filter(|entry| OF_INSTANCES.contains(&entry.key.as_str()));
        let limits = own.table("concurrency").into_iter().flat_map(|limits| &limits.entries);
        for entry in of_pool.chain(limits) {
            let message =
                format!("`{}` cannot hold for `{}` alone: an app's functions share instances", entry.key, name.value);
            problems.push(Problem::at(&entry.key_place, message).help("leave out `pool = \"app\"`, or this key"));
        }
    }
}

fn pool_by(part: &Part<'_>) -> PoolBy {
    match part.text_or("pool", part.pack.text("pool")) {
        "app" => PoolBy::App,
        _ => PoolBy::Function,
    }
}

/// `parity` takes over the conventions of another simulator; a key of its own wins over it.
fn tie_order(part: &Part<'_>) -> TieOrder {
    let parity = match part.text_or("parity", "") {
        "simfaas" => "finish-expiry-arrival",
        "dslab" => "arrival-expiry-finish",
        _ => "",
    };
    match part.text_or("tie_order", parity) {
        "finish-expiry-arrival" => TieOrder::FinishExpiryArrival,
        "arrival-expiry-finish" => TieOrder::ArrivalExpiryFinish,
        _ => TieOrder::FinishArrivalExpiry,
    }
}

fn billing(part: &Part<'_>, deployed: &mut Deployed) -> FaasBilling {
    let day = crate::units::date(part.pack.text("init-billed-from")).ok();
    if let Some(day) = day {
        part.assume(deployed, "init-billed-from", format!("start-up is billed as duration from {day} on"));
    }
    FaasBilling {
        increment: part.pack.quantity("billing-increment"),
        minimum: part.pack.quantity("billing-minimum"),
        memory_step: part.pack.quantity("memory-step"),
        memory_range: (part.pack.quantity("memory-least"), part.pack.quantity("memory-most")),
        init_from: day.map(|day| part.application.settings.calendar.instant_of(day)),
        ephemeral_included: part.pack.quantity("ephemeral-least"),
        provisioned_increment: part.pack.quantity("provisioned-increment"),
    }
}

/// How what is scheduled comes to be there.
fn allocation(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, deployed: &mut Deployed) -> Allocation {
    let allocation = Allocation {
        preparation: part.pack.quantity("provisioned-preparation"),
        per_minute: part.pack.count("provisioned-per-minute"),
    };
    if named.values().any(|function| !function.provisioned.changes.is_empty()) {
        let Allocation { preparation, per_minute } = allocation;
        let prepared = format!("what is scheduled is paid at once and ready after {preparation}, all together");
        part.assume(deployed, "provisioned-preparation", prepared);
        part.assume(deployed, "provisioned-per-minute", format!("then {per_minute} instances a minute"));
    }
    allocation
}

fn network(part: &Part<'_>, problems: &mut Problems) -> Distribution {
    distribution(part.table, "network", problems).unwrap_or(Distribution::Constant(Span::ZERO))
}

/// What the functions use beyond requests and compute decides which meters need a price.
fn selection(spec: &FaasSpec) -> Selection {
    let all = || spec.named.values().chain([&spec.others]);
    let provisioned = all().any(|function| function.provisioned.most() > 0);
    let ephemeral = all().any(|function| function.ephemeral_storage > spec.billing.ephemeral_included);
    Selection::of_functions(provisioned, ephemeral)
}

/// The provider withholds its allowance from the functions that have provisioned concurrency; a bill has one for all.
fn assume_free_tier(part: &Part<'_>, named: &BTreeMap<String, Arc<FunctionSpec>>, deployed: &mut Deployed) {
    let provisioned = || named.values().map(|function| &function.provisioned);
    let all_and_always = provisioned().all(|one| one.least() > 0) && part.application.traces.is_empty();
    if part.application.settings.free_tier && provisioned().any(|one| one.most() > 0) && !all_and_always {
        let how = "not granted, to no function and at no time: some have provisioned concurrency at some time";
        part.simplify(deployed, "free tier", how);
    }
}

/// What the deployment takes from its pack, with the pack's sources.
fn assumptions(part: &Part<'_>, deployed: &mut Deployed) {
    keep_alive::assumption(part, deployed);
    cold_start::assumptions(part, deployed);
    if !part.table.has("idle_choice") && !part.table.has("parity") {
        part.assume(deployed, "idle-choice", part.pack.text("idle-choice"));
    }
    if !part.table.has("timeout") {
        part.assume(deployed, "timeout-most", "cut off at the platform's longest where no function states less");
    }
    let shares = part.application.functions.iter().map(|function| function.cpu.share);
    if shares.chain(part.application.traces.iter().map(|trace| trace.cpu.share)).any(|share| share.is_some()) {
        part.assume(deployed, "memory-per-vcpu", "CPU work takes time in inverse proportion to memory, up to one vCPU");
    } else {
        part.simplify(deployed, "memory and duration", "durations do not change with memory, as no `cpu` is given");
    }
    if !part.table.has("retry") {
        part.simplify(deployed, "retries", "refused clients do not try again");
    }
    if !part.table.has("network") {
        part.simplify(deployed, "network", "latency is measured at the platform's edge");
    }
}

/// `512MB arm64, keep-alive aws-2025, 5 provisioned`.
fn summary(part: &Part<'_>, spec: &FaasSpec) -> String {
    let mut memories: Vec<_> = spec.named.values().filter_map(|function| function.memory).collect();
    if memories.is_empty() {
        memories.extend(spec.others.memory);
    }
    memories.sort_unstable();
    let memory = match (memories.first(), memories.last()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}-{most}"),
        _ => "memory of the trace".to_owned(),
    };
    let mut text =
        format!("{memory} {}, keep-alive {}", part.text_or("architecture", "x86"), keep_alive::describe(part));
    let provisioned = |level: fn(&Provisioned) -> u32| -> u64 {
        spec.named.values().map(|function| u64::from(level(&function.provisioned))).sum()
    };
    match (provisioned(Provisioned::least), provisioned(Provisioned::most)) {
        (_, 0) => {}
        (least, most) if least == most => text.push_str(&format!(", {most} provisioned")),
        (least, most) => text.push_str(&format!(", {least}-{most} provisioned")),
    }
    let sizes = || spec.named.values().chain([&spec.others]).filter_map(|function| Some(function.batch?.size));
    if let Some(size) = sizes().max() {
        text.push_str(&format!(", batches of {size}"));
    }
    if let Some(reserved) = spec.named.values().filter_map(|function| function.reserved).min() {
        text.push_str(&format!(", {reserved} reserved"));
    }
    text
}

/// The rule of the pack, of `parity`, or of the deployment.
fn idle_choice(part: &Part<'_>, named: Option<&str>) -> IdleChoice {
    let default = match part.text_or("parity", "") {
        "simfaas" => "newest",
        "dslab" => "swap-set",
        _ => part.pack.text("idle-choice"),
    };
    match named.unwrap_or(default) {
        "newest" => IdleChoice::Newest,
        "lru" => IdleChoice::Lru,
        "oldest" => IdleChoice::Oldest,
        "random" => IdleChoice::Random,
        "swap-set" => IdleChoice::SwapSet,
        _ => IdleChoice::Mru,
    }
}
