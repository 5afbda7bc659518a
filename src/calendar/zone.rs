//! Where days and months begin in a time zone, whatever the clocks do that night.

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

/// The first instant of `date` in `zone`: midnight, the earlier one if midnight comes twice, and the first
/// instant after the gap if clocks jump over it. For a day that never was, this is the start of the next.
#[must_use]
pub fn first_instant(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    match zone.from_local_datetime(&midnight) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => instant.to_utc(),
        MappedLocalTime::None => end_of_gap(midnight, zone),
    }
}

/// The first instant of the month after the one `now` lies in: where a benefit that ends with the month of
/// its redemption is over.
#[must_use]
pub fn end_of_month(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let today = now.with_timezone(&zone).date_naive();
    let (year, month) = if today.month() == 12 { (today.year() + 1, 1) } else { (today.year(), today.month() + 1) };
    let next = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(NaiveDate::MAX);
    first_instant(next, zone)
}

/// The instant at which clocks jump over `local`, found between the two readings of it.
pub(super) fn end_of_gap(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let day = chrono::TimeDelta::days(1);
    let offset_near = |moment: NaiveDateTime| zone.offset_from_utc_datetime(&moment).fix().local_minus_utc();
    let before = offset_near(local - day - day);
    let after = offset_near(local + day + day);
    // Read with the later offset `local` lies before the jump, read with the earlier one after it.
    let mut low = local.and_utc().timestamp() - i64::from(after.max(before));
    let mut high = local.and_utc().timestamp() - i64::from(after.min(before));
    let jumped = |second: i64| {
        DateTime::from_timestamp(second, 0).is_none_or(|instant| offset_near(instant.naive_utc()) == after)
    };
    while low < high {
        let middle = low + (high - low) / 2;
        if jumped(middle) { high = middle } else { low = middle + 1 }
    }
    DateTime::from_timestamp(high, 0).unwrap_or(local.and_utc())
}
