//! Platform packs: what the simulator believes about a platform, as data with dates and sources.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use super::distribution;
use super::document::{self, Table};
use super::problem::{Origin, Problems};
use super::shape;
use crate::billing::{self, Machine};
use crate::scenario::Assumption;
use crate::stats::Distribution;
use crate::units::{Share, Size, Span, UnitError};

/// The packs that are built in, in alphabetical order.
const BUILTIN: [(&str, &str); 10] = [
    ("aws-ec2", include_str!("../../platforms/aws-ec2.toml")),
    ("aws-eks", include_str!("../../platforms/aws-eks.toml")),
    ("aws-fargate", include_str!("../../platforms/aws-fargate.toml")),
    ("aws-lambda", include_str!("../../platforms/aws-lambda.toml")),
    ("azure-aks", include_str!("../../platforms/azure-aks.toml")),
    ("azure-vm", include_str!("../../platforms/azure-vm.toml")),
    ("gcp-compute", include_str!("../../platforms/gcp-compute.toml")),
    ("gcp-gke", include_str!("../../platforms/gcp-gke.toml")),
    ("knative", include_str!("../../platforms/knative.toml")),
    ("owned", include_str!("../../platforms/owned.toml")),
];

/// One platform. The packs are part of the program and tested with it, so asking for a parameter that a pack does not
/// have is a mistake of ours, not of the user.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The file, as it stands in `platforms/`.
    pub text: &'static str,
    table: Table,
    /// Read from the price list when they are first asked for.
    machines: OnceLock<Machines>,
}

/// Instance types, and the table in which they stand.
type Machines = (&'static str, Vec<Machine>);

/// A parameter, for a reader.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Parameter {
    pub name: String,
    pub value: String,
    pub what: String,
    pub date: String,
    pub source: String,
    pub confidence: String,
}

/// A measured idle life.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Idle time, and the share of instances that is still there.
    pub points: Arc<[(Span, f64)]>,
    pub date: String,
    pub source: String,
}

/// An instance type of a server platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Instance {
    pub vcpu: u32,
    pub memory: Size,
    /// Share of each vCPU that a burstable type earns.
    pub baseline: Option<Share>,
}

