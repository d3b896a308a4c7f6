//! Which points of a space are measured.

use rand::Rng;
use rand::RngExt;

use crate::rng::{Entity, Purpose, Seed};
use crate::scenario::vary::{self, Axis, Level, Setting};

/// A way to lay points into the space of the axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// Every combination of the levels.
    Grid,
    /// Each axis cut into as many equal parts as there are points, each part met once (McKay, Beckman, Conover 1979).
    LatinHypercube { points: u32 },
    /// Sobol's sequence with Owen's scrambling (Burley 2020): even in all projections.
    Sobol { points: u32 },
}

/// Why there are no points.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    #[error("nothing is varied")]
    Empty,
    #[error(
        "`{path}` says only the ends of its range, and a grid needs its values; write for example `{path}={example}`"
    )]
    NoLevels { path: String, example: String },
    #[error("the grid has {points} points; at most {MOST}")]
    TooMany { points: u128 },
    #[error("`{path}` is varied twice")]
    Twice { path: String },
    #[error("a Sobol sequence has at most {most} points and {axes} axes here", most = SOBOL_POINTS, axes = SOBOL_AXES)]
    Sobol,
}

/// Of a grid. Every point takes some 6 kB of memory: here 600 MB.
const MOST: u128 = 100_000;
const SOBOL_POINTS: u32 = 65_536;
const SOBOL_AXES: usize = 256;

impl Design {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::LatinHypercube { .. } => "lhs",
            Self::Sobol { .. } => "sobol",
        }
    }

    /// The points, each with a setting of every axis in their order. Of a grid the last axis changes fastest.
    pub fn points(self, axes: &[Axis], seed: u64) -> Result<Vec<Vec<Setting>>, DesignError> {
        if axes.is_empty() {
            return Err(DesignError::Empty);
        }
        if let Some(axis) = vary::twice(axes) {
            return Err(DesignError::Twice { path: axis.path.clone() });
        }
        match self {
            Self::Grid => grid(axes),
            Self::LatinHypercube { points } => Ok(latin_hypercube(axes, points, seed)),
            Self::Sobol { points } => sobol(axes, points, seed),
        }
    }
}

fn grid(axes: &[Axis]) -> Result<Vec<Vec<Setting>>, DesignError> {
    let levels = axes.iter().map(|axis| {
        axis.levels.list().ok_or_else(|| {
            let (path, example) = (axis.path.clone(), format!("{}:lin:5", axis.ends()));
            DesignError::NoLevels { path, example }
        })
    });
    let levels = levels.collect::<Result<Vec<Vec<Level>>, _>>()?;
    let points = levels.iter().fold(1_u128, |points, levels| points.saturating_mul(levels.len() as u128));
    if points > MOST {
        return Err(DesignError::TooMany { points });
    }
    let mut all: Vec<Vec<Setting>> = vec![Vec::new()];
    for (axis, levels) in axes.iter().zip(&levels) {
        let with = |point: &Vec<Setting>, level: &Level| {
            let mut point = point.clone();
            point.push(axis.at(level.clone()));
            point
        };
        all = all.iter().flat_map(|point| levels.iter().map(move |level| with(point, level))).collect();
    }
    Ok(all)
}

/// A share of the way along each axis, for each point, as settings.
fn settings(axes: &[Axis], points: u32, share: impl Fn(usize, usize) -> f64) -> Vec<Vec<Setting>> {
    let point =
        |index| axes.iter().enumerate().map(|(place, axis)| axis.at(axis.levels.at(share(place, index)))).collect();
    (0..points as usize).map(point).collect()
}

fn latin_hypercube(axes: &[Axis], points: u32, seed: u64) -> Vec<Vec<Setting>> {
    let shares: Vec<Vec<f64>> = axes.iter().map(|axis| strata(&axis.path, points, seed)).collect();
    settings(axes, points, |axis, point| shares[axis][point])
}

/// One number in each of as many equal parts of [0, 1), in random order. Named by the path: another axis changes nothing.
pub fn strata(path: &str, points: u32, seed: u64) -> Vec<f64> {
    let mut draws = Seed { seed, replication: 0 }.stream(Entity::named(path), Purpose::Design);
    let mut order: Vec<u32> = (0..points).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, draws.random_range(0..=last));
    }
    order.into_iter().map(|part| (f64::from(part) + unit(&mut draws)) / f64::from(points)).collect()
}

/// In [0, 1), from 53 bits.
fn unit(draws: &mut impl Rng) -> f64 {
    (draws.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn sobol(axes: &[Axis], points: u32, seed: u64) -> Result<Vec<Vec<Setting>>, DesignError> {
    if points > SOBOL_POINTS || axes.len() > SOBOL_AXES {
        return Err(DesignError::Sobol);
    }
    let scrambling = (seed ^ (seed >> 32)) as u32;
    Ok(settings(axes, points, |axis, point| f64::from(sobol_burley::sample(point as u32, axis as u32, scrambling))))
}
