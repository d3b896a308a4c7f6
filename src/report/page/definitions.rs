//! What the figures of a report mean. Headings of tables lead here.

use serde::Serialize;

use super::Heading;

/// A figure, or several that mean the same but for a number.
#[derive(Serialize)]
pub struct Definition {
    id: &'static str,
    term: &'static str,
    text: &'static str,
}

/// In the order of the report.
pub const ALL: [Definition; 19] = [
    Definition {
        id: "cost-per-month",
        term: "cost per month",
        text: "The bill for this usage scaled to a month of 730 hours, before tiers and allowances are applied.",
    },
    Definition {
        id: "latency",
        term: "latency",
        text: "From the client's first attempt to the answer, of completed invocations; retries and waiting included.",
    },
    Definition {
        id: "p50-p95-p99",
        term: "p50, p95, p99",
        text: "Nearest-rank percentiles from a histogram with at most 0.5\u{a0}% relative error: p99 is the latency that 99\u{a0}% of completed invocations do not exceed.",
    },
    Definition {
        id: "start-cold",
        term: "start cold",
        text: "Invocations that waited for a new instance, of all that started.",
    },
    Definition {
        id: "do-not-complete",
        term: "do not complete",
        text: "Invocations that were throttled, timed out, failed, were dropped or abandoned, of all that were offered.",
    },
    Definition {
        id: "utilisation",
        term: "utilisation",
        text: "Busy places of all instances, of all their places, averaged over time.",
    },
    Definition {
        id: "headroom",
        term: "headroom",
        text: "Free places, of all places, in the interval of the time-line in which least is free.",
    },
    Definition {
        id: "all-places-taken",
        term: "all places taken",
        text: "Time in which a fleet had no place left; functions add a place for each request.",
    },
    Definition {
        id: "lost",
        term: "lost",
        text: "Invocations that were throttled, dropped, abandoned by their clients, or lost with a server.",
    },
    Definition {
        id: "peak-demand",
        term: "peak demand",
        text: "Places used or missing, in the interval of the time-line with most of them.",
    },
    Definition {
        id: "pay-per-use",
        term: "pay per use",
        text: "Share of the monthly bill for capacity that did no work: what is paid by the clock, as far as it was idle. What stands by the clock counts with the same share; the chart of causes shows it apart.",
    },
    Definition {
        id: "automatic-scaling",
        term: "automatic scaling",
        text: "Places held but not used, and time that invocations waited for capacity, each over the places used.",
    },
    Definition {
        id: "elasticity",
        term: "elasticity",
        text: "A run of its own: the load rises at once from the mean rate to twice that of the busiest minute. Followed from the first whole minute on in which invocations wait at most 100\u{a0}ms, or a tenth of their work, on average, and at most 1\u{a0}% are refused.",
    },
    Definition {
        id: "fast-response",
        term: "fast response",
        text: "p99 of latency, against that of execution alone; delayed: by network, queue, start-up and the sharing of cores together.",
    },
    Definition {
        id: "lower-price",
        term: "lower price",
        text: "Cost per month over that of the cheapest other deployment that meets the objectives, or completes 99\u{a0}% without any.",
    },
    Definition {
        id: "instances",
        term: "instances",
        text: "Instances that are there, busy or idle; busy means executing or starting.",
    },
    Definition {
        id: "warm-up",
        term: "warm-up",
        text: "The time at the start that counts, latency, cold starts and capacity leave out. It is billed.",
    },
    Definition {
        id: "interval",
        term: "interval",
        text: "A 95\u{a0}% interval of the mean: over replications, and of one replication or of a trace from the parts of the run. That of a share ends at 0 or 1 at the latest. Differences are paired: all deployments serve the same invocations.",
    },
    Definition {
        id: "best",
        term: "best",
        text: "The cheapest deployment that meets the objectives, or without any completes 99\u{a0}% of the invocations; a tie is a difference whose interval contains zero.",
    },
];

/// Headings that are called otherwise than what they mean.
const ALSO: [(&str, &str); 6] = [
    ("p90", "p50, p95, p99"),
    ("p99.9", "p50, p95, p99"),
    ("max", "latency"),
    ("mean", "latency"),
    ("against the best", "best"),
    ("waited", "latency"),
];

/// Those that headings lead to.
pub fn named<'a>(headings: impl Iterator<Item = &'a Heading>) -> Vec<&'static Definition> {
    let named: Vec<&str> = headings.filter_map(|heading| heading.define.as_deref()).collect();
    ALL.iter().filter(|one| named.iter().any(|name| name.strip_prefix("define-") == Some(one.id))).collect()
}

/// Where the meaning of a heading stands: `define-cost-per-month`.
pub fn of(heading: &str) -> Option<String> {
    let also = ALSO.iter().find(|(name, _)| *name == heading).map(|(_, term)| *term);
    let named = |one: &&Definition| one.term.split(", ").any(|name| name == heading) || also == Some(one.term);
    ALL.iter().find(named).map(|one| format!("define-{}", one.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_lead_to_what_they_mean() {
        assert_eq!(of("p95").as_deref(), Some("define-p50-p95-p99"));
        assert_eq!(of("cost per month").as_deref(), Some("define-cost-per-month"));
        assert_eq!(of("deployment"), None);
        assert!(ALSO.iter().all(|(_, term)| ALL.iter().any(|one| one.term == *term)));
    }
}
