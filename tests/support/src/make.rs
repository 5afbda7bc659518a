//! Builders that say only what matters: `make::coupon().percent("15").max_uses(3).create(&app)`.

mod coupon;
mod key;
mod organization;
mod product;
mod tenant;
mod user;

pub use coupon::{Coupon, NewCoupon, code, coupon, coupon_row, many_codes, many_coupons};
pub use key::{NewKey, key};
pub use organization::{Organization, organization, organization_at};
pub use product::{NewProduct, product};
pub use tenant::{hostname, switch_coupons_off, tenant};
pub use user::{NewUser, user};

use std::sync::atomic::{AtomicU32, Ordering};

/// A number that no other builder of this program got.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::SeqCst)
}
