//! What a tally does with what a model reports: the path of every invocation.

use crate::billing::Meter;
use crate::ids::{FunctionId, SiteId};
use crate::units::{SimTime, Span};

use super::site::Lease;
use super::{Bill, Billed, ClusterLevels, Fate, Held, Outcome, Record, Tally};

impl Tally {
    fn levels_of_several(&mut self, at: SimTime, busy: u32, instances: u32) {
        let site = &mut self.sites[self.site];
        (site.busy, site.instances) = (busy, instances);
        if at >= self.window.warmup && at < self.window.end {
            site.raise_peaks(busy, instances);
            self.peak_busy = self.peak_busy.max(self.sites.iter().map(|site| site.busy).sum());
            self.peak_instances = self.peak_instances.max(self.sites.iter().map(|site| site.instances).sum());
        }
    }

    fn counts(&self, arrived: SimTime) -> bool {
        arrived >= self.window.warmup
    }

    #[inline(always)]
    fn record_delay(&mut self, outcome: &Outcome) {
        self.delayed_execution.record(outcome.execution);
        let queue = outcome.queue + outcome.batch;
        if queue > Span::ZERO {
            self.queue.record(queue);
            self.queue_sum += u128::from(queue.ns());
        }
        if outcome.network + outcome.cold_start > Span::ZERO {
            self.record_rare_delay(outcome);
        }
    }

    #[inline(never)]
    fn record_rare_delay(&mut self, outcome: &Outcome) {
        for (histogram, sum, length) in [
            (&mut self.network, &mut self.network_sum, outcome.network),
            (&mut self.cold_start, &mut self.cold_start_sum, outcome.cold_start),
        ] {
            if length > Span::ZERO {
                histogram.record(length);
                *sum += u128::from(length.ns());
            }
        }
    }

    #[inline(always)]
    fn record_bill(&mut self, outcome: &Outcome, billed: Billed, provisioned: bool) {
        let [on_demand_ms, provisioned_ms] = if provisioned { [0, billed.ms] } else { [billed.ms, 0] };
        let [on_demand_beyond, provisioned_beyond] =
            if provisioned { [0, billed.beyond.ns()] } else { [billed.beyond.ns(), 0] };
        if outcome.taken >= self.month.until || outcome.taken < self.month.from {
            self.month = self.window.month(outcome.taken);
        }
        let function = &mut self.functions[outcome.function.index()];
        let metered = &mut function.metered[self.site_months + self.month.index];
        metered.requests += 1;
        metered.on_demand_ms += on_demand_ms;
        metered.provisioned_ms += provisioned_ms;
        metered.on_demand_beyond_ns += on_demand_beyond;
        metered.provisioned_beyond_ns += provisioned_beyond;
        metered.init_ns = metered.init_ns.saturating_add(billed.init.ns());
        let memory_mib = metered.memory_mib;
        self.timeline.at(outcome.arrived).compute += (on_demand_ms + provisioned_ms) * memory_mib;
        if self.window.hourly {
            let used = [on_demand_ms, provisioned_ms].map(|ms| ms * memory_mib);
            self.sites[self.site].compute_of_hour(outcome.taken, used);
        }
    }

    /// Everything of an invocation but its completion.
    #[inline(never)]
    fn record_loss(&mut self, outcome: &Outcome) {
        self.timeline.at(outcome.arrived).refused += u64::from(!outcome.fate.started());
        if self.counts(outcome.arrived) {
            let function = &mut self.functions[outcome.function.index()];
            match outcome.fate {
                Fate::Completed => {}
                Fate::Throttled => function.throttled += 1,
                Fate::TimedOut => function.timed_out += 1,
                Fate::Dropped => function.dropped += 1,
                Fate::Abandoned => function.abandoned += 1,
                Fate::Failed => function.failed += 1,
            }
        }
    }

    #[cold]
    fn record_cold(&mut self, outcome: &Outcome) {
        self.timeline.at(outcome.arrived).cold_starts += 1;
        if self.counts(outcome.arrived) {
            self.functions[outcome.function.index()].cold_starts += 1;
        }
    }
}

impl Record for Tally {
    #[inline]
    fn at_site(&mut self, site: SiteId) {
        self.site = site.index();
        self.site_months = site.index() * self.window.months.len();
    }

    #[inline]
    fn arrivals(&mut self, first: SimTime, last: SimTime) {
        self.first_arrival = self.first_arrival.min(first);
        self.last_arrival = self.last_arrival.max(last);
    }

