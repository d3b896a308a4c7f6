//! The nodes that the members of a fleet run on, where these are pods of a cluster.
//!
//! A member that is launched asks the cluster for a place and waits while no node has room. On its node it needs the image,
//! which the first of a node fetches, and then starts as any member does. Nodes come and go as the provisioner says; a pod
//! that is evicted finishes its work for as long as it may, while another starts in its place elsewhere.

use std::collections::{BTreeMap, VecDeque};

use crate::billing::Meter;
use crate::engine::{Rank, Schedule};
use crate::policy::nodes::{
    Action, Cluster, ClusterSpec, Estimate, NodeId, NodeType, Phase, Placement, PodId, Resources, TypeIndex, estimate,
};
use crate::record::{Amount, ClusterLevels, Record};
use crate::rng::{Entity, Purpose, Seed, Stream};
use crate::stats::Distribution;
use crate::units::{SimTime, Span};

use super::lifecycle::{Event as MemberEvent, PATIENCE};
use super::member::State;
use super::metering::billed;
use super::model::{Event as FleetEvent, Fleet};

/// Nodes of a cluster under a fleet. Its members are metered through them.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// At the start there are as many nodes of the first type as its least number, or as the first members need.
    pub cluster: ClusterSpec,
    /// What a member asks of its node.
    pub request: Resources,
    /// From the call for a node until it runs and is billed; then until it has joined.
    pub unbilled: Vec<Distribution>,
    pub billed: Vec<Distribution>,
    /// Fetching and unpacking the image on a node that does not have it.
    pub pull: Distribution,
    /// Of the time of a node.
    pub minimum: Span,
    pub increment: Span,
}

impl Hosts {
    /// Members that fit on one node of this type.
    pub fn members_of(&self, of: &NodeType) -> u64 {
        of.allocatable.times(self.request).min(of.most_pods.into())
    }

    /// Members that fit on the most nodes that there may be.
    pub fn members_at_most(&self) -> u64 {
        let of_node = self.cluster.types.iter().map(|of| self.members_of(of)).max().unwrap_or(0);
        of_node.saturating_mul(self.cluster.most_nodes.into())
    }
}

/// What happens to nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A machine that was asked for has joined. Void if it was given up.
    Joined { node: u32 },
    /// Something is due in the cluster.
    Tick,
}

/// A machine, asked for or there.
#[derive(Clone, Copy, Debug)]
struct Host {
    of: TypeIndex,
    milli_cores: u64,
    billed_from: SimTime,
    /// From when on it has the image, once somebody has asked for it.
    image: Option<SimTime>,
}

/// The nodes of a fleet at work.
#[derive(Debug)]
pub struct Hosting {
    spec: Hosts,
    cluster: Cluster,
    nodes: BTreeMap<NodeId, Host>,
    /// Who is which pod, and the other way round by slot.
    member_of: BTreeMap<PodId, u32>,
    pod_of: Vec<Option<PodId>>,
    machines: Stream,
    starts: Stream,
    /// Pods that are over and still hold their places.
    over: Vec<PodId>,
    actions: VecDeque<Action>,
    /// Actions are being carried out: what follows from them waits.
    acting: bool,
    /// When the queue will call next.
    called_at: Option<SimTime>,
    measured: SimTime,
    levels: ClusterLevels,
}

