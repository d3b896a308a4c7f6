//! Exact results of queueing theory: what a simulation of the same system must agree with, and what a planner asks first.
//!
//! Times are in seconds, rates per second, loads in erlangs (arrival rate times mean service). Means of a system that
//! never settles, for it is offered all it can serve or more, are infinite. Notation follows Kendall: arrivals / service /
//! servers / capacity. Textbook: Gross, Shortle, Thompson, Harris, "Fundamentals of Queueing Theory".

use statrs::function::gamma::{gamma_lr, gamma_ur, ln_gamma};

/// Share of requests that find all `servers` of a loss system busy: M/G/c/c, whatever the distribution of service.
///
/// Erlang 1917; recursion B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)).
pub fn erlang_b(load: f64, servers: u32) -> f64 {
    (1..=servers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked))
}

/// Share of requests that wait in M/M/c with room for all: 1 from saturation on.
///
/// Erlang 1917; C = B / (1 - rho (1 - B)).
pub fn erlang_c(load: f64, servers: u32) -> f64 {
    let utilisation = load / f64::from(servers);
    if utilisation >= 1.0 {
        return 1.0;
    }
    let blocked = erlang_b(load, servers);
    blocked / (1.0 - utilisation * (1.0 - blocked))
}

/// Poisson arrivals, exponential service, `servers`, room for all, first come first served.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmc {
    pub arrival_rate: f64,
    /// Of one server.
    pub service_rate: f64,
    pub servers: u32,
}

impl Mmc {
    /// Share of requests that wait.
    pub fn waiting_share(self) -> f64 {
        erlang_c(self.arrival_rate / self.service_rate, self.servers)
    }

    /// Rate at which a queue drains: c mu - lambda.
    fn spare_rate(self) -> f64 {
        (f64::from(self.servers) * self.service_rate - self.arrival_rate).max(0.0)
    }

    /// Mean time in the queue, those who do not wait included.
    pub fn wait_mean(self) -> f64 {
        self.waiting_share() / self.spare_rate()
    }

    /// Mean time in the system. The same under processor sharing, for the number in the system is.
    pub fn response_mean(self) -> f64 {
        self.wait_mean() + self.service_rate.recip()
    }

    /// Share of requests that wait longer than `wait`: C e^{-(c mu - lambda) t}.
    pub fn wait_exceeds(self, wait: f64) -> f64 {
        self.waiting_share() * (-self.spare_rate() * wait).exp()
    }

    /// The wait that a share of `percentile` of the requests does not exceed.
    pub fn wait_percentile(self, percentile: f64) -> f64 {
        ((self.waiting_share() / (1.0 - percentile)).ln() / self.spare_rate()).max(0.0)
    }

    /// Share of requests that are longer than `response` in the system: the wait of [`Self::wait_exceeds`] plus service.
    pub fn response_exceeds(self, response: f64) -> f64 {
        let (mu, spare) = (self.service_rate, self.spare_rate());
        // (d e^{-mu t} - mu e^{-d t}) / (d - mu), written so that it holds its digits where d is near mu.
        let apart = (spare - mu) * response;
        let factor = if apart == 0.0 { 1.0 } else { -(-apart).exp_m1() / apart };
        (-mu * response).exp() * (1.0 + self.waiting_share() * mu * response * factor)
    }

    /// The time in the system that a share of `percentile` of the requests does not exceed; infinite from saturation on.
    pub fn response_percentile(self, percentile: f64) -> f64 {
        if self.spare_rate() <= 0.0 {
            return f64::INFINITY;
        }
        let exceeds = |response| self.response_exceeds(response) > 1.0 - percentile;
        let mut high = self.service_rate.recip();
        while exceeds(high) {
            high *= 2.0;
        }
        bisect(0.0, high, exceeds)
    }
}

/// The point in `[low, high]` up to which `below` holds.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    // More halvings than a double has digits.
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// What M/M/c/K does in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// Share of time without a request.
    pub empty_share: f64,
    /// Share of requests that are dropped.
    pub blocked_share: f64,
    pub in_system_mean: f64,
    pub in_queue_mean: f64,
    /// Requests served a second.
    pub throughput: f64,
    /// Of those that are not dropped.
    pub wait_mean: f64,
    pub response_mean: f64,
}

/// M/M/c/K: room for `capacity` requests, those in service included. Birth-death balance, summed in logarithms because
/// the weights of large systems leave the range of a double.
pub fn mmck(arrival_rate: f64, service_rate: f64, servers: u32, capacity: u32) -> Bounded {
    let serving = |n: u32| f64::from(n.min(servers));
    let mut logarithm = 0.0;
    let logarithms: Vec<f64> = (0..=capacity)
        .map(|n| {
            if n > 0 {
                logarithm += (arrival_rate / (serving(n) * service_rate)).ln();
            }
            logarithm
        })
        .collect();
    let greatest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - greatest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let mean = |of: &dyn Fn(u32) -> f64| (0..=capacity).zip(&weights).map(|(n, w)| of(n) * w).sum::<f64>() / total;
    let blocked_share = weights[capacity as usize] / total;
    let throughput = mean(&serving) * service_rate;
    let in_system_mean = mean(&|n| f64::from(n));
    let in_queue_mean = mean(&|n| f64::from(n.saturating_sub(servers)));
    Bounded {
        empty_share: weights[0] / total,
        blocked_share,
        in_system_mean,
        in_queue_mean,
        throughput,
        wait_mean: in_queue_mean / throughput,
        response_mean: in_system_mean / throughput,
    }
}

