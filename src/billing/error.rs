//! What can be wrong with prices, quantities and bills. Below the scenario nothing else fails here.

use super::Meter;

/// Lower case, no full stop: the caller adds the place; [`BillingError::help`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillingError {
    #[error("there is no price list `{name}`")]
    NoList { name: String, nearest: Option<String>, known: String },
    #[error("price list `{list}` has no price of {meter} for {wanted}", meter = meter.name())]
    NoPrice { list: String, meter: Meter, key: &'static str, unit: String, wanted: String, nearest: Option<String> },
    #[error("price list `{list}` does not say what {item} costs upfront")]
    NoUpfront { list: String, item: String },
    #[error("price list `{list}` knows no {kind} `{name}`")]
    Unknown { list: String, kind: &'static str, name: String, nearest: Option<String> },
    #[error("`{name}` could be several rows of price list `{list}`")]
    Ambiguous { list: String, name: String, candidates: String },
    #[error("price_override of `{key}` replaces nothing in price list `{list}`")]
    UselessOverride { list: String, key: String, nearest: Option<String> },
    #[error("{meter} was used, but the tariff of {provider} has no price of it", meter = meter.name())]
    Unpriced { provider: String, meter: Meter },
    #[error("{item} is too large to be priced: {quantity} times {price}")]
    TooLarge { item: String, quantity: u128, price: String },
    #[error(transparent)]
    Spot(super::spot::SpotError),
    #[error("a window of no length has no monthly usage")]
    NoWindow,
    #[error("`{text}` is not a quantity of {item}, which is counted in `{unit}`")]
    Quantity { text: String, item: String, unit: String },
    #[error("`{text}` is not of the form ITEM=QUANTITY")]
    Usage { text: String },
    #[error("{file}: {problem}")]
    File { file: String, problem: String },
}

impl BillingError {
    /// What the user can do about it, nearest valid name first.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoList { nearest: Some(nearest), .. } | Self::Unknown { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            Self::NoList { known, nearest: None, .. } => Some(format!("the price lists are {known}")),
            Self::Unknown { list, nearest: None, .. } => {
                Some(format!("`sim prices show {list}` prints everything that it has"))
            }
            Self::NoPrice { key, unit, nearest, .. } => {
                let supply =
                    format!("supply it with price_override = {{ \"{key}\" = \"$...\" }}, the price of one {unit}");
                Some(nearest.as_ref().map_or(supply.clone(), |nearest| format!("the nearest is {nearest}; {supply}")))
            }
            Self::NoUpfront { .. } => {
                Some("supply it with price_override = { \"upfront\" = \"$...\" }, the price of one instance".to_owned())
            }
            Self::Ambiguous { candidates, .. } => Some(format!("write one of {candidates}")),
            Self::UselessOverride { nearest, .. } => Some(nearest.as_ref().map_or_else(
                || "name a meter such as `compute` or the id of a row".to_owned(),
                |nearest| format!("did you mean `{nearest}`?"),
            )),
            Self::Quantity { unit, .. } => Some(format!("write for example `5M` or `1_000_000 {unit}`")),
            Self::Usage { .. } => Some("write for example `requests=5M`".to_owned()),
            Self::Unpriced { .. } | Self::TooLarge { .. } | Self::Spot(_) | Self::NoWindow | Self::File { .. } => None,
        }
    }
}
