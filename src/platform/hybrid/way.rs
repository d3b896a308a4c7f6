//! The way between the router and a site.

use crate::billing::Meter;
use crate::ids::{FunctionId, SiteId};
use crate::record::{ClusterLevels, Held, Outcome, Record};
use crate::rng::Stream;
use crate::stats::Distribution;
use crate::units::{SimTime, Span};

/// How long the way there and back takes, drawn for each invocation that is served.
#[derive(Debug)]
pub(super) struct Way {
    pub latency: Distribution,
    pub stream: Stream,
}

/// Passes on what happens at a site, and adds the way there to the network of each invocation.
pub(super) struct Beyond<'a, R> {
    pub record: &'a mut R,
    pub way: Option<&'a mut Way>,
}

impl<R: Record> Record for Beyond<'_, R> {
    fn outcome(&mut self, outcome: &Outcome) {
        match &mut self.way {
            Some(way) if outcome.fate.started() => {
                let network = outcome.network + way.latency.sample(&mut way.stream);
                self.record.outcome(&Outcome { network, ..*outcome });
            }
            _ => self.record.outcome(outcome),
        }
    }

    fn at_site(&mut self, site: SiteId) {
        self.record.at_site(site);
    }

    fn arrivals(&mut self, first: SimTime, last: SimTime) {
        self.record.arrivals(first, last);
    }

    fn cores(&mut self, from: SimTime, to: SimTime, milli_cores: u32, milli_short: u64) {
        self.record.cores(from, to, milli_cores, milli_short);
    }

    fn retried(&mut self, function: FunctionId, first_attempt: SimTime) {
        self.record.retried(function, first_attempt);
    }

    fn instance(&mut self, from: SimTime, to: SimTime, milli_places: u32, memory_mib: u64) {
        self.record.instance(from, to, milli_places, memory_mib);
    }

    fn levels(&mut self, at: SimTime, busy: u32, instances: u32) {
        self.record.levels(at, busy, instances);
    }

    fn leased(&mut self, from: SimTime, to: SimTime, taken: bool) {
        self.record.leased(from, to, taken);
    }

    fn interrupted(&mut self, at: SimTime) {
        self.record.interrupted(at);
    }

    fn lost(&mut self, at: SimTime, service: Span, again: bool) {
        self.record.lost(at, service, again);
    }

    fn provided(&mut self, from: SimTime, to: SimTime, members: u32, wanted: u32) {
        self.record.provided(from, to, members, wanted);
    }

    fn cluster(&mut self, from: SimTime, to: SimTime, levels: &ClusterLevels) {
        self.record.cluster(from, to, levels);
    }

    fn node(&mut self, from: SimTime, to: SimTime, milli_cores: u64) {
        self.record.node(from, to, milli_cores);
    }

    fn saturated(&mut self, from: SimTime, to: SimTime) {
        self.record.saturated(from, to);
    }

    fn meter(&mut self, meter: Meter, held: Held, units_per_ms: u64) {
        self.record.meter(meter, held, units_per_ms);
    }

    fn count(&mut self, meter: Meter, at: SimTime, base_units: u64) {
        self.record.count(meter, at, base_units);
    }

    fn envelope(&mut self, index: usize, busy: u32) {
        self.record.envelope(index, busy);
    }

    fn request(&mut self, at: SimTime) {
        self.record.request(at);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn methods(text: &str) -> BTreeSet<&str> {
        let names = text.lines().filter_map(|line| line.strip_prefix("    fn "));
        names.filter_map(|rest| rest.split(['(', '<']).next()).collect()
    }

    /// A method with a default would otherwise be lost without a word.
    #[test]
    fn whatever_a_recorder_can_be_told_is_passed_on() {
        let told = methods(include_str!("../../record/mod.rs"));
        let passed_on = methods(include_str!("way.rs").split("#[cfg(test)]").next().unwrap_or_default());
        assert!(told.len() > 10);
        assert_eq!(told, passed_on);
    }
}
