use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::{America, Asia, Europe, Pacific, Tz};
use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn time(text: &str) -> Option<NaiveTime> {
    Some(parse_time(text).unwrap())
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_date_is_read_in_forms_that_have_one_meaning() {
    let expected = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    for text in ["2026-12-31", " 31.12.2026 ", "31 Dec 2026", "31 december 2026", "31. Dec 2026", "31. 12. 2026"] {
        assert_eq!(parse_date(text), Ok(expected), "{text}");
    }
    for text in ["", "12/31/2026", "31-12-2026", "31.12.26", "+2026-12-31", "2026-12", "tomorrow", "２０２６-12-31"]
    {
        assert_eq!(parse_date(text), Err(DateFault::NotADate), "{text}");
    }
    for text in ["2026-02-30", "2025-02-29", "31.04.2026", "2026-13-01", "2026-00-10"] {
        assert_eq!(parse_date(text), Err(DateFault::NoSuchDay), "{text}");
    }
    assert_eq!(parse_date("0026-12-31"), Err(DateFault::YearOutOfRange));
    assert_eq!(parse_date("9999-12-31"), Err(DateFault::YearOutOfRange));
    assert!(parse_date("2028-02-29").is_ok());
}

#[test]
fn a_time_has_hours_and_minutes() {
    assert_eq!(parse_time("9:05"), Ok(NaiveTime::from_hms_opt(9, 5, 0).unwrap()));
    assert_eq!(parse_time("23:59:59"), Ok(NaiveTime::from_hms_opt(23, 59, 59).unwrap()));
    for text in ["", "9", "24:00", "12:60", "12:00:60", "-1:00", "9.05", "12:00:00:00", "9pm"] {
        assert_eq!(parse_time(text), Err(DateFault::NotATime), "{text}");
    }
}

#[test]
fn an_end_date_includes_its_whole_day_in_the_tenants_zone() {
    let zone = Europe::Zurich;
    let over = end(date("2026-12-31"), None, zone).unwrap();
    assert_eq!(over, utc("2026-12-31T23:00:00Z"));
    assert_eq!(end_moment(over, zone), "31 Dec 2026, 23:59");
    assert_eq!(end_day(over, zone), "31 Dec 2026");
    assert_eq!(end_fields(over, zone), (date("2026-12-31"), None));
    assert_eq!(start(date("2026-12-31"), None, zone).unwrap(), utc("2026-12-30T23:00:00Z"));
}

#[test]
fn an_end_with_a_time_is_over_at_that_time() {
    let over = end(date("2026-07-01"), time("18:00"), Europe::Zurich).unwrap();
    assert_eq!(over, utc("2026-07-01T16:00:00Z"));
    assert_eq!(end_moment(over, Europe::Zurich), "1 Jul 2026, 18:00");
    assert_eq!(end_fields(over, Europe::Zurich), (date("2026-07-01"), time("18:00")));
}

#[test]
fn days_on_which_clocks_change_have_23_and_25_hours() {
    let zone = Europe::Zurich;
    let hours =
        |text: &str| (end(date(text), None, zone).unwrap() - start(date(text), None, zone).unwrap()).num_hours();
    assert_eq!(hours("2026-03-28"), 24);
    assert_eq!(hours("2026-03-29"), 23);
    assert_eq!(hours("2026-10-25"), 25);
}

#[test]
fn a_time_that_clocks_jump_over_is_refused_and_named() {
    let fault = start(date("2026-03-29"), time("02:30"), Europe::Zurich).unwrap_err();
    let next = "03:00".to_owned();
    assert_eq!(fault, DateFault::TimeSkipped { time: "02:30".to_owned(), next, zone: "Europe/Zurich" });
    assert!(end(date("2026-03-29"), time("02:30"), Europe::Zurich).is_err());
}

#[test]
fn a_time_that_comes_twice_starts_at_the_first_and_ends_at_the_second() {
    let zone = Europe::Zurich;
    assert_eq!(start(date("2026-10-25"), time("02:30"), zone).unwrap(), utc("2026-10-25T00:30:00Z"));
    assert_eq!(end(date("2026-10-25"), time("02:30"), zone).unwrap(), utc("2026-10-25T01:30:00Z"));
}

#[test]
fn a_day_without_a_midnight_starts_when_its_clocks_do() {
    // São Paulo went from 23:59:59 to 01:00:00.
    let zone = America::Sao_Paulo;
    assert_eq!(start(date("2018-11-04"), None, zone).unwrap(), utc("2018-11-04T03:00:00Z"));
    assert_eq!(end(date("2018-11-03"), None, zone).unwrap(), utc("2018-11-04T03:00:00Z"));
    assert_eq!(end_moment(utc("2018-11-04T03:00:00Z"), zone), "3 Nov 2018, 23:59");
    let fault = start(date("2018-11-04"), time("00:30"), zone).unwrap_err();
    assert!(matches!(fault, DateFault::TimeSkipped { next, .. } if next == "01:00"));
}

#[test]
fn a_day_with_two_midnights_starts_at_the_first() {
    // Havana goes from 01:00 back to 00:00.
    let zone = America::Havana;
    assert_eq!(start(date("2026-11-01"), None, zone).unwrap(), utc("2026-11-01T04:00:00Z"));
    assert_eq!(end(date("2026-10-31"), None, zone).unwrap(), utc("2026-11-01T04:00:00Z"));
}

#[test]
fn a_day_that_never_was_is_refused_and_the_day_before_it_still_ends() {
    let zone = Pacific::Apia;
    assert_eq!(start(date("2011-12-30"), None, zone), Err(DateFault::DaySkipped { zone: "Pacific/Apia" }));
    assert_eq!(end(date("2011-12-30"), time("12:00"), zone), Err(DateFault::DaySkipped { zone: "Pacific/Apia" }));
    let over = end(date("2011-12-29"), None, zone).unwrap();
    assert_eq!(over, start(date("2011-12-31"), None, zone).unwrap());
    assert_eq!(over, utc("2011-12-30T10:00:00Z"));
}

#[test]
fn zones_at_both_ends_of_the_world_have_their_own_days() {
    assert_eq!(start(date("2027-01-01"), None, Pacific::Kiritimati).unwrap(), utc("2026-12-31T10:00:00Z"));
    assert_eq!(start(date("2027-01-01"), None, Pacific::Pago_Pago).unwrap(), utc("2027-01-01T11:00:00Z"));
    assert_eq!(start(date("2027-01-01"), None, Asia::Kathmandu).unwrap(), utc("2026-12-31T18:15:00Z"));
}

#[test]
fn a_month_ends_where_the_next_begins_in_the_zone() {
    let end = |now: &str, zone: Tz| end_of_month(utc(now), zone);
    assert_eq!(end("2026-01-31T22:59:59Z", Europe::Zurich), utc("2026-01-31T23:00:00Z"));
    assert_eq!(end("2026-01-31T23:00:00Z", Europe::Zurich), utc("2026-02-28T23:00:00Z"));
    assert_eq!(end("2026-12-15T00:00:00Z", Europe::Zurich), utc("2026-12-31T23:00:00Z"));
    assert_eq!(end("2028-02-01T12:00:00Z", chrono_tz::UTC), utc("2028-03-01T00:00:00Z"));
}

#[test]
fn what_is_near_is_said_by_its_weekday() {
    let zone = Europe::Zurich;
    let now = utc("2026-11-18T12:00:00Z"); // a Wednesday
    assert_eq!(soon(utc("2026-11-18T20:00:00Z"), now, zone), "today at 21:00");
    assert_eq!(soon(utc("2026-11-19T08:00:00Z"), now, zone), "tomorrow at 09:00");
    assert_eq!(soon(utc("2026-11-20T08:00:00Z"), now, zone), "Friday 09:00");
    assert_eq!(soon(utc("2026-11-25T08:00:00Z"), now, zone), "25 Nov 2026, 09:00");
}

#[test]
fn a_wait_is_rounded_up_and_a_distance_to_the_nearest() {
    let now = utc("2026-11-20T12:00:00Z");
    let in_seconds = |seconds| wait(now, now + TimeDelta::seconds(seconds));
    assert_eq!(in_seconds(-5), "1 second");
    assert_eq!(in_seconds(1), "1 second");
    assert_eq!(in_seconds(59), "59 seconds");
    assert_eq!(in_seconds(60), "1 minute");
    assert_eq!(in_seconds(61), "2 minutes");
    assert_eq!(in_seconds(12 * 60), "12 minutes");
    assert_eq!(in_seconds(59 * 60 + 1), "1 hour");
    assert_eq!(in_seconds(2 * 3600 + 1), "3 hours");
    assert_eq!(in_seconds(50 * 3600), "3 days");
    assert_eq!(from_now(now + TimeDelta::days(41), now), "in 41 days");
    assert_eq!(from_now(now - TimeDelta::minutes(200), now), "3 hours ago");
    assert_eq!(from_now(now + TimeDelta::seconds(20), now), "now");
    assert_eq!(from_now(now - TimeDelta::seconds(40), now), "1 minute ago");
}

proptest! {
    #[test]
    fn a_day_lasts_until_the_next_begins_in_every_zone(days in 0_i64..30_000, which in 0_usize..chrono_tz::TZ_VARIANTS.len()) {
        let zone = chrono_tz::TZ_VARIANTS[which];
        let date = NaiveDate::from_ymd_opt(1971, 1, 1).unwrap() + TimeDelta::days(days);
        if let Ok(begins) = start(date, None, zone) {
            let over = end(date, None, zone).unwrap();
            prop_assert!(begins < over);
            // The day's first and last microsecond lie in it, their neighbours do not.
            let local = |instant: DateTime<Utc>| instant.with_timezone(&zone).date_naive();
            prop_assert_eq!(local(begins), date);
            prop_assert_eq!(local(over - TimeDelta::microseconds(1)), date);
            prop_assert!(local(over) > date);
            prop_assert!(local(begins - TimeDelta::microseconds(1)) < date);
            prop_assert_eq!(start_fields(begins, zone), (date, None));
            prop_assert_eq!(end_fields(over, zone), (date, None));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = parse_date(&text);
        let _ = parse_time(&text);
    }
}
