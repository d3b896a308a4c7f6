//! Many configurations, block by block: what is done stays done, and nothing of it is held.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::design::Points;
use super::{Laboratory, Simulates, StudyError};
use crate::results::Outcome;
use crate::results::sweep::{SweepRow, rows};
use crate::scenario::Plan;
use crate::scenario::vary::{Axis, Setting};

/// Points of a block. Small sweeps commit every point; large ones as many as make a commit cost nothing.
pub fn block_size(points: usize) -> usize {
    points.div_ceil(64).clamp(1, 32)
}

/// The axes in the order in which a grid varies them: who asks for work first, prices last and fastest, so that neighbours
/// have most in common.
pub fn ordered(axes: Vec<Axis>) -> Vec<Axis> {
    let mut axes = axes;
    axes.sort_by_key(|axis| if axis.is_of_workload() { 0 } else { 1 + i32::from(axis.is_of_prices()) });
    axes
}

/// Compiles every point of `blocks`: what cannot be finished does not begin. What is wrong is what is wrong with the first.
pub fn check(
    laboratory: &Laboratory<'_>,
    points: &Points,
    blocks: &[usize],
    points_of: impl Fn(usize) -> Range<usize> + Sync,
) -> Result<(), StudyError> {
    let control = laboratory.control();
    let wrong = blocks.par_iter().flat_map_iter(|block| points_of(*block)).find_map_first(|point| {
        let compiled =
            control.go_on().map_err(StudyError::from).and_then(|()| Ok(laboratory.plan_of(&points.at(point))?));
        control.done.fetch_add(1, Ordering::Relaxed);
        compiled.err()
    });
    wrong.map_or(Ok(()), Err)
}

/// A sweep at work.
struct Sweep<'a, P, C> {
    laboratory: &'a Laboratory<'a>,
    points: &'a Points,
    points_of: P,
    commit: C,
    /// Blocks that need what another one simulates.
    put_off: Mutex<Vec<Block>>,
}

/// A block that is to be measured.
struct Block {
    index: usize,
    /// Known of those that were put off.
    simulates: Option<Simulates>,
}

/// Measures `blocks` of `points` and hands the rows of each to `commit`, in any order; `points_of`: where a block lies.
///
/// A block that needs what another one is simulating is put off until one is done. It must not wait instead: its thread may
/// have taken it up in the middle of just that simulation.
pub fn run<E: From<StudyError> + Send>(
    laboratory: &Laboratory<'_>,
    points: &Points,
    blocks: &[usize],
    points_of: impl Fn(usize) -> Range<usize> + Sync,
    commit: impl Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let sweep = Sweep { laboratory, points, points_of, commit, put_off: Mutex::default() };
    blocks.par_iter().with_max_len(1).try_for_each(|&index| sweep.measure(Block { index, simulates: None }))?;
    loop {
        let left = sweep.left();
        if left.is_empty() {
            return Ok(());
        }
        sweep.measure_all(left)?;
    }
}

impl<P: Fn(usize) -> Range<usize> + Sync, C> Sweep<'_, P, C> {
    fn measure_all<E: From<StudyError> + Send>(&self, blocks: Vec<Block>) -> Result<(), E>
    where
        C: Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
    {
        blocks.into_par_iter().with_max_len(1).try_for_each(|block| self.measure(block))
    }

    fn measure<E: From<StudyError> + Send>(&self, block: Block) -> Result<(), E>
    where
        C: Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
    {
        // Bills alone simulate nothing that would notice.
        self.laboratory.control().go_on().map_err(StudyError::from)?;
        let (index, range) = (block.index, (self.points_of)(block.index));
        let settings: Vec<Vec<Setting>> = range.clone().map(|point| self.points.at(point)).collect();
        let Some(outcomes) = self.outcomes(&settings, block)? else { return Ok(()) };
        let points = range.clone().zip(settings.iter().zip(&outcomes));
        (self.commit)(index, points.flat_map(|(point, (settings, of))| rows_of(point, settings, of)).collect())?;
        self.laboratory.control().done.fetch_add(range.len() as u64, Ordering::Relaxed);
        self.measure_all(self.left())
    }

    /// What a block's configurations come to; `None` where it is put off.
    fn outcomes(&self, settings: &[Vec<Setting>], block: Block) -> Result<Option<Vec<Vec<Outcome>>>, StudyError> {
        let plans = || self.laboratory.plans_of(settings);
        // What was put off is compiled again once it can be measured: its plans would take more room than its rows.
        let (simulates, compiled) = match block.simulates {
            Some(simulates) => (simulates, None),
            None => {
                let plans = plans()?;
                (Simulates::of(&plans), Some(plans))
            }
        };
        let Some(_begun) = self.laboratory.begin(&simulates) else {
            let block = Block { simulates: Some(simulates), ..block };
            self.put_off.lock().unwrap_or_else(PoisonError::into_inner).push(block);
            return Ok(None);
        };
        let plans: Vec<Plan> = compiled.map_or_else(plans, Ok)?;
        self.laboratory.measure_plans(&plans).map(Some)
    }

    /// Blocks that were put off, in their order, to be tried again.
    fn left(&self) -> Vec<Block> {
        let mut left = std::mem::take(&mut *self.put_off.lock().unwrap_or_else(PoisonError::into_inner));
        left.sort_unstable_by_key(|block| block.index);
        left
    }
}

fn rows_of(point: usize, settings: &[Setting], outcomes: &[Outcome]) -> Vec<SweepRow> {
    let levels: Vec<(String, Option<f64>)> =
        settings.iter().map(|setting| (setting.level.label.clone(), setting.level.number)).collect();
    rows(point, &levels, outcomes)
}