/// Mean and higher moments about zero of a service time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    pub first: f64,
    pub second: f64,
    pub third: f64,
}

/// Mean time in the queue of M/G/1, first come first served: lambda E\[S^2\] / 2 (1 - rho) (Pollaczek 1930, Khinchine 1932).
pub fn mg1_wait_mean(arrival_rate: f64, service: Moments) -> f64 {
    let spare = 1.0 - arrival_rate * service.first;
    if spare <= 0.0 { f64::INFINITY } else { arrival_rate * service.second / (2.0 * spare) }
}

/// Variance of the time in the queue of M/G/1: lambda E\[S^3\] / 3 (1 - rho) + Wq^2 (Takács 1962).
pub fn mg1_wait_variance(arrival_rate: f64, service: Moments) -> f64 {
    let spare = 1.0 - arrival_rate * service.first;
    if spare <= 0.0 {
        return f64::INFINITY;
    }
    arrival_rate * service.third / (3.0 * spare) + mg1_wait_mean(arrival_rate, service).powi(2)
}

/// Mean time in the system of M/G/1 under processor sharing: E\[S\] / (1 - rho), whatever the distribution of service
/// (Sakata, Noguchi, Oizumi 1971).
pub fn mg1_shared_response_mean(arrival_rate: f64, service_mean: f64) -> f64 {
    let spare = 1.0 - arrival_rate * service_mean;
    if spare <= 0.0 { f64::INFINITY } else { service_mean / spare }
}

/// Mean time in the queue of D/M/1: arrivals `interval` apart. sigma is the root below 1 of
/// sigma = e^{-mu interval (1 - sigma)}, the share that waits (Kendall 1953).
pub fn dm1_wait_mean(interval: f64, service_rate: f64) -> f64 {
    if interval * service_rate <= 1.0 {
        return f64::INFINITY;
    }
    let waits_more = |sigma: f64| (-service_rate * interval * (1.0 - sigma)).exp() > sigma;
    // The difference changes its sign once below 1: it is convex, and 1 itself is its other root.
    let sigma = bisect(0.0, 1.0 - 1e-12, waits_more);
    sigma / (service_rate * (1.0 - sigma))
}

/// Probability that a Poisson variable, such as the concurrency of M/G/inf, is at most `count`.
pub fn poisson_at_most(mean: f64, count: u64) -> f64 {
    if mean <= 0.0 { 1.0 } else { gamma_ur(count as f64 + 1.0, mean) }
}

/// The least count that a share of `percentile` below 1 of a Poisson variable does not exceed: how many instances
/// cover that share of time when nobody waits (M/G/inf, whatever the distribution of service).
pub fn poisson_percentile(mean: f64, percentile: f64) -> u64 {
    least_count(|count| poisson_at_most(mean, count) >= percentile)
}

