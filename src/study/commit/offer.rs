//! What may be bought: kinds of commitments, terms and ways of paying, as entries of `commitments` without their level.

use rust_decimal::Decimal;

/// Kinds whose level is searched, as the scenario calls them.
pub const KINDS: [&str; 3] = ["reserved", "instance-savings-plan", "compute-savings-plan"];
pub const TERMS: [&str; 2] = ["1y", "3y"];
pub const PAYMENTS: [&str; 3] = ["no-upfront", "partial-upfront", "all-upfront"];

/// One kind, term and way of paying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub kind: String,
    pub term: String,
    pub payment: String,
    /// Further keys with their values, as TOML.
    rest: Vec<(String, String)>,
    /// As the user wrote it; otherwise it is on offer where a price list knows it.
    pub stated: Option<String>,
}

/// A minimum of a dollar's thousandth an hour, in steps of its hundred-thousandth: "a value between 0.001 and 1 million. You
/// cannot specify more than five digits after the decimal point" (Savings Plans API, `CreateSavingsPlan`, `commitment`).
const LEAST_STEPS: u64 = 100;
const PLACES: u32 = 5;

impl Offer {
    /// Everything that a price list may know, reservations first.
    pub fn listed() -> Vec<Self> {
        let class = |convertible: bool| {
            if convertible { vec![("class".to_owned(), "\"convertible\"".to_owned())] } else { Vec::new() }
        };
        let families = [(KINDS[0], false), (KINDS[0], true), (KINDS[1], false), (KINDS[2], false)];
        let of = |(kind, convertible): (&str, bool), term: &str, payment: &str| Self {
            kind: kind.to_owned(),
            term: term.to_owned(),
            payment: payment.to_owned(),
            rest: class(convertible),
            stated: None,
        };
        let mut all = Vec::new();
        for family in families {
            for term in TERMS {
                all.extend(PAYMENTS.map(|payment| of(family, term, payment)));
            }
        }
        all
    }

    /// An entry of `commitments`, its level left out: `{ kind = "compute-savings-plan", term = "1y", discount = "17%" }`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table =
            toml::from_str(&format!("offer = {text}")).map_err(|error| error.message().to_owned())?;
        let Some(toml::Value::Table(mut table)) = table.get("offer").cloned() else {
            return Err("it is no table".to_owned());
        };
        let mut take = |key: &str| match table.remove(key) {
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{key}` is no text")),
            None => Ok(None),
        };
        let kind = take("kind")?.ok_or("it has no `kind`")?;
        if !KINDS.contains(&kind.as_str()) {
            return Err(format!("`{kind}` is no kind whose level is searched"));
        }
        let term = take("term")?.ok_or("it has no `term`")?;
        let payment = take("payment")?.unwrap_or_else(|| PAYMENTS[0].to_owned());
        if let Some(level) = ["count", "commitment"].into_iter().find(|key| table.contains_key(*key)) {
            return Err(format!("`{level}` is what is searched"));
        }
        let rest = table.into_iter().map(|(key, value)| (key, value.to_string())).collect();
        Ok(Self { kind, term, payment, rest, stated: Some(text.to_owned()) })
    }

    /// Whether a level counts instances, and not money an hour.
    pub fn is_counted(&self) -> bool {
        self.kind == KINDS[0]
    }

    pub fn counted(&self) -> &'static str {
        if self.is_counted() { "instances" } else { "commitment" }
    }

    /// The entry of `commitments` that buys so much of it.
    pub fn toml(&self, level: Decimal) -> String {
        let level = level.normalize();
        let much = if self.is_counted() { format!("count = {level}") } else { format!("commitment = \"${level}/h\"") };
        let rest: String = self.rest.iter().map(|(key, value)| format!(", {key} = {value}")).collect();
        format!(
            "{{ kind = \"{}\", {much}, term = \"{}\", payment = \"{}\"{rest} }}",
            self.kind, self.term, self.payment
        )
    }

    /// The level at a place of the search: every one that can be bought, in order, from none.
    pub fn level(&self, place: u64) -> Decimal {
        match place {
            0 => Decimal::ZERO,
            place if self.is_counted() => Decimal::from(place),
            place => (Decimal::from(place + LEAST_STEPS - 1) * Decimal::new(1, PLACES)).normalize(),
        }
    }

    /// The first place whose level is at least `demand`.
    pub fn place(&self, demand: f64) -> u64 {
        // Decimals that binary fractions lack must not add a place.
        let up = |steps: f64| (steps - 1e-6).ceil().max(0.0) as u64;
        match demand {
            demand if demand <= 0.0 => 0,
            demand if self.is_counted() => up(demand).clamp(1, 100_000),
            demand => up(demand * 10_f64.powi(PLACES as i32)).saturating_sub(LEAST_STEPS - 1).clamp(1, 100_000_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_levels_that_can_be_bought() {
        let plan = Offer::parse("{ kind = 'compute-savings-plan', term = '1y', discount = '17%' }").unwrap();
        let levels = [0, 1, 2, 102].map(|place| plan.level(place).to_string());
        assert_eq!(levels, ["0", "0.001", "0.00101", "0.00201"]);
        assert_eq!([0.0, 1e-9, 0.001, 0.00101, 0.5].map(|demand| plan.place(demand)), [0, 1, 1, 2, 49_901]);
        let reserved = Offer::parse("{ kind = 'reserved', term = '3y' }").unwrap();
        assert_eq!([0.0, 0.2, 2.0, 2.5].map(|demand| reserved.place(demand)), [0, 1, 2, 3]);
    }

    #[test]
    fn an_offer_is_written_as_the_scenario_reads_it() {
        let text = "{ kind = \"compute-savings-plan\", term = \"1y\", discount = \"17%\" }";
        let bought = Offer::parse(text).unwrap().toml(Decimal::new(250, 3));
        let expected = "{ kind = \"compute-savings-plan\", commitment = \"$0.25/h\", term = \"1y\", \
            payment = \"no-upfront\", discount = \"17%\" }";
        assert_eq!(bought, expected);
    }

    #[test]
    fn what_is_no_offer_is_refused() {
        for (text, said) in [
            ("{ kind = 'capacity-reservation', term = '1y' }", "no kind"),
            ("{ kind = 'reserved' }", "`term`"),
            ("{ kind = 'reserved', term = '1y', count = 3 }", "`count`"),
            ("3", "no table"),
        ] {
            assert!(Offer::parse(text).unwrap_err().contains(said), "{text}");
        }
    }
}
