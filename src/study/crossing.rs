//! Where two costs cross along an axis: every place, also where one of them jumps.

use std::cmp::Ordering;

/// What two sides cost at a place of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Of both; `None` where they do not do the same job.
    pub both: Option<[f64; 2]>,
    /// Members of each that were chosen; costs jump where they change.
    pub members: [Option<u32>; 2],
}

impl Costs {
    /// The first less the second.
    pub fn difference(&self) -> Option<f64> {
        self.both.map(|[a, b]| a - b)
    }

    /// Whether the first is the cheaper one (`Less`), or the second, or both cost the same.
    fn standing(&self) -> Option<Ordering> {
        self.difference()?.partial_cmp(&0.0)
    }
}

/// A place that has been asked about.
#[derive(Clone, Debug)]
pub struct Asked<P> {
    /// From 0 to 1 along the axis.
    pub share: f64,
    pub point: P,
    pub costs: Costs,
}

/// Places that are known when another is asked about: guesses start from them.
#[derive(Debug)]
pub struct Known<'a, P> {
    /// The next one to the left.
    pub left: Option<&'a P>,
    /// The next one to the right, or at the right end the second one to the left.
    pub other: Option<&'a P>,
}

impl<'a, P> Known<'a, P> {
    /// Between the place at index `left` and the next.
    fn beside(asked: &'a [Asked<P>], left: usize) -> Self {
        let other = asked.get(left + 1).or_else(|| asked.get(left.checked_sub(1)?));
        Self { left: asked.get(left).map(|asked| &asked.point), other: other.map(|asked| &asked.point) }
    }
}

/// Shares closer than this are not told apart.
pub const TOLERANCE: f64 = 0.002;
/// Parts into which the grid's are cut where costs both rise and fall.
const FINER: u32 = 4;
/// Places that are asked about at most.
const MOST: usize = 160;

/// What a search has found.
#[derive(Debug)]
pub struct Searched<P> {
    /// All places, from left to right.
    pub asked: Vec<Asked<P>>,
    /// Every crossing lies between neighbours that are closer than [`TOLERANCE`]; else there were too many places to ask.
    pub complete: bool,
}

