//! What clients do: those who are refused may try again; a request that has waited for as long as its client would leaves
//! its queue, and is lost.
//!
//! Who is taken at the very instant is served. A request that is offered again, by a retry or after the member that worked
//! on it has gone, waits anew.

use std::collections::VecDeque;

use crate::engine::{Rank, Schedule};
use crate::record::Record;
use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::SimTime;

use super::member::State;
use super::model::{Event, Fleet, NONE};
use super::request::Request;

/// How long clients wait, and the tickets that tell waiting requests apart.
#[derive(Debug)]
pub struct Patience {
    length: Distribution,
    stream: Stream,
    last: u32,
}

impl Patience {
    pub fn new(length: &Distribution, stream: Stream) -> Self {
        Self { length: length.clone(), stream, last: 0 }
    }
}

/// Where `ticket` waits, if it still does. Tickets of a queue grow from front to back.
fn position(queue: &VecDeque<Request>, ticket: u32) -> Option<usize> {
    let first = queue.front()?.ticket;
    let age = |request: &Request| request.ticket.wrapping_sub(first);
    queue.binary_search_by_key(&ticket.wrapping_sub(first), age).ok()
}

fn take(queue: &mut VecDeque<Request>, ticket: u32) -> Option<Request> {
    queue.remove(position(queue, ticket)?)
}

impl Fleet {
    /// There is no room: the client tries again, or the request is lost.
    #[cold]
    pub(super) fn refuse<Q: Schedule<Event>, R: Record>(
        &mut self,
        mut request: Request,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(wait) = self.spec.retry.wait_after(request.attempt, &mut self.retries) else {
            record.outcome(&request.dropped());
            return;
        };
        record.retried(request.function, request.arrived);
        request.attempt += 1;
        request.offered = request.offered + wait;
        let again = request.offered;
        let slot = self.retrying.insert(request);
        queue.schedule(again, Rank::ARRIVAL, Event::Retry { slot });
    }

    /// `request` begins to wait in `member`, or before all of them.
    #[inline]
    pub(super) fn plan_giving_up<Q: Schedule<Event>>(&mut self, request: &mut Request, member: u32, queue: &mut Q) {
        let Some(patience) = &mut self.patience else { return };
        patience.last = patience.last.wrapping_add(1);
        request.ticket = patience.last;
        let until = request.offered + patience.length.sample(&mut patience.stream);
        queue.schedule(until, Rank::EXPIRY, Event::GivesUp { member, ticket: request.ticket });
    }

    pub(super) fn gives_up<Q: Schedule<Event>, R: Record>(
        &mut self,
        member: u32,
        ticket: u32,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        if member == NONE {
            if let Some(request) = take(&mut self.common, ticket) {
                self.waits(at, -1);
                record.outcome(&request.abandoned(at));
            }
            return;
        }
        if position(&self.members[member as usize].waiting, ticket).is_none() {
            return;
        }
        // What is done by now makes room first, to the exact instant.
        self.due(member, at, queue, record);
        let here = &mut self.members[member as usize];
        let Some(request) = take(&mut here.waiting, ticket) else { return };
        if here.state == State::InService {
            self.loads[here.position as usize].waiting -= 1;
        }
        self.waits(at, -1);
        record.outcome(&request.abandoned(at));
        self.rest(member, at, queue, record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::FunctionId;
    use crate::units::Span;

    fn waiting(ticket: u32) -> Request {
        let (at, none) = (SimTime::ZERO, Span::ZERO);
        let (work, wait, timeout, network, function) = (none, none, Span::MAX, none, FunctionId(0));
        Request { arrived: at, offered: at, work, wait, timeout, network, function, attempt: 1, ticket, cold: false }
    }

    #[test]
    fn tickets_are_found_wherever_they_wait_and_after_they_have_gone_round() {
        let mut queue: VecDeque<Request> = [u32::MAX - 5, u32::MAX, 0, 7].map(waiting).into();
        assert!(take(&mut queue, 1).is_none());
        assert!(take(&mut queue, u32::MAX - 6).is_none());
        for ticket in [0, u32::MAX, 7, u32::MAX - 5] {
            assert_eq!(take(&mut queue, ticket).map(|request| request.ticket), Some(ticket));
            assert!(take(&mut queue, ticket).is_none());
        }
    }
}
