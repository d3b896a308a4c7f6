//! All price lists, as data: `prices/*.toml`, embedded so that the program needs no folder.
//!
//! A list names its provider and currency once, its sources once each, and then its rows:
//!
//! | key | is |
//! |---|---|
//! | `[sources.NAME]` | `title`, `as_of`, `confidence` (`provider-page`, `price-api`, `third-party`, `inferred`), `note` |
//! | `[defaults]` | attributes that apply where nobody says otherwise (`region`, `architecture`, `purchase`) |
//! | `[[row]]` | `id`, `service`, `item`, `unit`, `region`, `source`, `price` or `tiers`; `meter`, `when`, `allowance`, `upfront`, `note` if there are any |
//! | `[[table]]` | rows from a CSV file beside the list: columns `price` and `upfront`, others fill `{column}` in `id`, `item` and `when` |
//! | `[purchases.NAME]` | `term`, and whether there is an `upfront` and an `hourly` part |
//! | `[machines]` | the CSV file with columns `instance`, `vcpu`, `memory_gib` |
//! | `[rules.NAME]` | `value`, `meaning`, `source`: how quantities are metered |
//!
//! To add a provider, add its file and its line in [`BUILTIN`]; a test finds a file without a line.

use super::list_file::{ListFile, parse};
use super::{BillingError, PriceList, Row};
use crate::units::{Money, nearest};

/// The lists that come with the program, by name.
const BUILTIN: &[ListFile] = &[
    ListFile {
        name: "aws-ec2",
        text: include_str!("../../prices/aws-ec2.toml"),
        tables: &[
            ("aws-ec2-on-demand.csv", include_str!("../../prices/aws-ec2-on-demand.csv")),
            ("aws-ec2-reserved-3y-2021.csv", include_str!("../../prices/aws-ec2-reserved-3y-2021.csv")),
        ],
    },
    ListFile { name: "aws-lambda", text: include_str!("../../prices/aws-lambda.toml"), tables: &[] },
];

/// Every price that the simulator knows.
#[derive(Clone, Debug)]
pub struct PriceBook {
    /// In order of their names.
    pub lists: Vec<PriceList>,
}

impl PriceBook {
    /// The lists that come with the program.
    pub fn builtin() -> Self {
        let read = |file| parse(file).expect("the price lists of the program are well formed: a test reads them all");
        Self { lists: BUILTIN.iter().map(read).collect() }
    }

    pub fn list(&self, name: &str) -> Result<&PriceList, BillingError> {
        let names = || self.lists.iter().map(|list| list.name.as_str());
        self.lists.iter().find(|list| list.name == name).ok_or_else(|| BillingError::NoList {
            name: name.to_owned(),
            nearest: nearest(name, names()).map(str::to_owned),
            known: names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        })
    }

    /// The list, row and price of a published figure.
    pub fn fact(&self, fact: &str) -> Option<(&PriceList, &Row, Money)> {
        self.lists.iter().find_map(|list| list.fact(fact).map(|(row, price)| (list, row, price)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_price_file_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/prices");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut lists: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
        lists.sort();
        let names: Vec<_> = lists.iter().map(|path| path.file_stem().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, BUILTIN.iter().map(|file| file.name).collect::<Vec<_>>());
    }

    #[test]
    fn ids_and_facts_are_unique() {
        let book = PriceBook::builtin();
        let rows = || book.lists.iter().flat_map(|list| &list.rows);
        let ids: HashSet<_> = rows().map(|row| &row.id).collect();
        assert_eq!(ids.len(), rows().count());
        let facts: HashSet<_> = rows().flat_map(|row| &row.tiers).map(|tier| &tier.fact).collect();
        assert_eq!(facts.len(), rows().map(|row| row.tiers.len()).sum::<usize>());
    }

    #[test]
    fn no_two_rows_price_the_same_meter_of_the_same_deployment() {
        for list in PriceBook::builtin().lists {
            let mut seen = HashSet::new();
            for row in list.rows.iter().filter(|row| row.meter.is_some()) {
                assert!(seen.insert((row.meter, row.region.clone(), row.when.clone())), "{}", row.id);
            }
        }
    }

    #[test]
    fn a_slip_in_the_name_of_a_list_is_recognised() {
        let error = PriceBook::builtin().list("aws-lamda").unwrap_err();
        assert_eq!(error.to_string(), "there is no price list `aws-lamda`");
        assert_eq!(error.help().as_deref(), Some("did you mean `aws-lambda`?"));
    }
}
