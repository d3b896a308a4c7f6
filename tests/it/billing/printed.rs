//! What `sim prices` prints.

use super::worked::bill;
use super::*;

type Printed = (Result<Outcome, Failure>, String);

fn printed(command: impl FnOnce(&PriceBook, &mut Vec<u8>) -> Result<Outcome, Failure>) -> Printed {
    let mut out = Vec::new();
    let result = command(&PriceBook::builtin(), &mut out);
    (result, String::from_utf8(out).unwrap())
}

#[test]
fn what_is_printed_fits_80_columns() {
    let usage = ["requests=5M", "compute=7e9", "pcdur.arm=12345.678", "stream=1k", "tenant.x86=1"].map(str::to_owned);
    let book = PriceBook::builtin();
    let shown = book.lists().map(|list| {
        let name = list.name.as_str();
        printed(|book, out| prices::show(book, name, None, Format::Text, out))
    });
    let others = [
        printed(|book, out| prices::list(book, Format::Text, out)),
        printed(|book, out| prices::verify(book, None, Format::Text, out)),
        printed(|book, out| prices::quote(book, "aws-lambda", &usage, true, Format::Text, out)),
    ];
    for (result, text) in shown.chain(others) {
        assert_eq!(result.unwrap(), Outcome::Done);
        for line in text.lines() {
            assert!(line.chars().count() <= 80 || !line.trim_start().contains(' '), "{line}");
        }
    }
}

#[test]
fn json_holds_every_digit_and_nothing_else() {
    let usage = ["compute=600000.5".to_owned()];
    let (_, text) = printed(|book, out| prices::quote(book, "aws-lambda", &usage, false, Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["items"][0]["price"].to_string(), "0.0000166667");
    assert_eq!(value["total"].to_string(), "10.00002833335");
    let (_, text) = printed(|book, out| prices::show(book, "aws-ec2", Some("t3.medium"), Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["prices"].as_array().unwrap().len(), 11);
    assert_eq!(value["prices"][0]["tiers"][0]["source"]["confidence"], "price-api");
    let (_, text) = printed(|book, out| prices::verify(book, None, Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&value["exact"], &value["explained"], &value["mismatched"]), (&79.into(), &2.into(), &0.into()));
}

#[test]
fn verify_tells_a_mismatch_from_a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let verify = |text: &str| {
        let path = folder.path().join("bills.json");
        std::fs::write(&path, text).unwrap();
        printed(|book, out| prices::verify(book, Some(&path), Format::Text, out)).0
    };
    assert_eq!(verify(&bill("0.20", "exact", "n")).unwrap(), Outcome::Done);
    assert_eq!(verify(&bill("0.21", "exact", "n")).unwrap(), Outcome::Mismatch);
    let truncated = bill("0.20", "exact", "n");
    for wrong in ["", "[]", "{\"examples\": []}", &truncated[..truncated.len() / 2], &bill("0.20", "exact", "n*")] {
        assert!(matches!(verify(wrong), Err(Failure::Input(_))), "{wrong}");
    }
    let missing = folder.path().join("nowhere.json");
    for path in [missing.as_path(), folder.path()] {
        let (result, text) = printed(|book, out| prices::verify(book, Some(path), Format::Text, out));
        assert!(matches!(result, Err(Failure::Input(_))) && text.is_empty(), "{}", path.display());
    }
}

#[test]
fn the_whole_collection_of_worked_bills_has_no_mismatch() {
    let Some(file) = crate::shared::shared("facts/prices/worked-bills.json") else { return };
    let (result, text) = printed(|book, out| prices::verify(book, Some(&file), Format::Text, out));
    assert_eq!(result.unwrap(), Outcome::Done, "{text}");
}
