//! Percentages as basis points: 15 % is 1500, 12.34 % is 1234, 100 % is 10000.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A percentage from 0.01 to 100, in hundredths of a percent (1 to 10000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct BasisPoints(u16);

/// Why something is not a percentage a discount can have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PercentFault {
    /// Nothing was typed.
    #[error("Please type a percentage.")]
    Empty,
    /// A sign, an exponent, a letter, a missing digit.
    #[error("Please type a percentage like 15 or 12.34.")]
    NotANumber,
    /// More than two decimals.
    #[error("A percentage has at most two decimals.")]
    TooManyDecimals,
    /// Below 0.01 or above 100.
    #[error("A percentage is between 0.01 and 100.")]
    OutOfRange,
}

impl BasisPoints {
    /// All of it: 100 %.
    pub const FULL: Self = Self(10_000);

    /// From basis points; `None` outside 1 to 10000.
    #[must_use]
    pub fn new(basis_points: i64) -> Option<Self> {
        let basis_points = u16::try_from(basis_points).ok()?;
        (1..=10_000).contains(&basis_points).then_some(Self(basis_points))
    }

    /// Reads `15`, `12.34`, `12,34` or `15 %`.
    ///
    /// # Errors
    /// A [`PercentFault`] that says what to type instead.
    pub fn parse(text: &str) -> Result<Self, PercentFault> {
        let text = text.trim();
        let text = text.strip_suffix('%').map_or(text, str::trim_end);
        if text.is_empty() {
            return Err(PercentFault::Empty);
        }
        let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err(PercentFault::NotANumber);
        }
        if decimals.len() > 2 {
            return Err(PercentFault::TooManyDecimals);
        }
        let basis_points = format!("{whole}{decimals:0<2}").parse().map_err(|_| PercentFault::OutOfRange)?;
        Self::new(basis_points).ok_or(PercentFault::OutOfRange)
    }

    /// The number of basis points, 1 to 10000.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0 as i64
    }

    /// This share of an amount of at least 0, rounded half up: 15 % of 3490 is 524.
    #[must_use]
    pub fn of(self, amount: i64) -> i64 {
        let share = (i128::from(amount.max(0)) * i128::from(self.0) + 5_000) / 10_000;
        // A share of at most 100 % is never above the amount.
        i64::try_from(share).unwrap_or(amount)
    }
}

impl fmt::Display for BasisPoints {
    /// Without the sign and without needless zeros: `15`, `12.5`, `12.34`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match (rest / 10, rest % 10) {
            (0, 0) => write!(f, "{whole}"),
            (tenths, 0) => write!(f, "{whole}.{tenths}"),
            _ => write!(f, "{whole}.{rest:02}"),
        }
    }
}

impl TryFrom<i64> for BasisPoints {
    type Error = PercentFault;

    fn try_from(basis_points: i64) -> Result<Self, PercentFault> {
        Self::new(basis_points).ok_or(PercentFault::OutOfRange)
    }
}

impl From<BasisPoints> for i64 {
    fn from(basis_points: BasisPoints) -> Self {
        basis_points.get()
    }
}