impl Hosting {
    /// `initial` members are to be placed at once.
    pub fn new(spec: &Hosts, initial: u32, seed: Seed) -> Self {
        let stream = |name| seed.stream(Entity::named(name), Purpose::Start);
        let mut cluster = Cluster::new(&spec.cluster);
        let empty = spec.cluster.types[0].empty();
        let wanted = vec![spec.request; initial as usize];
        let Estimate { nodes: needed, .. } = estimate(&wanted, empty, spec.cluster.most_nodes.into());
        let there = cluster.nodes().count() as u64;
        for _ in there..needed {
            cluster.add_ready();
        }
        let milli_cores = |of: TypeIndex| spec.cluster.types[of.index()].capacity.milli_cpu;
        let host = |of| Host { of, milli_cores: milli_cores(of), billed_from: SimTime::ZERO, image: None };
        let nodes = cluster.nodes().map(|(id, node)| (id, host(node.of()))).collect();
        Self {
            spec: spec.clone(),
            cluster,
            nodes,
            member_of: BTreeMap::new(),
            pod_of: Vec::new(),
            machines: stream("nodes"),
            starts: stream("pods"),
            over: Vec::new(),
            actions: VecDeque::new(),
            acting: false,
            called_at: None,
            measured: SimTime::ZERO,
            levels: ClusterLevels::default(),
        }
    }

    fn assign(&mut self, pod: PodId, slot: u32) {
        if self.pod_of.len() <= slot as usize {
            self.pod_of.resize(slot as usize + 1, None);
        }
        self.pod_of[slot as usize] = Some(pod);
        self.member_of.insert(pod, slot);
    }

    /// The member in `slot` is no pod any more.
    fn detach(&mut self, slot: u32) -> Option<PodId> {
        let pod = self.pod_of.get_mut(slot as usize)?.take()?;
        self.member_of.remove(&pod);
        Some(pod)
    }

    /// When a member that was placed on `node` at `at` has its image.
    fn image_at(&mut self, node: NodeId, at: SimTime) -> SimTime {
        let pull = self.spec.pull.sample(&mut self.starts);
        let Some(host) = self.nodes.get_mut(&node) else { return at };
        (*host.image.get_or_insert(at + pull)).max(at)
    }

    /// Asks for a machine; when it runs, and when it will have joined.
    fn ask(&mut self, node: NodeId, of: TypeIndex, at: SimTime) -> SimTime {
        let mut draw = |phases: &[Distribution]| -> Span {
            phases.iter().fold(Span::ZERO, |sum, phase| sum + phase.sample(&mut self.machines))
        };
        let billed_from = at + draw(&self.spec.unbilled);
        let joined = billed_from + draw(&self.spec.billed);
        let milli_cores = self.spec.cluster.types[of.index()].capacity.milli_cpu;
        self.nodes.insert(node, Host { of, milli_cores, billed_from, image: None });
        joined
    }

    fn measure(&self) -> ClusterLevels {
        let found = self.cluster.fragmentation(&[self.spec.request]);
        for (node, measured) in &found.nodes {
            let (asked, whole) = (measured.requested, measured.allocatable);
            assert!(asked.fits_in(whole), "the pods of {node:?} ask for {asked:?} of {whole:?}");
        }
        let amount = |sum: Resources| Amount { milli_cpu: sum.milli_cpu.into(), mib: sum.mib.into() };
        let joined = self.cluster.nodes().filter(|(_, node)| !matches!(node.phase(), Phase::Launching { .. }));
        ClusterLevels {
            nodes: joined.count() as u32,
            pending: self.cluster.pending() as u32,
            allocatable: amount(found.total.allocatable),
            requested: amount(found.total.requested),
            stranded: amount(found.total.stranded),
        }
    }

    fn meter<R: Record>(&self, host: Host, until: SimTime, record: &mut R) {
        if until > host.billed_from {
            let held = billed(host.billed_from, until, self.spec.minimum, self.spec.increment);
            record.meter(time_of(host.of), held, 1);
            record.node(host.billed_from, until, host.milli_cores);
        }
    }

    /// What was measured last holds until `at`.
    fn remeasure<R: Record>(&mut self, at: SimTime, record: &mut R) {
        let levels = self.measure();
        if levels != self.levels {
            record.cluster(self.measured, at, &self.levels);
            (self.measured, self.levels) = (at, levels);
        }
    }

    /// The window has closed.
    pub(super) fn close<R: Record>(&mut self, end: SimTime, record: &mut R) {
        for host in self.nodes.values() {
            self.meter(*host, end, record);
        }
        record.cluster(self.measured, end, &self.levels);
    }
}