    #[inline(always)]
    fn outcome(&mut self, outcome: &Outcome) {
        let counts = self.counts(outcome.arrived);
        let completed = counts && outcome.fate == Fate::Completed;
        let delay = outcome.network + outcome.queue + outcome.cold_start + outcome.batch;
        let through = outcome.passage();
        let busy = u128::from(self.window.counted(through.held, through.ends));

        let index = outcome.function.index();
        if completed && outcome.arrived >= self.functions[index].block_until {
            self.change_block(outcome);
        }
        let function = &mut self.functions[index];
        let site = &mut self.sites[self.site];
        function.metered[self.site_months].busy_ns += busy;
        site.busy_ns += busy;
        site.busy_between(through.held, through.ends, self.grid);
        site.started += u64::from(counts && outcome.fate.started());
        if through.executes > through.asked {
            site.waited += u64::from(counts);
            site.waiting_ns += u128::from(self.window.counted(through.asked, through.executes));
        }
        self.timeline.pass(&through, site.milli_core_ns.is_some());
        if let (Some(over_time), Fate::Completed) = (&mut self.over_time, outcome.fate) {
            over_time.record(outcome.arrived, outcome.execution + delay);
        }
        if completed {
            function.complete(outcome.execution + delay, delay > Span::ZERO);
            site.complete(outcome, delay);
        }

        match outcome.bill {
            Bill::None => {}
            Bill::OnDemand(billed) => self.record_bill(outcome, billed, false),
            Bill::Provisioned(billed) => self.record_bill(outcome, billed, true),
        }
        if outcome.cold {
            self.record_cold(outcome);
        }
        if outcome.fate != Fate::Completed {
            self.record_loss(outcome);
        }
        if completed && delay > Span::ZERO {
            self.record_delay(outcome);
        }
    }

    fn cores(&mut self, from: SimTime, to: SimTime, milli_cores: u32, milli_short: u64) {
        let counted = u128::from(self.window.counted(from, to));
        let (cores, short) = (u128::from(milli_cores), u128::from(milli_short));
        self.sites[self.site].cores(counted, cores, short);
        self.timeline.cores(from, to, cores, short);
    }

    fn retried(&mut self, function: FunctionId, first_attempt: SimTime) {
        if self.counts(first_attempt) {
            self.functions[function.index()].retried += 1;
        }
    }

    fn instance(&mut self, from: SimTime, to: SimTime, milli_places: u32, memory_mib: u64) {
        let counted = u128::from(self.window.counted(from, to));
        let site = &mut self.sites[self.site];
        site.instance_ns += counted;
        site.starting_ns += if milli_places == 0 { counted } else { 0 };
        site.milli_place_ns += counted * u128::from(milli_places);
        site.held_mib_ns += counted * u128::from(memory_mib);
        site.instance_between(from, to, self.grid);
        self.timeline.spread(from, to, |bucket, ns| {
            bucket.instance_ns += ns;
            bucket.milli_place_ns += ns * u128::from(milli_places);
        });
    }

    #[inline]
    fn levels(&mut self, at: SimTime, busy: u32, instances: u32) {
        if let [only] = self.sites.as_mut_slice() {
            let higher = busy > only.peak_busy || instances > only.peak_instances;
            if higher && at >= self.window.warmup && at < self.window.end {
                only.raise_peaks(busy, instances);
                self.peak_busy = only.peak_busy;
                self.peak_instances = only.peak_instances;
            }
        } else {
            self.levels_of_several(at, busy, instances);
        }
    }

    fn saturated(&mut self, from: SimTime, to: SimTime) {
        self.sites[self.site].saturated_ns += u128::from(self.window.counted(from, to));
    }

    fn count(&mut self, meter: Meter, at: SimTime, base_units: u64) {
        let month = self.window.months[self.window.month(at).index].0;
        self.sites[self.site].count(month, meter, base_units);
    }

    fn interrupted(&mut self, at: SimTime) {
        self.sites[self.site].hazards.interrupted(&self.window, at);
    }

    fn lost(&mut self, at: SimTime, service: Span, again: bool) {
        self.sites[self.site].hazards.lost(&self.window, at, service, again);
    }

    fn provided(&mut self, from: SimTime, to: SimTime, members: u32, wanted: u32) {
        self.sites[self.site].hazards.provided(&self.window, (from, to), members, wanted);
    }

    fn leased(&mut self, from: SimTime, to: SimTime, taken: bool) {
        self.sites[self.site].leases.push(Lease { from, to, taken });
    }

    fn cluster(&mut self, from: SimTime, to: SimTime, levels: &ClusterLevels) {
        self.sites[self.site].cluster.get_or_insert_default().add(&self.window, from, to, levels);
    }

    fn node(&mut self, from: SimTime, to: SimTime, milli_cores: u64) {
        let ns = u128::from(self.window.counted(from, to));
        let cluster = self.sites[self.site].cluster.get_or_insert_default();
        cluster.paid_node_ns += ns;
        cluster.paid_milli_core_ns += ns * u128::from(milli_cores);
    }

    fn meter(&mut self, meter: Meter, held: Held, units_per_ms: u64) {
        self.sites[self.site].meter(&self.window, meter, held, units_per_ms);
    }

    #[inline]
    fn envelope(&mut self, index: usize, busy: u32) {
        if let Some(shared) = &mut self.shared {
            shared.envelope[index] += busy;
        }
    }

    #[inline]
    fn request(&mut self, at: SimTime) {
        if let Some(shared) = &mut self.shared {
            shared.requests[self.grid.interval(at)] += 1;
        }
    }
}
