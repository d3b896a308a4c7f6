//! The configurations of a deployment, as places of a lattice: one number an axis.

use crate::scenario::vary::{Axis, Level, Levels, Setting};

/// A level of each axis, by its index.
pub type Place = Vec<u32>;

/// Values of a range that says only its ends: a step is a thirty-second of it.
const FINE: u32 = 33;

/// What can be chosen.
pub struct Lattice<'a> {
    axes: Vec<(&'a Axis, Vec<Level>)>,
}

impl<'a> Lattice<'a> {
    pub fn of(axes: &[&'a Axis]) -> Self {
        let levels = |axis: &Axis| match &axis.levels {
            Levels::List(levels) => levels.clone(),
            Levels::Range(range) => range.spread(range.points.unwrap_or(FINE)),
        };
        Self { axes: axes.iter().map(|axis| (*axis, levels(axis))).collect() }
    }

    /// Places, as far as they can be counted; one where nothing can be chosen.
    pub fn size(&self) -> u128 {
        self.axes.iter().fold(1, |places: u128, (_, levels)| places.saturating_mul(levels.len() as u128))
    }

    /// Every place, the last axis fastest.
    pub fn all(&self) -> Vec<Place> {
        let mut all = vec![Place::new()];
        for (_, levels) in &self.axes {
            let longer = |place: &Place| {
                let place = place.clone();
                (0..levels.len() as u32).map(move |level| [place.as_slice(), &[level]].concat())
            };
            all = all.iter().flat_map(longer).collect();
        }
        all
    }

    /// Places that fill the lattice evenly, by Sobol's sequence with Owen's scrambling (Burley 2020).
    pub fn spread(&self, count: u32, seed: u64) -> Vec<Place> {
        let scrambling = (seed ^ (seed >> 32)) as u32;
        let level = |index: u32, axis: usize, levels: usize| {
            let share = f64::from(sobol_burley::sample(index, axis as u32, scrambling));
            ((share * levels as f64) as u32).min(levels as u32 - 1)
        };
        let place =
            |index| self.axes.iter().enumerate().map(|(axis, (_, all))| level(index, axis, all.len())).collect();
        let mut places: Vec<Place> = (0..count).map(place).collect();
        places.sort();
        places.dedup();
        places
    }

    /// A step up and down each axis, of a `part`-th of it but at least one level; of names, every other one.
    pub fn neighbours(&self, place: &Place, part: u32) -> Vec<Place> {
        let mut neighbours = Vec::new();
        for (axis, (_, levels)) in self.axes.iter().enumerate() {
            let last = levels.len() as u32 - 1;
            let here = place[axis];
            let named = levels.iter().any(|level| level.number.is_none());
            let step = (levels.len() as u32 / part).max(1);
            let targets: Vec<u32> =
                if named { (0..=last).collect() } else { vec![here.saturating_sub(step), (here + step).min(last)] };
            for target in targets.into_iter().filter(|target| *target != here) {
                let mut neighbour = place.clone();
                neighbour[axis] = target;
                neighbours.push(neighbour);
            }
        }
        neighbours
    }

    /// Whether steps of a `part`-th are one level on every axis.
    pub fn is_finest(&self, part: u32) -> bool {
        self.axes.iter().all(|(_, levels)| levels.len() as u32 / part <= 1)
    }

    pub fn settings(&self, place: &Place) -> Vec<Setting> {
        self.axes.iter().zip(place).map(|((axis, levels), level)| axis.at(levels[*level as usize].clone())).collect()
    }
}
