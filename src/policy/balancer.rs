//! Which server takes the next request.

use rand::RngExt;

use crate::rng::Stream;

/// The rule of a balancer. It sees every server as it is at that instant, and sends a request to a full one if the rule
/// says so: that request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balancer {
    RoundRobin,
    /// Fewest requests in the server, ties in turn.
    LeastOutstanding,
    /// The better of two different servers drawn at random: fewest requests in the server, ties: the first drawn.
    PowerOfTwo,
    Random,
    /// Fewest requests waiting, ties: fewest in service, then the first.
    Jsq,
}

/// What a balancer sees of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub waiting: u32,
    pub serving: u32,
}

impl Load {
    const fn outstanding(self) -> u64 {
        self.waiting as u64 + self.serving as u64
    }

    /// Waiting before serving, as one number.
    const fn shortness(self) -> u64 {
        ((self.waiting as u64) << 32) | self.serving as u64
    }
}

/// A rule and what it remembers.
#[derive(Clone, Debug)]
pub struct Balance {
    rule: Balancer,
    /// Next in turn.
    turn: usize,
    stream: Stream,
}

impl Balance {
    pub const fn new(rule: Balancer, stream: Stream) -> Self {
        Self { rule, turn: 0, stream }
    }

    /// The index of the server that takes the next request. A single server takes it without a draw.
    ///
    /// # Panics
    /// When there are no servers.
    #[inline]
    pub fn choose(&mut self, loads: &[Load]) -> usize {
        assert!(!loads.is_empty(), "a balancer has at least one server");
        if loads.len() == 1 {
            return 0;
        }
        match self.rule {
            Balancer::RoundRobin => self.take_turn(self.turn, loads.len()),
            Balancer::LeastOutstanding => {
                let first = first_least_from(self.turn, loads);
                self.take_turn(first, loads.len())
            }
            Balancer::PowerOfTwo => self.better_of_two(loads),
            Balancer::Random => self.stream.random_range(0..loads.len()),
            Balancer::Jsq => first_least(loads.iter().map(|load| load.shortness())),
        }
    }

    /// As [`Self::choose`], among the servers that serve fewer than `places`; `None` if there are none.
    pub fn choose_with_room(&mut self, loads: &[Load], places: u32) -> Option<usize> {
        let has_room = |load: &&Load| load.serving < places;
        let room = loads.iter().filter(has_room).count();
        if room == 0 {
            return None;
        }
        if room == loads.len() {
            return Some(self.choose(loads));
        }
        let mut with_room = loads.iter().enumerate().filter(|(_, load)| has_room(load)).map(|(index, _)| index);
        match self.rule {
            Balancer::RoundRobin => {
                let turn = self.turn;
                let next = with_room.clone().find(|index| *index >= turn).or_else(|| with_room.next())?;
                Some(self.take_turn(next, loads.len()))
            }
            Balancer::Random | Balancer::PowerOfTwo => {
                let number = self.stream.random_range(0..room);
                with_room.nth(number)
            }
            Balancer::LeastOutstanding | Balancer::Jsq => with_room.min_by_key(|index| loads[*index].outstanding()),
        }
    }

    /// Whether a server that has a `share` of its usual requests takes this one.
    pub fn accepts(&mut self, share: f64) -> bool {
        share >= 1.0 || self.stream.random::<f64>() < share
    }

    /// The server at `position` has left; `count` are there now.
    pub const fn left(&mut self, position: usize, count: usize) {
        if self.turn > position {
            self.turn -= 1;
        }
        if self.turn >= count {
            self.turn = 0;
        }
    }

    /// Takes `server`; the one behind it is next in turn.
    fn take_turn(&mut self, server: usize, count: usize) -> usize {
        self.turn = if server + 1 == count { 0 } else { server + 1 };
        server
    }

    fn better_of_two(&mut self, loads: &[Load]) -> usize {
        let first = self.stream.random_range(0..loads.len());
        let among_others = self.stream.random_range(0..loads.len() - 1);
        let second = among_others + usize::from(among_others >= first);
        if loads[second].outstanding() < loads[first].outstanding() { second } else { first }
    }
}

/// Two plain passes, which the compiler turns into wide comparisons, instead of one that carries an index along.
fn first_least(measures: impl Iterator<Item = u64> + Clone) -> usize {
    let least = measures.clone().fold(u64::MAX, u64::min);
    measures.into_iter().position(|measure| measure == least).unwrap_or(0)
}

/// The first server with the fewest requests in it, at or after `turn`, going round.
fn first_least_from(turn: usize, loads: &[Load]) -> usize {
    let least = loads.iter().fold(u64::MAX, |least, load| least.min(load.outstanding()));
    let has_least = |load: &Load| load.outstanding() == least;
    let ahead = loads[turn..].iter().position(has_least).map(|ahead| turn + ahead);
    ahead.or_else(|| loads.iter().position(has_least)).unwrap_or(turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Entity, Purpose, Seed};

    fn balance(rule: Balancer) -> Balance {
        Balance::new(rule, Seed { seed: 1, replication: 0 }.stream(Entity::named("servers"), Purpose::Choice))
    }

    fn loads<const N: usize>(waiting_and_serving: [(u32, u32); N]) -> [Load; N] {
        waiting_and_serving.map(|(waiting, serving)| Load { waiting, serving })
    }

    #[track_caller]
    fn check(rule: Balancer, loads: &[Load], expected: &[usize]) {
        let mut balance = balance(rule);
        let chosen: Vec<usize> = expected.iter().map(|_| balance.choose(loads)).collect();
        assert_eq!(chosen, expected);
    }

    #[test]
    fn round_robin_takes_turns_whatever_the_load() {
        check(Balancer::RoundRobin, &loads([(9, 1), (0, 0), (0, 1)]), &[0, 1, 2, 0, 1]);
    }

    #[test]
    fn least_outstanding_counts_all_requests_and_breaks_ties_in_turn() {
        check(Balancer::LeastOutstanding, &loads([(1, 1), (0, 2), (2, 2), (0, 2)]), &[0, 1, 3, 0]);
        check(Balancer::LeastOutstanding, &loads([(0, 3), (2, 0), (0, 3)]), &[1, 1]);
    }

    #[test]
    fn jsq_looks_at_the_queue_first_then_at_service_then_takes_the_first() {
        check(Balancer::Jsq, &loads([(1, 0), (0, 5), (0, 4), (0, 4)]), &[2, 2]);
    }

    #[test]
    fn the_busiest_server_is_never_the_better_of_two() {
        let loads = loads([(0, 3), (0, 9), (0, 1)]);
        let mut balance = balance(Balancer::PowerOfTwo);
        let mut times = [0; 3];
        for _ in 0..3_000 {
            times[balance.choose(&loads)] += 1;
        }
        assert_eq!(times[1], 0);
        // Of the three pairs, two have the idlest server in them: 2,000 expected, standard deviation 26.
        assert!((1_870..2_130).contains(&times[2]), "{times:?}");
    }

    #[test]
    fn random_takes_each_server_equally_often() {
        let mut balance = balance(Balancer::Random);
        let mut times = [0; 4];
        for _ in 0..4_000 {
            times[balance.choose(&[Load::default(); 4])] += 1;
        }
        assert!(times.iter().all(|times| (890..1_110).contains(times)), "{times:?}");
    }
}
