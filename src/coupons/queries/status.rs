//! The status of a coupon `c` in the words of the database: the twin of
//! [`Coupon::status`](crate::coupons::coupon::Coupon::status). A test holds the two together over a grid of coupons.

use crate::coupons::coupon::Status;
use crate::db::values::Values;
use chrono::{DateTime, Utc};

/// When a coupon ends; the index of it is made of the same words.
pub(super) const LAST_DAY: &str = "COALESCE(c.valid_until, '9999-12-31T23:59:59+00:00')";
/// Nothing is left of it; the index of it is made of the same words.
pub(super) const USED_UP: &str = "((c.max_uses IS NOT NULL AND c.uses >= c.max_uses) \
    OR (c.budget IS NOT NULL AND c.budget - c.spent < CASE c.benefit WHEN 'credit' THEN c.amount WHEN 'limits' THEN 0 ELSE 1 END))";

/// Whether the coupon has this status. `by_index` says it so that an index of ends or of starts finds those that have it;
/// otherwise none of them serves, which would be taken in place of the order of a list.
pub(super) fn has_status(status: Status, by_index: bool, now: DateTime<Utc>, values: &mut Values) -> String {
    let living = "c.deleted_at IS NULL AND c.paused_at IS NULL";
    let place = match status {
        Status::Deleted | Status::Paused => String::new(),
        _ => values.put(now),
    };
    let unended = format!("(c.valid_until IS NULL OR c.valid_until > {place})");
    let (over, not_over, later) = if by_index {
        let (over, not_over) = (format!("{LAST_DAY} <= {place}"), format!("{LAST_DAY} > {place}"));
        (over, not_over, format!("c.valid_from > {place}"))
    } else {
        (format!("c.valid_until <= {place}"), unended.clone(), format!("COALESCE(c.valid_from, {place}) > {place}"))
    };
    let running = format!("{living} AND {not_over} AND (c.valid_from IS NULL OR c.valid_from <= {place})");
    match status {
        Status::Deleted => "c.deleted_at IS NOT NULL".to_owned(),
        Status::Paused => "c.paused_at IS NOT NULL AND c.deleted_at IS NULL".to_owned(),
        Status::Expired => format!("{living} AND {over}"),
        Status::Scheduled => format!("{living} AND {later} AND {unended}"),
        Status::Exhausted => format!("{running} AND {USED_UP}"),
        Status::Active => format!("{running} AND NOT {USED_UP}"),
    }
}

/// Whether the coupon is on the tab of gifts, or on the other.
pub(super) const fn of_tab(gift: bool, postgres: bool) -> &'static str {
    match (postgres, gift) {
        (true, true) => "c.gift",
        (true, false) => "NOT c.gift",
        (false, true) => "c.gift = 1",
        (false, false) => "c.gift = 0",
    }
}
