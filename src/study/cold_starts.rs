//! What one factor does to the cold starts of a deployment, with theory beside it.

mod analytic;

use super::{Laboratory, StudyError};
use crate::platform::faas::FaasSpec;
use crate::results::cold_starts::{COLD_STARTS_SCHEMA, ColdPoint, ColdStarts, deviation};
use crate::scenario::vary::{Change, Level, Quantity, Setting};
use crate::scenario::{Model, Plan, expected_load};
use crate::units::{Size, Span};

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    Rate,
    KeepAlive,
    Memory,
    Concurrency,
    Package,
    Provisioned,
}

impl Factor {
    pub const ALL: [Self; 6] =
        [Self::Rate, Self::KeepAlive, Self::Memory, Self::Concurrency, Self::Package, Self::Provisioned];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.name() == name)
    }

    /// What it is, for a user who chooses.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Rate => "Requests a second, of all sources in proportion",
            Self::KeepAlive => "How long an idle instance is kept",
            Self::Memory => "Memory of an instance, and its CPU",
            Self::Concurrency => "Invocations that an instance holds at the same time",
            Self::Package => "Zipped code that a cold start loads",
            Self::Provisioned => "Instances of each function that are always there",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::KeepAlive => "keep-alive",
            Self::Memory => "memory",
            Self::Concurrency => "concurrency",
            Self::Package => "package",
            Self::Provisioned => "provisioned",
        }
    }

    pub const fn quantity(self) -> Quantity {
        match self {
            Self::Rate => Quantity::Factor,
            Self::KeepAlive => Quantity::Time,
            Self::Memory | Self::Package => Quantity::Size,
            Self::Concurrency | Self::Provisioned => Quantity::Count,
        }
    }

    /// The values that are tried where nobody says others.
    pub const fn usual(self) -> &'static str {
        match self {
            Self::Rate => "x0.05,x0.1,x0.2,x0.5,x1,x2,x4",
            Self::KeepAlive => "15s,30s,1min,2min,5min,10min,20min,1h",
            Self::Memory => "128MB,256MB,512MB,1024MB,1769MB,3072MB",
            Self::Concurrency => "1,2,4,8,16",
            Self::Package => "0MB,1MB,5MB,10MB,25MB,50MB",
            Self::Provisioned => "0,1,2,3,5,8,12,20",
        }
    }

    /// Of the values in the results.
    const fn unit(self) -> &'static str {
        match self {
            Self::Rate => "/s",
            Self::KeepAlive => "s",
            Self::Memory | Self::Package => "MB",
            Self::Concurrency | Self::Provisioned => "",
        }
    }

    /// The key of a deployment, and of a function in it.
    const fn key(self) -> &'static str {
        match self {
            Self::Rate => "",
            Self::KeepAlive => "keep_alive",
            Self::Memory => "memory",
            Self::Concurrency => "concurrency.per_instance",
            Self::Package => "package",
            Self::Provisioned => "concurrency.provisioned",
        }
    }
}

/// What is asked.
pub struct Question<'a> {
    pub factor: Factor,
    pub deployment: &'a str,
    pub levels: &'a [Level],
    /// Every value of the scenario by its path.
    pub values: &'a [(String, String)],
}

/// The first deployment on functions.
pub fn first_of_functions(plan: &Plan) -> Option<&str> {
    let faas = plan.deployments.iter().find(|deployment| matches!(deployment.model, Model::Faas(_)));
    faas.map(|deployment| deployment.name.as_str())
}

