//! The hash that names a scenario in its results.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::deployments::Deployed;
use super::document::{Table, Value, canonical};
use super::pack::Pack;
use super::problem::{Place, Problem, Problems, shortened};
use super::traces::reason;
use super::workload::{Asked, Content};

/// SHA-256 (hex) of the resolved scenario, the packs that it uses, its traces, which are read as streams, and its
/// series of prices and capacity. Seed and
/// replications are left out: results state them beside the hash, wherever they were given.
pub fn digest(document: &Table, deployed: &Deployed, asked: &Asked, problems: &mut Problems) -> String {
    let mut hash = Sha256::new();
    hash.update(canonical(&without_draws(document)));
    for pack in deployed.packs.iter().filter_map(|name| Pack::named(name)) {
        hash.update(pack.text);
        hash.update(pack.machine_table());
    }
    for trace in &asked.traces {
        match &trace.content {
            Content::Sources(sources) => {
                asked.workload.sources[sources.clone()].iter().for_each(|source| hash.update(format!("{source:?}")));
            }
            Content::File(path) => add(&mut hash, path, &trace.place, problems),
        }
    }
    for (place, path) in &deployed.files {
        add(&mut hash, path, place, problems);
    }
    hex(hash)
}

/// What decides the invocations, as a text: the same for plans that offer the same.
pub fn workload_key(document: &Table, sort: bool) -> String {
    let mut asked = without_draws(document);
    asked.entries.retain(|entry| matches!(entry.key.as_str(), "scenario" | "functions" | "workload"));
    let mut hash = Sha256::new();
    hash.update(canonical(&asked));
    hash.update([u8::from(sort)]);
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a scenario that has been varied.
pub fn varied(base: &str, settings: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(base);
    hash.update(settings);
    hex(hash)
}

fn without_draws(document: &Table) -> Table {
    let mut document = document.clone();
    for entry in document.entries.iter_mut().filter(|entry| entry.key == "scenario") {
        if let Value::Table(table) = &mut entry.node.value {
            table.entries.retain(|entry| !matches!(entry.key.as_str(), "seed" | "replications"));
        }
    }
    document
}

fn add(hash: &mut Sha256, path: &Path, place: &Place, problems: &mut Problems) {
    if let Err(error) = add_file(hash, path) {
        let name = path.display().to_string();
        let message = format!("`{}` cannot be read: {}", shortened(&name), reason(&error));
        problems.push(Problem::at(place, message));
    }
}

fn add_file(hash: &mut Sha256, path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            count => hash.update(&buffer[..count]),
        }
    }
}
