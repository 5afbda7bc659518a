//! From an instant to what people read.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::zone::first_instant;

/// The day of an instant: `31 Dec 2026`.
#[must_use]
pub fn day(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%-d %b %Y").to_string()
}

/// An instant to the minute: `31 Dec 2026, 23:59`.
#[must_use]
pub fn moment(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%-d %b %Y, %H:%M").to_string()
}

/// The last day that is included when something ends at `end`: `31 Dec 2026` for the first instant of 2027.
#[must_use]
pub fn end_day(end: DateTime<Utc>, zone: Tz) -> String {
    day(last_moment(end), zone)
}

/// An end to the minute: `31 Dec 2026, 23:59` for the first instant of 2027, `31 Dec 2026, 18:00` for an end
/// in the middle of the day.
#[must_use]
pub fn end_moment(end: DateTime<Utc>, zone: Tz) -> String {
    if is_start_of_day(end, zone) { moment(last_moment(end), zone) } else { moment(end, zone) }
}

/// What a form shows for a start, so that [`start`](super::start) reads it back: no time at a day's beginning.
#[must_use]
pub fn start_fields(start: DateTime<Utc>, zone: Tz) -> (NaiveDate, Option<NaiveTime>) {
    let local = start.with_timezone(&zone).naive_local();
    (local.date(), (!is_start_of_day(start, zone)).then(|| local.time()))
}

/// What a form shows for an end, so that [`end`](super::end) reads it back: the day it includes whole, or a
/// day and a time.
#[must_use]
pub fn end_fields(end: DateTime<Utc>, zone: Tz) -> (NaiveDate, Option<NaiveTime>) {
    if is_start_of_day(end, zone) {
        (last_moment(end).with_timezone(&zone).date_naive(), None)
    } else {
        let local = end.with_timezone(&zone).naive_local();
        (local.date(), Some(local.time()))
    }
}

/// A moment that is still to come, as people say it: `today at 09:00`, `Friday 09:00` within six days, else
/// `31 Dec 2026, 09:00`.
#[must_use]
pub fn soon(instant: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let local = instant.with_timezone(&zone);
    let days = local.date_naive().signed_duration_since(now.with_timezone(&zone).date_naive()).num_days();
    match days {
        0 => local.format("today at %H:%M").to_string(),
        1 => local.format("tomorrow at %H:%M").to_string(),
        2..=6 => local.format("%A %H:%M").to_string(),
        _ => moment(instant, zone),
    }
}

/// How long it is from `now` until `then`, rounded up so that nobody comes back too early: `4 seconds`, `1 minute`,
/// `12 minutes`, `3 hours`, `41 days`.
#[must_use]
pub fn wait(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let left = then.signed_duration_since(now);
    match (left.num_milliseconds() + 999) / 1000 {
        ..=1 => "1 second".to_owned(),
        seconds @ ..60 => format!("{seconds} seconds"),
        _ => length(left, true),
    }
}

/// How far away an instant is: `in 41 days`, `3 hours ago`, `now` within half a minute.
#[must_use]
pub fn from_now(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance = instant.signed_duration_since(now);
    if distance.abs() < TimeDelta::seconds(30) {
        "now".to_owned()
    } else if distance > TimeDelta::zero() {
        format!("in {}", length(distance, false))
    } else {
        format!("{} ago", length(-distance, false))
    }
}

/// Minutes below an hour, hours below two days, then days.
fn length(length: TimeDelta, round_up: bool) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = (length.num_milliseconds().max(0) + 999) / 1000;
    let count = |unit: i64| (seconds + if round_up { unit - 1 } else { unit / 2 }) / unit;
    let (count, unit) = if count(MINUTE) < 60 {
        (count(MINUTE).max(1), "minute")
    } else if count(HOUR) < 48 {
        (count(HOUR).max(1), "hour")
    } else {
        (count(DAY), "day")
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn is_start_of_day(instant: DateTime<Utc>, zone: Tz) -> bool {
    first_instant(instant.with_timezone(&zone).date_naive(), zone) == instant
}

/// The last moment before a half-open end.
fn last_moment(end: DateTime<Utc>) -> DateTime<Utc> {
    end - TimeDelta::microseconds(1)
}