/// Answers on the threads of the caller's pool.
pub fn run(laboratory: &Laboratory<'_>, question: &Question<'_>) -> Result<ColdStarts, StudyError> {
    let plan = &laboratory.plan;
    let configurations: Vec<Vec<Setting>> =
        question.levels.iter().map(|level| settings(plan, question, level)).collect();
    let mut theory = Vec::new();
    for settings in &configurations {
        let mut plan = laboratory.plan_of(settings)?;
        plan.deployments.retain(|deployment| deployment.name == question.deployment);
        theory.push((value(&plan, question.factor, settings), analytic::of(&plan)));
    }
    let outcomes = laboratory.measure_named(&configurations, question.deployment)?;
    let not_analytic = theory.iter().find_map(|(_, theory)| theory.clone().err());
    let points: Vec<ColdPoint> = question
        .levels
        .iter()
        .zip(&outcomes)
        .zip(theory)
        .map(|((level, outcome), (value, theory))| ColdPoint::of(&level.label, value, outcome, theory.ok()))
        .collect();
    Ok(ColdStarts {
        schema: COLD_STARTS_SCHEMA.to_owned(),
        scenario: laboratory.studied(),
        deployment: question.deployment.to_owned(),
        platform: outcomes.first().map_or_else(String::new, |outcome| outcome.platform.clone()),
        currency: outcomes.first().map_or("USD", |outcome| outcome.currency.code()).to_owned(),
        against: question.factor.name().to_owned(),
        unit: question.factor.unit().to_owned(),
        deviation: deviation(&points),
        points,
        not_analytic,
    })
}

/// The deployment at one level: its own key, and that of every function which overrides it.
fn settings(plan: &Plan, question: &Question<'_>, level: &Level) -> Vec<Setting> {
    if question.factor == Factor::Rate {
        return vec![Setting::new("demand", level.clone())];
    }
    let deployment = quoted(question.deployment);
    let spec = plan.deployments.iter().find(|one| one.name == question.deployment).map(|one| &one.model);
    let functions = match spec {
        Some(Model::Faas(spec)) => functions(spec, question),
        _ => Vec::new(),
    };
    let mut all = vec![setting(question, &format!("deployments.{deployment}"), level)];
    all.extend(functions.iter().map(|name| {
        let path = format!("deployments.{deployment}.functions.{}", quoted(name));
        setting(question, &path, level)
    }));
    all
}

/// Those that say the key of the factor themselves.
fn functions(spec: &FaasSpec, question: &Question<'_>) -> Vec<String> {
    let says = |name: &&String| {
        let path = format!("deployments.{}.functions.{name}.{}", question.deployment, question.factor.key());
        question.values.iter().any(|(known, _)| *known == path || known.starts_with(&format!("{path}.")))
    };
    spec.named.keys().filter(says).cloned().collect()
}

fn setting(question: &Question<'_>, path: &str, level: &Level) -> Setting {
    if question.factor != Factor::KeepAlive {
        return Setting::new(&format!("{path}.{}", question.factor.key()), level.clone());
    }
    let policy = format!("{}.keep_alive.policy", path.replace('"', ""));
    let policy = question.values.iter().find(|(known, _)| *known == policy).map(|(_, value)| value.trim_matches('"'));
    let (key, change) = match policy {
        Some("exponential") => ("keep_alive.mean", level.change.clone()),
        Some("fixed") => ("keep_alive.idle", level.change.clone()),
        _ => ("keep_alive", Change::Set(format!("{{ policy = \"fixed\", idle = \"{}\" }}", level.label))),
    };
    Setting::new(&format!("{path}.{key}"), Level { change, ..level.clone() })
}

fn quoted(name: &str) -> String {
    if name.contains('.') { format!("\"{name}\"") } else { name.to_owned() }
}

/// A level as a number of the factor's unit.
fn value(plan: &Plan, factor: Factor, settings: &[Setting]) -> f64 {
    let level = settings.first().map(|setting| &setting.level);
    let label = level.map_or("", |level| level.label.as_str());
    let number = match factor {
        Factor::Rate => plan.duration.map(|duration| {
            let asked: f64 = expected_load(&plan.workload, duration).iter().map(|load| load.invocations).sum();
            asked / duration.seconds()
        }),
        Factor::KeepAlive => label.parse().ok().map(Span::seconds),
        Factor::Memory | Factor::Package => {
            label.parse().ok().map(|size: Size| size.bytes() as f64 / f64::from(1 << 20))
        }
        Factor::Concurrency | Factor::Provisioned => level.and_then(|level| level.number),
    };
    number.unwrap_or(f64::NAN)
}
