//! All price lists, as data: `prices/*.toml`, embedded so that the program needs no folder.
//!
//! A list names its provider and currency once, its sources once each, and then its rows:
//!
//! | key | is |
//! |---|---|
//! | `[sources.NAME]` | `title`, `as_of`, `confidence` (`provider-page`, `price-api`, `third-party`, `inferred`), `note` |
//! | `[defaults]` | attributes that apply where nobody says otherwise (`region`, `architecture`, `purchase`) |
//! | `[[row]]` | `id`, `service`, `item`, `unit`, `region`, `source`, `price` or `tiers`; `meter`, `when`, `allowance`, `upfront`, `note` if there are any |
//! | `[[table]]` | rows from a CSV file beside the list: columns `price` and `upfront`, others fill `{column}` in `id`, `item`, `when` and `price`; an empty price makes no row |
//! | `[purchases.NAME]` | `term`, and whether there is an `upfront` and an `hourly` part |
//! | `[machines]` | the CSV file with columns `instance`, `vcpu`, `memory_gib`: the instance types of the platform, too |
//! | `[rules.NAME]` | `value`, `meaning`, `source`: how quantities are metered |
//!
//! To add a provider, add its file and its line in [`BUILTIN`]; a test finds a file without a line.

use std::sync::{Arc, OnceLock};

use rust_decimal::Decimal;

use super::list_file::{self, ListFile, parse};
use super::{BillingError, Machine, PriceList, Row};
use crate::units::{Money, nearest};

/// The lists that come with the program, by name.
const BUILTIN: &[ListFile] = &[
    ListFile {
        name: "aws-ec2",
        text: include_str!("../../prices/aws-ec2.toml"),
        tables: &[
            ("aws-ec2-on-demand.csv", include_str!("../../prices/aws-ec2-on-demand.csv")),
            ("aws-ec2-reserved-3y-2021.csv", include_str!("../../prices/aws-ec2-reserved-3y-2021.csv")),
            ("aws-ec2-spot.csv", include_str!("../../prices/aws-ec2-spot.csv")),
        ],
    },
    ListFile { name: "aws-fargate", text: include_str!("../../prices/aws-fargate.toml"), tables: &[] },
    ListFile { name: "aws-lambda", text: include_str!("../../prices/aws-lambda.toml"), tables: &[] },
    ListFile { name: "aws-network", text: include_str!("../../prices/aws-network.toml"), tables: &[] },
    ListFile { name: "aws-storage", text: include_str!("../../prices/aws-storage.toml"), tables: &[] },
    ListFile {
        name: "azure-vm",
        text: include_str!("../../prices/azure-vm.toml"),
        tables: &[
            ("azure-vm.csv", include_str!("../../prices/azure-vm.csv")),
            ("azure-vm-spot.csv", include_str!("../../prices/azure-vm-spot.csv")),
        ],
    },
    ListFile {
        name: "gcp-compute",
        text: include_str!("../../prices/gcp-compute.toml"),
        tables: &[
            ("gcp-compute.csv", include_str!("../../prices/gcp-compute.csv")),
            ("gcp-committed.csv", include_str!("../../prices/gcp-committed.csv")),
        ],
    },
];

/// Every price that the simulator knows. A list is read when it is first asked for: most runs need one of them. Copies share
/// what has been read.
#[derive(Clone, Debug)]
pub struct PriceBook {
    /// In order of their names.
    lists: Vec<(&'static ListFile, Arc<OnceLock<PriceList>>)>,
}

impl PriceBook {
    /// The lists that come with the program.
    pub fn builtin() -> Self {
        Self { lists: BUILTIN.iter().map(|file| (file, Arc::default())).collect() }
    }

    /// All lists, in order of their names.
    pub fn lists(&self) -> impl Iterator<Item = &PriceList> {
        self.lists.iter().map(|(file, list)| read(file, list))
    }

    pub fn list(&self, name: &str) -> Result<&PriceList, BillingError> {
        let found = self.lists.iter().find(|(file, _)| file.name == name);
        found.map(|(file, list)| read(file, list)).ok_or_else(|| self.no_list(name))
    }

    /// Names of all lists, in their order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.lists.iter().map(|(file, _)| file.name)
    }

    /// The same book with all prices of one list `factor` times as high; allowances and terms stay.
    pub fn times(&self, name: &str, factor: Decimal) -> Result<Self, BillingError> {
        let scaled = self.list(name)?.scaled(factor)?;
        let mut book = self.clone();
        if let Some((_, list)) = book.lists.iter_mut().find(|(file, _)| file.name == name) {
            *list = Arc::new(OnceLock::from(scaled));
        }
        Ok(book)
    }

    fn no_list(&self, name: &str) -> BillingError {
        BillingError::NoList {
            name: name.to_owned(),
            nearest: nearest(name, self.names()).map(str::to_owned),
            known: self.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        }
    }

    /// The list, row and price of a published figure.
    pub fn fact(&self, fact: &str) -> Option<(&PriceList, &Row, Money)> {
        self.lists().find_map(|list| list.fact(fact).map(|(row, price)| (list, row, price)))
    }
}

fn read<'a>(file: &'static ListFile, list: &'a OnceLock<PriceList>) -> &'a PriceList {
    list.get_or_init(|| parse(file).expect("the price lists of the program are well formed: a test reads them all"))
}

/// The table of the machines of a list that comes with the program, and what it says; empty if it has none. Cheaper than
/// the list, of which it reads no price.
pub fn machines(list: &str) -> Result<(&'static str, Vec<Machine>), BillingError> {
    let file = BUILTIN.iter().find(|file| file.name == list).ok_or_else(|| PriceBook::builtin().no_list(list))?;
    let table = list_file::machine_table(file)?;
    let named = |problem| BillingError::File { file: format!("{list}.toml"), problem };
    Ok((table, list_file::machines(table).map_err(named)?))
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
        let rows = || book.lists().flat_map(|list| &list.rows);
        let ids: HashSet<_> = rows().map(|row| &row.id).collect();
        assert_eq!(ids.len(), rows().count());
        let facts: HashSet<_> = rows().flat_map(|row| &row.tiers).map(|tier| &tier.fact).collect();
        assert_eq!(facts.len(), rows().map(|row| row.tiers.len()).sum::<usize>());
    }

    #[test]
    fn no_two_rows_price_the_same_meter_of_the_same_deployment() {
        for list in PriceBook::builtin().lists() {
            let mut seen = HashSet::new();
            for row in list.rows.iter().filter(|row| row.meter.is_some()) {
                assert!(seen.insert((row.meter, row.region.clone(), row.when.clone())), "{}", row.id);
            }
        }
    }

    #[test]
    fn machines_read_alone_are_those_of_the_list() {
        for list in PriceBook::builtin().lists() {
            assert_eq!(machines(&list.name).unwrap().1, list.machines, "{}", list.name);
        }
        assert_eq!(machines("aws-ec").unwrap_err().help().as_deref(), Some("did you mean `aws-ec2`?"));
    }

    #[test]
    fn a_slip_in_the_name_of_a_list_is_recognised() {
        let error = PriceBook::builtin().list("aws-lamda").unwrap_err();
        assert_eq!(error.to_string(), "there is no price list `aws-lamda`");
        assert_eq!(error.help().as_deref(), Some("did you mean `aws-lambda`?"));
    }
}
