//! Dates as other systems write them. What can be read in two ways is refused with both of them.

use crate::calendar::{self, DateFault};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Which comes first in 03/04/2026.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Only dates that can be read in one way.
    #[default]
    Certain,
    /// The day.
    DayFirst,
    /// The month.
    MonthFirst,
}

impl Order {
    /// The words of forms, and what people read.
    pub const CHOICES: [(&str, &str); 3] =
        [("certain", "Reject such dates"), ("day_first", "The day: 3 April"), ("month_first", "The month: 4 March")];

    /// The word of forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
        }
    }

    /// The choice with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Certain, Self::DayFirst, Self::MonthFirst].into_iter().find(|choice| choice.word() == word)
    }
}

/// Whether a date begins or ends something: an end date includes its whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first instant.
    Start,
    /// The first instant after it.
    End,
}

/// The instant of a cell, `None` where it says nothing: an ISO date or instant, seconds since 1970, a date with dots or with
/// the name of its month, or one with slashes as far as it is certain; with a time behind it or without. What names no zone
/// is in `zone`.
///
/// # Errors
/// A sentence that says how to write it instead.
pub fn moment(cell: &str, order: Order, zone: Tz, edge: Edge) -> Result<Option<DateTime<Utc>>, String> {
    let text = cell.trim();
    if super::cells::is_nothing(text) || text == "0" || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    if let Some(instant) = with_offset(text) {
        return in_range(instant).map(Some);
    }
    if let Some(instant) = since_1970(text) {
        return in_range(instant).map(Some);
    }
    let (text, zone) = match text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")) {
        Some(rest) => (rest.trim_end(), Tz::UTC),
        None => (text, zone),
    };
    let (day, time) = split(text)?;
    let date = date(day, order)?;
    let instant = match edge {
        Edge::Start => calendar::start(date, time, zone),
        Edge::End => calendar::end(date, time, zone),
    };
    instant.map(Some).map_err(|fault| fault.to_string())
}

/// An instant that says how far its clock is from UTC: `+01:00`, `+0100`, `+01` or `Z`.
fn with_offset(text: &str) -> Option<DateTime<Utc>> {
    let read = |form| DateTime::parse_from_str(text, form).ok();
    let found = DateTime::parse_from_rfc3339(text).ok();
    let found = found.or_else(|| read("%Y-%m-%dT%H:%M:%S%.f %#z")).or_else(|| read("%Y-%m-%d %H:%M:%S%.f %#z"));
    found.map(|instant| instant.to_utc())
}

fn in_range(instant: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let kept = DateTime::from_timestamp_micros(instant.timestamp_micros());
    kept.filter(|kept| (1970..=9998).contains(&kept.year())).ok_or_else(|| DateFault::YearOutOfRange.to_string())
}

fn since_1970(text: &str) -> Option<DateTime<Utc>> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        9 | 10 => DateTime::from_timestamp(text.parse().ok()?, 0),
        13 => DateTime::from_timestamp_millis(text.parse().ok()?),
        _ => None,
    }
}

/// The day and the time behind it.
fn split(text: &str) -> Result<(&str, Option<NaiveTime>), String> {
    let iso = text
        .split_once('T')
        .filter(|(day, _)| day.len() == 10 && day.ends_with(|letter: char| letter.is_ascii_digit()));
    let Some(colon) = text.find(':') else { return Ok((text, None)) };
    let (day, time) = match iso {
        Some(parts) => parts,
        None => {
            let before = text.get(..colon).unwrap_or_default();
            let at = before.rfind(char::is_whitespace).ok_or_else(|| not_a_date(text))?;
            (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default())
        }
    };
    let time = clock(time.trim()).ok_or_else(|| DateFault::NotATime.to_string())?;
    Ok((day.trim().trim_end_matches(','), Some(time)))
}

/// `23:59`, `23:59:30`, `23:59:30.000`, `11:59 PM`.
fn clock(text: &str) -> Option<NaiveTime> {
    let lower = text.to_lowercase();
    let (text, noon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim_end(), Some(false)),
        (_, Some(rest)) => (rest.trim_end(), Some(true)),
        _ => (lower.as_str(), None),
    };
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time = calendar::parse_time(text).ok()?;
    let Some(afternoon) = noon else { return Some(time) };
    use chrono::Timelike;
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (12, true) => 12,
        (hour @ 1..=11, true) => hour + 12,
        (hour @ 1..=11, false) => hour,
        _ => return None,
    };
    time.with_hour(hour)
}

