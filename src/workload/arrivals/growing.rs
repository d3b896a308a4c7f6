//! A rate curve that grows by the year, or that is joined after it has begun.

use super::curve::{Reach, Segment};
use crate::rng::Stream;
use crate::stats::unit_exponential;
use crate::units::{SimTime, Span};

/// Inside a piece so long growth is taken as linear: at 100 % a year that is off by 1e-9 of the rate.
const PIECE: Span = Span::HOUR;

/// What a rate is multiplied with when it has grown for `age`, by `per_year` (0.4 for 40 %) compounded all the time.
pub fn grown(per_year: f64, age: Span) -> f64 {
    (per_year.ln_1p() * (age.seconds() / Span::YEAR.seconds())).exp()
}

/// A curve in pieces of at most an hour, each rate times what it has grown to since the curve began.
#[derive(Clone, Debug)]
struct Pieces {
    segments: Vec<Segment>,
    repeats: bool,
    per_year: f64,
    /// The current segment, and how much of it is over at the begin of the current piece.
    index: usize,
    over: Span,
    piece: Segment,
    /// When it begins, since the begin of the curve.
    begin: SimTime,
}

impl Pieces {
    /// From `opens` after the begin of the curve on.
    fn new((mut segments, repeats): (Vec<Segment>, bool), per_year: f64, opens: Span) -> Self {
        segments.retain(|segment| segment.length > Span::ZERO);
        if !segments.iter().any(|segment| segment.from > 0.0 || segment.to > 0.0) {
            segments.clear();
        }
        let piece = Segment::flat(Span::ZERO, 0.0);
        let mut pieces = Self { segments, repeats, per_year, index: 0, over: Span::ZERO, piece, begin: SimTime::ZERO };
        pieces.skip(opens);
        pieces.cut();
        pieces
    }

    /// To the instant `by` after the begin of the curve.
    fn skip(&mut self, by: Span) {
        let cycle = self.segments.iter().fold(Span::ZERO, |sum, segment| sum + segment.length);
        let mut left = if self.repeats && cycle > Span::ZERO { Span::from_ns(by.ns() % cycle.ns()) } else { by };
        while let Some(segment) = self.segments.get(self.index).filter(|segment| segment.length <= left) {
            left = left - segment.length;
            self.go_on();
        }
        self.over = left;
        self.begin = SimTime::ZERO + by;
    }

    fn go_on(&mut self) {
        self.over = Span::ZERO;
        self.index += 1;
        if self.repeats && self.index == self.segments.len() {
            self.index = 0;
        }
    }

    fn are_over(&self) -> bool {
        self.index >= self.segments.len()
    }

    /// The piece that begins now; the last one stays behind the end.
    fn cut(&mut self) {
        let Some(segment) = self.segments.get(self.index) else { return };
        let length = (segment.length - self.over).min(PIECE);
        let age = self.begin.since(SimTime::ZERO);
        let rate = |over: Span, age: Span| segment.rate_after(over) * grown(self.per_year, age);
        self.piece = Segment { length, from: rate(self.over, age), to: rate(self.over + length, age + length) };
    }

    fn step(&mut self) {
        self.begin = self.begin + self.piece.length;
        self.over += self.piece.length;
        if self.segments.get(self.index).is_some_and(|segment| self.over >= segment.length) {
            self.go_on();
        }
        self.cut();
    }
}

/// Mean number of arrivals in each hour of a window of `duration` that opens when the curve has gone on for `opens`.
pub(super) fn hourly(curve: (Vec<Segment>, bool), per_year: f64, opens: Span, duration: Span) -> Vec<f64> {
    let hour = Span::HOUR.ns();
    let mut hours = vec![0.0; usize::try_from(duration.ns().div_ceil(hour)).unwrap_or(0)];
    let (from, to) = (SimTime::ZERO + opens, SimTime::ZERO + opens + duration);
    let mut pieces = Pieces::new(curve, per_year, opens);
    while pieces.begin < to && !pieces.are_over() {
        let Segment { length, from: first, to: last } = pieces.piece;
        let inside = length.min(to.since(pieces.begin)).seconds();
        let mean = (last - first).mul_add(inside / length.seconds() / 2.0, first);
        if let Some(hour) = hours.get_mut((pieces.begin.since(from).ns() / hour) as usize) {
            *hour += mean * inside;
        }
        pieces.step();
    }
    hours
}

/// Arrivals of a growing curve.
#[derive(Clone, Debug)]
pub(in crate::workload) struct Growing {
    pieces: Pieces,
    /// Seconds of the current piece that are over.
    over: f64,
    stream: Stream,
    /// Instants are counted from here.
    opens: SimTime,
    end: SimTime,
}

impl Growing {
    /// `opens`: how long the curve has gone on when the window opens; `end`: of the window.
    pub(super) fn new(curve: (Vec<Segment>, bool), per_year: f64, opens: Span, stream: Stream, end: SimTime) -> Self {
        let pieces = Pieces::new(curve, per_year, opens);
        Self { pieces, over: 0.0, stream, opens: SimTime::ZERO + opens, end: end + opens }
    }
}

impl Iterator for Growing {
    type Item = SimTime;

    #[inline]
    fn next(&mut self) -> Option<SimTime> {
        let mut wanted = unit_exponential(&mut self.stream);
        while self.pieces.begin < self.end && !self.pieces.are_over() {
            match self.pieces.piece.reach(self.over, wanted) {
                Reach::At(over) => {
                    self.over = over;
                    let at = self.pieces.begin + Span::from_seconds_f64(over).min(self.pieces.piece.length);
                    return Some(SimTime::ZERO + at.since(self.opens));
                }
                Reach::Beyond(left) => {
                    wanted = left;
                    self.pieces.step();
                    self.over = 0.0;
                }
            }
        }
        None
    }
}
