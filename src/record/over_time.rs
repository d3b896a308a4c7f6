//! Latencies over time: one histogram for each stretch of whole intervals of the time-line.

use super::Timeline;
use super::stretch::Placing;
use crate::stats::{Histogram, Packed};
use crate::units::{SimTime, Span};

/// Stretches that a window is cut into at least, where the time-line has as many intervals.
const FEWEST: usize = 170;

/// Stretches that can be recorded at the same time: outcomes are told nearly in order of arrival, and those of one stretch
/// while others begin. What is told later than that is added to its stretch at the price of unpacking it.
const OPEN: usize = 8;

/// Completed invocations by the stretch of time in which they arrived, warm-up included.
#[derive(Clone, Debug)]
pub struct LatencyOverTime {
    /// Of a stretch, ns.
    width: u64,
    intervals: usize,
    /// By stretch.
    closed: Vec<Packed>,
    open: [Open; OPEN],
    /// Place of the stretch of the latest invocation among those that are open, and where it begins.
    current: usize,
    current_from: u64,
}

#[derive(Clone, Debug, Default)]
struct Open {
    stretch: usize,
    latency: Histogram,
}

impl LatencyOverTime {
    pub(super) fn new(timeline: &Timeline) -> Self {
        let intervals = (timeline.buckets.len() / FEWEST).max(1);
        Self {
            width: timeline.width().ns().saturating_mul(intervals as u64),
            intervals,
            closed: vec![Packed::default(); timeline.buckets.len().div_ceil(intervals)],
            open: std::array::from_fn(|stretch| Open { stretch, ..Open::default() }),
            current: 0,
            current_from: 0,
        }
    }

    /// Intervals of the time-line in a stretch; the last may have fewer.
    pub const fn intervals(&self) -> usize {
        self.intervals
    }

    /// Adds what completed of those that arrived in a stretch to `histogram`, of a finished run.
    pub fn add_to(&self, histogram: &mut Histogram, stretch: usize) {
        if let Some(closed) = self.closed.get(stretch) {
            closed.add_to(histogram);
        }
    }

    #[inline(always)]
    pub(super) fn record(&mut self, arrived: SimTime, latency: Span) {
        if arrived.ns().wrapping_sub(self.current_from) >= self.width {
            self.go_to(arrived);
        }
        self.open[self.current % OPEN].latency.record(latency);
    }

    #[cold]
    #[inline(never)]
    fn go_to(&mut self, arrived: SimTime) {
        let stretch = self.stretch_of(arrived);
        self.current = stretch % OPEN;
        self.current_from = stretch as u64 * self.width;
        if self.open[self.current].stretch != stretch {
            self.close(self.current);
            self.open[self.current].stretch = stretch;
        }
    }

    /// Those after the end count in the last.
    fn stretch_of(&self, instant: SimTime) -> usize {
        usize::try_from(instant.ns() / self.width).unwrap_or(usize::MAX).min(self.closed.len() - 1)
    }

    fn close(&mut self, place: usize) {
        let Open { stretch, latency } = &mut self.open[place];
        if !latency.is_empty() {
            let closed = &mut self.closed[*stretch];
            closed.add_to(latency);
            *closed = Packed::from(&*latency);
            latency.clear();
        }
    }

    /// Everything is recorded.
    pub(super) fn finish(&mut self) {
        (0..OPEN).for_each(|place| self.close(place));
        self.open.iter_mut().for_each(|open| open.latency = Histogram::default());
    }

