//! A router over sites: a base that one owns or reserves and a burst into a cloud, several regions, several providers.
//!
//! Each site is a model of its own, a fleet or functions, with its own prices. The router sees how busy the sites are when an
//! invocation arrives and names one; the invocation stays there. A function whose data may not go everywhere is routed
//! among the sites that it may use. Where no site can serve, the invocation is dropped: routers hold no queue.
//!
//! Simplifications: the router takes no time, sees the sites as they are and not as they were, and does not move what waits. Work in
//! progress on functions survives an outage of their site; on a fleet it is lost, or begins again.

mod spec;
mod way;

use std::sync::Arc;

use crate::engine::{Model, Rank, Schedule};
use crate::ids::{FunctionId, SiteId};
use crate::platform::{faas, fleet};
use crate::policy::route::{Pressure, Router, SiteIndex, SiteSet};
use crate::record::{Bill, Fate, Meters, Outcome, Record};
use crate::rng::{Entity, Purpose, Seed};
use crate::stats::Distribution;
use crate::units::{SimTime, Span};
use crate::workload::{FunctionInfo, Invocation};

pub use spec::*;
use way::{Beyond, Way};

/// What a site schedules for itself.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    site: u32,
    of: SiteEvent,
}

#[derive(Clone, Copy, Debug)]
enum SiteEvent {
    Faas(faas::Event),
    Fleet(fleet::Event),
}

#[derive(Debug)]
enum Site {
    Faas(Box<faas::Faas>),
    Fleet(Box<fleet::Fleet>),
}

/// A site, and how to get there.
#[derive(Debug)]
struct Place {
    site: Site,
    /// `None`: it is where the router is.
    way: Option<Way>,
    /// Mean time of the way and of the site's own network.
    lag: Span,
}

impl Place {
    fn new(index: usize, spec: &HybridSite, seed: Seed, end: SimTime) -> Self {
        let (site, network) = match &spec.model {
            SiteModel::Faas(spec) => {
                (Site::Faas(Box::new(faas::Faas::together(Arc::clone(spec), seed, end))), &spec.network)
            }
            SiteModel::Fleet(spec) => {
                (Site::Fleet(Box::new(fleet::Fleet::new(Arc::clone(spec), seed, end))), &spec.network)
            }
        };
        let stream = || seed.stream(Entity::named(&format!("way {index}")), Purpose::Network);
        let way = spec.latency.clone().map(|latency| Way { latency, stream: stream() });
        let mean = |latency: &Distribution| latency.mean().map_or(Span::ZERO, Span::from_seconds_f64);
        let lag = mean(network) + spec.latency.as_ref().map_or(Span::ZERO, mean);
        Self { site, way, lag }
    }

    fn pressure(&self, invocation: &Invocation) -> Pressure {
        let pressure = match &self.site {
            Site::Faas(faas) => faas.pressure(invocation),
            Site::Fleet(fleet) => fleet.pressure(invocation),
        };
        Pressure { expected_wait: pressure.expected_wait.map(|wait| wait + self.lag), ..pressure }
    }
}

/// Several sites behind a router.
#[derive(Debug)]
pub struct Hybrid {
    spec: Arc<HybridSpec>,
    router: Router,
    sites: Vec<Place>,
    pressures: Vec<Pressure>,
    /// By function.
    allowed: Vec<SiteSet>,
}

impl Hybrid {
    pub fn new(spec: &Arc<HybridSpec>, seed: Seed, end: SimTime) -> Self {
        let sites = spec.sites.iter().enumerate();
        Self {
            router: Router::new(spec.route.clone(), seed.stream(Entity::named("router"), Purpose::Choice)),
            sites: sites.map(|(index, site)| Place::new(index, site, seed, end)).collect(),
            pressures: vec![Pressure::default(); spec.sites.len()],
            allowed: Vec::new(),
            spec: Arc::clone(spec),
        }
    }

    /// Makes room for a function at every site. Returns how it is metered at each.
    pub fn admit<Q: Schedule<Event>>(&mut self, id: FunctionId, info: &FunctionInfo, queue: &mut Q) -> Vec<Meters> {
        self.allowed.push(self.spec.allowed.get(&info.name).copied().unwrap_or(SiteSet::ALL));
        let admit = |(site, place): (u32, &mut Place)| match &mut place.site {
            Site::Faas(faas) => faas.admit(id, info, &mut Ours { queue: &mut *queue, site }),
            Site::Fleet(fleet) => fleet.admit(id, info),
        };
        (0..).zip(&mut self.sites).map(admit).collect()
    }

    fn look(&mut self, invocation: &Invocation) {
        for ((pressure, place), spec) in self.pressures.iter_mut().zip(&self.sites).zip(&self.spec.sites) {
            let up = |(from, to): &(SimTime, SimTime)| invocation.at < *from || invocation.at >= *to;
            *pressure = place.pressure(invocation);
            pressure.available &= spec.outages.iter().all(up);
        }
    }

