//! Exact results for customers who give up, come back, or go from station to station.
//!
//! Times are in seconds, rates per second, as in [`super::closed_form`].

use super::closed_form::{Mmc, erlang_b};

/// M/M/c whose customers leave the queue after an exponential patience: M/M/c+M, Erlang A (Palm 1957; Garnett,
/// Mandelbaum, Reiman 2002).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impatient {
    pub arrival_rate: f64,
    /// Of one server.
    pub service_rate: f64,
    pub servers: u32,
    /// One over the mean patience; zero: nobody leaves.
    pub patience_rate: f64,
}

/// What M/M/c+M does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Abandonment {
    /// Share of requests that find all servers busy.
    pub waiting_share: f64,
    /// Share of requests that leave unserved.
    pub abandoned_share: f64,
    pub in_queue_mean: f64,
    /// Of all, those who leave included.
    pub wait_mean: f64,
    pub utilisation: f64,
}

impl Impatient {
    pub fn solve(self) -> Abandonment {
        let (waiting_share, in_queue_mean) = if self.patience_rate > 0.0 { self.balance() } else { self.patient() };
        let wait_mean = in_queue_mean / self.arrival_rate;
        let leaving = if self.patience_rate > 0.0 { self.patience_rate * wait_mean } else { 0.0 };
        let offered = self.arrival_rate / (f64::from(self.servers) * self.service_rate);
        Abandonment {
            waiting_share,
            abandoned_share: leaving,
            in_queue_mean,
            wait_mean,
            utilisation: (offered * (1.0 - leaving)).min(1.0),
        }
    }

    fn patient(self) -> (f64, f64) {
        let Self { arrival_rate, service_rate, servers, .. } = self;
        let queue = Mmc { arrival_rate, service_rate, servers };
        (queue.waiting_share(), queue.wait_mean() * arrival_rate)
    }

    /// Rate at which the system falls from `number` customers.
    fn departures(self, number: f64) -> f64 {
        let servers = f64::from(self.servers);
        number.min(servers) * self.service_rate + (number - servers).max(0.0) * self.patience_rate
    }

    /// Share of time with all servers busy, and mean queue. Weights of the states are summed outwards from the greatest,
    /// so that none leaves the range of a double.
    fn balance(self) -> (f64, f64) {
        const NEGLIGIBLE: f64 = 1e-300;
        let servers = f64::from(self.servers);
        let beyond = (self.arrival_rate - servers * self.service_rate) / self.patience_rate;
        let peak =
            if beyond > 0.0 { servers + beyond.floor() } else { (self.arrival_rate / self.service_rate).floor() };
        let (mut total, mut waiting, mut queue) = (0.0, 0.0, 0.0);
        let mut add = |number: f64, weight: f64| {
            total += weight;
            if number >= servers {
                waiting += weight;
                queue += (number - servers) * weight;
            }
        };
        add(peak, 1.0);
        let (mut number, mut weight) = (peak, 1.0);
        while weight > NEGLIGIBLE {
            number += 1.0;
            weight *= self.arrival_rate / self.departures(number);
            add(number, weight);
        }
        (number, weight) = (peak, 1.0);
        while number > 0.0 && weight > NEGLIGIBLE {
            weight *= self.departures(number) / self.arrival_rate;
            number -= 1.0;
            add(number, weight);
        }
        (waiting / total, queue / total)
    }
}

/// A loss system whose refused customers try again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retrying {
    /// Fresh and repeated attempts together, erlangs.
    pub offered_load: f64,
    /// Share of attempts that are refused.
    pub blocked_share: f64,
    /// Share of customers who give up.
    pub lost_share: f64,
    /// Mean number of attempts of a customer.
    pub attempts_mean: f64,
}

/// Extended Erlang B (Jewett, Shrago, Yomtov 1980): each refused attempt is repeated with probability `retry_share`, and
/// all attempts together count as Poisson: a = a0 + p a B(a, c). An approximation, good where clients come back after
/// several service times. Infinite if all come back and more is offered than can be served.
pub fn extended_erlang_b(fresh_load: f64, servers: u32, retry_share: f64) -> Retrying {
    let nobody_gives_up = retry_share >= 1.0;
    if nobody_gives_up && fresh_load >= f64::from(servers) {
        return Retrying {
            offered_load: f64::INFINITY,
            blocked_share: 1.0,
            lost_share: 0.0,
            attempts_mean: f64::INFINITY,
        };
    }
    // Served or given up; it grows with the load, so the load that leaves the fresh one is unique.
    let left = |load: f64| load * (1.0 - retry_share).max(0.0) + retry_share * carried(load, servers);
    let (mut low, mut high) = (fresh_load, fresh_load.max(1.0));
    while left(high) < fresh_load && high.is_finite() {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if left(middle) < fresh_load {
            low = middle;
        } else {
            high = middle;
        }
    }
    let blocked_share = erlang_b(high, servers);
    let attempts_mean = if fresh_load > 0.0 { high / fresh_load } else { 1.0 };
    Retrying {
        offered_load: high,
        blocked_share,
        lost_share: attempts_mean * blocked_share * (1.0 - retry_share).max(0.0),
        attempts_mean,
    }
}

/// What a loss system serves of a load, a (1 - B), without the cancellation near B = 1.
fn carried(load: f64, servers: u32) -> f64 {
    let Some(fewer) = servers.checked_sub(1) else { return 0.0 };
    let servers = f64::from(servers);
    load * servers / (servers + load * erlang_b(load, fewer))
}

