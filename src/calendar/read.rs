//! From what people type to an instant.

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use super::zone::{end_of_gap, first_instant};

/// Why something typed is no date, no time, or no instant in the tenant's zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateFault {
    /// Not in one of the forms that can be read in one way only.
    #[error("Please type a date like 2026-12-31 or 31.12.2026.")]
    NotADate,
    /// The calendar has no such day: 30 February.
    #[error("There is no such day in the calendar.")]
    NoSuchDay,
    /// A year no coupon has: before 1970 or after 9998.
    #[error("Please type a year between 1970 and 9998.")]
    YearOutOfRange,
    /// Not a time of the day.
    #[error("Please type a time like 09:00 or 23:59.")]
    NotATime,
    /// Clocks jump over this time.
    #[error("Clocks in {zone} jump over {time} on that day; the next time after it is {next}.")]
    TimeSkipped {
        /// The time that was typed.
        time: String,
        /// The first time after the jump.
        next: String,
        /// The name of the time zone.
        zone: &'static str,
    },
    /// The zone moved across the date line and left this day out.
    #[error("{zone} left that day out when it moved across the date line.")]
    DaySkipped {
        /// The name of the time zone.
        zone: &'static str,
    },
}

/// Reads `2026-12-31`, `31.12.2026` or `31 Dec 2026`. Forms with slashes are refused: half of the world reads
/// them the other way round.
///
/// # Errors
/// [`DateFault::NotADate`], [`DateFault::NoSuchDay`] or [`DateFault::YearOutOfRange`].
pub fn parse_date(text: &str) -> Result<NaiveDate, DateFault> {
    let (year, month, day) = date_fields(text.trim()).ok_or(DateFault::NotADate)?;
    if !(1970..=9998).contains(&year) {
        return Err(DateFault::YearOutOfRange);
    }
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DateFault::NoSuchDay)
}

/// Reads `09:00`, `9:00` or `09:00:30`.
///
/// # Errors
/// [`DateFault::NotATime`].
pub fn parse_time(text: &str) -> Result<NaiveTime, DateFault> {
    let fields: Option<Vec<u32>> = text.trim().split(':').map(|part| number(part, 1..=2)).collect();
    match fields.as_deref() {
        Some(&[hour, minute]) => NaiveTime::from_hms_opt(hour, minute, 0),
        Some(&[hour, minute, second]) => NaiveTime::from_hms_opt(hour, minute, second),
        _ => None,
    }
    .ok_or(DateFault::NotATime)
}

/// The instant at which something typed as a start opens: the first of its day, or the given time, the
/// earlier one where clocks show it twice.
///
/// # Errors
/// [`DateFault::TimeSkipped`] or [`DateFault::DaySkipped`], where the zone has no such time.
pub fn start(date: NaiveDate, time: Option<NaiveTime>, zone: Tz) -> Result<DateTime<Utc>, DateFault> {
    match time {
        Some(time) => at(date, time, zone, |earlier, _| earlier),
        None => whole_day(date, zone).map(|()| first_instant(date, zone)),
    }
}

/// The instant at which something typed as an end is over: the first of the next day, so that the whole
/// day counts, or the given time, the later one where clocks show it twice.
///
/// # Errors
/// [`DateFault::TimeSkipped`] or [`DateFault::DaySkipped`], where the zone has no such time.
pub fn end(date: NaiveDate, time: Option<NaiveTime>, zone: Tz) -> Result<DateTime<Utc>, DateFault> {
    match time {
        Some(time) => at(date, time, zone, |_, later| later),
        None => {
            whole_day(date, zone)?;
            let next = date.succ_opt().ok_or(DateFault::YearOutOfRange)?;
            Ok(first_instant(next, zone))
        }
    }
}

fn whole_day(date: NaiveDate, zone: Tz) -> Result<(), DateFault> {
    let begins = first_instant(date, zone).with_timezone(&zone).date_naive();
    if begins == date { Ok(()) } else { Err(DateFault::DaySkipped { zone: zone.name() }) }
}

fn at(
    date: NaiveDate,
    time: NaiveTime,
    zone: Tz,
    choose: fn(DateTime<Tz>, DateTime<Tz>) -> DateTime<Tz>,
) -> Result<DateTime<Utc>, DateFault> {
    let local = date.and_time(time);
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(instant) => Ok(instant.to_utc()),
        MappedLocalTime::Ambiguous(earlier, later) => Ok(choose(earlier, later).to_utc()),
        MappedLocalTime::None => {
            whole_day(date, zone)?;
            let next = end_of_gap(local, zone).with_timezone(&zone);
            let (time, next) = (time.format("%H:%M").to_string(), next.format("%H:%M").to_string());
            Err(DateFault::TimeSkipped { time, next, zone: zone.name() })
        }
    }
}

fn date_fields(text: &str) -> Option<(i32, u32, u32)> {
    let parts = |separator: char| -> Vec<&str> { text.split(separator).map(str::trim).collect() };
    if let &[year, month, day] = parts('-').as_slice() {
        return Some((number(year, 4..=4)?.try_into().ok()?, number(month, 1..=2)?, number(day, 1..=2)?));
    }
    if let &[day, month, year] = parts('.').as_slice() {
        return Some((number(year, 4..=4)?.try_into().ok()?, number(month, 1..=2)?, number(day, 1..=2)?));
    }
    let &[day, month, year] = text.split_whitespace().collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let month = month.parse::<chrono::Month>().ok()?.number_from_month();
    Some((number(year, 4..=4)?.try_into().ok()?, month, number(day.trim_end_matches('.'), 1..=2)?))
}

/// A number of as many ASCII digits as `lengths` allows.
fn number(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