    /// Shows the router how `site` has changed at `at`.
    #[inline]
    fn watch(&mut self, site: usize, at: SimTime) {
        if self.router.watches(SiteIndex(site as u32)) {
            self.pressures[site] = match &self.sites[site].site {
                Site::Faas(faas) => faas.occupancy(),
                Site::Fleet(fleet) => fleet.occupancy(),
            };
            self.router.observe(at, &self.pressures);
        }
    }

    fn choose(&mut self, invocation: &Invocation) -> Option<usize> {
        self.look(invocation);
        let allowed = self.allowed[invocation.function.index()];
        let SiteIndex(site) = self.router.choose(invocation.at, &self.pressures, allowed)?;
        Some(site as usize)
    }
}

/// The part of a queue that one site sees.
struct Ours<'a, Q> {
    queue: &'a mut Q,
    site: u32,
}

impl<Q: Schedule<Event>> Schedule<faas::Event> for Ours<'_, Q> {
    #[inline]
    fn schedule(&mut self, at: SimTime, rank: Rank, event: faas::Event) {
        self.queue.schedule(at, rank, Event { site: self.site, of: SiteEvent::Faas(event) });
    }
}

impl<Q: Schedule<Event>> Schedule<fleet::Event> for Ours<'_, Q> {
    #[inline]
    fn schedule(&mut self, at: SimTime, rank: Rank, event: fleet::Event) {
        self.queue.schedule(at, rank, Event { site: self.site, of: SiteEvent::Fleet(event) });
    }
}

impl Model for Hybrid {
    type Event = Event;

    fn arrival_rank(&self) -> Rank {
        Rank::ARRIVAL
    }

    fn open<Q: Schedule<Event>>(&mut self, queue: &mut Q) {
        for (site, place) in (0..).zip(&mut self.sites) {
            let mut ours = Ours { queue: &mut *queue, site };
            match &mut place.site {
                Site::Faas(faas) => faas.open(&mut ours),
                Site::Fleet(fleet) => fleet.open(&mut ours),
            }
        }
    }

    fn arrive<Q: Schedule<Event>, R: Record>(&mut self, invocation: &Invocation, queue: &mut Q, record: &mut R) {
        let Some(site_index) = self.choose(invocation) else {
            record.outcome(&nowhere(invocation));
            return;
        };
        record.at_site(SiteId::new(site_index));
        if let Some(transfer) = self.spec.sites[site_index].transfer {
            record.count(transfer.meter, invocation.at, transfer.size.bytes());
        }
        let mut ours = Ours { queue, site: site_index as u32 };
        let Place { site, way, .. } = &mut self.sites[site_index];
        let mut beyond = Beyond { record, way: way.as_mut() };
        match site {
            Site::Faas(faas) => faas.arrive(invocation, &mut ours, &mut beyond),
            Site::Fleet(fleet) => fleet.arrive(invocation, &mut ours, &mut beyond),
        }
        self.watch(site_index, invocation.at);
    }

    fn handle<Q: Schedule<Event>, R: Record>(&mut self, at: SimTime, event: Event, queue: &mut Q, record: &mut R) {
        record.at_site(SiteId(event.site));
        let mut ours = Ours { queue, site: event.site };
        let Place { site, way, .. } = &mut self.sites[event.site as usize];
        let mut beyond = Beyond { record, way: way.as_mut() };
        match (site, event.of) {
            (Site::Faas(faas), SiteEvent::Faas(event)) => faas.handle(at, event, &mut ours, &mut beyond),
            (Site::Fleet(fleet), SiteEvent::Fleet(event)) => fleet.handle(at, event, &mut ours, &mut beyond),
            (Site::Faas(_), SiteEvent::Fleet(_)) | (Site::Fleet(_), SiteEvent::Faas(_)) => {
                unreachable!("a site gets what it scheduled")
            }
        }
        self.watch(event.site as usize, at);
    }

    fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        for (index, Place { site, way, .. }) in self.sites.iter_mut().enumerate() {
            record.at_site(SiteId::new(index));
            let mut beyond = Beyond { record: &mut *record, way: way.as_mut() };
            match site {
                Site::Faas(faas) => faas.close(end, &mut beyond),
                Site::Fleet(fleet) => fleet.close(end, &mut beyond),
            }
        }
    }
}

/// No site could take it.
fn nowhere(invocation: &Invocation) -> Outcome {
    Outcome {
        function: invocation.function,
        arrived: invocation.at,
        taken: invocation.at,
        fate: Fate::Dropped,
        network: Span::ZERO,
        queue: Span::ZERO,
        cold_start: Span::ZERO,
        execution: Span::ZERO,
        stretch: Span::ZERO,
        batch: Span::ZERO,
        cold: false,
        bill: Bill::None,
    }
}
