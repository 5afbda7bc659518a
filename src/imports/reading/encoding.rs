//! How the letters of a text are written.

use super::Unreadable;
use encoding_rs::{DecoderResult, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The encodings that spreadsheets write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// UTF-16, the lower byte first, as Windows writes it.
    Utf16Le,
    /// UTF-16, the higher byte first.
    Utf16Be,
    /// What Excel writes as CSV in western Europe.
    Windows1252,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Windows1252, Self::Utf16Le, Self::Utf16Be];

    /// The word of forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (Windows)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252 (western Europe)",
        }
    }

    /// The encoding with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.word() == word)
    }

    pub(super) const fn table(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        }
    }

    /// The beginning of a text, as far as it goes.
    pub(super) fn decode(self, head: &[u8]) -> String {
        self.table().decode_with_bom_removal(head).0.into_owned()
    }
}

/// The encoding that the bytes speak for: a byte order mark, every other byte zero, valid UTF-8 from beginning to end,
/// or else the one of western Europe.
pub(super) fn guess(head: &[u8], file: &mut File) -> Result<Encoding, Unreadable> {
    if let Some((marked, _)) = encoding_rs::Encoding::for_bom(head) {
        let known = Encoding::ALL.into_iter().find(|encoding| encoding.table() == marked);
        return Ok(known.unwrap_or(Encoding::Utf8));
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let many = head.len() / 4;
    if head.len() > 3 && zeros(1) > many && zeros(0) == 0 {
        return Ok(Encoding::Utf16Le);
    }
    if head.len() > 3 && zeros(0) > many && zeros(1) == 0 {
        return Ok(Encoding::Utf16Be);
    }
    Ok(if is_utf8(file)? { Encoding::Utf8 } else { Encoding::Windows1252 })
}

fn is_utf8(file: &mut File) -> Result<bool, Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let (mut bytes, mut text) = (vec![0; 64 * 1024], vec![0; 200 * 1024]);
    loop {
        let count = file.read(&mut bytes)?;
        let part = bytes.get(..count).unwrap_or_default();
        match decoder.decode_to_utf8_without_replacement(part, &mut text, count == 0).0 {
            DecoderResult::Malformed(..) => return Ok(false),
            // The output has room for three bytes of each byte of input.
            DecoderResult::OutputFull => return Ok(false),
            DecoderResult::InputEmpty if count == 0 => return Ok(true),
            DecoderResult::InputEmpty => {}
        }
    }
}