impl Pack {
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// A pack is read once: scenarios are compiled by the thousand in a sweep.
    pub fn named(name: &str) -> Option<&'static Self> {
        static READ: [OnceLock<Pack>; BUILTIN.len()] = [const { OnceLock::new() }; BUILTIN.len()];
        let place = BUILTIN.iter().position(|(builtin, _)| *builtin == name)?;
        let read =
            || Self::read(name, BUILTIN[place].1).unwrap_or_else(|problems| panic!("platform pack:\n{problems}"));
        Some(READ[place].get_or_init(read))
    }

    fn read(name: &str, text: &'static str) -> Result<Self, Problems> {
        let origin = Origin { name: format!("platforms/{name}.toml"), text: text.to_owned() };
        let mut problems = Problems::of(origin);
        let table = document::parse(text, &mut problems);
        if problems.is_empty() {
            shape::check(&table, &shape::PACK, &mut problems);
        }
        if problems.is_empty() { Ok(Self { text, table, machines: OnceLock::new() }) } else { Err(problems) }
    }

    fn sub(&self, section: &str) -> impl Iterator<Item = (&str, &Table)> {
        self.table.table(section).into_iter().flat_map(Table::tables).map(|(name, table)| (name.value, table))
    }

    fn text_of(&self, key: &str) -> &str {
        self.table.text(key).map_or("", |text| text.value)
    }

    pub fn name(&self) -> &str {
        self.text_of("name")
    }

    pub fn model(&self) -> &str {
        self.text_of("model")
    }

    pub fn provider(&self) -> &str {
        self.text_of("provider")
    }

    pub fn title(&self) -> &str {
        self.text_of("title")
    }

    fn parameter(&self, name: &str) -> &Table {
        let found = self.table.table("parameter").and_then(|parameters| parameters.table(name));
        found.unwrap_or_else(|| panic!("platform pack `{}` has no parameter `{name}`", self.name()))
    }

    /// Whether it has the parameter `name`.
    pub fn has(&self, name: &str) -> bool {
        self.table.table("parameter").is_some_and(|parameters| parameters.has(name))
    }

    pub fn quantity<T: FromStr<Err = UnitError>>(&self, name: &str) -> T {
        let value = self.parameter(name).quantity("value");
        value.unwrap_or_else(|| panic!("parameter `{name}` of `{}` has another kind", self.name())).value
    }

    pub fn count(&self, name: &str) -> u32 {
        let value = self.parameter(name).count32("value");
        value.unwrap_or_else(|| panic!("parameter `{name}` of `{}` is not a count", self.name())).value
    }

    pub fn text(&self, name: &str) -> &str {
        let value = self.parameter(name).text("value");
        value.unwrap_or_else(|| panic!("parameter `{name}` of `{}` is not a text", self.name())).value
    }

    /// The value of a parameter as a reader sees it.
    pub fn value(&self, name: &str) -> String {
        value_text(self.parameter(name), "value")
    }

    pub fn distribution(&self, name: &str) -> Distribution {
        let built = distribution::distribution(self.parameter(name), "value", &mut Problems::default());
        built.unwrap_or_else(|| panic!("parameter `{name}` of `{}` is not a distribution", self.name()))
    }

    /// A parameter as an assumption of `deployment`.
    pub fn assumption(&self, deployment: &str, parameter: &str, value: impl Into<String>) -> Assumption {
        let table = self.parameter(parameter);
        let text = |key| table.text(key).map_or("", |text| text.value);
        Assumption {
            deployment: Some(deployment.to_owned()),
            subject: parameter.replace('-', " "),
            value: value.into(),
            source: self.source(text("source")),
            date: text("date").to_owned(),
        }
    }

    /// What a short name stands for.
    fn source(&self, short: &str) -> String {
        let sources = self.table.table("sources");
        sources.and_then(|sources| sources.text(short)).map_or(short, |text| text.value).to_owned()
    }

    pub fn runtimes(&self) -> impl Iterator<Item = &str> {
        self.sub("runtime").map(|(name, _)| name)
    }

    /// Runtime init of a language runtime.
    pub fn runtime(&self, name: &str) -> Option<Distribution> {
        let (_, table) = self.sub("runtime").find(|(runtime, _)| *runtime == name)?;
        let median = table.quantity::<Span>("median")?.value.seconds();
        Distribution::lognormal(median.ln(), table.number("sigma")?.value).ok()
    }

    pub fn curves(&self) -> impl Iterator<Item = &str> {
        self.sub("curve").map(|(name, _)| name)
    }

    pub fn curve(&self, name: &str) -> Option<Curve> {
        let (_, table) = self.sub("curve").find(|(curve, _)| *curve == name)?;
        let point = |node: &document::Node| match &node.value {
            document::Value::List(pair) => {
                Some((Span::from_seconds_f64(pair.first()?.number()?), pair.get(1)?.number()?))
            }
            _ => None,
        };
        let points = table.list("points")?.iter().filter_map(point).collect();
        let text = |key| table.text(key).map_or("", |text| text.value);
        Some(Curve { points, date: text("date").to_owned(), source: self.source(text("source")) })
    }

    /// The machines of the price list that the pack names: what cannot be priced is no instance type.
    fn machines(&self) -> &Machines {
        self.machines.get_or_init(|| {
            let list = self.table.text("machines").map(|list| billing::machines(list.value));
            let read = list.unwrap_or_else(|| Ok(("", Vec::new())));
            read.unwrap_or_else(|error| panic!("machines of `{}`: {error}", self.name()))
        })
    }

    /// The table of the instance types, as it stands in `prices/`; empty if there are none.
    pub fn machine_table(&self) -> &'static str {
        self.machines().0
    }

    /// The price lists that it is billed by.
    pub fn price_lists(&self) -> Vec<&str> {
        let lists = self.table.list("prices").unwrap_or_default();
        let lists: Vec<&str> = lists.iter().filter_map(document::Node::text).collect();
        if lists.is_empty() { vec![self.name()] } else { lists }
    }

    /// Most pods of a node of that type, by its name or its size.
    pub fn pods_of(&self, instance: &str) -> Option<u32> {
        let pods = self.table.table("pods")?;
        let size = instance.split_once('.').map_or(instance, |(_, size)| size);
        [instance, size].iter().find_map(|name| pods.count32(name)).map(|pods| pods.value)
    }

    pub fn instances(&self) -> impl Iterator<Item = &str> {
        self.machines().1.iter().map(|machine| machine.name.as_str())
    }

    pub fn instance(&self, name: &str) -> Option<Instance> {
        let machine = self.machines().1.iter().find(|machine| machine.name == name)?;
        let stated = self.table.table("instance").and_then(|instances| instances.table(name));
        let baseline = stated.and_then(|instance| instance.quantity("baseline")).map(|share| share.value);
        Some(Instance { vcpu: machine.vcpu, memory: machine.memory, baseline })
    }

    /// Everything that the pack states, for `sim platforms show`. Instance types are left to `instances`.
    pub fn parameters(&self) -> Vec<Parameter> {
        let parameters =
            self.sub("parameter").map(|(name, table)| self.describe(name, value_text(table, "value"), table));
        let runtimes = self.sub("runtime").map(|(name, table)| Parameter {
            name: format!("runtime.{name}"),
            value: format!("median {}, sigma {}", value_text(table, "median"), value_text(table, "sigma")),
            what: "runtime init".to_owned(),
            ..self.describe("", String::new(), self.parameter("runtime"))
        });
        let curves = self.sub("curve").map(|(name, table)| Parameter {
            what: "idle time in s, share still there".to_owned(),
            ..self.describe(&format!("curve.{name}"), value_text(table, "points"), table)
        });
        parameters.chain(runtimes).chain(curves).collect()
    }

    fn describe(&self, name: &str, value: String, table: &Table) -> Parameter {
        let text = |key| table.text(key).map_or("", |text| text.value).to_owned();
        Parameter {
            name: name.to_owned(),
            value,
            what: text("what"),
            date: text("date"),
            source: self.source(&text("source")),
            confidence: text("confidence"),
        }
    }
}

