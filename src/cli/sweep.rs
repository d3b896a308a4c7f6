//! `sim sweep SCENARIO --vary PATH=SPEC ...`: many configurations, one table and its charts.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::{Args, ValueEnum};

use super::Failure;
use super::again::Again;
use super::output::Output;
use super::progress::Progress;
use super::study::{StudyArguments, axes, watched_control, work};
use crate::report::{Target, sweep as report};
use crate::results::store::parts::{Parts, read_plan};
use crate::results::store::{self, StoreError, Stream};
use crate::results::studied::StudiedScenario;
use crate::results::sweep::{Gathered, Gist, SWEEP_SCHEMA, SweepAxis, SweepPlan, SweepRow, frame};
use crate::scenario::Base;
use crate::scenario::vary::{Axis, Levels};
use crate::study::design::{Design, Points};
use crate::study::{self, Control, Laboratory, StudyError, sweep};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub scenario: super::scenario::ScenarioArguments,

    /// A path and its values: `PATH=a,b,c`, `PATH=lo..hi:step`, `PATH=lo..hi:lin:n`, `PATH=lo..hi:log:n`,
    /// `PATH=x0.5..x4:log:n`; `demand` stands for all arrivals, `prices.LIST` for a price list [default: those of [sweep]]
    #[arg(long, value_name = "PATH=SPEC")]
    pub vary: Vec<String>,

    /// How points are laid into the space of the values
    #[arg(long, value_enum, default_value = "grid")]
    pub design: DesignName,

    /// Points of a design that is no grid
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub points: Option<u32>,

    /// Go on with an interrupted sweep: only what is missing runs
    #[arg(long)]
    pub resume: bool,

    /// Run the I-th of N parts, to be joined by `sim merge`
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    #[command(flatten)]
    pub study: StudyArguments,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DesignName {
    /// Every combination
    Grid,
    /// Latin hypercube
    Lhs,
    /// Sobol's sequence, scrambled
    Sobol,
}

/// The i-th of n parts, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("expected I/N with I from 1 to N, such as 2/8".to_owned()),
        }
    }
}

impl Shard {
    /// Blocks are dealt in turn, so that parts are about equally long.
    fn has(self, block: usize) -> bool {
        block % self.count == self.index - 1
    }
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let base = arguments.scenario.base()?;
    let axes = sweep::ordered(axes(&base, &arguments.vary)?);
    let design = arguments.design()?;
    let control = watched_control()?;
    let laboratory = Laboratory::new(&base, &control)?;
    let points = design.points(&axes, laboratory.plan.seed).map_err(|error| Failure::input(&error, help(&error)))?;
    let folder = arguments.study.folder(&laboratory.plan.name, "sweep")?;
    let threads = arguments.study.threads();
    // Before anything else, since all parts of a sweep say the same of it: a warm-up that must be found.
    work(&laboratory, threads, output, &control, || Ok(()))?;
    let parts = Parts::of(&folder, plan(&laboratory, &base, &axes, design, points.len()))?;
    let sweep = Sweep::of(arguments, (&laboratory, &points), (&parts, &folder))?;
    sweep.check(threads, output, &control)?;
    begin(arguments, &parts, &folder)?;
    sweep.measure(threads, output, &control)?;
    if let Some(shard) = arguments.shard {
        output.note(&format!(
            "part {}/{} is done: {} of {} blocks; `sim merge` joins the parts",
            shard.index,
            shard.count,
            sweep.blocks.len(),
            parts.plan().blocks()
        ));
        return Ok(());
    }
    let again = arguments.again().seeded(&laboratory.studied());
    finish_as(std::slice::from_ref(&parts), (&folder, &again), &arguments.study, output)
}

impl Arguments {
    /// The command that sweeps the same again.
    fn again(&self) -> Again {
        let design = self.design.to_possible_value().filter(|_| self.design != DesignName::Grid);
        Again::of("sweep", &self.scenario)
            .option("vary", &self.vary)
            .option("design", design.iter().map(|design| design.get_name()))
            .option("points", self.points)
    }

