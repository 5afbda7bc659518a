//! An index of the coupons of whose uses nearly all are taken, so that the overview need not look at the others.

crate::ddl::migration! {
    up: r"
CREATE INDEX coupons_nearly_used_up ON coupons (tenant_id, id)
    WHERE max_uses > 0 AND uses > 0 AND uses < max_uses AND max_uses - uses - held <= max_uses / 10
",
    down: r"
DROP INDEX coupons_nearly_used_up
",
}
