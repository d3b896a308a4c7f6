//! Many configurations, block by block: what is done stays done.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use super::{Laboratory, Measured, StudyError};
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

/// Compiles every point: a sweep that cannot be finished does not begin.
pub fn check(laboratory: &Laboratory<'_>, points: &[Vec<Setting>]) -> Result<(), Problems> {
    points.par_iter().map(|point| laboratory.plan_of(point).map(|_| ())).find_first(Result::is_err).unwrap_or(Ok(()))
}

/// Measures `blocks` of `points` and hands the rows of each to `commit`, in any order. `points_of`: where a block lies.
pub fn run<E: From<StudyError> + Send>(
    laboratory: &Laboratory<'_>,
    points: &[Vec<Setting>],
    blocks: &[usize],
    points_of: impl Fn(usize) -> std::ops::Range<usize> + Sync,
    commit: impl Fn(usize, Vec<SweepRow>) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let control = laboratory.control();
    blocks.par_iter().with_max_len(1).try_for_each(|&block| {
        let range = points_of(block);
        let measured = laboratory.measure(&points[range.clone()])?;
        let rows = range.clone().zip(&measured).flat_map(|(point, measured)| rows_of(point, measured)).collect();
        commit(block, rows)?;
        control.done.fetch_add(range.len() as u64, Ordering::Relaxed);
        Ok(())
    })
}

fn rows_of(point: usize, measured: &Measured) -> Vec<SweepRow> {
    let levels: Vec<(String, Option<f64>)> =
        measured.settings.iter().map(|setting| (setting.level.label.clone(), setting.level.number)).collect();
    rows(point, &levels, &measured.outcomes)
}