/// Asks at `grid` (rising shares), and then between neighbours, until each crossing lies between two neighbours that are
/// closer than [`TOLERANCE`]. Where both costs rise or fall along the whole grid, a crossing and its return between
/// neighbours are found too: costs that jump as members are added can only meet where their ranges overlap.
///
/// Where costs rise and fall, the grid is made [`FINER`] times as fine instead. `ask` is told the places beside it that are
/// already known. The widest gap comes first, so that nowhere is looked at closely while another place is not looked at.
pub fn search<P, E>(
    grid: &[f64],
    mut ask: impl FnMut(f64, Known<'_, P>) -> Result<(P, Costs), E>,
) -> Result<Searched<P>, E> {
    let mut asked: Vec<Asked<P>> = Vec::new();
    for &share in grid {
        let (point, costs) = ask(share, Known::beside(&asked, asked.len().saturating_sub(1)))?;
        asked.push(Asked { share, point, costs });
    }
    let monotone = is_monotone(&asked, 0) && is_monotone(&asked, 1);
    if !monotone {
        refine(&mut asked, &mut ask)?;
    }
    while let Some(left) = widest(&asked, monotone) {
        if asked.len() >= MOST {
            return Ok(Searched { asked, complete: false });
        }
        let share = f64::midpoint(asked[left].share, asked[left + 1].share);
        let (point, costs) = ask(share, Known::beside(&asked, left))?;
        asked.insert(left + 1, Asked { share, point, costs });
    }
    Ok(Searched { asked, complete: true })
}

/// The left one of the neighbours between which there can be a crossing and which are furthest apart; the first of equals.
fn widest<P>(asked: &[Asked<P>], monotone: bool) -> Option<usize> {
    let gap = |left: usize| asked[left + 1].share - asked[left].share;
    let open =
        |left: &usize| gap(*left) > TOLERANCE && may_cross(&asked[*left].costs, &asked[left + 1].costs, monotone);
    (0..asked.len().saturating_sub(1)).filter(open).reduce(|best, left| if gap(left) > gap(best) { left } else { best })
}

/// Asks at places between all neighbours.
fn refine<P, E>(
    asked: &mut Vec<Asked<P>>,
    ask: &mut impl FnMut(f64, Known<'_, P>) -> Result<(P, Costs), E>,
) -> Result<(), E> {
    let coarse: Vec<f64> = asked.iter().map(|asked| asked.share).collect();
    let mut place = 0;
    for pair in coarse.windows(2) {
        for part in 1..FINER {
            let share = pair[0] + (pair[1] - pair[0]) * f64::from(part) / f64::from(FINER);
            let (point, costs) = ask(share, Known::beside(asked, place))?;
            asked.insert(place + 1, Asked { share, point, costs });
            place += 1;
        }
        place += 1;
    }
    Ok(())
}

fn is_monotone<P>(asked: &[Asked<P>], side: usize) -> bool {
    let costs: Vec<f64> = asked.iter().filter_map(|asked| Some(asked.costs.both?[side])).collect();
    let pairs = || costs.windows(2).map(|pair| pair[1] - pair[0]);
    pairs().all(|step| step >= 0.0) || pairs().all(|step| step <= 0.0)
}

/// Whether there can be a crossing between neighbours.
fn may_cross(left: &Costs, right: &Costs, monotone: bool) -> bool {
    let (Some(before), Some(after)) = (left.both, right.both) else { return false };
    if crosses(left, right) {
        return true;
    }
    let range = |side: usize| [before[side].min(after[side]), before[side].max(after[side])];
    let ([a_low, a_high], [b_low, b_high]) = (range(0), range(1));
    monotone && left.members != right.members && a_low <= b_high && b_low <= a_high
}

/// Whether the cheaper side changes from `left` to `right`; equal costs are a tie, an answer of its own.
pub fn crosses(left: &Costs, right: &Costs) -> bool {
    matches!((left.standing(), right.standing()), (Some(l), Some(r)) if l != r)
}

/// The pairs of places between which the cheaper side changes, from the left: neighbours, or those on both sides of a tie at a
/// single value, before which the one side is cheaper and after it the other.
pub fn changes<P>(asked: &[Asked<P>], is_same: impl Fn(&P, &P) -> bool) -> Vec<[usize; 2]> {
    let mut changes: Vec<[usize; 2]> = Vec::new();
    let standing = |place: usize| asked[place].costs.standing();
    for right in 1..asked.len() {
        if !crosses(&asked[right - 1].costs, &asked[right].costs) {
            continue;
        }
        let is_turn = |[before, tie]: [usize; 2]| {
            let is_tie = |place: usize| {
                standing(place) == Some(Ordering::Equal) && is_same(&asked[tie].point, &asked[place].point)
            };
            standing(right) == standing(before).map(Ordering::reverse) && (tie..right).all(is_tie)
        };
        match changes.last_mut() {
            Some(last) if is_turn(*last) => last[1] = right,
            _ => changes.push([right - 1, right]),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Erlang C: the share of requests that wait, `load` in Erlangs on `servers`.
    fn waits(load: f64, servers: u32) -> f64 {
        let mut blocked = 1.0;
        for server in 1..=servers {
            blocked = load * blocked / (f64::from(server) + load * blocked);
        }
        let used = load / f64::from(servers);
        if used >= 1.0 { 1.0 } else { blocked / (1.0 - used + used * blocked) }
    }

    /// Functions of 1,769 MB against servers of one core at $0.034 an hour, of which so many are there that at most a fifth
    /// of the requests wait. Costs of an hour.
    fn costs(rate: f64, duration: f64) -> Costs {
        let function = rate * 3_600.0 * (duration * 1_769.0 / 1_024.0 * 0.000_016_666_7 + 0.2e-6);
        let servers = (1..).find(|servers| waits(rate * duration, *servers) <= 0.2).unwrap();
        Costs { both: Some([function, 0.034 * f64::from(servers)]), members: [None, Some(servers)] }
    }

    /// Where functions become the dearer side, and where they become the cheaper one again.
    fn crossings(duration: f64, [low, high]: [f64; 2], grid: u32) -> Vec<f64> {
        let rate = |share: f64| low * (high / low).powf(share);
        let shares: Vec<f64> = (0..grid).map(|step| f64::from(step) / f64::from(grid - 1)).collect();
        let searched =
            search(&shares, |share, _: Known<'_, ()>| Ok::<_, ()>(((), costs(rate(share), duration)))).unwrap();
        assert!(searched.complete, "{} places", searched.asked.len());
        let asked = searched.asked;
        let pairs = asked.windows(2).filter(|pair| crosses(&pair[0].costs, &pair[1].costs));
        pairs.map(|pair| rate(pair[1].share)).collect()
    }

    /// `breakeven-d0.02`, `-d0.1`, `-d0.5` of the project's oracles: the naive break-even, and the last rate at which
    /// functions are not dearer. Tolerance: the width of a bracket.
    #[test]
    fn break_evens_with_staffing_are_those_that_a_fine_scan_found() {
        for (duration, naive, last) in
            [(0.02, 12.173_068, 24.340_659), (0.1, 3.067_137, 9.199_240), (0.5, 0.647_049, 1.939_978)]
        {
            let found = crossings(duration, [naive / 10.0, naive * 20.0], 17);
            let near = |rate: f64| found.iter().any(|found| (found / rate - 1.0).abs() < 0.012);
            assert!(near(last) && (found.last().unwrap() / last - 1.0).abs() < 0.012, "{duration} s: {found:?}");
        }
    }

    #[test]
    fn every_crossing_of_a_fine_scan_is_found_from_a_coarse_grid() {
        for duration in [0.02, 0.1, 0.5, 2.0] {
            let (low, high): (f64, f64) = (0.01 / duration, 20.0 / duration);
            let fine: Vec<f64> = (0..20_000).map(|step| low * (high / low).powf(f64::from(step) / 19_999.0)).collect();
            let scanned: Vec<f64> = fine
                .windows(2)
                .filter(|pair| crosses(&costs(pair[0], duration), &costs(pair[1], duration)))
                .map(|pair| pair[1])
                .collect();
            let found = crossings(duration, [low, high], 17);
            assert_eq!(found.len(), scanned.len(), "{duration} s: {found:?} {scanned:?}");
            for (found, scanned) in found.iter().zip(&scanned) {
                assert!((found / scanned - 1.0).abs() < 0.02, "{duration} s: {found} {scanned}");
            }
        }
    }

    /// Functions with a memory that is too small are slow, and too large are dear: their cost falls, then rises.
    #[test]
    fn a_cost_that_falls_and_rises_is_looked_at_more_closely() {
        let costs = |share: f64| Costs { both: Some([(share - 0.4).powi(2) + 1.0, 1.01]), members: [None; 2] };
        let asked = search(&[0.0, 0.25, 0.5, 0.75, 1.0], |share, _: Known<'_, ()>| Ok::<_, ()>(((), costs(share))))
            .unwrap()
            .asked;
        // At 0.5 they are the same to the last digit, on the way from one answer to the other.
        let changes = changes(&asked, |(), ()| true);
        let found: Vec<f64> = changes.into_iter().map(|[_, right]| asked[right].share).collect();
        assert!(found.len() == 2 && (found[0] - 0.3).abs() < 0.003 && (found[1] - 0.5).abs() < 0.003, "{found:?}");
    }

    /// Differences at places that stand for these values, and the changes between them.
    fn changed(differences: &[(u32, f64)]) -> Vec<[usize; 2]> {
        let costs = |difference| Costs { both: Some([difference, 0.0]), members: [None; 2] };
        let asked: Vec<Asked<u32>> = differences
            .iter()
            .map(|(value, difference)| Asked { share: 0.0, point: *value, costs: costs(*difference) })
            .collect();
        changes(&asked, |a, b| a == b)
    }

    #[test]
    fn a_tie_is_an_answer_but_where_costs_only_touch_it_on_their_way() {
        assert_eq!(changed(&[(1, 0.0), (1, 0.0), (2, 1.0), (3, 2.0)]), [[1, 2]]);
        assert_eq!(changed(&[(1, -1.0), (2, 0.0), (2, 0.0), (3, 2.0)]), [[0, 3]]);
        assert_eq!(changed(&[(1, -1.0), (2, 0.0), (3, 0.0), (4, 2.0)]), [[0, 1], [2, 3]]);
        assert_eq!(changed(&[(1, -1.0), (2, 0.0), (3, -1.0)]), [[0, 1], [1, 2]]);
        assert_eq!(changed(&[(1, 0.0), (2, 0.0)]), [[0; 2]; 0]);
    }

    #[test]
    fn what_does_not_do_the_same_job_crosses_nowhere() {
        let costs = |share: f64| Costs { both: (share < 0.4).then_some([1.0, share]), members: [None; 2] };
        let asked = search(&[0.0, 0.5, 1.0], |share, _: Known<'_, ()>| Ok::<_, ()>(((), costs(share)))).unwrap().asked;
        assert_eq!(asked.len(), 3);
    }

    /// A bill that crosses another's a hundred times is not narrowed everywhere: the search says so, and looks everywhere alike.
    #[test]
    fn a_search_that_gives_up_says_so_and_leaves_no_gap_unseen() {
        let costs = |share: f64| Costs { both: Some([(share * 400.0).sin(), 0.0]), members: [None; 2] };
        let grid: Vec<f64> = (0..=30).map(|step| f64::from(step) / 30.0).collect();
        let searched = search(&grid, |share, _: Known<'_, ()>| Ok::<_, ()>(((), costs(share)))).unwrap();
        assert!(!searched.complete);
        // Four parts of each thirtieth, and some of them halved: none is halved twice while another waits.
        let gaps = searched.asked.windows(2).map(|pair| pair[1].share - pair[0].share);
        assert!(gaps.fold(1.0, f64::min) > 1.0 / 241.0);
    }
}
