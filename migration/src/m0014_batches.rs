//! Batches: many codes for one coupon, made by a job.

crate::ddl::migration! {
    up: r"
CREATE TABLE batches (
    tenant_id {uuid} NOT NULL,
    id {uuid} NOT NULL,
    coupon_id {uuid} NOT NULL,
    prefix TEXT NOT NULL,
    length {int} NOT NULL CHECK (length >= 1),
    group_size {int} CHECK (group_size >= 1),
    max_uses {int} CHECK (max_uses >= 0),
    count {int} NOT NULL CHECK (count >= 1),
    made {int} NOT NULL DEFAULT 0 CHECK (made BETWEEN 0 AND count),
    job_id {uuid} NOT NULL,
    voided_at {time},
    voided {int} NOT NULL DEFAULT 0 CHECK (voided >= 0),
    void_job_id {uuid},
    created_by TEXT NOT NULL,
    created_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id) ON DELETE RESTRICT
) {strict}
;
CREATE INDEX batches_by_coupon ON batches (tenant_id, coupon_id, id)
;
ALTER TABLE codes ADD COLUMN batch_id {uuid}
;
CREATE INDEX codes_by_batch ON codes (tenant_id, batch_id, id) WHERE batch_id IS NOT NULL
;
",
    down: r"
DROP INDEX codes_by_batch
;
ALTER TABLE codes DROP COLUMN batch_id
;
DROP TABLE batches
;
",
}
