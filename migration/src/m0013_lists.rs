//! What keeps lists fast when they are long: an index for every filter and order that an index can serve, and the number
//! of coupons of each tab, kept by the database itself.
//!
//! An index whose condition names a counter costs nothing while the condition is false, so the one of coupons that are
//! used up is only touched when a coupon becomes so. A coupon without an end sorts as one that ends with the year 9999.

use crate::ddl;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
CREATE TABLE coupon_totals (
    tenant_id {uuid} NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    gift {bool} NOT NULL,
    coupons {int} NOT NULL CHECK (coupons >= 0),
    PRIMARY KEY (tenant_id, gift)
) {strict}
;
INSERT INTO coupon_totals (tenant_id, gift, coupons)
SELECT tenant_id, gift, count(*) FROM coupons GROUP BY tenant_id, gift
;
DROP INDEX coupons_by_end
;
CREATE INDEX coupons_by_last_day ON coupons (tenant_id, gift, COALESCE(valid_until, '9999-12-31T23:59:59+00:00'), id)
;
CREATE INDEX coupons_by_benefit ON coupons (tenant_id, gift, benefit, id)
    WHERE benefit <> 'percentage'
;
CREATE INDEX coupons_paused ON coupons (tenant_id, gift, id)
    WHERE paused_at IS NOT NULL
;
CREATE INDEX coupons_deleted ON coupons (tenant_id, gift, id)
    WHERE deleted_at IS NOT NULL
;
CREATE INDEX coupons_by_start ON coupons (tenant_id, gift, valid_from)
    WHERE valid_from IS NOT NULL
;
CREATE INDEX coupons_used_up ON coupons (tenant_id, gift, id)
    WHERE (max_uses IS NOT NULL AND uses >= max_uses)
        OR (budget IS NOT NULL AND budget - spent < CASE benefit WHEN 'credit' THEN amount WHEN 'limits' THEN 0 ELSE 1 END)
;
CREATE INDEX coupon_product_types_by_type ON coupon_product_types (tenant_id, product_type, coupon_id)
;
CREATE INDEX coupon_products_by_product ON coupon_products (tenant_id, product_id, coupon_id)
;
CREATE INDEX audit_by_coupon_alone ON audit_entries (tenant_id, coupon_id, id)
    WHERE subject_kind = 'coupon'
;
";

pub(crate) const SQLITE: &str = r"
CREATE TRIGGER coupons_total_add AFTER INSERT ON coupons
BEGIN
    INSERT INTO coupon_totals (tenant_id, gift, coupons) VALUES (new.tenant_id, new.gift, 1)
    ON CONFLICT (tenant_id, gift) DO UPDATE SET coupons = coupons + 1;
END
;
CREATE TRIGGER coupons_total_move AFTER UPDATE OF gift ON coupons
WHEN old.gift <> new.gift
BEGIN
    UPDATE coupon_totals SET coupons = coupons - 1 WHERE tenant_id = old.tenant_id AND gift = old.gift;
    INSERT INTO coupon_totals (tenant_id, gift, coupons) VALUES (new.tenant_id, new.gift, 1)
    ON CONFLICT (tenant_id, gift) DO UPDATE SET coupons = coupons + 1;
END
;
CREATE TRIGGER coupons_total_drop AFTER DELETE ON coupons
BEGIN UPDATE coupon_totals SET coupons = coupons - 1 WHERE tenant_id = old.tenant_id AND gift = old.gift; END
;
";

/// Once a statement, not once a row: a thousand rows are one change of the total.
pub(crate) const POSTGRES: &str = r"
CREATE FUNCTION coupons_total_add() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO coupon_totals AS kept (tenant_id, gift, coupons)
    SELECT tenant_id, gift, count(*) FROM added GROUP BY tenant_id, gift ORDER BY tenant_id, gift
    ON CONFLICT (tenant_id, gift) DO UPDATE SET coupons = kept.coupons + excluded.coupons;
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_add AFTER INSERT ON coupons
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION coupons_total_add()
;
CREATE FUNCTION coupons_total_drop() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE coupon_totals AS kept SET coupons = kept.coupons - gone.coupons
    FROM (SELECT tenant_id, gift, count(*) AS coupons FROM removed GROUP BY tenant_id, gift) AS gone
    WHERE kept.tenant_id = gone.tenant_id AND kept.gift = gone.gift;
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_drop AFTER DELETE ON coupons
REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION coupons_total_drop()
;
CREATE FUNCTION coupons_total_move() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO coupon_totals AS kept (tenant_id, gift, coupons)
    VALUES (NEW.tenant_id, false, CASE WHEN NEW.gift THEN 0 ELSE 1 END), (NEW.tenant_id, true, CASE WHEN NEW.gift THEN 1 ELSE 0 END)
    ON CONFLICT (tenant_id, gift) DO UPDATE
    SET coupons = kept.coupons + CASE WHEN excluded.coupons = 1 THEN 1 ELSE -1 END;
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_move AFTER UPDATE OF gift ON coupons
FOR EACH ROW WHEN (OLD.gift <> NEW.gift) EXECUTE FUNCTION coupons_total_move()
;
";

pub(crate) const SQLITE_DOWN: &str = r"
DROP TRIGGER coupons_total_drop
;
DROP TRIGGER coupons_total_move
;
DROP TRIGGER coupons_total_add
;
";

pub(crate) const POSTGRES_DOWN: &str = r"
DROP TRIGGER coupons_total_move ON coupons
;
DROP FUNCTION coupons_total_move()
;
DROP TRIGGER coupons_total_drop ON coupons
;
DROP FUNCTION coupons_total_drop()
;
DROP TRIGGER coupons_total_add ON coupons
;
DROP FUNCTION coupons_total_add()
;
";

const DOWN: &str = r"
DROP INDEX audit_by_coupon_alone
;
DROP INDEX coupon_products_by_product
;
DROP INDEX coupon_product_types_by_type
;
DROP INDEX coupons_used_up
;
DROP INDEX coupons_by_start
;
DROP INDEX coupons_deleted
;
DROP INDEX coupons_paused
;
DROP INDEX coupons_by_benefit
;
DROP INDEX coupons_by_last_day
;
CREATE INDEX coupons_by_end ON coupons (tenant_id, gift, valid_until, id)
;
DROP TABLE coupon_totals
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        ddl::run_for(manager, SQLITE, POSTGRES).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, SQLITE_DOWN, POSTGRES_DOWN).await?;
        ddl::run(manager, DOWN).await
    }
}
