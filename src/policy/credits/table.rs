//! The burstable instance types and their credit rules, as data: `platforms/aws-ec2-credits.csv`.

use serde::Deserialize;

use super::{CreditMode, CreditSpec, Credits};

const TABLE: &str = include_str!("../../../platforms/aws-ec2-credits.csv");

/// One row of the table, exactly as it is published.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BurstableType {
    pub instance: String,
    pub credits_per_hour: f64,
    /// Most credits that can accumulate: 24 hours of earnings.
    pub max_accrued: f64,
    pub vcpu: u32,
    /// A part of each vCPU.
    pub baseline_per_vcpu: f64,
    /// Given to an instance in standard mode.
    pub launch_credits_per_vcpu: u32,
}

impl BurstableType {
    /// All burstable types.
    pub fn all() -> Vec<Self> {
        let rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes()).into_deserialize();
        rows.collect::<Result<_, _>>().expect("the table of the program is well formed: a test reads it")
    }

    /// The type called `instance`; `None` for what earns no credits.
    pub fn named(instance: &str) -> Option<Self> {
        Self::all().into_iter().find(|row| row.instance == instance)
    }

    /// Its rules. Launch credits are for standard mode only.
    pub fn spec(&self, mode: CreditMode) -> CreditSpec {
        let launch = match mode {
            CreditMode::Standard => Credits::whole(self.vcpu * self.launch_credits_per_vcpu),
            CreditMode::Unlimited => Credits::ZERO,
        };
        // A credit an hour is a sixtieth of a vCPU; in thousandths every published rate is whole.
        let baseline_milli_vcpu = (self.credits_per_hour * 1_000.0 / 60.0).round() as u32;
        CreditSpec { baseline_milli_vcpu, launch, mode }
    }
}
