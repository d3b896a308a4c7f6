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

/// Of a grid: as many as `--points` may say.
const MOST: u128 = 1_000_000;
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
    pub fn points(self, axes: &[Axis], seed: u64) -> Result<Points, DesignError> {
        if axes.is_empty() {
            return Err(DesignError::Empty);
        }
        if let Some(axis) = vary::twice(axes) {
            return Err(DesignError::Twice { path: axis.path.clone() });
        }
        let (count, layout) = match self {
            Self::Grid => grid(axes)?,
            Self::LatinHypercube { points } => {
                let shares = axes.iter().map(|axis| strata(&axis.path, points, seed)).collect();
                (points as usize, Layout::Shares(shares))
            }
            Self::Sobol { points } if points > SOBOL_POINTS || axes.len() > SOBOL_AXES => {
                return Err(DesignError::Sobol);
            }
            Self::Sobol { points } => (points as usize, Layout::Sobol { scrambling: (seed ^ (seed >> 32)) as u32 }),
        };
        Ok(Points { axes: axes.to_vec(), count, layout })
    }
}

/// The points of a design. Their settings are made when they are asked for: a million of them take no room.
#[derive(Clone, Debug)]
pub struct Points {
    axes: Vec<Axis>,
    count: usize,
    layout: Layout,
}

#[derive(Clone, Debug)]
enum Layout {
    /// The levels of each axis.
    Grid(Vec<Vec<Level>>),
    /// By axis and point: which share of the way along the axis.
    Shares(Vec<Vec<f64>>),
    Sobol {
        scrambling: u32,
    },
}

impl Points {
    pub const fn len(&self) -> usize {
        self.count
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The settings of a point, in the order of the axes. Panics at [`len`](Self::len) and beyond.
    pub fn at(&self, point: usize) -> Vec<Setting> {
        assert!(point < self.count, "point {point} of {}", self.count);
        let share = |axis: usize, share: f64| self.axes[axis].levels.at(share);
        let level = |axis: usize| match &self.layout {
            Layout::Grid(levels) => {
                let faster: usize = levels[axis + 1..].iter().map(Vec::len).product();
                levels[axis][point / faster % levels[axis].len()].clone()
            }
            Layout::Shares(shares) => share(axis, shares[axis][point]),
            Layout::Sobol { scrambling } => {
                share(axis, f64::from(sobol_burley::sample(point as u32, axis as u32, *scrambling)))
            }
        };
        self.axes.iter().enumerate().map(|(place, axis)| axis.at(level(place))).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = Vec<Setting>> {
        (0..self.count).map(|point| self.at(point))
    }
}

fn grid(axes: &[Axis]) -> Result<(usize, Layout), DesignError> {
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
    Ok((points as usize, Layout::Grid(levels)))
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