fn date(text: &str, order: Order) -> Result<NaiveDate, String> {
    let text = text.trim();
    match calendar::parse_date(text) {
        Ok(date) => return Ok(date),
        Err(DateFault::NotADate) => {}
        Err(fault) => return Err(fault.to_string()),
    }
    if let Some(turned) = month_first(text) {
        return calendar::parse_date(&turned).map_err(|fault| fault.to_string());
    }
    let parts: Vec<&str> = text.split(['/', '-']).map(str::trim).collect();
    let numbers: Option<Vec<u32>> = parts.iter().map(|part| part.parse().ok()).collect();
    let (&[one, two, three], [first, _, last]) = (numbers.as_deref().unwrap_or_default(), parts.as_slice()) else {
        return Err(not_a_date(text));
    };
    if first.len() == 4 {
        return on(one, two, three);
    }
    if last.len() != 4 {
        return Err(format!("“{text}”: please write the year with four digits, as 2026-12-31."));
    }
    match (one > 12, two > 12, order) {
        (true, _, _) | (_, false, Order::DayFirst) => on(three, two, one),
        (_, true, _) | (_, _, Order::MonthFirst) => on(three, one, two),
        _ if one == two => on(three, one, two),
        _ => {
            let said = |month, day| on(three, month, day).map(|date| date.format("%-d %B").to_string());
            Err(format!(
                "“{text}” can be {} or {}. Choose which comes first, or write it as 2026-12-31.",
                said(two, one)?,
                said(one, two)?
            ))
        }
    }
}

fn on(year: u32, month: u32, day: u32) -> Result<NaiveDate, String> {
    calendar::parse_date(&format!("{year:04}-{month:02}-{day:02}")).map_err(|fault| fault.to_string())
}

/// `Dec 31, 2026` as `31 Dec 2026`.
fn month_first(text: &str) -> Option<String> {
    let &[month, day, year] = text.split_whitespace().collect::<Vec<_>>().as_slice() else { return None };
    month.starts_with(char::is_alphabetic).then(|| format!("{} {month} {year}", day.trim_end_matches(',')))
}

fn not_a_date(text: &str) -> String {
    format!("“{text}” is no date that can be read. Write it as 2026-12-31.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Zurich;

    fn end(cell: &str, order: Order) -> Result<String, String> {
        moment(cell, order, Zurich, Edge::End).map(|at| at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339()))
    }

    #[test]
    fn dates_of_common_forms_are_read_with_their_whole_day() {
        for cell in [
            "2026-12-31",
            "31.12.2026",
            "31 Dec 2026",
            "Dec 31, 2026",
            "31/12/2026",
            "12/31/2026",
            "2026/12/31",
            "31-12-2026",
        ] {
            assert_eq!(end(cell, Order::Certain).as_deref(), Ok("2026-12-31T23:00:00+00:00"), "{cell}");
        }
        for cell in [
            "2026-12-31T22:30:00Z",
            "2026-12-31 23:30",
            "2026-12-31T23:30:00+01:00",
            "12/31/2026 11:30 PM",
            "1798756200",
            "2026-12-31 22:30:00 UTC",
            "2026-12-31T22:30:00.000Z",
            "2026-12-31T22:30:00.000+0000",
            "2026-12-31 22:30:00.000000+00",
            "2026-12-31 23:30:00 +0100",
        ] {
            assert_eq!(end(cell, Order::Certain).as_deref(), Ok("2026-12-31T22:30:00+00:00"), "{cell}");
        }
        // A zone that is not known is refused, never left out.
        for cell in ["2026-12-31 22:30:00.000 EST", "2026-12-31 22:30:00 EST", "2026-12-31 22:30:00."] {
            assert!(end(cell, Order::Certain).is_err(), "{cell}");
        }
        for cell in ["", "NULL", "0", "0000-00-00 00:00:00"] {
            assert_eq!(end(cell, Order::Certain).as_deref(), Ok("never"), "{cell}");
        }
    }

    #[test]
    fn an_ambiguous_date_is_refused_with_both_readings() {
        let told = end("03/04/2026", Order::Certain).unwrap_err();
        assert!(told.contains("3 April") && told.contains("4 March"), "{told}");
        assert_eq!(end("03/04/2026", Order::DayFirst).as_deref(), Ok("2026-04-03T22:00:00+00:00"));
        assert_eq!(end("03/04/2026", Order::MonthFirst).as_deref(), Ok("2026-03-04T23:00:00+00:00"));
        assert_eq!(end("05/05/2026", Order::Certain).as_deref(), Ok("2026-05-05T22:00:00+00:00"));
        assert!(end("03/04/26", Order::DayFirst).unwrap_err().contains("four digits"));
        assert!(end("30/02/2026", Order::Certain).unwrap_err().contains("no such day"));
        for cell in ["soon", "2026-13-01", "31/12", "99:99", "T", "::"] {
            assert!(end(cell, Order::Certain).is_err(), "{cell}");
        }
    }
}