    /// Adds what another part of the same run, or another replication, recorded.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.finish();
        other.finish();
        let mut both = Histogram::default();
        for (mine, theirs) in self.closed.iter_mut().zip(other.closed) {
            if mine.is_empty() {
                *mine = theirs;
            } else if !theirs.is_empty() {
                add(mine, &[theirs], &mut both);
            }
        }
    }

    /// Adds a finished part of a longer window where it stands; what begins in its lead-in is left out.
    pub(super) fn append(&mut self, part: &Self, placing: &Placing) {
        let lead_in = SimTime::ZERO + placing.lead_in;
        let place = |(index, _): &(usize, &Packed)| {
            let begin = SimTime::from_ns(part.width.saturating_mul(*index as u64));
            (begin >= lead_in).then(|| self.stretch_of(placing.at + begin.since(lead_in)))
        };
        let placed: Vec<(usize, Packed)> = part
            .closed
            .iter()
            .enumerate()
            .filter_map(|closed| Some((place(&closed)?, closed.1.clone())))
            .filter(|(_, closed)| !closed.is_empty())
            .collect();
        let mut all = Histogram::default();
        for together in placed.chunk_by(|one, next| one.0 == next.0) {
            let parts: Vec<Packed> = together.iter().map(|(_, closed)| closed.clone()).collect();
            add(&mut self.closed[together[0].0], &parts, &mut all);
        }
    }
}

/// `room` is empty, and is again.
fn add(to: &mut Packed, parts: &[Packed], room: &mut Histogram) {
    to.add_to(room);
    parts.iter().for_each(|part| part.add_to(room));
    *to = Packed::from(&*room);
    room.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(s: f64) -> SimTime {
        SimTime::ZERO + Span::from_seconds_f64(s)
    }

    fn of_a_thousand_seconds() -> LatencyOverTime {
        LatencyOverTime::new(&Timeline::new(second(1_000.0)))
    }

    fn counts(of: &LatencyOverTime) -> Vec<u64> {
        let count = |closed: &Packed| {
            let mut all = Histogram::default();
            closed.add_to(&mut all);
            all.count()
        };
        of.closed.iter().map(count).collect()
    }

    #[test]
    fn stretches_are_whole_intervals_and_enough_of_them() {
        for seconds in [0.5, 7.0, 100.0, 1_000.0, 604_800.0, 1e8] {
            let timeline = Timeline::new(second(seconds));
            let (of, buckets) = (LatencyOverTime::new(&timeline), timeline.buckets.len());
            assert!(of.closed.len() >= FEWEST.min(buckets) && of.closed.len() < 2 * FEWEST, "{seconds} s");
            assert_eq!(of.width, timeline.width().ns() * of.intervals as u64);
            assert!(of.closed.len() * of.intervals >= buckets && (of.closed.len() - 1) * of.intervals < buckets);
        }
    }

    /// In whatever order, and in however many parts, each counts in the stretch in which it arrived: of five seconds each.
    #[test]
    fn what_is_told_late_counts_where_it_arrived() {
        let arrivals: Vec<f64> = (0..5_000).map(|index| f64::from(index * 7_919 % 5_000) / 5.0).collect();
        let latency = |at: f64| Span::from_seconds_f64(0.001 + at / 1e3);
        let (mut one, mut parts) = (of_a_thousand_seconds(), [(); 3].map(|()| of_a_thousand_seconds()));
        for (index, at) in arrivals.iter().enumerate() {
            one.record(second(*at), latency(*at));
            parts[index % 3].record(second(*at), latency(*at));
        }
        one.finish();
        assert_eq!(one.intervals, 5);
        assert_eq!(counts(&one), vec![25; 200]);
        let [first, second_part, third] = parts;
        let mut joined = third;
        joined.merge(first);
        joined.merge(second_part);
        assert_eq!(joined.closed, one.closed);
        one.record(second(2_000.0), Span::SECOND);
        one.finish();
        assert_eq!(counts(&one)[199], 26);
    }

    #[test]
    fn a_part_of_a_longer_window_counts_where_it_stands_and_without_its_lead_in() {
        let mut whole = of_a_thousand_seconds();
        let mut part = LatencyOverTime::new(&Timeline::new(second(170.0)));
        for at in [5.0, 9.9, 10.0, 14.9, 15.0, 169.9] {
            part.record(second(at), Span::SECOND);
        }
        part.finish();
        let span = Span::from_seconds_f64;
        let placing = Placing { from: second(10.0), length: span(160.0), lead_in: span(10.0), at: second(500.0) };
        whole.append(&part, &placing);
        let found: Vec<(usize, u64)> = counts(&whole).into_iter().enumerate().filter(|(_, count)| *count > 0).collect();
        assert_eq!(found, [(100, 2), (101, 1), (131, 1)]);
    }
}
