//! How the units of prices count the base units of meters.

use super::Meter;
use crate::units::nearest;

/// The meter that a price list names.
pub fn meter(name: &str) -> Result<Meter, String> {
    let names = || Meter::ALL.into_iter().map(Meter::name);
    Meter::ALL.into_iter().find(|meter| meter.name() == name).ok_or_else(|| {
        let nearest = nearest(name, names()).map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"));
        format!("there is no meter `{name}`{nearest}")
    })
}

/// Base units of `meter` in one `unit` of a price; `None` if that unit does not count it.
pub fn base_per_unit(meter: Meter, unit: &str) -> Option<u128> {
    match (meter, unit) {
        (Meter::Requests, "request") => Some(1),
        (
            Meter::Compute | Meter::ProvisionedCompute | Meter::ProvisionedConcurrency | Meter::EphemeralStorage,
            "GB-second",
        ) => Some(1_024 * 1_000),
        (Meter::InstanceTime, "second") => Some(1_000),
        (Meter::InstanceTime, "hour") => Some(3_600_000),
        _ => None,
    }
}

/// The unit in which a meter is priced where no list says.
pub const fn usual_unit(meter: Meter) -> &'static str {
    match meter {
        Meter::Requests => "request",
        Meter::Compute | Meter::ProvisionedCompute | Meter::ProvisionedConcurrency | Meter::EphemeralStorage => {
            "GB-second"
        }
        Meter::InstanceTime | Meter::VcpuTime | Meter::MemoryTime => "hour",
    }
}
