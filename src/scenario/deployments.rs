//! The section `[deployments]`: ways to host the whole application.

use std::path::{Path, PathBuf};

use super::document::Table;
use super::functions::Function;
use super::pack::Pack;
use super::plan::Deployment;
use super::problem::{Place, Problem, Problems};
use super::read::At;
use super::settings::Settings;
use super::workload::Trace;
use super::{containers, faas, fleet, hybrid, owned};
use crate::billing::PriceBook;
use crate::scenario::Assumption;
use crate::units::Span;
use crate::workload::Workload;

/// What every deployment must know of the rest of the scenario.
pub struct Application<'a> {
    pub settings: &'a Settings,
    pub functions: &'a [Function],
    pub traces: &'a [Trace],
    pub workload: &'a Workload,
    pub book: &'a PriceBook,
    /// Where relative paths begin.
    pub folder: &'a Path,
}

/// Deployments in the order of the file, and what they rest on.
#[derive(Default)]
pub struct Deployed {
    pub deployments: Vec<Deployment>,
    /// Names of those that say `compare = false`.
    pub only_sites: Vec<String>,
    pub assumptions: Vec<Assumption>,
    /// Names of the packs that were used.
    pub packs: Vec<&'static str>,
    /// Files that were read, and where they are named.
    pub files: Vec<(Place, PathBuf)>,
}

pub fn read(document: &Table, application: &Application<'_>, problems: &mut Problems) -> Deployed {
    let mut deployed = Deployed::default();
    let Some(section) = document.entry("deployments") else { return deployed };
    let Some(table) = section.node.as_table() else { return deployed };
    if table.entries.is_empty() {
        let problem = Problem::at(&section.key_place, "the scenario has no deployment");
        problems.push(problem.help("for example `[deployments.lambda]` with `platform = \"aws-lambda\"`"));
    }
    let neighbours: Vec<Neighbour<'_>> = table
        .tables()
        .map(|(name, table)| Neighbour {
            made: read_one(&name, table, application, &mut deployed, problems),
            name,
            table,
        })
        .collect();
    for neighbour in &neighbours {
        let made = match neighbour.table.has("route") {
            true => hybrid::read(neighbour, &neighbours, application, &mut deployed, problems),
            false => neighbour.made.clone(),
        };
        match neighbour.table.flag("compare").unwrap_or(true) {
            true => deployed.deployments.extend(made),
            false => deployed.only_sites.push(neighbour.name.value.to_owned()),
        }
    }
    if neighbours.iter().all(|neighbour| neighbour.table.flag("compare") == Some(false)) && !neighbours.is_empty() {
        problems
            .push(Problem::at(&section.key_place, "every deployment says `compare = false`: nothing is left to show"));
    }
    deployed
}

/// A deployment of the file, which a router may use as a site.
pub struct Neighbour<'a> {
    pub name: At<&'a str>,
    pub table: &'a Table,
    /// `None`: it is a router, or wrong and reported.
    pub made: Option<Deployment>,
}

/// A deployment on a platform; `None` if it is none, or wrong and reported.
fn read_one(
    name: &At<&str>,
    table: &Table,
    application: &Application<'_>,
    deployed: &mut Deployed,
    problems: &mut Problems,
) -> Option<Deployment> {
    let pack =
        table.text("platform").filter(|_| !table.has("route")).and_then(|platform| Pack::named(platform.value))?;
    let known = Pack::names().find(|known| *known == pack.name());
    let part = Part { name: name.value, table, pack, application };
    let functions = table.table("functions").into_iter().flat_map(Table::tables).map(|(_, table)| table);
    functions.chain([table]).for_each(|table| check_timeout(table, problems));
    let made = match pack.model() {
        "servers" => fleet::read(&part, deployed, problems),
        "tasks" => containers::fargate(&part, deployed, problems),
        "cluster" => containers::kubernetes(&part, deployed, problems),
        "knative" => containers::knative(&part, deployed, problems),
        "owned" => owned::read(&part, deployed, problems),
        _ => faas::read(&part, deployed, problems),
    };
    deployed.packs.extend(known.filter(|known| !deployed.packs.contains(known)));
    made
}

fn check_timeout(table: &Table, problems: &mut Problems) {
    if let Some(timeout) = table.quantity::<Span>("timeout").filter(|timeout| timeout.value == Span::ZERO) {
        problems.push(Problem::at(&timeout.place, "timeout is zero; nothing could ever complete"));
    }
}

/// One deployment on its way to a plan.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub name: &'a str,
    pub table: &'a Table,
    pub pack: &'a Pack,
    pub application: &'a Application<'a>,
}

impl Part<'_> {
    /// Notes that a value comes from the pack.
    pub fn assume(&self, deployed: &mut Deployed, parameter: &str, value: impl Into<String>) {
        deployed.assumptions.push(self.pack.assumption(self.name, parameter, value));
    }

    /// Notes a simplification of this program.
    pub fn simplify(&self, deployed: &mut Deployed, subject: &str, value: impl Into<String>) {
        deployed.assumptions.push(Assumption {
            deployment: Some(self.name.to_owned()),
            subject: subject.to_owned(),
            value: value.into(),
            source: "this program".to_owned(),
            date: String::new(),
        });
    }

    /// What its fleet is made of.
    pub fn member(&self) -> &'static str {
        match self.pack.model() {
            "tasks" => "task",
            "cluster" | "knative" => "pod",
            _ => "server",
        }
    }

    pub fn text_or<'t>(&'t self, key: &str, default: &'t str) -> &'t str {
        self.table.text(key).map_or(default, |text| text.value)
    }
}
