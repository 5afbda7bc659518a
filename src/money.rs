//! Money: whole numbers of a currency's smallest unit, and the words people write for them.
//!
//! An amount is always an `i64` of minor units (Rappen, yen, baisa). How many decimals people see is a
//! property of the currency, never a constant: a yen has none, a rial has three. Nothing here is a
//! floating point number.

mod currency;
mod percent;

use std::fmt;

use thiserror::Error;

pub use currency::Currency;
pub use percent::{BasisPoints, PercentFault};

/// Why something typed cannot be read as an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyFault {
    /// Nothing was typed.
    #[error("Please type an amount.")]
    Empty,
    /// A plus or a minus sign: amounts are never signed.
    #[error("An amount has no sign. Please type it without “{0}”.")]
    Sign(char),
    /// A character that does not belong into a number.
    #[error("“{0}” does not belong into an amount.")]
    Character(char),
    /// Digits are missing where some are needed, as in `12.` or `.50`.
    #[error("This amount is not complete. Please type it like {0}.")]
    Incomplete(String),
    /// Thousands are not grouped by three.
    #[error("It is not clear how large this amount is. Please type it like {0}.")]
    Grouping(String),
    /// More decimals than the currency has.
    #[error("{currency} has {allowed} decimals, this amount has {found}.")]
    TooManyDecimals {
        /// The currency that was asked for.
        currency: Currency,
        /// Its number of decimals.
        allowed: u8,
        /// The number of decimals that was typed.
        found: usize,
    },
    /// The amount does not fit into 64 bits.
    #[error("This amount is too large.")]
    TooLarge,
}

/// Why something typed cannot be read as a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CountFault {
    /// Nothing was typed.
    #[error("Please type a number.")]
    Empty,
    /// A sign, a decimal separator, a letter.
    #[error("Please type a whole number, with digits only.")]
    NotWhole,
    /// The number does not fit into 64 bits.
    #[error("This number is too large.")]
    TooLarge,
}

/// The largest amount, in minor units: thousands of them can be summed in 64 bits.
pub const MOST: i64 = 1_000_000_000_000_000;

/// Reads an amount as people type it, in minor units of `currency`.
///
/// The decimal separator is a point or a comma. Thousands may be set apart by spaces, by apostrophes or by
/// the separator that is not the decimal one, in groups of three. A lone `.` or `,` is always the decimal
/// separator, so that `1,200` is refused for CHF rather than read in one of two ways.
///
/// # Errors
/// A [`MoneyFault`] that says what to type instead.
pub fn parse(text: &str, currency: Currency) -> Result<i64, MoneyFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(MoneyFault::Empty);
    }
    for character in text.chars() {
        match character {
            '+' | '-' | '−' => return Err(MoneyFault::Sign(character)),
            '0'..='9' | '.' | ',' => {}
            other if is_thousands_mark(other) => {}
            other => return Err(MoneyFault::Character(other)),
        }
    }
    let (whole, decimals) = split_decimals(text);
    let example = || currency.format(1_234 * i64::from(10_u16.pow(u32::from(currency.exponent()))));
    if whole.is_empty() || decimals == Some("") {
        return Err(MoneyFault::Incomplete(example()));
    }
    let whole = ungroup(whole).ok_or_else(|| MoneyFault::Grouping(example()))?;
    let decimals = decimals.unwrap_or("");
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(MoneyFault::Grouping(example()));
    }
    let allowed = usize::from(currency.exponent());
    if decimals.len() > allowed {
        let (allowed, found) = (currency.exponent(), decimals.len());
        return Err(MoneyFault::TooManyDecimals { currency, allowed, found });
    }
    let digits = format!("{whole}{decimals:0<allowed$}");
    digits.parse().ok().filter(|amount| *amount <= MOST).ok_or(MoneyFault::TooLarge)
}

/// Reads a whole number from 0 to `i64::MAX`, digits only.
///
/// # Errors
/// A [`CountFault`] that says what to type instead.
pub fn parse_count(text: &str) -> Result<i64, CountFault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CountFault::Empty);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CountFault::NotWhole);
    }
    text.parse().map_err(|_| CountFault::TooLarge)
}

/// A whole number as people read it: `1,000,000`.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "−" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of something: `1 code`, `100,000 codes`.
#[must_use]
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// An amount with its currency, written for people: `12.50 CHF`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Minor units.
    pub amount: i64,
    /// What they are units of.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.format(self.amount), self.currency)
    }
}

fn is_thousands_mark(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’')
}

/// Splits at the decimal separator: the last point or comma, unless its kind occurs more than once.
fn split_decimals(text: &str) -> (&str, Option<&str>) {
    let Some(at) = text.rfind(['.', ',']) else {
        return (text, None);
    };
    let (whole, rest) = text.split_at(at);
    let separator = if rest.starts_with('.') { '.' } else { ',' };
    if whole.contains(separator) {
        return (text, None);
    }
    // Both separators are one byte long.
    (whole, rest.get(1..))
}

/// Takes the marks out of `1 234 567`; `None` unless one mark alone makes groups of three.
fn ungroup(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, others) = groups.split_first()?;
    let digits_only = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let by_three = (1..=3).contains(&first.len()) && others.iter().all(|group| group.len() == 3);
    (digits_only && by_three).then(|| groups.concat())
}

#[cfg(test)]
mod tests;
