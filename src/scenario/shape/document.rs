//! The form of the whole scenario file.

use super::deployment::DEPLOYMENT;
use super::distribution::{ARRIVALS, DISTRIBUTION};
use super::{Kind, Shape, Variants, case, key, required};

/// The file.
pub static DOCUMENT: Shape = Shape {
    keys: &[
        required("scenario", &Kind::Table(&SCENARIO), "what is simulated, and for how long"),
        key("functions", &Kind::Named(&Kind::Table(&FUNCTION)), "what the code needs, wherever it runs"),
        required("workload", &Kind::Named(&Kind::Table(&SOURCE)), "who asks for work: any number of sources"),
        key("slo", &Kind::Table(&OBJECTIVES), "upper bounds that a deployment should keep"),
        required("deployments", &Kind::Named(&DEPLOYMENT), "ways to host the whole application"),
        key("sweep", &Kind::ByName(&Kind::Any), "defaults for sweeps: values for paths"),
        key(
            "uncertainty",
            &Kind::ByName(&Kind::Any),
            "what is not known: for paths a range, or a table of `low`, `likely` and `high`",
        ),
    ],
};

static SCENARIO: Shape = Shape {
    keys: &[
        required("name", &Kind::Text, "also the name of the report folder"),
        key("duration", &Kind::Time, "simulated time; the span of the trace if left out"),
        key(
            "warmup",
            &Kind::WordOr("auto", &Kind::Time),
            "left out of counts, latency, cold starts and capacity; always billed; `auto`: found by MSER-5 (default 0)",
        ),
        key(
            "start",
            &Kind::Date,
            "first day, UTC: decides billing months, billing rules and cron (default 2026-01-01)",
        ),
        key(
            "seed",
            &Kind::Count { least: 0, most: i64::MAX as u64 },
            "names every stream of random numbers (default 1)",
        ),
        key("replications", &Kind::Count { least: 1, most: 10_000 }, "independent repetitions (default 1)"),
        key("free_tier", &Kind::Flag, "apply the providers' free allowances (default false)"),
        key(
            "horizon",
            &Kind::Variants(&HORIZON),
            "simulates parts of a long window, which stand for all of it (default: all of it)",
        ),
        key(
            "probes",
            &Kind::Flag,
            "run fleets again a server larger and smaller, and all deployments under a step of the load (default true)",
        ),
    ],
};

static HORIZON: Variants = Variants {
    tag: "method",
    what: "method for a long window",
    cases: &[case("weeks", &WEEKS, "whole weeks spread evenly, each exact, each for its neighbours")],
    planned: &[],
};

static WEEKS: Shape = Shape {
    keys: &[
        required(
            "weeks",
            &Kind::Count { least: 3, most: 10_000 },
            "weeks that are simulated; all of them is the whole window",
        ),
        key(
            "also",
            &Kind::List(&Kind::Time),
            "instants since the start whose weeks are simulated too, and stand for themselves",
        ),
    ],
};

static FUNCTION: Shape = Shape {
    keys: &[
        key("memory", &Kind::Size, "what it needs; deployments may give it more"),
        key("duration", &DISTRIBUTION, "execution time at the reference CPU, start-up excluded"),
        key("cpu", &Kind::Share, "part of the duration that is CPU work and scales with the CPU given (default 0%)"),
        key("init", &DISTRIBUTION, "application init at a cold start (default 0)"),
        key("timeout", &Kind::Time, "execution is cut off after this (default: the platform's longest)"),
        key("reference_memory", &Kind::Size, "memory at which `duration` was measured (default: one full vCPU)"),
        key("data_class", &Kind::Text, "class of its data: a router's `residency` says which sites may hold it"),
        key("calls", &Kind::List(&Kind::Any), "services that it calls; not modelled yet"),
    ],
};

static SOURCE: Shape = Shape {
    keys: &[
        key("function", &Kind::Text, "the function that is asked"),
        key("arrivals", &Kind::Variants(&ARRIVALS), "when it is asked"),
        key("growth", &Kind::Ratio, "how much its rate grows in 365 days, compounded all the time (default 0%)"),
        key(
            "trace",
            &Kind::Text,
            "a real trace instead: path of a file, or for azure2019 of a folder, relative to the scenario",
        ),
        key("format", &Kind::Choice(&["azure2019", "azure2021", "invocations"]), "format of the trace"),
        key(
            "spread",
            &Kind::Choice(&["poisson", "uniform", "even", "start"]),
            "azure2019: where inside its minute a counted arrival falls",
        ),
        key("sort", &Kind::Flag, "sort the trace by start instead of refusing rows out of order (default false)"),
        key("duration", &DISTRIBUTION, "execution time of rows that state none"),
        key("cpu", &Kind::Share, "part of the trace's durations that is CPU work; needs `reference_memory`"),
        key("reference_memory", &Kind::Size, "memory at which the trace was measured; needs `cpu`"),
    ],
};

static OBJECTIVES: Shape = Shape {
    keys: &[
        key("latency", &Kind::Table(&LATENCY), "latency of completed invocations"),
        key(
            "errors",
            &Kind::Share,
            "(throttled + timed out + failed + dropped + abandoned) / offered; 1 % where another objective is stated",
        ),
        key("cold_starts", &Kind::Share, "cold starts / invocations that started"),
        key("cost_per_month", &Kind::Money, "bill of a month of 730 hours"),
    ],
};

static LATENCY: Shape = Shape {
    keys: &[
        key("mean", &Kind::Time, "mean"),
        key("p50", &Kind::Time, "median"),
        key("p90", &Kind::Time, "90th percentile"),
        key("p95", &Kind::Time, "95th percentile"),
        key("p99", &Kind::Time, "99th percentile"),
        key("p999", &Kind::Time, "99.9th percentile"),
    ],
};
