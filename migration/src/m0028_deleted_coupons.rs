//! How many coupons of each tab are deleted, kept by the database itself beside how many there are: the list leaves them
//! out.

use crate::{ddl, m0013_lists as lists};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const UP: &str = r"
ALTER TABLE coupon_totals ADD COLUMN deleted {int} NOT NULL DEFAULT 0 CHECK (deleted >= 0)
;
UPDATE coupon_totals SET deleted = (SELECT count(*) FROM coupons AS c
    WHERE c.tenant_id = coupon_totals.tenant_id AND c.gift = coupon_totals.gift AND c.deleted_at IS NOT NULL)
;
";

const SQLITE: &str = r"
CREATE TRIGGER coupons_total_add AFTER INSERT ON coupons
BEGIN
    INSERT INTO coupon_totals (tenant_id, gift, coupons, deleted)
    VALUES (new.tenant_id, new.gift, 1, new.deleted_at IS NOT NULL)
    ON CONFLICT (tenant_id, gift) DO UPDATE SET coupons = coupons + 1, deleted = deleted + excluded.deleted;
END
;
CREATE TRIGGER coupons_total_move AFTER UPDATE OF gift, deleted_at ON coupons
WHEN old.gift <> new.gift OR (old.deleted_at IS NULL) <> (new.deleted_at IS NULL)
BEGIN
    UPDATE coupon_totals SET coupons = coupons - 1, deleted = deleted - (old.deleted_at IS NOT NULL)
    WHERE tenant_id = old.tenant_id AND gift = old.gift;
    INSERT INTO coupon_totals (tenant_id, gift, coupons, deleted)
    VALUES (new.tenant_id, new.gift, 1, new.deleted_at IS NOT NULL)
    ON CONFLICT (tenant_id, gift) DO UPDATE SET coupons = coupons + 1, deleted = deleted + excluded.deleted;
END
;
CREATE TRIGGER coupons_total_drop AFTER DELETE ON coupons
BEGIN
    UPDATE coupon_totals SET coupons = coupons - 1, deleted = deleted - (old.deleted_at IS NOT NULL)
    WHERE tenant_id = old.tenant_id AND gift = old.gift;
END
;
";

/// Where many rows are inserted or removed once a statement, not once a row.
const POSTGRES: &str = r"
CREATE FUNCTION coupons_total_add() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO coupon_totals AS kept (tenant_id, gift, coupons, deleted)
    SELECT tenant_id, gift, count(*), count(deleted_at) FROM added GROUP BY tenant_id, gift ORDER BY tenant_id, gift
    ON CONFLICT (tenant_id, gift)
    DO UPDATE SET coupons = kept.coupons + excluded.coupons, deleted = kept.deleted + excluded.deleted;
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_add AFTER INSERT ON coupons
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION coupons_total_add()
;
CREATE FUNCTION coupons_total_drop() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE coupon_totals AS kept SET coupons = kept.coupons - gone.coupons, deleted = kept.deleted - gone.deleted
    FROM (SELECT tenant_id, gift, count(*) AS coupons, count(deleted_at) AS deleted
        FROM removed GROUP BY tenant_id, gift) AS gone
    WHERE kept.tenant_id = gone.tenant_id AND kept.gift = gone.gift;
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_drop AFTER DELETE ON coupons
REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION coupons_total_drop()
;
CREATE FUNCTION coupons_total_move() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO coupon_totals (tenant_id, gift, coupons) VALUES (NEW.tenant_id, NEW.gift, 0)
    ON CONFLICT (tenant_id, gift) DO NOTHING;
    UPDATE coupon_totals SET
        coupons = coupons + (gift = NEW.gift)::int - (gift = OLD.gift)::int,
        deleted = deleted + (gift = NEW.gift AND NEW.deleted_at IS NOT NULL)::int
            - (gift = OLD.gift AND OLD.deleted_at IS NOT NULL)::int
    WHERE tenant_id = NEW.tenant_id AND (gift = NEW.gift OR gift = OLD.gift);
    RETURN NULL;
END $$
;
CREATE TRIGGER coupons_total_move AFTER UPDATE OF gift, deleted_at ON coupons
FOR EACH ROW WHEN (OLD.gift <> NEW.gift OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
EXECUTE FUNCTION coupons_total_move()
;
";

const DOWN: &str = r"
ALTER TABLE coupon_totals DROP COLUMN deleted
;
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite would otherwise be left half-way by a failing change.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, lists::SQLITE_DOWN, lists::POSTGRES_DOWN).await?;
        ddl::run(manager, UP).await?;
        ddl::run_for(manager, SQLITE, POSTGRES).await
    }
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run_for(manager, lists::SQLITE_DOWN, lists::POSTGRES_DOWN).await?;
        ddl::run(manager, DOWN).await?;
        ddl::run_for(manager, lists::SQLITE, lists::POSTGRES).await
    }
}
