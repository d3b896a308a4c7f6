//! Text in large blocks of whole lines.

use std::io::Read;

use super::error::Fault;
use super::open::Text;

/// Large enough to make reading cheap, small enough to stay in the cache.
const BLOCK: usize = 256 << 10;
/// A longer line is not a row of a trace.
const LONGEST_LINE: usize = 16 << 20;

/// Hands out whole lines, many at a time. Memory is one block, or one line if that is longer.
pub(super) struct Lines {
    input: Text,
    container: Option<&'static str>,
    buffer: Vec<u8>,
    /// `buffer[start..whole]` are whole lines not yet taken, `buffer[whole..filled]` the beginning of the next one.
    start: usize,
    whole: usize,
    filled: usize,
    ended: bool,
    /// Number of the line at `start`, counted from 1.
    number: u64,
}

impl Lines {
    pub(super) fn new(input: Text, container: Option<&'static str>) -> Self {
        Self { input, container, buffer: vec![0; BLOCK], start: 0, whole: 0, filled: 0, ended: false, number: 1 }
    }

    /// Whole lines, each with its line feed; empty at the end of the text.
    pub(super) fn block(&mut self) -> Result<&[u8], Fault> {
        while self.start == self.whole && !(self.ended && self.whole == self.filled) {
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.whole])
    }

    /// The next line without its end; `None` at the end of the text.
    pub(super) fn line(&mut self) -> Result<Option<&[u8]>, Fault> {
        let block = self.block()?;
        let Some(length) = memchr::memchr(b'\n', block) else { return Ok(None) };
        self.take(length + 1, 1);
        Ok(Some(self.buffer[self.start - length - 1..self.start - 1].trim_ascii_end()))
    }

    /// Marks the first `bytes` of the block, which are `lines` lines, as done.
    #[inline]
    pub(super) fn take(&mut self, bytes: usize, lines: u64) {
        self.start += bytes;
        self.number += lines;
    }

    /// Number of the line that comes next.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    fn read_more(&mut self) -> Result<(), Fault> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        (self.start, self.whole) = (0, 0);
        if self.filled + 1 >= self.buffer.len() {
            if self.buffer.len() >= LONGEST_LINE {
                return Err(Fault::LineTooLong { limit_mib: LONGEST_LINE >> 20 });
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let before = self.filled;
        // One byte stays free for the line feed that the last line may lack.
        let room = self.buffer.len() - 1;
        let read = read_some(&mut self.input, &mut self.buffer[before..room])
            .map_err(|error| Fault::of_io(error, self.container))?;
        self.filled += read;
        if read == 0 {
            self.ended = true;
            if self.filled > 0 {
                self.buffer[self.filled] = b'\n';
                self.filled += 1;
            }
        }
        let last = memchr::memrchr(b'\n', &self.buffer[before..self.filled]);
        self.whole = last.map_or(0, |last| before + last + 1);
        Ok(())
    }
}

/// Reads until the buffer is full enough; decompressors give little at a time.
fn read_some(input: &mut Text, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn lines_come_whole_whatever_their_length() {
        let long = "x".repeat(BLOCK * 3);
        let text = format!("a\r\n\n{long}\nlast");
        let mut lines = Lines::new(Box::new(Cursor::new(text.into_bytes())), None);
        let mut next = || lines.line().unwrap().map(|line| line.len());
        assert_eq!([next(), next(), next(), next(), next()], [Some(1), Some(0), Some(BLOCK * 3), Some(4), None]);
        assert_eq!(lines.number(), 5);
    }
}
