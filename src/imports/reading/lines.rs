//! The lines of a text in any encoding, one after another.

use super::{Encoding, LONGEST_ROW};
use encoding_rs::Decoder;
use std::io::{self, Read};

/// One line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: i64,
    /// At most [`LONGEST_ROW`] bytes of it.
    pub text: String,
    /// Whether it was longer than that.
    pub is_cut: bool,
}

/// Reads lines that end with `\n`, `\r\n` or `\r`.
pub(super) struct Lines<R> {
    source: R,
    decoder: Decoder,
    bytes: Vec<u8>,
    text: String,
    at: usize,
    ended: bool,
    number: i64,
    /// The last line ended with `\r`: a `\n` that follows belongs to it.
    after_return: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, encoding: Encoding) -> Self {
        Self {
            source,
            decoder: encoding.table().new_decoder_with_bom_removal(),
            bytes: vec![0; 32 * 1024],
            text: String::new(),
            at: 0,
            ended: false,
            number: 0,
            after_return: false,
        }
    }

    /// The next line, if there is one.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { number: self.number + 1, text: String::new(), is_cut: false };
        let mut seen = false;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                if self.ended {
                    break;
                }
                self.fill()?;
                continue;
            }
            if std::mem::take(&mut self.after_return) && rest.starts_with('\n') {
                self.at += 1;
                continue;
            }
            seen = true;
            let end = rest.find(['\n', '\r']);
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            keep(&mut line, part);
            let Some(end) = end else {
                self.at = self.text.len();
                continue;
            };
            self.after_return = rest.get(end..).is_some_and(|rest| rest.starts_with('\r'));
            self.at += end + 1;
            self.number += 1;
            return Ok(Some(line));
        }
        self.number += i64::from(seen);
        Ok(seen.then_some(line))
    }

    fn fill(&mut self) -> io::Result<()> {
        let count = self.source.read(&mut self.bytes)?;
        self.ended = count == 0;
        let bytes = self.bytes.get(..count).unwrap_or_default();
        self.text.clear();
        self.at = 0;
        let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(count * 3 + 16);
        self.text.reserve(room);
        // There is room for all of it, and what is no letter of this encoding becomes U+FFFD.
        _ = self.decoder.decode_to_string(bytes, &mut self.text, self.ended);
        Ok(())
    }
}

fn keep(line: &mut Line, part: &str) {
    let room = LONGEST_ROW.saturating_sub(line.text.len());
    let mut end = room.min(part.len());
    while !part.is_char_boundary(end) {
        end -= 1;
    }
    line.is_cut |= end < part.len();
    line.text.push_str(part.get(..end).unwrap_or_default());
}
