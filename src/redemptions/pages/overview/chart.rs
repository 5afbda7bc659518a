//! The chart of redemptions per day: where its bars stand, in the units of its view box of 560 × 140.

use crate::calendar;
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;

/// How many days it shows, today last.
pub const DAYS: u64 = 14;
const STEP: f64 = 40.0;
const BASE: f64 = 120.0;
const HIGHEST: f64 = 104.0;

/// One bar.
pub struct Bar {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its height.
    pub height: f64,
    /// Where its day is written, and what of the text stands there: the outer ones keep inside the chart.
    pub label_at: f64,
    /// `start`, `middle` or `end`.
    pub anchor: &'static str,
    /// `7 Nov`.
    pub short_day: String,
    /// `7 Nov 2026`.
    pub day: String,
    /// Redemptions of the day.
    pub count: i64,
    /// Whether its day is written below it: the first, the middle, the last.
    pub labelled: bool,
}

/// The first instants of the days shown and of tomorrow.
pub fn bounds(now: DateTime<Utc>, zone: Tz) -> Vec<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    let day = |ahead: u64| {
        let date = today.checked_add_days(Days::new(ahead + 1)).and_then(|day| day.checked_sub_days(Days::new(DAYS)));
        calendar::first_instant(date.unwrap_or(today), zone)
    };
    (0..=DAYS).map(day).collect()
}

/// The bars of the days that begin at `bounds`.
pub fn bars(bounds: &[DateTime<Utc>], counts: &[i64], zone: Tz) -> Vec<Bar> {
    let most = counts.iter().copied().max().unwrap_or_default().max(1);
    let bar = |(number, (start, count)): (u32, (&DateTime<Utc>, &i64))| {
        let height = share(*count, most) * HIGHEST;
        let left = f64::from(number) * STEP + 6.0;
        let (label_at, anchor) = match number {
            0 => (left, "start"),
            13 => (left + 28.0, "end"),
            _ => (left + 14.0, "middle"),
        };
        Bar {
            x: left,
            y: round(BASE - height),
            height: round(height),
            label_at,
            anchor,
            short_day: start.with_timezone(&zone).format("%-d %b").to_string(),
            day: calendar::day(*start, zone),
            count: *count,
            labelled: matches!(number, 0 | 6 | 13),
        }
    };
    (0_u32..).zip(bounds.iter().zip(counts)).map(bar).collect()
}

/// What the chart tells, in a sentence.
pub fn sentence(bars: &[Bar]) -> String {
    let total: i64 = bars.iter().map(|bar| bar.count).sum();
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return String::new() };
    let span = format!("Redemptions per day, {} to {}", first.short_day, last.short_day);
    match bars.iter().max_by_key(|bar| bar.count) {
        Some(most) if total > 0 => format!("{span}: {total} in all, most on {} with {}", most.short_day, most.count),
        _ => format!("{span}: none"),
    }
}

/// The share of the highest bar, in hundredths so that no count is too large for it.
fn share(count: i64, most: i64) -> f64 {
    let hundredths = i128::from(count.max(0)) * 10_000 / i128::from(most);
    f64::from(i32::try_from(hundredths).unwrap_or(10_000)) / 10_000.0
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::{DAYS, bars, bounds, sentence};
    use chrono::DateTime;
    use chrono_tz::Europe::Zurich;

    #[test]
    fn fourteen_days_end_with_today_in_the_tenants_zone() {
        // 23:30 in UTC is the next day in Zurich.
        let now = DateTime::parse_from_rfc3339("2026-11-19T23:30:00Z").unwrap().to_utc();
        let bounds = bounds(now, Zurich);
        assert_eq!(bounds.len(), 15);
        let counts: Vec<i64> = (0..14).collect();
        let bars = bars(&bounds, &counts, Zurich);
        assert_eq!((bars[0].short_day.as_str(), bars[13].short_day.as_str()), ("7 Nov", "20 Nov"));
        assert!(bounds[13] <= now && now < bounds[14] && bars.len() == usize::try_from(DAYS).unwrap());
        assert_eq!((bars[0].height, bars[13].height, bars[13].y), (0.0, 104.0, 16.0));
        assert_eq!(sentence(&bars), "Redemptions per day, 7 Nov to 20 Nov: 91 in all, most on 20 Nov with 13");
    }

    #[test]
    fn days_without_a_redemption_are_told_so() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let bars = bars(&bounds(now, Zurich), &[0; 14], Zurich);
        assert!(sentence(&bars).ends_with(": none") && bars.iter().all(|bar| bar.height == 0.0));
    }
}
