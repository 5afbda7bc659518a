//! When a coupon was resumed: uses before that are no sign of a leak any more.

crate::ddl::migration! {
    up: r"
ALTER TABLE coupons ADD COLUMN resumed_at {time}
",
    down: r"
ALTER TABLE coupons DROP COLUMN resumed_at
",
}
