//! What redemptions did beside being counted: credit and grants; and what the rows of one redemption say of each other.

use super::count::{one_or_all, statement};
use super::{Found, What, differing};
use crate::error::Error;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct OfOne {
    id: Uuid,
    counted: i64,
    kept: i64,
}

/// The balances that are not the sum of their ledger, or whether this organization's is not.
pub(super) async fn balances(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    only: Option<Uuid>,
) -> Result<Vec<Found>, Error> {
    let (one, this) = if only.is_some() { ("AND organization_id = $2", "AND o.id = $2") } else { ("", "") };
    let sql = format!(
        "SELECT o.id, COALESCE(n.amount, 0) AS counted, COALESCE(b.balance, 0) AS kept FROM organizations o \
         LEFT JOIN credit_balances b ON b.tenant_id = o.tenant_id AND b.organization_id = o.id \
         LEFT JOIN (SELECT organization_id, CAST(SUM(amount) AS BIGINT) AS amount FROM credit_entries \
            WHERE tenant_id = $1 {one} GROUP BY organization_id) n ON n.organization_id = o.id \
         WHERE o.tenant_id = $1 {this} AND COALESCE(b.balance, 0) <> COALESCE(n.amount, 0) ORDER BY o.id"
    );
    let rows = OfOne::find_by_statement(one_or_all(connection, &sql, tenant, only)).all(connection).await?;
    let found = |row: OfOne| (What::Balance(row.id), differing([("balance", row.counted, row.kept)]));
    Ok(rows.into_iter().map(found).collect())
}

#[derive(FromQueryResult)]
struct OfGrants {
    id: Uuid,
    coupon_id: Uuid,
    organization_id: Uuid,
    counted: i64,
    kept: i64,
}

/// The redemptions whose grants are not live although they are confirmed, or the other way round; or whether it is so of
/// this one.
pub(super) async fn grants(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    only: Option<Uuid>,
) -> Result<Vec<Found>, Error> {
    let this = if only.is_some() { "AND r.id = $2" } else { "" };
    let live = "SUM(CASE WHEN g.live THEN 1 ELSE 0 END)";
    let due = "SUM(CASE r.state WHEN 'confirmed' THEN 1 ELSE 0 END)";
    let sql = format!(
        "SELECT r.id, r.coupon_id, g.organization_id, CAST({due} AS BIGINT) AS counted, CAST({live} AS BIGINT) AS kept \
         FROM limit_grants g JOIN redemptions r ON r.tenant_id = g.tenant_id AND r.id = g.redemption_id \
         WHERE g.tenant_id = $1 {this} GROUP BY r.id, r.coupon_id, g.organization_id HAVING {live} <> {due} ORDER BY r.id"
    );
    let rows = OfGrants::find_by_statement(one_or_all(connection, &sql, tenant, only)).all(connection).await?;
    let found = |row: OfGrants| {
        let what = What::Grants { redemption: row.id, coupon: row.coupon_id, organization: row.organization_id };
        (what, differing([("live grants", row.counted, row.kept)]))
    };
    Ok(rows.into_iter().map(found).collect())
}

