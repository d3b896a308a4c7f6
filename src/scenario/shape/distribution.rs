//! The forms of distributions and of arrival processes.

use super::{COUNT, Key, Kind, Shape, Variants, case, key, required};

/// A distribution of a length of time; a plain time is a constant.
pub static DISTRIBUTION: Kind = Kind::PlainOr(&Kind::Time, &Kind::Variants(&DISTRIBUTIONS));

pub static DISTRIBUTIONS: Variants = Variants {
    tag: "dist",
    what: "distribution",
    cases: &[
        case("constant", &CONSTANT, "always the same"),
        case("uniform", &UNIFORM, "between `min` and `max`, or by `mean` and `cv` or `p99`"),
        case("exponential", &EXPONENTIAL, "without memory; by `mean`, `median` or `p99`"),
        case("erlang", &ERLANG, "sum of exponential stages; by `mean` and `stages` or `cv`"),
        case("gamma", &GAMMA, "by `shape` and `scale`, or by `mean` and `shape` or `cv`"),
        case("weibull", &WEIBULL, "by `shape` and `scale`, by `mean` and `shape` or `cv`, or by `median` and `p99`"),
        case(
            "lognormal",
            &LOGNORMAL,
            "by `median` and `p99`, `cv` or `sigma`, or by `mean` and `cv`, `median` or `sigma`",
        ),
        case("normal", &NORMAL, "cut off at zero; by `mean` and `sd` or `cv`"),
        case("pareto", &PARETO, "heavy tail; by `shape` and `min`, `mean` or `median`, or by `median` and `p99`"),
        case(
            "hyperexponential",
            &HYPEREXPONENTIAL,
            "one of several exponentials; by `branches`, or by `mean` and `cv`",
        ),
        case("mixture", &MIXTURE, "one of several distributions"),
        case("quantiles", &QUANTILES, "straight lines between stated percentiles"),
        case("empirical", &EMPIRICAL, "one of the stated values"),
    ],
    planned: &[],
};

const POSITIVE: Kind = Kind::Number { least: 1e-9, most: 1e9 };

const MEAN: Key = key("mean", &Kind::Time, "mean");
const CV: Key = key("cv", &Kind::Ratio, "coefficient of variation: standard deviation / mean");

const MEDIAN: Key = key("median", &Kind::Time, "median");
const P99: Key = key("p99", &Kind::Time, "99th percentile");
const SHAPE: Key = key("shape", &POSITIVE, "shape parameter");

static CONSTANT: Shape = Shape { keys: &[required("value", &Kind::Time, "the value")] };
static UNIFORM: Shape =
    Shape { keys: &[key("min", &Kind::Time, "least value"), key("max", &Kind::Time, "greatest value"), MEAN, CV, P99] };
static EXPONENTIAL: Shape = Shape { keys: &[MEAN, MEDIAN, P99] };
static ERLANG: Shape = Shape { keys: &[MEAN, key("stages", &COUNT, "number of exponential stages"), CV] };
static GAMMA: Shape = Shape { keys: &[SHAPE, key("scale", &Kind::Time, "scale parameter"), MEAN, CV] };
static WEIBULL: Shape = Shape { keys: &[SHAPE, key("scale", &Kind::Time, "scale parameter"), MEAN, CV, MEDIAN, P99] };
static LOGNORMAL: Shape =
    Shape { keys: &[MEDIAN, P99, MEAN, CV, key("sigma", &POSITIVE, "standard deviation of the logarithm")] };
static NORMAL: Shape =
    Shape { keys: &[required("mean", &Kind::Time, "mean"), key("sd", &Kind::Time, "standard deviation"), CV] };
static PARETO: Shape = Shape {
    keys: &[
        SHAPE,
        key("min", &Kind::Time, "least value"),
        key("max", &Kind::Time, "greatest value (default none)"),
        MEAN,
        MEDIAN,
        P99,
    ],
};
static HYPEREXPONENTIAL: Shape = Shape {
    keys: &[key("branches", &Kind::List(&Kind::Table(&BRANCH)), "the exponentials and their shares"), MEAN, CV],
};
static BRANCH: Shape = Shape {
    keys: &[required("share", &Kind::Share, "how often it is drawn"), required("mean", &Kind::Time, "its mean")],
};
static MIXTURE: Shape =
    Shape { keys: &[required("parts", &Kind::List(&Kind::Table(&PART)), "the parts and their shares")] };
