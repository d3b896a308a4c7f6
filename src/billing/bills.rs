//! Worked bills: inputs, formulas and printed results of examples that providers publish.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use super::BillingError;

/// The bills that come with the program, of the services that its price lists cover.
const BUILTIN: &str = include_str!("../../prices/worked-bills.json");

/// A file of worked bills.
#[derive(Clone, Debug, Deserialize)]
pub struct Bills {
    pub examples: Vec<Bill>,
    /// Known bills of services that no price list covers yet.
    #[serde(default)]
    pub not_covered: Vec<NotCovered>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct NotCovered {
    pub service: String,
    pub bills: u64,
}

/// One published bill.
#[derive(Clone, Debug, Deserialize)]
pub struct Bill {
    pub id: String,
    pub provider: String,
    pub service: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub as_of: String,
    #[serde(default)]
    pub source: String,
    /// Numbers, mostly; read as such where a formula names them.
    #[serde(deserialize_with = "texts")]
    pub inputs: BTreeMap<String, String>,
    #[serde(default)]
    pub rounding: String,
    pub lines: Vec<BillLine>,
    #[serde(default, deserialize_with = "optional_decimal")]
    pub expected_total: Option<Decimal>,
    pub recompute: Option<Recompute>,
    /// `historic`: under rules that no longer hold, such as an older allowance; the engine is not asked.
    #[serde(default)]
    pub oracle_use: String,
    #[serde(default)]
    pub note: String,
}

/// One printed line: the sum of its parts.
#[derive(Clone, Debug, Deserialize)]
pub struct BillLine {
    pub item: String,
    pub kind: LineKind,
    /// As printed, with its decimals.
    #[serde(deserialize_with = "decimal")]
    pub expected: Decimal,
    pub parts: Vec<BillPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    Money,
    Quantity,
}

/// `price(fact) * qty_formula / per`.
#[derive(Clone, Debug, Deserialize)]
pub struct BillPart {
    /// The published price; `None` for a bare quantity.
    pub fact: Option<String>,
    /// The price that the page used, where it is not the fact.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub page_price: Option<Decimal>,
    #[serde(default = "one")]
    pub per: u32,
    pub qty_formula: String,
}

/// What whoever collected the bills found: `exact`, `differs`, `exact_with_page_prices`.
#[derive(Clone, Debug, Deserialize)]
pub struct Recompute {
    pub status: String,
}

const fn one() -> u32 {
    1
}

impl Bills {
    pub fn builtin() -> Self {
        Self::parse("worked-bills.json", BUILTIN).expect("the bills of the program are well formed: a test reads them")
    }

    /// Reads the text of a file of worked bills.
    pub fn parse(file: &str, text: &str) -> Result<Self, BillingError> {
        let problem = |problem: String| BillingError::File { file: file.to_owned(), problem };
        let bills: Self = serde_json::from_str(text).map_err(|error| problem(error.to_string()))?;
        let zero = bills.examples.iter().find(|bill| bill.lines.iter().flat_map(|l| &l.parts).any(|p| p.per == 0));
        match (bills.examples.is_empty(), zero) {
            (true, _) => Err(problem("there is no bill in it".to_owned())),
            (_, Some(bill)) => Err(problem(format!("bill `{}` has a part per 0", bill.id))),
            (false, None) => Ok(bills),
        }
    }
}

impl Bill {
    /// The collector knows that the printed figures do not follow from the inputs.
    pub fn is_known_to_differ(&self) -> bool {
        self.recompute.as_ref().is_some_and(|recompute| recompute.status != "exact")
    }

    /// Its formulas hold, the rules of today's lists do not apply to it.
    pub fn is_historic(&self) -> bool {
        self.oracle_use == "historic"
    }
}

/// A number or a text, as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Number(serde_json::Number),
    Text(String),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let scalars = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
    Ok(scalars.into_iter().map(|(name, value)| (name, value.text())).collect())
}

fn optional_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let Some(text) = Option::<Scalar>::deserialize(deserializer)?.map(Scalar::text) else { return Ok(None) };
    let not_a_number = |_| serde::de::Error::custom(format!("`{text}` is not a decimal number"));
    Decimal::from_str_exact(&text).map(Some).map_err(not_a_number)
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    optional_decimal(deserializer)?.ok_or_else(|| serde::de::Error::custom("a number is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_bills_says_where_it_goes_wrong() {
        let problem = |text| Bills::parse("b.json", text).unwrap_err().to_string();
        assert!(problem("{").starts_with("b.json: EOF while parsing"), "{}", problem("{"));
        assert!(problem("{\"examples\": 3}").contains("line 1 column 14"), "{}", problem("{\"examples\": 3}"));
        assert_eq!(problem("{\"examples\": []}"), "b.json: there is no bill in it");
    }

    #[test]
    fn the_bills_of_the_program_are_well_formed() {
        assert_eq!(Bills::builtin().examples.len(), 81);
    }
}
