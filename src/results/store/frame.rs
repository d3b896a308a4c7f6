//! Tables by column: what Parquet and CSV have in common. Columns are named like the fields of the rows.

use crate::results::{FunctionRow, InvoiceRow, LatencyRow, Tables, TimelineRow};
use crate::units::Money;

/// A table by column. All columns are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub name: String,
    pub columns: Vec<(String, Column)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    Text(Vec<String>),
    /// Text that may be absent.
    Label(Vec<Option<String>>),
    Number(Vec<f64>),
    /// A number that may be absent.
    Figure(Vec<Option<f64>>),
    Count(Vec<u64>),
    Flag(Vec<bool>),
    Money(Vec<Money>),
}

#[cfg(feature = "tables")]
impl Column {
    /// Adds cells that are absent; `None` where every row needs one.
    pub fn leave_out(&mut self, rows: usize) -> Option<()> {
        match self {
            Self::Label(cells) => cells.resize(cells.len() + rows, None),
            Self::Figure(cells) => cells.resize(cells.len() + rows, None),
            Self::Text(_) | Self::Number(_) | Self::Count(_) | Self::Flag(_) | Self::Money(_) => return None,
        }
        Some(())
    }
}

/// What a column is made of; one for each kind of field in the rows.
pub trait Cell: Sized {
    fn column(cells: Vec<Self>) -> Column;
    /// `None` if the column is of another kind.
    fn cells(column: Column) -> Option<Vec<Self>>;
}

macro_rules! cell {
    ($kind:ty, $variant:ident) => {
        impl Cell for $kind {
            fn column(cells: Vec<Self>) -> Column {
                Column::$variant(cells)
            }

            fn cells(column: Column) -> Option<Vec<Self>> {
                match column {
                    Column::$variant(cells) => Some(cells),
                    _ => None,
                }
            }
        }
    };
}

cell!(String, Text);
cell!(Option<String>, Label);
cell!(f64, Number);
cell!(Option<f64>, Figure);
cell!(u64, Count);
cell!(bool, Flag);
cell!(Money, Money);

impl Frame {
    /// Takes the column out of the frame, checked for its kind.
    pub fn take<C: Cell>(&mut self, name: &str) -> Result<std::vec::IntoIter<C>, String> {
        let place = self.columns.iter().position(|(column, _)| *column == name);
        let place = place.ok_or_else(|| format!("column `{name}` is missing"))?;
        let (_, column) = self.columns.swap_remove(place);
        C::cells(column).map(Vec::into_iter).ok_or_else(|| format!("column `{name}` has another type"))
    }

    /// Puts the rows into their place in `tables`.
    pub fn into_tables(self, tables: &mut Tables) -> Result<(), String> {
        match self.name.as_str() {
            "invoice" => tables.invoice = invoice_rows(self)?,
            "timeline" => tables.timeline = timeline_rows(self)?,
            "functions" => tables.functions = function_rows(self)?,
            "latency" => tables.latency = latency_rows(self)?,
            name => return Err(format!("table `{name}` is unknown")),
        }
        Ok(())
    }
}

/// The tables of a run; each is named like its file.
pub fn frames(tables: &Tables) -> [Frame; 4] {
    [
        invoice_frame(&tables.invoice),
        timeline_frame(&tables.timeline),
        functions_frame(&tables.functions),
        latency_frame(&tables.latency),
    ]
}

/// Both directions from one list of fields, so that a column cannot be written under one name and
/// read under another.
macro_rules! table {
    ($name:literal, $row:ident, $write:ident, $read:ident: $($field:ident),+) => {
        fn $write(rows: &[$row]) -> Frame {
            let columns = vec![$((
                stringify!($field).to_owned(),
                Cell::column(rows.iter().map(|row| row.$field.clone()).collect()),
            )),+];
            Frame { name: $name.to_owned(), columns }
        }

        fn $read(mut frame: Frame) -> Result<Vec<$row>, String> {
            $(let mut $field = frame.take(stringify!($field))?;)+
            let mut rows = Vec::new();
            while let ($(Some($field)),+) = ($($field.next()),+) {
                rows.push($row { $($field),+ });
            }
            Ok(rows)
        }
    };
}

table!("invoice", InvoiceRow, invoice_frame, invoice_rows:
    deployment, month, provider, service, item, tier, category, quantity, unit, price, amount);
table!("timeline", TimelineRow, timeline_frame, timeline_rows:
    deployment, start_s, length_s, rate_per_s, concurrency, instances, places, demand, waiting, cold_starts,
    cold_fraction, latency_p50_s, latency_p95_s, latency_p99_s, cost);
table!("functions", FunctionRow, functions_frame, function_rows:
    deployment, function, offered, completed, cold_starts, throttled, timed_out, dropped, abandoned,
    rate_per_s, cold_fraction, latency_mean_s, latency_p50_s, latency_p99_s, latency_max_s, cost);
table!("latency", LatencyRow, latency_frame, latency_rows:
    deployment, latency_s, count, cumulative_share);

#[cfg(test)]
pub mod tests {
    use super::*;

    /// One row of everything, with the awkward values.
    pub fn sample() -> Tables {
        let money = |text: &str| Money(text.parse().unwrap());
        Tables {
            invoice: vec![InvoiceRow {
                deployment: "a, \"b\"".to_owned(),
                month: "2026-01".to_owned(),
                provider: "aws".to_owned(),
                service: "lambda".to_owned(),
                item: "compute".to_owned(),
                tier: None,
                category: Some("staff".to_owned()),
                quantity: money("123456789.125"),
                unit: "GB-s".to_owned(),
                price: money("0.0000166667"),
                amount: money("2057.617262585419375"),
            }],
            timeline: vec![TimelineRow {
                deployment: "a".to_owned(),
                start_s: 0.1,
                length_s: 1e-9,
                rate_per_s: 1.0 / 3.0,
                concurrency: 0.0,
                instances: 1e300,
                places: 2e300,
                demand: 0.5,
                waiting: 0.0,
                cold_starts: 2.0,
                cold_fraction: Some(0.7),
                latency_p50_s: Some(0.125),
                latency_p95_s: Some(1e-9),
                latency_p99_s: None,
                cost: 0.0,
            }],
            functions: vec![],
            latency: vec![LatencyRow {
                deployment: "a".to_owned(),
                latency_s: 0.25,
                count: u64::MAX,
                cumulative_share: 1.0,
            }],
        }
    }

    #[test]
    fn frames_lead_back_to_the_rows() {
        let mut again = Tables::default();
        for frame in frames(&sample()) {
            frame.into_tables(&mut again).unwrap();
        }
        assert_eq!(again, sample());
    }

    #[test]
    fn columns_are_named_like_the_fields_of_the_rows() {
        let keys = |row: serde_json::Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let [invoice, timeline, _, latency] = frames(&sample());
        let names = |frame: &Frame| frame.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&invoice), keys(serde_json::to_value(&sample().invoice[0]).unwrap()));
        assert_eq!(names(&timeline), keys(serde_json::to_value(&sample().timeline[0]).unwrap()));
        assert_eq!(names(&latency), keys(serde_json::to_value(&sample().latency[0]).unwrap()));
    }

    #[test]
    fn a_column_that_is_missing_or_of_another_kind_is_named() {
        let [mut invoice, _, _, _] = frames(&sample());
        invoice.columns[1].1 = Column::Number(vec![1.0]);
        assert_eq!(invoice.clone().into_tables(&mut Tables::default()), Err("column `month` has another type".into()));
        invoice.columns.remove(1);
        assert_eq!(invoice.into_tables(&mut Tables::default()), Err("column `month` is missing".into()));
    }
}