/// A value as a reader sees it.
fn value_text(table: &Table, key: &str) -> String {
    match table.get(key).map(|node| &node.value) {
        Some(document::Value::Text(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_reads_and_is_named_as_its_file() {
        for (name, text) in BUILTIN {
            let pack = Pack::read(name, text).unwrap_or_else(|problems| panic!("{problems}"));
            assert_eq!(pack.name(), name);
        }
    }

    #[test]
    fn every_pack_has_its_form_of_deployment_and_the_other_way_round() {
        let packs: Vec<_> = Pack::names().collect();
        let mut forms: Vec<_> = shape::platforms().collect();
        forms.sort_unstable();
        assert_eq!(packs, forms);
    }

    #[test]
    fn every_parameter_has_a_date_and_a_source_that_is_spelt_out() {
        for name in Pack::names() {
            let pack = Pack::named(name).unwrap();
            let short: Vec<&str> = pack.table.table("sources").unwrap().keys().collect();
            for parameter in pack.parameters() {
                assert!(!parameter.date.is_empty(), "{parameter:?}");
                assert!(!parameter.source.is_empty() && !short.contains(&parameter.source.as_str()), "{parameter:?}");
            }
        }
    }

    /// A parameter that nothing reads would be a promise that the program does not keep.
    #[test]
    fn every_parameter_is_read_by_something() {
        let mut code = String::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/scenario"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => code += &std::fs::read_to_string(path).unwrap(),
                }
            }
        }
        for pack in Pack::names().filter_map(Pack::named) {
            for (parameter, _) in pack.sub("parameter") {
                assert!(code.contains(&format!("\"{parameter}\"")), "{parameter} of {}", pack.name());
            }
        }
    }

    #[test]
    fn what_a_pack_says_of_an_instance_type_is_of_one_that_it_has() {
        for pack in Pack::names().filter_map(Pack::named) {
            let known: Vec<&str> = pack.instances().collect();
            for (name, _) in pack.sub("instance") {
                assert!(known.contains(&name), "{} of {}", name, pack.name());
            }
        }
    }

    #[test]
    fn instance_types_come_from_the_price_list() {
        let instance = |pack: &str, name: &str| {
            let found = Pack::named(pack).unwrap().instance(name).unwrap();
            (found.vcpu, found.memory.mib(), found.baseline.map(|share| share.value()))
        };
        assert_eq!(instance("aws-ec2", "t3.medium"), (2, 4_096, Some(0.2)));
        assert_eq!(instance("aws-ec2", "i3.large"), (2, 15_616, None));
        assert_eq!(instance("azure-vm", "Standard_D4s_v5"), (4, 16_384, None));
        assert_eq!(instance("gcp-compute", "n1-standard-1"), (1, 3_840, None));
        assert_eq!(instance("gcp-compute", "e2-medium"), (2, 4_096, Some(0.5)));
    }

    /// Measured in January 2026 (brevdev/ec2-coldboot-research): 22 to 26 s from the request to a shell.
    #[test]
    fn the_launch_phases_of_a_server_add_up_to_what_was_measured() {
        let pack = Pack::named("aws-ec2").unwrap();
        let mean = |phase| pack.distribution(phase).mean().unwrap();
        let total = mean("launch-api") + mean("launch-pending") + mean("launch-boot");
        assert!((22.0..26.0).contains(&total), "{total}");
    }

    /// Measured: of 100 trials each, gone after 300, 315, 330, 345, 360 s: 8, 43, 68, 94, 100 (EuroSys 2026 data set).
    #[test]
    fn the_default_idle_life_of_lambda_is_the_curve_of_2025() {
        let pack = Pack::named("aws-lambda").unwrap();
        let curve = pack.curve(pack.text("keep-alive")).unwrap().points;
        for (idle, gone) in [(300, 8), (315, 43), (330, 68), (345, 94), (360, 100)] {
            let alive = curve.iter().find(|(span, _)| *span == Span::from_secs(idle)).unwrap().1;
            assert!((alive - f64::from(100 - gone) / 100.0).abs() < 1e-12, "{idle}");
        }
        assert!(curve.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1));
    }
}
