//! What is allowed and may still be a mistake. A warning never keeps a coupon from being saved.

use crate::coupons::changes::could_lower;
use crate::coupons::code::CodeText;
use crate::coupons::coupon::Coupon;
use crate::coupons::generator::{Meter, Strength};
use chrono::{DateTime, Utc};

/// The warnings for a coupon that is made now.
#[must_use]
pub fn of_new(coupon: &Coupon, code: Option<&CodeText>, now: DateTime<Utc>) -> Vec<String> {
    let mut warnings = of(coupon, code);
    if coupon.valid_until.is_some_and(|until| until <= now) {
        warnings.push("Its end is past: the coupon is expired from the start.".to_owned());
    }
    warnings
}

/// The warnings for a coupon with this code, most serious first.
#[must_use]
pub fn of(coupon: &Coupon, code: Option<&CodeText>) -> Vec<String> {
    let mut warnings = Vec::new();
    let no_cap = coupon.max_uses.is_none() && coupon.budget.is_none() && !coupon.assigned_people_only;
    if coupon.benefit.is_full_discount() && no_cap {
        let weak = code.is_some_and(|code| Strength::typed(code.key()).meter == Meter::Weak);
        warnings.push(format!(
            "It makes everything free for whoever learns the code{}. Give it a maximum of uses or a budget.",
            if weak { ", and the code can be guessed" } else { "" }
        ));
    }
    if could_lower(&coupon.benefit) {
        warnings.push("It sets a limit, which lowers it for organizations that have more.".to_owned());
    }
    warnings
}