    fn design(&self) -> Result<Design, Failure> {
        let points = || self.points.ok_or_else(|| Failure::Input("this design needs `--points N`".to_owned()));
        match self.design {
            DesignName::Grid if self.points.is_some() => Err(Failure::Input(
                "a grid has as many points as its values make; `--points` needs another `--design`".to_owned(),
            )),
            DesignName::Grid => Ok(Design::Grid),
            DesignName::Lhs => Ok(Design::LatinHypercube { points: points()? }),
            DesignName::Sobol => Ok(Design::Sobol { points: points()? }),
        }
    }
}

fn help(error: &study::design::DesignError) -> Option<&'static str> {
    use study::design::DesignError;
    match error {
        DesignError::NoLevels { .. } => Some("or choose `--design lhs --points N`"),
        DesignError::TooMany { .. } => {
            Some("make several sweeps, each of some of the values, or fill the space with `--design lhs --points 1000`")
        }
        _ => None,
    }
}

fn plan(laboratory: &Laboratory<'_>, base: &Base, axes: &[Axis], design: Design, points: usize) -> SweepPlan {
    let StudiedScenario { name, hash, seed, replications, warmup_s, warmup_found, .. } = laboratory.studied();
    SweepPlan {
        schema: SWEEP_SCHEMA.to_owned(),
        name,
        hash,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        replications,
        warmup_s,
        warmup_found,
        design: design.name().to_owned(),
        axes: axes.iter().map(|axis| described(axis, design)).collect(),
        points,
        block: sweep::block_size(points),
        values: base.values(),
    }
}

fn described(axis: &Axis, design: Design) -> SweepAxis {
    let levels = match (&axis.levels, design) {
        (Levels::List(levels), _) => Some(levels.clone()),
        (levels, Design::Grid) => levels.list(),
        _ => None,
    };
    let values = match levels {
        Some(levels) => levels.into_iter().map(|level| level.label).collect(),
        None => vec![axis.ends()],
    };
    SweepAxis { path: axis.path.clone(), unit: axis.unit.clone(), values }
}

/// Makes the folder ready. Shards share one, or have one each: none removes what another has done, nor what it began just now.
fn begin(arguments: &Arguments, parts: &Parts, folder: &Path) -> Result<(), StoreError> {
    let keeps = match read_plan(folder)? {
        Some(known) => arguments.resume || (arguments.shard.is_some() && known == *parts.plan()),
        None => arguments.shard.is_some(),
    };
    if keeps { parts.describe() } else { parts.begin() }
}

/// Another sweep is not resumed, nor one that nobody began.
fn check_resumed(parts: &Parts, folder: &Path) -> Result<(), Failure> {
    let Some(known) = read_plan(folder)? else {
        let error = StoreError::NoSweep { path: folder.to_owned() };
        return Err(Failure::input(error, Some("without `--resume` a sweep begins")));
    };
    if known == *parts.plan() {
        return Ok(());
    }
    let changes = known.changes(parts.plan());
    let message = format!("`{}` holds another sweep: {}", folder.display(), changes.join("; "));
    Err(Failure::input(message, Some("without `--resume` it is replaced; `--out` keeps it")))
}

/// What is left of a sweep.
struct Sweep<'a> {
    laboratory: &'a Laboratory<'a>,
    points: &'a Points,
    parts: &'a Parts,
    /// Those that are to be measured.
    blocks: Vec<usize>,
    /// Points of this process, with those that are done.
    own: usize,
}

