//! Sizes of one family in a common unit, so that a reservation of one size can serve another.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::InstanceType;

const TABLE: &str = include_str!("../../../prices/aws-normalization-factors.csv");

/// Families whose reservations serve their own size only (EC2 user guide, 2023-05-31).
const NOT_FLEXIBLE: [&str; 5] = ["g4ad", "g4dn", "g5", "g5g", "inf1"];

/// Normalised units by size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalization {
    /// By size or by whole type, in thousandths of a unit.
    factors: BTreeMap<String, u64>,
}

impl Normalization {
    /// The published factors.
    pub fn builtin() -> Self {
        let rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes()).into_deserialize();
        let rows: Vec<(String, Decimal)> =
            rows.collect::<Result<_, _>>().expect("the table of the program is well formed: a test reads it");
        let thousandths = |factor: Decimal| (factor * Decimal::ONE_THOUSAND).to_u64();
        let factor = |(size, factor)| Some((size, thousandths(factor)?));
        Self { factors: rows.into_iter().filter_map(factor).collect() }
    }

    /// Thousandths of a normalised unit; `None` where no factor is known or the family is not flexible: then a
    /// reservation serves its own size only. Sizes `Nxlarge` that the table lacks follow its rule, 8 units for each xlarge.
    pub fn thousandths(&self, instance: &InstanceType) -> Option<u64> {
        if NOT_FLEXIBLE.contains(&instance.family.as_str()) {
            return None;
        }
        let known = self.factors.get(&instance.to_string()).or_else(|| self.factors.get(&instance.size));
        known.copied().or_else(|| {
            let size = instance.size.trim_start_matches("metal-");
            let multiple = size.strip_suffix("xlarge").or_else(|| size.strip_suffix("xl"))?;
            multiple.parse::<u64>().ok().and_then(|multiple| multiple.checked_mul(8_000)).filter(|units| *units > 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, thousandths: Option<u64>) {
        let instance = InstanceType::parse(name).expect("a type");
        assert_eq!(Normalization::builtin().thousandths(&instance), thousandths, "{name}");
    }

    #[test]
    fn factors_are_those_of_the_table_and_its_rule() {
        check("t3.nano", Some(250));
        check("t3.medium", Some(2_000));
        check("u-6tb1.112xlarge", Some(896_000));
        check("m7i.48xlarge", Some(384_000));
        check("m7i.metal-24xl", Some(192_000));
        check("i3.metal", Some(128_000));
    }

    #[test]
    fn what_is_unknown_or_not_flexible_has_no_factor() {
        for name in ["m5.metal", "g4dn.xlarge", "g5.2xlarge", "inf1.xlarge", "m5.0xlarge", "m5.huge"] {
            check(name, None);
        }
    }

    #[test]
    fn every_listed_multiple_of_xlarge_follows_the_rule() {
        let table = Normalization::builtin();
        for (size, thousandths) in table.factors.iter().filter(|(size, _)| size.len() > 6 && size.ends_with("xlarge")) {
            let multiple: u64 = size.trim_end_matches("xlarge").parse().expect("a multiple");
            assert_eq!(*thousandths, multiple * 8_000, "{size}");
        }
        assert_eq!(table.factors.len(), 21);
    }
}