/// What counts the time of nodes of this type.
pub fn time_of(of: TypeIndex) -> Meter {
    u8::try_from(of.0).ok().filter(|index| *index > 0).map_or(Meter::InstanceTime, Meter::FurtherNodes)
}

impl Fleet {
    /// The first members are pods that run already, on nodes that have the image; what finds no room waits.
    pub(super) fn start_hosted(&mut self, slot: u32) {
        let Some(hosting) = &mut self.life.hosting else { return };
        let (pod, place) = hosting.cluster.place(SimTime::ZERO, hosting.spec.request);
        hosting.assign(pod, slot);
        match place {
            Placement::On(node) => {
                if let Some(host) = hosting.nodes.get_mut(&node) {
                    host.image = Some(SimTime::ZERO);
                }
                self.join(slot, SimTime::ZERO);
            }
            Placement::Pending => self.pend(slot, SimTime::ZERO),
        }
    }

    pub(super) fn plan_nodes<Q: Schedule<FleetEvent>>(&self, queue: &mut Q) {
        if self.life.hosting.is_some() {
            let first = FleetEvent::Member(MemberEvent::Nodes(Event::Tick));
            queue.schedule(SimTime::ZERO, Rank::CONTROL, first);
        }
    }

    /// The member in `slot` waits for a node.
    fn pend(&mut self, slot: u32, at: SimTime) {
        let member = &mut self.members[slot as usize];
        member.state = State::Launching;
        member.launched = at;
        member.billed_from = SimTime::END;
    }

    /// A new member, as a new pod.
    pub(super) fn launch_hosted<Q: Schedule<FleetEvent>>(&mut self, slot: u32, at: SimTime, queue: &mut Q) {
        self.pend(slot, at);
        let Some(hosting) = &mut self.life.hosting else { return };
        let (pod, place) = hosting.cluster.place(at, hosting.spec.request);
        hosting.assign(pod, slot);
        self.settle_in(slot, place, at, queue);
    }

    /// The member in `slot` has a place, or waits on.
    fn settle_in<Q: Schedule<FleetEvent>>(&mut self, slot: u32, place: Placement, at: SimTime, queue: &mut Q) {
        let (Placement::On(node), Some(hosting)) = (place, &mut self.life.hosting) else { return };
        let image = hosting.image_at(node, at);
        let launch = &self.spec.launch;
        let phases = launch.unbilled.iter().chain(&launch.billed).chain(&launch.registration);
        let start = phases.fold(Span::ZERO, |sum, phase| sum + phase.sample(&mut hosting.starts));
        let member = &mut self.members[slot as usize];
        member.billed_from = at;
        let ready = MemberEvent::Ready { member: slot, life: member.life };
        queue.schedule(image + start, Rank::CONTROL, FleetEvent::Member(ready));
    }

    /// The member in `slot` is gone, and its place free.
    pub(super) fn give_back(&mut self, slot: u32) {
        if let Some(hosting) = &mut self.life.hosting
            && let Some(pod) = hosting.detach(slot)
        {
            hosting.over.push(pod);
        }
    }

    pub(super) fn nodes_happen(&mut self, at: SimTime, event: Event) {
        let Some(hosting) = &mut self.life.hosting else { return };
        let mut actions = Vec::new();
        match event {
            Event::Joined { node } => {
                hosting.cluster.node_ready(at, NodeId(node.into()), &mut actions);
            }
            Event::Tick => {
                if hosting.called_at == Some(at) {
                    hosting.called_at = None;
                }
                hosting.cluster.tick(at, &mut actions);
            }
        }
        hosting.actions.extend(actions);
    }

