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
pub use tenant::{hostname, sandbox_payments, switch_coupons_off, tenant};
pub use user::{NewUser, user};

/// Takes away the CHECKs on the counters of PostgreSQL, which would hide that a lock is left out.
pub const WITHOUT_THE_LAST_GUARD: &str = "\
    DO $$ DECLARE c record; BEGIN FOR c IN SELECT conrelid::regclass AS t, conname AS n \
    FROM pg_constraint WHERE contype = 'c' AND conrelid IN ('coupons'::regclass, 'codes'::regclass) \
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.n); END LOOP; END $$";

use std::sync::atomic::{AtomicU32, Ordering};

/// A number that no other builder of this program got.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::SeqCst)
}
