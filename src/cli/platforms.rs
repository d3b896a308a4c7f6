//! `sim platforms list|show`: what the simulator believes about platforms.

use clap::Subcommand;
use serde_json::json;

use super::output::{Output, wrap};
use super::{Failure, Format};
use crate::scenario::pack::{Pack, Parameter};
use crate::units::nearest;

#[derive(Subcommand)]
pub enum Command {
    /// Name the platforms
    List {
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Print a platform's parameters with their dates and sources
    Show {
        name: String,
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::List { format } => output.print(&list(*format)),
        Command::Show { name, format } => output.print(&show(find(name)?, *format)),
    }
}

fn find(name: &str) -> Result<&'static Pack, Failure> {
    Pack::named(name).ok_or_else(|| {
        let help = match nearest(name, Pack::names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected one of {}", Pack::names().collect::<Vec<_>>().join(", ")),
        };
        Failure::Input(format!("there is no platform `{name}`; {help}"))
    })
}

fn list(format: Format) -> String {
    let packs: Vec<&Pack> = Pack::names().filter_map(Pack::named).collect();
    match format {
        Format::Text => {
            packs.iter().map(|pack| format!("{:<14}{}\n", pack.name(), wrap(pack.title(), 66, 14))).collect()
        }
        Format::Json => {
            let pack = |pack: &&Pack| json!({ "name": pack.name(), "model": pack.model(), "provider": pack.provider(), "title": pack.title() });
            format!("{:#}", json!(packs.iter().map(pack).collect::<Vec<_>>()))
        }
    }
}

fn show(pack: &Pack, format: Format) -> String {
    match format {
        Format::Json => {
            let value = json!({ "name": pack.name(), "model": pack.model(), "provider": pack.provider(),
                "title": pack.title(), "parameters": pack.parameters(), "instances": instances_json(pack) });
            format!("{value:#}")
        }
        Format::Text => {
            let mut text = format!("{}\n{}\n", pack.name(), wrap(pack.title(), 80, 0));
            for parameter in pack.parameters() {
                text.push('\n');
                text.push_str(&describe(&parameter));
            }
            text + &instances(pack)
        }
    }
}

/// Value on the first line, meaning and provenance under it.
fn describe(parameter: &Parameter) -> String {
    let first = format!("{} = {}", parameter.name, parameter.value);
    let provenance = format!("{}, {} confidence: {}", parameter.date, parameter.confidence, parameter.source);
    format!("{}\n  {}\n  {}\n", wrap(&first, 80, 4), wrap(&parameter.what, 78, 2), wrap(&provenance, 78, 2))
}

fn instances(pack: &Pack) -> String {
    let mut text = String::new();
    for name in pack.instances() {
        let Some(instance) = pack.instance(name) else { continue };
        if text.is_empty() {
            text = format!("\n{:<18}{:>6}{:>10}  {}\n", "instance", "vCPU", "memory", "baseline");
        }
        let baseline = instance.baseline.map_or(String::new(), |share| format!("{}%", share.value() * 100.0));
        let line = format!("{name:<18}{:>6}{:>10}  {baseline}", instance.vcpu, instance.memory.to_string());
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn instances_json(pack: &Pack) -> serde_json::Value {
    let instance = |name: &str| {
        let instance = pack.instance(name)?;
        let baseline = instance.baseline.map(|share| share.value());
        Some(json!({ "name": name, "vcpu": instance.vcpu, "memory_mib": instance.memory.mib(), "baseline": baseline }))
    };
    json!(pack.instances().filter_map(instance).collect::<Vec<_>>())
}
