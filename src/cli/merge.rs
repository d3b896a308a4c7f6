//! `sim merge DIR ...`: checks and joins the parts of a sharded sweep, or names what is missing.

use std::path::PathBuf;

use clap::Args;

use super::output::Output;
use super::study::{StudyArguments, check_writable};
use super::{Failure, sweep};
use crate::results::store::parts::Parts;

#[derive(Args)]
pub struct Arguments {
    /// Folders in which `sim sweep --shard` has written parts
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    #[command(flatten)]
    study: StudyArguments,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let parts = arguments.folders.iter().map(|folder| Parts::open(folder)).collect::<Result<Vec<_>, _>>()?;
    let first = &parts[0];
    let mut others = arguments.folders.iter().zip(&parts);
    if let Some((folder, other)) = others.find(|(_, other)| !other.is_same(first)) {
        let changes = first.plan().changes(other.plan()).join("; ");
        let message = format!("`{}` holds a part of another sweep: {changes}", folder.display());
        return Err(Failure::Input(message));
    }
    let missing = Parts::missing(&parts)?;
    if !missing.is_empty() {
        let mut damaged = Vec::new();
        for part in &parts {
            damaged.extend(part.damaged(&missing)?);
        }
        return Err(Failure::Missed(unfinished(first, &missing, &damaged)));
    }
    let folder = arguments.study.out.as_ref().unwrap_or(&arguments.folders[0]);
    check_writable(folder)?;
    Parts::of(folder, first.plan().clone())?.adopt(&parts)?;
    sweep::finish(&parts, folder, &arguments.study, output)
}

/// Which points nobody has measured.
fn unfinished(parts: &Parts, missing: &[usize], damaged: &[PathBuf]) -> String {
    const SHOWN: usize = 8;
    let plan = parts.plan();
    let points: usize = missing.iter().map(|block| plan.points_of(*block).len()).sum();
    let range = |block: &usize| {
        let points = plan.points_of(*block);
        if points.len() == 1 { points.start.to_string() } else { format!("{}-{}", points.start, points.end - 1) }
    };
    let more = if missing.len() > SHOWN { ", ..." } else { "" };
    let shown: Vec<String> = missing.iter().take(SHOWN).map(range).collect();
    let damage = match damaged {
        [] => String::new(),
        [first, ..] => {
            format!("; `{}` is damaged or gone: its bytes are not those that were committed", first.display())
        }
    };
    format!(
        "{points} of {} points are missing: {}{more}{damage}\n  = help: run the shards that did not finish again with `--resume`",
        plan.points,
        shown.join(", ")
    )
}
