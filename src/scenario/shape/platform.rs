//! The form of a platform pack. Every parameter carries its date, source and confidence.

use super::{COUNT, Kind, Shape, key, required};

pub static PACK: Shape = Shape {
    keys: &[
        required("name", &Kind::Text, "as in `platform = ...`"),
        required(
            "model",
            &Kind::Choice(&["faas", "servers", "owned", "tasks", "cluster", "knative"]),
            "the mechanism that it parametrises",
        ),
        required("provider", &Kind::Text, "who runs it"),
        required("title", &Kind::Text, "one line for a reader"),
        required("sources", &Kind::Named(&Kind::Text), "what the short names of sources stand for"),
        required("parameter", &Kind::Named(&Kind::Table(&PARAMETER)), "what the platform does"),
        key("runtime", &Kind::Named(&Kind::Table(&RUNTIME)), "runtime init by language runtime"),
        key("curve", &Kind::Named(&Kind::Table(&CURVE)), "measured idle lives"),
        key("machines", &Kind::Text, "price list whose machines are the instance types"),
        key(
            "prices",
            &Kind::List(&Kind::Text),
            "price lists, the first of them decisive (default: the one of its name)",
        ),
        key("pods", &Kind::Named(&COUNT), "most pods of a node by instance type, or by its size: what follows the dot"),
        key("instance", &Kind::Named(&Kind::Table(&INSTANCE)), "what the price list does not say of an instance type"),
    ],
};

static PARAMETER: Shape = Shape {
    keys: &[
        required("value", &Kind::Any, "the value"),
        required("what", &Kind::Text, "what it means"),
        required("date", &Kind::Text, "when it was true"),
        required("source", &Kind::Text, "who says so"),
        required("confidence", &Kind::Choice(&["high", "medium", "low"]), "how far to trust it"),
    ],
};

static RUNTIME: Shape = Shape {
    keys: &[
        required("median", &Kind::Time, "median of runtime init"),
        required("sigma", &Kind::Number { least: 0.0, most: 5.0 }, "standard deviation of the logarithm"),
    ],
};

static CURVE: Shape = Shape {
    keys: &[
        required("points", &Kind::List(&Kind::List(&Kind::Any)), "[idle time in seconds, share still there]"),
        required("date", &Kind::Text, "when it was measured"),
        required("source", &Kind::Text, "who measured it"),
        required("confidence", &Kind::Choice(&["high", "medium", "low"]), "how far to trust it"),
    ],
};

static INSTANCE: Shape =
    Shape { keys: &[required("baseline", &Kind::Share, "burstable types: share of each vCPU that is earned")] };