/// Mean number of customers who wait for their next attempt at one server without a queue, each trying at
/// `retry_rate`: rho (lambda + rho nu) / nu (1 - rho) (Falin, Templeton 1997). Over `arrival_rate`: their mean delay.
pub fn orbit_mean(arrival_rate: f64, service_rate: f64, retry_rate: f64) -> f64 {
    let utilisation = arrival_rate / service_rate;
    if utilisation >= 1.0 {
        return f64::INFINITY;
    }
    utilisation * (arrival_rate + utilisation * retry_rate) / (retry_rate * (1.0 - utilisation))
}

/// A station of an open network: M/M/c with room for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// From outside, a second.
    pub external_rate: f64,
    /// Of one server.
    pub service_rate: f64,
    pub servers: u32,
}

/// What an open network does in the long run, by station.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenNetwork {
    /// Visits a second.
    pub visit_rates: Vec<f64>,
    pub in_station_mean: Vec<f64>,
    /// Mean time from entry to exit.
    pub response_mean: f64,
}

/// Solves an open network of exponential stations (Jackson 1957). `routing[i][j]` is the share of what leaves station i
/// that goes to j next; the rest leaves the network. `None` if someone could stay for ever.
///
/// # Panics
/// When the routing is not square in the number of stations.
pub fn open_network(stations: &[Station], routing: &[Vec<f64>]) -> Option<OpenNetwork> {
    let count = stations.len();
    assert!(routing.len() == count && routing.iter().all(|row| row.len() == count), "routing is square");
    // Visits to j less what comes from the others are what comes from outside.
    let equation = |j: usize| {
        let from = |i: usize| f64::from(u8::from(i == j)) - routing[i][j];
        (0..count).map(from).chain([stations[j].external_rate]).collect()
    };
    let visit_rates = solve((0..count).map(equation).collect())?;
    let in_station = |(station, visits): (&Station, &f64)| {
        let Station { service_rate, servers, .. } = *station;
        visits * Mmc { arrival_rate: *visits, service_rate, servers }.response_mean()
    };
    let in_station_mean: Vec<f64> = stations.iter().zip(&visit_rates).map(in_station).collect();
    let entering: f64 = stations.iter().map(|station| station.external_rate).sum();
    Some(OpenNetwork { response_mean: in_station_mean.iter().sum::<f64>() / entering, visit_rates, in_station_mean })
}

/// Stations of one server in a row, all passed by everyone.
pub fn tandem(arrival_rate: f64, service_rates: &[f64]) -> Option<OpenNetwork> {
    let first = |index: usize| if index == 0 { arrival_rate } else { 0.0 };
    let station =
        |(index, rate): (usize, &f64)| Station { external_rate: first(index), service_rate: *rate, servers: 1 };
    let stations: Vec<Station> = service_rates.iter().enumerate().map(station).collect();
    let count = stations.len();
    let next = |from: usize| (0..count).map(|to| f64::from(u8::from(to == from + 1))).collect();
    open_network(&stations, &(0..count).map(next).collect::<Vec<_>>())
}

/// Gauss elimination with the greatest pivot; each row ends with its right side. `None` if the rows are dependent.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for column in 0..count {
        let size = |row: &usize| rows[*row][column].abs();
        let pivot = (column..count).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        if size(&pivot) < 1e-12 {
            return None;
        }
        rows.swap(column, pivot);
        let head = rows[column].clone();
        for row in (0..count).filter(|row| *row != column) {
            let factor = rows[row][column] / head[column];
            rows[row].iter_mut().zip(&head).for_each(|(value, head)| *value -= factor * head);
        }
    }
    Some((0..count).map(|row| rows[row][count] / rows[row][row]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 1e-9, "{actual} against {expected}");
    }

    #[test]
    fn patience_without_end_is_a_queue_and_none_is_a_loss_system() {
        let queue = Impatient { arrival_rate: 8.0, service_rate: 1.0, servers: 10, patience_rate: 0.0 };
        let patient = queue.solve();
        let almost = Impatient { patience_rate: 1e-9, ..queue }.solve();
        assert!((patient.in_queue_mean - almost.in_queue_mean).abs() < 1e-6);
        check(patient.utilisation, 0.8);
        let hasty = Impatient { patience_rate: 1e12, ..queue }.solve();
        assert!((hasty.abandoned_share - erlang_b(8.0, 10)).abs() < 1e-9);
    }

    #[test]
    fn long_queues_and_many_servers_stay_in_range() {
        let queue = Impatient { arrival_rate: 2e5, service_rate: 1.0, servers: 100_000, patience_rate: 0.01 };
        // Fluid limit: half of the requests leave.
        check(queue.solve().abandoned_share, 0.5);
        assert_eq!(Impatient { patience_rate: 0.0, ..queue }.solve().wait_mean, f64::INFINITY);
    }

    #[test]
    fn retries_that_never_end_are_served_if_there_is_room() {
        let all_back = extended_erlang_b(8.0, 10, 1.0);
        // All of the fresh load is carried in the end.
        check(all_back.offered_load * (1.0 - all_back.blocked_share), 8.0);
        assert_eq!(extended_erlang_b(11.0, 10, 1.0).offered_load, f64::INFINITY);
        check(extended_erlang_b(8.0, 10, 0.0).blocked_share, erlang_b(8.0, 10));
    }

    #[test]
    fn retries_without_delay_are_a_queue() {
        // Lq of M/M/1 at 0.8.
        check(orbit_mean(0.8, 1.0, 1e12), 3.2);
        assert_eq!(orbit_mean(1.0, 1.0, 1.0), f64::INFINITY);
    }

    #[test]
    fn a_network_without_an_exit_has_no_solution() {
        let station = Station { external_rate: 1.0, service_rate: 9.0, servers: 1 };
        assert_eq!(open_network(&[station], &[vec![1.0]]), None);
        let half = open_network(&[station], &[vec![0.5]]).expect("half of them leave");
        check(half.visit_rates[0], 2.0);
    }
}
