//! Which kind of cost a line of a bill is.

use super::CostCategory;
use crate::billing::Line;

/// Who sends the bill of what one owns.
pub(super) const PROVIDER: &str = "owned";

/// The items of a bill of owned servers, as [`super::Owned::bill`] writes them.
const ITEMS: [(&str, CostCategory); 11] = [
    ("depreciation of servers", CostCategory::Depreciation),
    ("depreciation of spares", CostCategory::Depreciation),
    ("depreciation of network gear", CostCategory::Depreciation),
    ("cost of money", CostCategory::Depreciation),
    ("energy, idle", CostCategory::Cash),
    ("energy, at work", CostCategory::Cash),
    ("space", CostCategory::Cash),
    ("maintenance", CostCategory::Cash),
    ("licences by core", CostCategory::Cash),
    ("licences by server", CostCategory::Cash),
    ("administrators", CostCategory::Staff),
];

impl CostCategory {
    /// `cash`, `depreciation`, `staff`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Depreciation => "depreciation",
            Self::Staff => "staff",
        }
    }

    /// Of a line of any bill; `None` for what a provider is paid.
    pub fn of(line: &Line) -> Option<Self> {
        let own = (line.provider == PROVIDER).then_some(line.item.as_str())?;
        ITEMS.iter().find(|(item, _)| *item == own).map(|(_, category)| *category)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Owned, OwnershipTerms, Purchase};
    use super::*;
    use crate::units::{Calendar, MonthId, SimTime, Span};
    use rust_decimal::Decimal;

    #[test]
    fn every_line_of_a_bill_is_found_in_the_category_in_which_it_was_written() {
        let mut terms = OwnershipTerms::builtin();
        for key in ["licence-core", "licence-server"] {
            terms.set(key, Decimal::TEN).expect("a price");
        }
        let calendar = Calendar::default();
        let month: MonthId = calendar.month_of(SimTime::ZERO);
        let owned = Owned {
            calendar,
            end: SimTime::ZERO + Span::DAY,
            purchases: vec![Purchase { delivered: SimTime::ZERO, servers: 100 }],
            cores_per_server: 2,
            server_ms: [(month, 86_400_000)].into(),
            busy_core_ms: [(month, 86_400_000)].into(),
        };
        let bill = owned.bill(&terms).expect("a bill");
        assert_eq!(bill.lines.len(), ITEMS.len());
        for own in &bill.lines {
            assert_eq!(CostCategory::of(&own.line), Some(own.category), "{}", own.line.item);
        }
    }
}