    /// Carries out what the cluster wants, and sees to it that it is asked again.
    pub(super) fn tend<Q: Schedule<FleetEvent>, R: Record>(&mut self, at: SimTime, queue: &mut Q, record: &mut R) {
        if self.life.hosting.as_ref().is_none_or(|hosting| hosting.acting) {
            return;
        }
        while let Some(action) = self.next_action(at) {
            self.carry_out(action, at, queue, record);
        }
        let asks_on = at < self.life.end || self.busy + self.waiting > 0;
        let last = if asks_on { self.life.end + PATIENCE } else { self.life.end };
        let Some(hosting) = &mut self.life.hosting else { return };
        hosting.acting = false;
        hosting.remeasure(at, record);
        let due = hosting.cluster.next_tick(at).filter(|due| *due < last);
        if let Some(due) = due.filter(|due| hosting.called_at.is_none_or(|called| *due < called)) {
            hosting.called_at = Some(due);
            queue.schedule(due, Rank::CONTROL, FleetEvent::Member(MemberEvent::Nodes(Event::Tick)));
        }
    }

    fn next_action(&mut self, at: SimTime) -> Option<Action> {
        let hosting = self.life.hosting.as_mut()?;
        hosting.acting = true;
        while hosting.actions.is_empty() {
            let pod = hosting.over.pop()?;
            let mut actions = Vec::new();
            hosting.cluster.release(at, pod, &mut actions);
            hosting.actions.extend(actions);
        }
        hosting.actions.pop_front()
    }

    fn carry_out<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        action: Action,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(hosting) = &mut self.life.hosting else { return };
        match action {
            Action::Launch { node, of } => {
                let joined = hosting.ask(node, of, at);
                let node = u32::try_from(node.0).expect("fewer than 2^32 nodes in a run");
                let event = MemberEvent::Nodes(Event::Joined { node });
                queue.schedule(joined, Rank::CONTROL, FleetEvent::Member(event));
            }
            Action::Remove { node } => {
                if let Some(host) = hosting.nodes.remove(&node) {
                    hosting.meter(host, at.min(self.life.end), record);
                }
            }
            Action::Bind { pod, node } => {
                if let Some(slot) = hosting.member_of.get(&pod).copied() {
                    self.settle_in(slot, Placement::On(node), at, queue);
                }
            }
            Action::Move { pod, from: _, to } => self.move_pod(pod, to, at, queue, record),
        }
    }

    /// `pod` has left its node: who was it finishes there, and another starts.
    fn move_pod<Q: Schedule<FleetEvent>, R: Record>(
        &mut self,
        pod: PodId,
        to: Placement,
        at: SimTime,
        queue: &mut Q,
        record: &mut R,
    ) {
        let Some(hosting) = &mut self.life.hosting else { return };
        let Some(slot) = hosting.member_of.get(&pod).copied() else { return };
        let grace = hosting.spec.cluster.termination;
        match self.members[slot as usize].state {
            State::InService => {
                hosting.detach(slot);
                self.leave(slot, false, grace, at, queue, record);
                self.restart(pod, to, at, queue);
            }
            State::Launching => {
                hosting.detach(slot);
                self.remove(slot, at, record);
                self.restart(pod, to, at, queue);
            }
            State::Leaving { .. } => {
                hosting.detach(slot);
                hosting.over.push(pod);
                let life = self.members[slot as usize].life;
                let over = MemberEvent::DrainOver { member: slot, life };
                queue.schedule(at + grace, Rank::CONTROL, FleetEvent::Member(over));
            }
            // Whoever is away comes back where its place is then.
            State::Away | State::Gone => {}
        }
    }

    /// A new member becomes `pod`.
    fn restart<Q: Schedule<FleetEvent>>(&mut self, pod: PodId, to: Placement, at: SimTime, queue: &mut Q) {
        let slot = self.slot();
        self.life.existing += 1;
        self.pend(slot, at);
        if let Some(hosting) = &mut self.life.hosting {
            hosting.assign(pod, slot);
        }
        self.settle_in(slot, to, at, queue);
    }
}
