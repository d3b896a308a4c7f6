//! Rows in order of time.

use super::error::Fault;
use crate::units::{SimTime, Span};
use crate::workload::Invocation;

/// How far a row may lie behind an earlier one.
const TOLERANCE: Span = Span::SECOND;

/// Rows that have been read and not yet handed out: those of the last second, or all of them if the whole file is sorted.
#[derive(Debug)]
pub(super) struct Pending {
    rows: Vec<Invocation>,
    /// `rows[head..]` are still to be handed out.
    head: usize,
    newest: SimTime,
    in_order: bool,
    sort_all: bool,
}

impl Pending {
    pub(super) const fn new(sort_all: bool) -> Self {
        Self { rows: Vec::new(), head: 0, newest: SimTime::ZERO, in_order: true, sort_all }
    }

    #[inline]
    pub(super) fn push(&mut self, row: Invocation) -> Result<(), Fault> {
        if row.at < self.newest {
            if !self.sort_all && row.at + TOLERANCE < self.newest {
                return Err(Fault::OutOfOrder { behind: self.newest.since(row.at) });
            }
            self.in_order = false;
        } else {
            self.newest = row.at;
        }
        self.rows.push(row);
        Ok(())
    }

    /// The rows that nothing can precede any more, in order; rows of one instant keep the order of the file.
    pub(super) fn ready(&mut self, ended: bool) -> &[Invocation] {
        if self.sort_all && !ended {
            return &[];
        }
        if !self.in_order {
            self.rows[self.head..].sort_by_key(|row| row.at);
            self.in_order = true;
        }
        let waiting = &self.rows[self.head..];
        if ended {
            return waiting;
        }
        // A later row may still come at the horizon itself, but behind those that are there.
        let Some(horizon) = self.newest.ns().checked_sub(TOLERANCE.ns()) else { return &[] };
        &waiting[..waiting.partition_point(|row| row.at.ns() <= horizon)]
    }

    /// Forgets the first `count` rows that are ready.
    pub(super) fn take(&mut self, count: usize) {
        self.head += count;
        if self.head == self.rows.len() {
            self.rows.clear();
            self.head = 0;
        } else if self.head > self.rows.len() / 2 && !self.sort_all {
            self.rows.drain(..self.head);
            self.head = 0;
        }
    }
}
