//! What was said of a file and its columns.

use crate::error::Error;
use crate::imports::cells::Decimals;
use crate::imports::dates::Order;
use crate::imports::faces::presets;
use crate::imports::fields::{Field, Mapping};
use crate::imports::reading::{Encoding, Looked, Reading, Separator};
use serde::Deserialize;

/// The form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    encoding: String,
    separator: String,
    header: String,
    sheet: String,
    preset: String,
    column: Vec<String>,
    zero: String,
    amounts: String,
    percentages: String,
    decimals: String,
    dates: String,
    tag: String,
    /// `look` reads the file anew, as it was said.
    pub(super) then: String,
}

impl Fields {
    /// How the file is to be read.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for words that the form does not offer.
    pub fn reading(&self, now: &Reading) -> Result<Reading, Error> {
        let mut reading = now.clone();
        if !self.encoding.is_empty() {
            reading.encoding = Encoding::from_word(&self.encoding).ok_or_else(not_offered)?;
        }
        if !self.separator.is_empty() {
            reading.separator = Separator::from_word(&self.separator).ok_or_else(not_offered)?;
        }
        match self.header.as_str() {
            "" => {}
            "yes" => reading.header = true,
            "no" => reading.header = false,
            _ => return Err(not_offered()),
        }
        if !self.sheet.is_empty() {
            reading.sheet.clone_from(&self.sheet);
        }
        Ok(reading)
    }

    /// What the columns mean.
    ///
    /// # Errors
    /// As [`Fields::reading`].
    pub fn mapping(&self, looked: &Looked, for_codes: bool) -> Result<Mapping, Error> {
        let preset = presets::from_word(&self.preset).ok_or_else(not_offered)?;
        let field = |word: &String| match word.as_str() {
            "" => Ok(None),
            word => Field::from_word(word)
                .filter(|field| !for_codes || field.is_of_codes())
                .map(Some)
                .ok_or_else(not_offered),
        };
        let mut columns = self.column.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        columns.resize(looked.columns.len(), None);
        let choice = |word: &str, yes: &str, no: &str| match word {
            word if word == yes => Ok(true),
            word if word == no || word.is_empty() => Ok(false),
            _ => Err(not_offered()),
        };
        let or = |word: &str, default: &'static str| if word.is_empty() { default.to_owned() } else { word.to_owned() };
        let tag: String =
            self.tag.trim().chars().filter(|letter| !letter.is_control() && *letter != ',').take(40).collect();
        Ok(Mapping {
            preset: preset.word.to_owned(),
            columns,
            zero_is_unlimited: choice(&self.zero, "unlimited", "closed")?,
            minor_units: choice(&self.amounts, "minor", "major")?,
            fractions: choice(&self.percentages, "fraction", "percent")?,
            decimals: Decimals::from_word(&or(&self.decimals, "either")).ok_or_else(not_offered)?,
            dates: Order::from_word(&or(&self.dates, "certain")).ok_or_else(not_offered)?,
            tag,
        })
    }
}

fn not_offered() -> Error {
    Error::BadRequest("The form holds a choice that it does not offer.".to_owned())
}
