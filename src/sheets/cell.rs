//! A cell, and the column it stands in.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

/// Spreadsheets keep so many digits of a number, whatever they show.
const DIGITS_KEPT: u32 = 15;

/// A row of cells, one for each column.
pub type Row = Vec<Cell>;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the first row; it never changes.
    pub name: &'static str,
    /// How wide a spreadsheet shows it, in characters.
    pub width: u8,
}

/// What stands in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with decimals, in units of the last one: 1250 with 2 is 12.50.
    Decimal(i64, u8),
    /// An instant, shown in the tenant's zone.
    Time(DateTime<Utc>),
}

impl Cell {
    /// Words, or nothing.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// Money in the minor units of a currency with so many decimals.
    #[must_use]
    pub fn money(amount: impl Into<Option<i64>>, decimals: u8) -> Self {
        amount.into().map_or(Self::Empty, |amount| Self::Decimal(amount, decimals))
    }

    /// A number that may be missing.
    #[must_use]
    pub fn whole(number: impl Into<Option<i64>>) -> Self {
        number.into().map_or(Self::Empty, Self::Whole)
    }

    /// An instant that may be missing.
    #[must_use]
    pub fn time(instant: impl Into<Option<DateTime<Utc>>>) -> Self {
        instant.into().map_or(Self::Empty, Self::Time)
    }

    /// An id that may be missing.
    #[must_use]
    pub fn id(id: impl Into<Option<Uuid>>) -> Self {
        id.into().map_or(Self::Empty, |id| Self::Text(id.to_string()))
    }
}

/// A number with its decimals: `-12.50`.
#[must_use]
pub(super) fn decimal(units: i64, decimals: u8) -> String {
    let width = usize::from(decimals);
    let digits = format!("{:0>least$}", units.unsigned_abs(), least = width + 1);
    let (whole, rest) = digits.split_at(digits.len() - width);
    let (sign, point) = (if units < 0 { "-" } else { "" }, if width == 0 { "" } else { "." });
    format!("{sign}{whole}{point}{rest}")
}

/// The number as a spreadsheet keeps it; `None` where it would not be the same number any more.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "below 2^53 none is lost")]
pub(super) fn kept(units: i64, decimals: u8) -> Option<f64> {
    let fits = units.unsigned_abs() < 10_u64.pow(DIGITS_KEPT);
    fits.then(|| units as f64 / 10_f64.powi(i32::from(decimals)))
}

/// The date and time that clocks in the zone show, to the second.
#[must_use]
pub(super) fn local(instant: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let local = instant.with_timezone(&zone).naive_local();
    chrono::SubsecRound::trunc_subsecs(local, 0)
}

/// Days since the beginning of spreadsheets' time, which is what they take for a date.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "seconds of centuries are far below 2^53")]
pub(super) fn serial(local: NaiveDateTime) -> f64 {
    const DAY: f64 = 86_400.0;
    let beginning = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_hms_opt(0, 0, 0).unwrap_or_default();
    local.signed_duration_since(beginning).num_seconds() as f64 / DAY
}

#[cfg(test)]
mod tests {
    use super::{decimal, kept, local, serial};
    use chrono::{DateTime, Utc};
    use chrono_tz::Europe::Zurich;

    #[test]
    fn a_decimal_number_has_all_its_digits() {
        assert_eq!((decimal(1250, 2), decimal(-5, 2), decimal(0, 3)), ("12.50".into(), "-0.05".into(), "0.000".into()));
        assert_eq!((decimal(1500, 0), decimal(i64::MIN, 2)), ("1500".into(), "-92233720368547758.08".into()));
    }

    #[test]
    fn a_number_that_a_spreadsheet_would_round_is_none_for_it() {
        assert_eq!(kept(999_999_999_999_999, 2), Some(9_999_999_999_999.99));
        assert_eq!((kept(1_000_000_000_000_000, 2), kept(i64::MIN, 0)), (None, None));
        // Every number that is kept says all its digits again.
        for units in [1, 29, 2_966, 123_456_789_012_345, 999_999_999_999_999] {
            assert_eq!(format!("{:.2}", kept(units, 2).unwrap()), decimal(units, 2));
        }
    }

    #[test]
    fn a_time_is_what_clocks_in_the_zone_show() {
        let at: DateTime<Utc> = "2026-07-01T22:30:15.987Z".parse().unwrap();
        assert_eq!(local(at, Zurich).to_string(), "2026-07-02 00:30:15");
        assert!((serial(local(at, Zurich)) - 46_205.021_006_944_44).abs() < 1e-9);
    }
}
