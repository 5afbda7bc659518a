//! Indexes that find redemptions by their order, by their code and by how they ended, and codes by their beginning.
//!
//! What ended is found by two of its own, so that the many that are confirmed pay for neither.

crate::ddl::migration! {
    up: r"
CREATE INDEX redemptions_by_order ON redemptions (tenant_id, order_ref, id) WHERE order_ref IS NOT NULL
;
CREATE INDEX redemptions_by_code ON redemptions (tenant_id, code_id, id)
;
CREATE INDEX redemptions_ended ON redemptions (tenant_id, state, id)
    WHERE state IN ('released', 'expired', 'reversed')
;
CREATE INDEX redemptions_ended_by_coupon ON redemptions (tenant_id, coupon_id, state, id)
    WHERE state IN ('released', 'expired', 'reversed')
;
CREATE INDEX codes_by_coupon_and_key ON codes (tenant_id, coupon_id, key)
",
    down: r"
DROP INDEX codes_by_coupon_and_key
;
DROP INDEX redemptions_ended_by_coupon
;
DROP INDEX redemptions_ended
;
DROP INDEX redemptions_by_code
;
DROP INDEX redemptions_by_order
",
}