impl<'a> Sweep<'a> {
    /// Finds out what is left, and writes nothing.
    fn of(
        arguments: &Arguments,
        (laboratory, points): (&'a Laboratory<'a>, &'a Points),
        (parts, folder): (&'a Parts, &Path),
    ) -> Result<Self, Failure> {
        if arguments.resume {
            check_resumed(parts, folder)?;
        }
        let mine = |block: &usize| arguments.shard.is_none_or(|shard| shard.has(*block));
        let (mut blocks, mut own) = (Vec::new(), 0);
        for block in (0..parts.plan().blocks()).filter(mine) {
            own += parts.plan().points_of(block).len();
            if !arguments.resume || parts.committed(block)?.is_none() {
                blocks.push(block);
            }
        }
        Ok(Self { laboratory, points, parts, blocks, own })
    }

    fn points_of(&self, block: usize) -> Range<usize> {
        self.parts.plan().points_of(block)
    }

    /// Points that are to be measured.
    fn left(&self) -> usize {
        self.blocks.iter().map(|block| self.points_of(*block).len()).sum()
    }

    /// Compiles all points before the first is measured.
    fn check(&self, threads: usize, output: &Output, control: &Arc<Control>) -> Result<(), Failure> {
        control.steps.store(self.left() as u64, Ordering::Relaxed);
        let progress = Progress::of(output, control, Some("points are checked"));
        let check = || sweep::check(self.laboratory, self.points, &self.blocks, |block| self.points_of(block));
        let checked = study::in_pool(threads, check);
        progress.stop();
        control.done.store(0, Ordering::Relaxed);
        control.steps.store(0, Ordering::Relaxed);
        checked.map_err(|error| self.stopped(error, 0))
    }

    fn measure(&self, threads: usize, output: &Output, control: &Arc<Control>) -> Result<(), Failure> {
        control.steps.store(self.left() as u64, Ordering::Relaxed);
        let commit = |block: usize, rows: Vec<SweepRow>| self.parts.commit(block, &rows).map_err(Stopped::Store);
        let run = || Ok(sweep::run(self.laboratory, self.points, &self.blocks, |block| self.points_of(block), commit));
        let ran = work(self.laboratory, threads, output, control, run)?;
        ran.map_err(|stopped| match stopped {
            Stopped::Study(error) => self.stopped(error, control.done.load(Ordering::Relaxed) as usize),
            Stopped::Store(error) => error.into(),
        })
    }

    /// Why it ended after so many points, and what is left.
    fn stopped(&self, error: StudyError, done: usize) -> Failure {
        let own = self.own;
        let done = done + own - self.left();
        match error {
            StudyError::Run(error) if matches!(*error, study::RunError::Interrupted) && done > 0 => {
                Failure::Interrupted(format!("{done} of {own} points are done; `--resume` runs the rest"))
            }
            error => error.into(),
        }
    }
}

/// Why a sweep ended early.
enum Stopped {
    Study(StudyError),
    Store(StoreError),
}

impl From<StudyError> for Stopped {
    fn from(error: StudyError) -> Self {
        Self::Study(error)
    }
}

/// Writes and prints what a complete sweep says that is joined in `folder`: no shard knows how all of them were called.
pub fn finish(parts: &[Parts], folder: &Path, arguments: &StudyArguments, output: &Output) -> Result<(), Failure> {
    let again = Again::new("merge").words([folder.display()]).line();
    finish_as(parts, (folder, &again), arguments, output)
}

/// Writes and prints what a complete sweep says, of which `parts` have all blocks; the command is the one that says it again.
fn finish_as(
    parts: &[Parts],
    (folder, again): (&Path, &str),
    arguments: &StudyArguments,
    output: &Output,
) -> Result<(), Failure> {
    let plan = parts[0].plan();
    let mut table = Stream::begin(folder, &frame(&plan.axes, &[]), arguments.csv)?;
    let (mut gist, mut gathered) = (Gist::new(plan), Gathered::new(plan));
    for rows in Parts::rows(parts) {
        let rows = rows?;
        table.append(&frame(&plan.axes, &rows))?;
        gist.add(&rows);
        gathered.add(&rows);
    }
    let (summary, excerpt) = (gist.summary(), gathered.excerpt());
    let stage = |to: Target| report::stage(to, plan, &excerpt, &summary, again);
    let written = arguments.publish_table(folder, "points", stage, || table.end(&summary))?;
    let text = || report::text(plan, &excerpt, &summary, &written, output.color_of_results());
    arguments.print(text, &report::headline(plan, &summary), &store::json(&summary)?, output)
}
