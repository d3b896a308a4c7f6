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

const HOUR_MS: u128 = 3_600_000;
/// A month in a price by the month: 730 hours, a twelfth of a year.
const MONTH_MS: u128 = 730 * HOUR_MS;
/// "GB" is 1,024 MB wherever a price is listed: tiers of transfer end at 10,240 and 51,200 GB.
const GB_MIB: u128 = 1_024;
const GB_BYTES: u128 = 1 << 30;
/// Thousandths in a vCPU, or in a capacity unit of a load balancer.
const MILLI: u128 = 1_000;

/// Base units of `meter` in one `unit` of a price; `None` if that unit does not count it.
pub fn base_per_unit(meter: Meter, unit: &str) -> Option<u128> {
    match meter {
        Meter::Requests => (unit == "request").then_some(1),
        Meter::Compute | Meter::ProvisionedCompute | Meter::ProvisionedConcurrency | Meter::EphemeralStorage => {
            (unit == "GB-second").then_some(GB_MIB * 1_000)
        }
        Meter::InstanceTime | Meter::FurtherNodes(_) | Meter::ClusterTime | Meter::BalancerTime | Meter::NatTime => {
            ms_in(unit)
        }
        Meter::VcpuTime | Meter::LicenceTime | Meter::SurplusCredits => {
            Some(MILLI * ms_in(unit.strip_prefix("vCPU-")?)?)
        }
        Meter::MemoryTime | Meter::Storage => Some(GB_MIB * ms_in(unit.strip_prefix("GB-")?)?),
        Meter::BalancerUnits => Some(MILLI * ms_in(unit.strip_prefix('N').unwrap_or(unit).strip_prefix("LCU-")?)?),
        Meter::BalancerBytes
        | Meter::TransferInternet
        | Meter::TransferRegion
        | Meter::TransferZone
        | Meter::NatBytes => (unit == "GB").then_some(GB_BYTES),
    }
}

fn ms_in(unit: &str) -> Option<u128> {
    match unit {
        "second" => Some(1_000),
        "hour" => Some(HOUR_MS),
        "month" => Some(MONTH_MS),
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
        Meter::InstanceTime | Meter::FurtherNodes(_) | Meter::ClusterTime | Meter::BalancerTime | Meter::NatTime => {
            "hour"
        }
        Meter::VcpuTime | Meter::LicenceTime | Meter::SurplusCredits => "vCPU-hour",
        Meter::MemoryTime => "GB-hour",
        Meter::Storage => "GB-month",
        Meter::BalancerUnits => "LCU-hour",
        Meter::BalancerBytes
        | Meter::TransferInternet
        | Meter::TransferRegion
        | Meter::TransferZone
        | Meter::NatBytes => "GB",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meter_has_a_usual_unit_that_counts_it() {
        for meter in Meter::ALL {
            assert!(base_per_unit(meter, usual_unit(meter)).is_some(), "{}", meter.name());
        }
    }

    #[test]
    fn units_hold_the_base_units_that_their_meters_promise() {
        let cases = [
            (Meter::VcpuTime, "vCPU-hour", 3_600_000_000),
            (Meter::VcpuTime, "vCPU-second", 1_000_000),
            (Meter::MemoryTime, "GB-hour", 1_024 * 3_600_000),
            (Meter::Storage, "GB-month", 1_024 * 730 * 3_600_000),
            (Meter::ClusterTime, "month", 730 * 3_600_000),
            (Meter::BalancerUnits, "LCU-hour", 3_600_000_000),
            (Meter::BalancerUnits, "NLCU-hour", 3_600_000_000),
            (Meter::TransferZone, "GB", 1_073_741_824),
        ];
        for (meter, unit, expected) in cases {
            assert_eq!(base_per_unit(meter, unit), Some(expected), "{unit}");
        }
    }

    #[test]
    fn a_unit_of_something_else_counts_nothing() {
        let cases = [
            (Meter::Requests, "GB"),
            (Meter::Compute, "GB-hour"),
            (Meter::InstanceTime, "vCPU-hour"),
            (Meter::VcpuTime, "hour"),
            (Meter::MemoryTime, "GB"),
            (Meter::BalancerUnits, "N"),
            (Meter::NatBytes, "hour"),
        ];
        for (meter, unit) in cases {
            assert_eq!(base_per_unit(meter, unit), None, "{unit}");
        }
    }
}
