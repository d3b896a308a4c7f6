//! Tables as CSV: RFC 4180, money with all its decimals, absent as an empty field.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::frame::{Column, Frame};
use super::{StoreError, io_error};

/// A table that is written as its rows come.
pub struct Writer<W: Write> {
    writer: csv::Writer<W>,
    /// What is written to, for messages.
    path: PathBuf,
}

impl<W: Write> Writer<W> {
    /// A table with the columns of `frame`, without its rows.
    pub fn new(frame: &Frame, to: W, path: &Path) -> Result<Self, StoreError> {
        let mut table = Self { writer: csv::Writer::from_writer(to), path: path.to_owned() };
        table.record(frame.columns.iter().map(|(name, _)| name.clone()).collect())?;
        Ok(table)
    }

    /// The rows of `frame`, whose columns are those of the table.
    pub fn append(&mut self, frame: &Frame) -> Result<(), StoreError> {
        let rows = frame.columns.first().map_or(0, |(_, column)| length(column));
        (0..rows).try_for_each(|row| self.record(frame.columns.iter().map(|(_, column)| field(column, row)).collect()))
    }

    /// Every record has the width of the header.
    fn record(&mut self, fields: Vec<String>) -> Result<(), StoreError> {
        let failed = |error: csv::Error| io_error("write", &self.path)(error.into());
        self.writer.write_record(fields).map_err(failed)
    }

    /// Writes what is left.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.writer.flush().map_err(io_error("write", &self.path))
    }
}

pub fn encode(frame: &Frame) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(frame, &mut bytes, Path::new(&frame.name))?;
    writer.append(frame)?;
    writer.close()?;
    Ok(bytes)
}

fn length(column: &Column) -> usize {
    match column {
        Column::Text(cells) => cells.len(),
        Column::Label(cells) => cells.len(),
        Column::Number(cells) => cells.len(),
        Column::Figure(cells) => cells.len(),
        Column::Count(cells) => cells.len(),
        Column::Flag(cells) => cells.len(),
        Column::Money(cells) => cells.len(),
    }
}

fn field(column: &Column, row: usize) -> String {
    match column {
        Column::Text(cells) => cells[row].clone(),
        Column::Label(cells) => cells[row].clone().unwrap_or_default(),
        Column::Number(cells) => cells[row].to_string(),
        Column::Figure(cells) => cells[row].map(|number| number.to_string()).unwrap_or_default(),
        Column::Count(cells) => cells[row].to_string(),
        Column::Flag(cells) => cells[row].to_string(),
        Column::Money(cells) => cells[row].0.normalize().to_string(),
    }
}

/// Reads a table with the columns of `frame`, after its cells. Money is not read back.
#[cfg(not(feature = "tables"))]
pub fn decode(mut frame: Frame, bytes: &[u8]) -> Result<Frame, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        for ((name, column), cell) in frame.columns.iter_mut().zip(&record) {
            append(column, cell).ok_or_else(|| format!("column `{name}` has another type"))?;
        }
    }
    Ok(frame)
}

#[cfg(not(feature = "tables"))]
fn append(column: &mut Column, cell: &str) -> Option<()> {
    let absent = cell.is_empty();
    match column {
        Column::Text(cells) => cells.push(cell.to_owned()),
        Column::Label(cells) => cells.push((!absent).then(|| cell.to_owned())),
        Column::Number(cells) => cells.push(cell.parse().ok()?),
        Column::Figure(cells) => cells.push(if absent { None } else { Some(cell.parse().ok()?) }),
        Column::Count(cells) => cells.push(cell.parse().ok()?),
        Column::Flag(cells) => cells.push(cell.parse().ok()?),
        Column::Money(_) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::frame;
    use super::*;

    #[test]
    fn money_is_exact_and_names_are_quoted() {
        let [invoice, _, _, latency] = frame::frames(&frame::tests::sample());
        assert_eq!(
            String::from_utf8(encode(&invoice).unwrap()).unwrap(),
            "deployment,month,provider,service,item,tier,category,quantity,unit,price,amount\n\
             \"a, \"\"b\"\"\",2026-01,aws,lambda,compute,,staff,123456789.125,GB-s,0.0000166667,2057.617262585419375\n"
        );
        assert_eq!(
            String::from_utf8(encode(&latency).unwrap()).unwrap(),
            "deployment,latency_s,count,cumulative_share\na,0.25,18446744073709551615,1\n"
        );
    }
}
