//! Many configurations, block by block: what is done stays done.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Laboratory, Measured, Simulates, StudyError};
use crate::results::sweep::{SweepRow, rows};
use crate::scenario::Problems;
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

/// Compiles every point: a sweep that cannot be finished does not begin. What each of them simulates.
pub fn check(laboratory: &Laboratory<'_>, points: &[Vec<Setting>]) -> Result<Vec<Simulates>, Problems> {
    let compiled: Vec<Result<Simulates, Problems>> =
        points.par_iter().map(|point| laboratory.simulates(point)).collect();
    compiled.into_iter().collect()
}

/// A sweep at work.
struct Sweep<'a, P, C> {
    laboratory: &'a Laboratory<'a>,
    points: &'a [Vec<Setting>],
    simulate: &'a [Simulates],
    points_of: P,
    commit: C,
    /// Blocks that need what another one simulates.
    put_off: Mutex<Vec<usize>>,
}

/// Measures `blocks` of `points` and hands the rows of each to `commit`, in any order. `simulate`: what [`check`] has found;
/// `points_of`: where a block lies.
///
/// A block that needs what another one is simulating is put off until one is done. It must not wait instead: its thread may
/// have taken it up in the middle of just that simulation.
pub fn run<E: From<StudyError> + Send>(
    laboratory: &Laboratory<'_>,
    (points, simulate): (&[Vec<Setting>], &[Simulates]),
    blocks: &[usize],
    points_of: impl Fn(usize) -> Range<usize> + Sync,
    commit: impl Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let sweep = Sweep { laboratory, points, simulate, points_of, commit, put_off: Mutex::default() };
    sweep.measure_all(blocks)?;
    loop {
        let left = sweep.left();
        if left.is_empty() {
            return Ok(());
        }
        sweep.measure_all(&left)?;
    }
}

impl<P: Fn(usize) -> Range<usize> + Sync, C> Sweep<'_, P, C> {
    fn measure_all<E: From<StudyError> + Send>(&self, blocks: &[usize]) -> Result<(), E>
    where
        C: Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
    {
        blocks.par_iter().with_max_len(1).try_for_each(|&block| self.measure(block))
    }

    fn measure<E: From<StudyError> + Send>(&self, block: usize) -> Result<(), E>
    where
        C: Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
    {
        let range = (self.points_of)(block);
        let (points, simulate) = (&self.points[range.clone()], &self.simulate[range.clone()]);
        let Some(measured) = self.laboratory.measure_unless_begun(points, simulate)? else {
            self.put_off.lock().unwrap_or_else(PoisonError::into_inner).push(block);
            return Ok(());
        };
        let rows = range.clone().zip(&measured).flat_map(|(point, measured)| rows_of(point, measured)).collect();
        (self.commit)(block, rows)?;
        self.laboratory.control().done.fetch_add(range.len() as u64, Ordering::Relaxed);
        self.measure_all(&self.left())
    }

    /// Blocks that were put off, in their order, to be tried again.
    fn left(&self) -> Vec<usize> {
        let mut left = std::mem::take(&mut *self.put_off.lock().unwrap_or_else(PoisonError::into_inner));
        left.sort_unstable();
        left
    }
}

fn rows_of(point: usize, measured: &Measured) -> Vec<SweepRow> {
    let levels: Vec<(String, Option<f64>)> =
        measured.settings.iter().map(|setting| (setting.level.label.clone(), setting.level.number)).collect();
    rows(point, &levels, &measured.outcomes)
}