static PART: Shape = Shape {
    keys: &[
        required("share", &Kind::Share, "how often it is drawn"),
        required("of", &DISTRIBUTION, "its distribution"),
    ],
};

/// Percentiles that `quantiles` may state, with their probabilities.
pub const PERCENTILES: [(&str, f64); 13] = [
    ("p0", 0.0),
    ("p1", 0.01),
    ("p5", 0.05),
    ("p10", 0.1),
    ("p25", 0.25),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p999", 0.999),
    ("p9999", 0.9999),
    ("p100", 1.0),
];

static QUANTILES: Shape = Shape {
    keys: &[
        key("p0", &Kind::Time, "least value"),
        key("p1", &Kind::Time, "1st percentile"),
        key("p5", &Kind::Time, "5th percentile"),
        key("p10", &Kind::Time, "10th percentile"),
        key("p25", &Kind::Time, "25th percentile"),
        key("p50", &Kind::Time, "median"),
        key("p75", &Kind::Time, "75th percentile"),
        key("p90", &Kind::Time, "90th percentile"),
        key("p95", &Kind::Time, "95th percentile"),
        key("p99", &Kind::Time, "99th percentile"),
        key("p999", &Kind::Time, "99.9th percentile"),
        key("p9999", &Kind::Time, "99.99th percentile"),
        key("p100", &Kind::Time, "greatest value"),
    ],
};
static EMPIRICAL: Shape =
    Shape { keys: &[required("values", &Kind::List(&Kind::Time), "the values, each as likely as another")] };

/// When a source asks for work.
pub static ARRIVALS: Variants = Variants {
    tag: "process",
    what: "arrival process",
    cases: &[
        case("constant", &STEADY, "evenly spaced"),
        case("poisson", &STEADY, "at random, independent of each other"),
        case("diurnal", &DIURNAL, "Poisson with a rate curve by hour of the day or of the week"),
        case("piecewise", &PIECEWISE, "Poisson with a rate that changes at given instants"),
        case("burst", &BURST, "a flash crowd on top of a steady rate"),
        case("batch", &BATCH, "synchronised devices: many together, again and again"),
        case("cron", &CRON, "at the minutes that a cron expression names"),
        case("mmpp", &MMPP, "Poisson whose rate follows a ring of states"),
    ],
    planned: &["hawkes", "closed", "trace"],
};

static STEADY: Shape = Shape { keys: &[required("rate", &Kind::Rate, "mean rate")] };
static DIURNAL: Shape = Shape {
    keys: &[
        required("rate", &Kind::Rate, "the rate that the factors multiply"),
        required(
            "hourly",
            &Kind::List(&Kind::Number { least: 0.0, most: 1e6 }),
            "one factor an hour: 24 for a day, 168 for a week from Monday, UTC",
        ),
        key("smooth", &Kind::Flag, "interpolate between the middles of the hours (default true)"),
    ],
};
static PIECEWISE: Shape =
    Shape { keys: &[required("steps", &Kind::List(&Kind::Table(&STEP)), "the rate from each instant on")] };
static STEP: Shape = Shape {
    keys: &[
        required("from", &Kind::Time, "since the start of the window"),
        required("rate", &Kind::Rate, "rate from then on"),
    ],
};
static BURST: Shape = Shape {
    keys: &[
        required("base", &Kind::Rate, "steady rate"),
        required("peak", &Kind::Rate, "rate on top of it during the burst"),
        required("at", &Kind::Time, "when the burst begins, since the start of the window"),
        required("length", &Kind::Time, "how long it holds"),
        key("ramp", &Kind::Time, "linear rise and fall, both inside `length` (default none)"),
    ],
};
static BATCH: Shape = Shape {
    keys: &[
        required("size", &COUNT, "arrivals together"),
        required("period", &Kind::Time, "from one batch to the next"),
        key("offset", &Kind::Time, "when the first batch comes (default 0)"),
        key("jitter", &DISTRIBUTION, "how late each arrival is (default not at all)"),
    ],
};
static CRON: Shape = Shape {
    keys: &[
        required("schedule", &Kind::Text, "minute hour day-of-month month day-of-week, UTC"),
        key("count", &COUNT, "arrivals each time (default 1)"),
    ],
};
static MMPP: Shape = Shape {
    keys: &[required("states", &Kind::List(&Kind::Table(&STATE)), "the states, in their order round the ring")],
};
static STATE: Shape =
    Shape { keys: &[required("rate", &Kind::Rate, "rate in this state"), required("stay", &Kind::Time, "mean stay")] };