/// The ledgers whose balances do not lead from one to the next.
///
/// Each entry leads from one balance to another, and all of them together from 0 to the sum: so every balance is reached
/// as often as it is left, but for the first and the last. That holds in whatever order entries of one instant are read.
pub(super) async fn chains(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Found>, Error> {
    let sql = "SELECT organization_id AS id, CAST(0 AS BIGINT) AS counted, CAST(COUNT(*) AS BIGINT) AS kept FROM (\
            SELECT organization_id, balance FROM (\
                SELECT organization_id, balance_after AS balance, 1 AS way FROM credit_entries WHERE tenant_id = $1 \
                UNION ALL SELECT organization_id, balance_after - amount, -1 FROM credit_entries WHERE tenant_id = $1 \
                UNION ALL SELECT DISTINCT organization_id, CAST(0 AS BIGINT), 1 FROM credit_entries \
                    WHERE tenant_id = $1 \
                UNION ALL SELECT organization_id, CAST(SUM(amount) AS BIGINT), -1 FROM credit_entries \
                    WHERE tenant_id = $1 GROUP BY organization_id) steps \
            GROUP BY organization_id, balance HAVING SUM(way) <> 0) loose \
         GROUP BY organization_id ORDER BY organization_id";
    let rows = OfOne::find_by_statement(statement(connection, sql, [tenant.into()])).all(connection).await?;
    let found = |row: OfOne| (What::Ledger(row.id), differing([("loose balances", row.counted, row.kept)]));
    Ok(rows.into_iter().map(found).collect())
}

#[derive(FromQueryResult)]
struct OfRedemption {
    id: Uuid,
    uses: i64,
    amount_before: i64,
    discount: i64,
    whole: i64,
    line_uses: i64,
    line_amount: i64,
    line_discount: i64,
    line_whole: i64,
    price_after: i64,
}

/// The redemptions whose lines add up to something else, and those that gave an organization less or more than they say.
pub(super) async fn redemptions(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<Vec<Found>, Error> {
    let sql = "SELECT r.id, CASE r.terms ->> 'uses_per' WHEN 'order' THEN n.line_uses ELSE r.uses END AS uses, \
            r.amount_before, r.discount, CAST(CASE r.state WHEN 'reversed' THEN 1 ELSE 0 END AS BIGINT) AS whole, n.line_uses, \
            n.line_amount, n.line_discount, n.line_whole, n.price_after \
         FROM redemptions r JOIN (SELECT redemption_id, CAST(SUM(uses) AS BIGINT) AS line_uses, \
                CAST(SUM(COALESCE(unit_price, 0) * quantity) AS BIGINT) AS line_amount, \
                CAST(SUM(discount) AS BIGINT) AS line_discount, CAST(SUM(price_after) AS BIGINT) AS price_after, \
                CAST(MIN(CASE WHEN reversed_quantity = quantity THEN 1 ELSE 0 END) AS BIGINT) AS line_whole \
            FROM redemption_lines WHERE tenant_id = $1 GROUP BY redemption_id) n ON n.redemption_id = r.id \
         WHERE r.tenant_id = $1 AND (r.discount <> n.line_discount OR r.amount_before <> n.line_amount \
            OR r.amount_before - r.discount <> n.price_after \
            OR (r.terms ->> 'uses_per' = 'unit' AND r.uses <> n.line_uses) \
            OR CASE r.state WHEN 'reversed' THEN 1 ELSE 0 END <> n.line_whole) ORDER BY r.id";
    let rows = OfRedemption::find_by_statement(statement(connection, sql, [tenant.into()])).all(connection).await?;
    let by_line = rows.into_iter().map(|row| {
        let fields = [
            ("uses", row.line_uses, row.uses),
            ("amount before", row.line_amount, row.amount_before),
            ("discount", row.line_discount, row.discount),
            ("total", row.price_after, row.amount_before - row.discount),
            ("wholly reversed", row.line_whole, row.whole),
        ];
        (What::Redemption(row.id), differing(fields))
    });
    // A confirmed redemption gave its organization the credit that it says, or at least one grant.
    let sql = "SELECT r.id, CASE r.terms -> 'benefit' ->> 'kind' WHEN 'credit' THEN r.discount ELSE 1 END AS counted, \
            CASE r.terms -> 'benefit' ->> 'kind' WHEN 'credit' \
            THEN COALESCE((SELECT CAST(SUM(e.amount) AS BIGINT) FROM credit_entries e \
                WHERE e.tenant_id = r.tenant_id AND e.redemption_id = r.id), 0) \
            ELSE COALESCE((SELECT CAST(MIN(1) AS BIGINT) FROM limit_grants g \
                WHERE g.tenant_id = r.tenant_id AND g.redemption_id = r.id), 0) END AS kept \
         FROM redemptions r WHERE r.tenant_id = $1 AND r.state = 'confirmed' AND r.organization_id IS NOT NULL \
            AND r.terms -> 'benefit' ->> 'kind' IN ('credit', 'limits')";
    let sql = format!(
        "SELECT id, CAST(counted AS BIGINT) AS counted, kept FROM ({sql}) given WHERE counted <> kept ORDER BY id"
    );
    let rows = OfOne::find_by_statement(statement(connection, &sql, [tenant.into()])).all(connection).await?;
    let given =
        |row: OfOne| (What::Redemption(row.id), differing([("given to the organization", row.counted, row.kept)]));
    Ok(by_line.chain(rows.into_iter().map(given)).collect())
}
