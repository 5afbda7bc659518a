//! A code that is used too fast looks leaked: its coupon pauses by itself, on record.

use super::book::Book;
use crate::audit::{Actor, Change, Entry};
use crate::redemptions::redemption::Redemption;
use crate::redemptions::world::World;
use chrono::{DateTime, Utc};

/// Counts a new redemption, and pauses the coupon when its threshold is reached.
pub(super) fn watch(world: &mut World, book: &mut Book, it: &Redemption, now: DateTime<Utc>) {
    let Some(coupon) = world.coupons.get_mut(&it.coupon_id) else { return };
    let Some(threshold) = coupon.leak_threshold else { return };
    let recent = world.recent_uses.entry(coupon.id).or_default();
    *recent += it.uses;
    if *recent < threshold.uses || coupon.paused_at.is_some() {
        return;
    }
    coupon.paused_at = Some(now);
    book.paused.insert(coupon.id);
    let code = world.codes.get(&it.code_id).map(|code| (code.text.key().to_string(), code.text.to_string()));
    let reason = format!("It looks leaked: {recent} uses within {} minutes.", threshold.within_minutes);
    let entry = Entry {
        action: "coupon.leak_paused",
        subject_kind: "coupon",
        subject_id: coupon.id.to_string(),
        subject_label: coupon.name.clone(),
        coupon_id: Some(coupon.id),
        code,
        redemption_id: Some(it.id),
        changes: vec![Change::new("paused_at", None::<String>, now.to_rfc3339())],
        reason: Some(reason),
        ..Entry::default()
    };
    book.audit(&Actor::system("leak threshold"), entry);
}
