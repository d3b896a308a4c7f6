//! Opens a file by what it is, whatever it is called: plain text, gzip, zstd or Parquet; and names what it cannot be.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use super::error::Fault;

/// Bytes of text, decompressed where need be.
pub(crate) type Text = Box<dyn Read + Send>;

pub(crate) enum Opened {
    Text { text: Text, head: Vec<u8>, container: Option<&'static str> },
    Parquet(File),
}

/// As much as is needed to recognise a file.
const HEAD: usize = 4_096;

pub(crate) fn open(path: &Path) -> Result<Opened, Fault> {
    let file = open_file(path)?;
    let (head, raw) = peek(file.try_clone().map_err(Fault::Io)?, None)?;
    if head.is_empty() {
        return Err(Fault::Empty);
    }
    if head.starts_with(b"PAR1") {
        return Ok(Opened::Parquet(open_file(path)?));
    }
    let container = container_of(&head);
    let text: Text = match container {
        Some("gzip") => Box::new(flate2::read::MultiGzDecoder::new(raw)),
        Some("zstd") => {
            Box::new(zstd::stream::read::Decoder::new(raw).map_err(|error| Fault::of_io(error, container))?)
        }
        _ => raw,
    };
    let (head, text) = peek(text, container)?;
    if head.is_empty() {
        return Err(Fault::Empty);
    }
    refuse_what_is_no_text(&head)?;
    Ok(Opened::Text { text, head, container })
}

fn open_file(path: &Path) -> Result<File, Fault> {
    let file = File::open(path).map_err(|error| Fault::of_io(error, None))?;
    let metadata = file.metadata().map_err(Fault::Io)?;
    if metadata.is_dir() { Err(Fault::Directory) } else { Ok(file) }
}

fn container_of(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1F, 0x8B, ..] => Some("gzip"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Some("zstd"),
        _ => None,
    }
}

/// The first bytes, and a reader that still gives all.
fn peek(mut input: impl Read + Send + 'static, container: Option<&'static str>) -> Result<(Vec<u8>, Text), Fault> {
    let mut head = Vec::with_capacity(HEAD);
    input.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| Fault::of_io(error, container))?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(input))))
}

/// Files that people pass by mistake.
fn refuse_what_is_no_text(head: &[u8]) -> Result<(), Fault> {
    const UNPACK: &str = "unpack it first and give the file inside";
    let known: [(&[u8], &str, &str); 7] = [
        (b"Rar!\x1A\x07", "a RAR archive", "unpack it first (`unrar` or `bsdtar`; old `unar` and `7z` fail on RAR5)"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
        (b"PK\x03\x04", "a zip archive", UNPACK),
        (b"BZh", "a bzip2 file", "unpack it first, or recompress with gzip or zstd"),
        (b"\xFD7zXZ\x00", "an xz file", "unpack it first, or recompress with gzip or zstd"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer",
            "the data is not in the clone; run `git lfs pull`, or download the file itself",
        ),
        (b"\xFF\xFE", "UTF-16 text", "save it as UTF-8"),
    ];
    if let Some((_, what, remedy)) = known.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(Fault::WrongKind { what, remedy });
    }
    let start = head.trim_ascii_start();
    let start = start[..start.len().min(64)].to_ascii_lowercase();
    if [&b"<!doctype"[..], b"<html", b"<?xml"].iter().any(|tag| start.starts_with(tag)) {
        let remedy = "the download probably failed and saved an error page; fetch the file again";
        return Err(Fault::WrongKind { what: "an HTML or XML page", remedy });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(Fault::WrongKind { what: "a tar archive", remedy: UNPACK });
    }
    if head.contains(&0) {
        return Err(Fault::WrongKind { what: "a binary file", remedy: "give a CSV, JSON lines or Parquet file" });
    }
    Ok(())
}