/// The least count that `covers`, of which each greater one does.
pub(super) fn least_count(covers: impl Fn(u64) -> bool) -> u64 {
    let mut high = 1;
    while !covers(high) && high < 1 << 52 {
        high *= 2;
    }
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        if covers(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Probability that a Poisson variable is exactly `count`.
fn poisson_is(mean: f64, count: usize) -> f64 {
    let count = count as f64;
    (count * mean.ln() - mean - ln_gamma(count + 1.0)).exp()
}

/// Share of cold starts of one instance that is kept `keep_alive` after its last request, service taking no time:
/// the gap before a request is longer, e^{-lambda T}.
pub fn cold_share_sliding(arrival_rate: f64, keep_alive: f64) -> f64 {
    (-arrival_rate * keep_alive).exp()
}

/// Mean life of that instance: (e^{lambda T} - 1) / lambda, the busy period of M/D/inf.
pub fn life_sliding(arrival_rate: f64, keep_alive: f64) -> f64 {
    (arrival_rate * keep_alive).exp_m1() / arrival_rate
}

/// Share of cold starts where the instance is gone `life` after its first request, whatever it did since: one of
/// 1 + lambda T requests (renewal reward).
pub fn cold_share_fixed_life(arrival_rate: f64, life: f64) -> f64 {
    (1.0 + arrival_rate * life).recip()
}

/// One instance that is shut down after a time without requests, with a queue before it: M/G/1 with set-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayedOff {
    pub arrival_rate: f64,
    pub service: Moments,
    /// Mean and second moment of the time that a start takes.
    pub cold_start: (f64, f64),
    /// Probability that a request that finds no other finds no instance either: [`cold_share_sliding`] where the instance
    /// is kept for a fixed time, [`cold_share_fixed_life`] where that time is exponential.
    pub cold_share_of_idle: f64,
}

impl DelayedOff {
    /// Share of requests that start the instance.
    pub fn cold_share(self) -> f64 {
        let utilisation = self.arrival_rate * self.service.first;
        self.cold_share_of_idle * (1.0 - utilisation) / (1.0 + self.arrival_rate * self.set_up().0)
    }

    /// Mean and second moment of what the first request of a busy period waits.
    fn set_up(self) -> (f64, f64) {
        let (mean, second) = self.cold_start;
        (self.cold_share_of_idle * mean, self.cold_share_of_idle * second)
    }

    /// Mean time in the queue: that of M/G/1, and what exceptional first service adds (Welch 1964).
    pub fn wait_mean(self) -> f64 {
        let lambda = self.arrival_rate;
        let (mean, second) = self.set_up();
        mg1_wait_mean(lambda, self.service) + (2.0 * mean + lambda * second) / (2.0 * (1.0 + lambda * mean))
    }
}

/// Share of Poisson requests that a token bucket throttles when tokens trickle in continuously: the loss of M/D/1/K with
/// one service a token and K the capacity (Berger 1991).
pub fn throttled_continuous(arrival_rate: f64, refill_rate: f64, capacity: u32) -> f64 {
    let load = arrival_rate / refill_rate;
    // Left behind at a departure: from 0 the next one leaves what came during its service, from i > 0 the same plus i - 1.
    let stationary = skip_free_down(load, capacity as usize, |from, to| to + 1 - from.max(1));
    1.0 - (stationary[0] + load).recip()
}

/// Share of Poisson requests that a token bucket throttles when it gets one token every `1 / refill_rate`.
pub fn throttled_ticking(arrival_rate: f64, refill_rate: f64, capacity: u32) -> f64 {
    let load = arrival_rate / refill_rate;
    // Tokens missing after a tick: what was missing, plus what was taken, less the new one.
    let stationary = skip_free_down(load, capacity as usize, |from, to| to + 1 - from);
    // A token is wasted when none is missing and none was taken; the others are all used.
    let used = 1.0 - stationary[0] * poisson_is(load, 0);
    1.0 - used / load
}

/// Stationary distribution of a chain on `0..states` that falls by at most one a step: from state i it passes above j when
/// more than `gap(i, j)` Poisson events of mean `load` happen, and falls by one when none does.
///
/// Solved by balancing the flow over each cut, upwards, with positive terms only: no digits are lost.
fn skip_free_down(load: f64, states: usize, gap: impl Fn(usize, usize) -> usize) -> Vec<f64> {
    let none = poisson_is(load, 0);
    let more_than: Vec<f64> = (0..=states).map(|count| gamma_lr(count as f64 + 1.0, load)).collect();
    let mut weights = vec![1.0];
    for below in 0..states.saturating_sub(1) {
        let up: f64 = weights.iter().enumerate().map(|(from, weight)| weight * more_than[gap(from, below)]).sum();
        weights.push(up / none);
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: f64, expected: f64) {
        assert!((actual / expected - 1.0).abs() < 1e-9, "{actual} against {expected}");
    }

    #[test]
    fn one_server_is_the_simplest_case_of_several() {
        let queue = Mmc { arrival_rate: 0.8, service_rate: 1.0, servers: 1 };
        check(queue.waiting_share(), 0.8);
        check(queue.response_mean(), 5.0);
        check(queue.response_percentile(0.99), 100f64.ln() / 0.2);
        check(queue.wait_exceeds(queue.wait_percentile(0.95)), 0.05);
    }

    #[test]
    fn saturation_is_infinite_and_not_negative() {
        let queue = Mmc { arrival_rate: 3.0, service_rate: 1.0, servers: 2 };
        assert_eq!(queue.waiting_share(), 1.0);
        assert_eq!(queue.wait_mean(), f64::INFINITY);
        assert_eq!(queue.response_percentile(0.5), f64::INFINITY);
        assert_eq!(mg1_shared_response_mean(2.0, 1.0), f64::INFINITY);
        assert_eq!(dm1_wait_mean(1.0, 1.0), f64::INFINITY);
    }

    #[test]
    fn the_response_time_holds_where_the_drain_rate_meets_the_service_rate() {
        let response = |arrival_rate| Mmc { arrival_rate, service_rate: 1.0, servers: 3 }.response_percentile(0.9);
        check(response(2.0 + 1e-12), response(2.0));
    }

    #[test]
    fn a_loss_system_is_a_queue_without_room() {
        check(mmck(8.0, 1.0, 10, 10).blocked_share, erlang_b(8.0, 10));
    }

    #[test]
    fn a_bucket_of_one_token_is_a_single_server_without_room() {
        // M/D/1/1 is insensitive: rho / (1 + rho).
        check(throttled_continuous(0.7, 1.0, 1), 0.7 / 1.7);
        // One token a tick is used unless nobody comes.
        check(throttled_ticking(2.0, 1.0, 1), 1.0 - (1.0 - (-2f64).exp()) / 2.0);
    }

    #[test]
    fn nobody_needs_no_instance() {
        assert_eq!(poisson_percentile(0.0, 0.99), 0);
        assert_eq!(poisson_percentile(1e-9, 0.99), 0);
    }
}
