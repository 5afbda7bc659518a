//! Counters, counted from redemptions and their lines, set by set.

use super::{Found, What, differing};
use crate::coupons::coupon::{ProductKey, UseCounters};
use crate::error::Error;
use crate::redemptions::world::{Counter, product_id};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The scopes of counters that belong to somebody.
pub(super) const HOLDERS: [&str; 2] = ["person", "organization"];
/// The scopes of counters of products, whose ids this program makes.
pub(super) const PRODUCTS: [&str; 2] = ["product", "free"];
/// Owners whose products are compared at once.
const OWNERS_AT_ONCE: i64 = 500;

/// What each redemption counts, as one row of `uses`, `held`, `spent` and `spent_held`. By unit each use goes back with
/// its unit; by order, and where there are no lines, with the last.
const TAKEN: &str = "\
    SELECT r.coupon_id, r.code_id, r.person_id, r.organization_id, \
        CASE r.state WHEN 'held' THEN r.uses ELSE 0 END AS held, \
        CASE r.state WHEN 'held' THEN r.discount ELSE 0 END AS spent_held, \
        CASE WHEN r.state = 'held' THEN 0 \
            WHEN r.terms ->> 'restore_uses' = 'never' THEN r.uses \
            WHEN r.terms ->> 'uses_per' = 'order' THEN CASE r.state WHEN 'reversed' THEN 0 ELSE r.uses END \
            ELSE COALESCE(r.uses - (SELECT SUM(l.reversed_uses) FROM redemption_lines l \
                    WHERE l.tenant_id = r.tenant_id AND l.redemption_id = r.id), \
                CASE r.state WHEN 'reversed' THEN 0 ELSE r.uses END) END AS uses, \
        CASE WHEN r.state = 'held' THEN 0 \
            WHEN r.terms ->> 'restore_uses' = 'never' THEN r.discount \
            ELSE COALESCE(r.discount - (SELECT SUM(l.reversed_discount) FROM redemption_lines l \
                    WHERE l.tenant_id = r.tenant_id AND l.redemption_id = r.id), \
                CASE r.state WHEN 'reversed' THEN 0 ELSE r.discount END) END AS spent \
    FROM redemptions r WHERE r.tenant_id = $1 AND r.state IN ('held', 'confirmed', 'reversed')";

/// A statement for the database at hand.
pub(super) fn statement<const N: usize>(connection: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

#[derive(FromQueryResult)]
struct OfCoupon {
    id: Uuid,
    uses: i64,
    held: i64,
    spent: i64,
    spent_held: i64,
    kept_uses: i64,
    kept_held: i64,
    kept_spent: i64,
    kept_spent_held: i64,
}

/// The coupons whose counters are off, or whether this one's are.
pub(super) async fn coupons(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    only: Option<Uuid>,
) -> Result<Vec<Found>, Error> {
    let (one, this) = if only.is_some() { ("AND r.coupon_id = $2", "AND c.id = $2") } else { ("", "") };
    let sql = format!(
        "WITH taken AS ({TAKEN} {one}), counted AS (SELECT coupon_id, CAST(SUM(uses) AS BIGINT) AS uses, \
            CAST(SUM(held) AS BIGINT) AS held, CAST(SUM(spent) AS BIGINT) AS spent, \
            CAST(SUM(spent_held) AS BIGINT) AS spent_held FROM taken GROUP BY coupon_id) \
         SELECT c.id, COALESCE(n.uses, 0) AS uses, COALESCE(n.held, 0) AS held, COALESCE(n.spent, 0) AS spent, \
            COALESCE(n.spent_held, 0) AS spent_held, c.uses AS kept_uses, c.held AS kept_held, \
            c.spent AS kept_spent, c.spent_held AS kept_spent_held \
         FROM coupons c LEFT JOIN counted n ON n.coupon_id = c.id WHERE c.tenant_id = $1 {this} \
            AND (c.uses <> COALESCE(n.uses, 0) OR c.held <> COALESCE(n.held, 0) \
                OR c.spent <> COALESCE(n.spent, 0) OR c.spent_held <> COALESCE(n.spent_held, 0)) ORDER BY c.id"
    );
    let rows = OfCoupon::find_by_statement(one_or_all(connection, &sql, tenant, only)).all(connection).await?;
    let found = |row: OfCoupon| {
        let fields = [
            ("uses", row.uses, row.kept_uses),
            ("held", row.held, row.kept_held),
            ("spent", row.spent, row.kept_spent),
            ("spent_held", row.spent_held, row.kept_spent_held),
        ];
        (What::Coupon(row.id), differing(fields))
    };
    Ok(rows.into_iter().map(found).collect())
}

#[derive(FromQueryResult)]
struct OfOwner {
    owner: Uuid,
    subject: Uuid,
    uses: i64,
    held: i64,
    kept_uses: i64,
    kept_held: i64,
}

impl OfOwner {
    fn fields(&self) -> Vec<super::Field> {
        differing([("uses", self.uses, self.kept_uses), ("held", self.held, self.kept_held)])
    }
}

/// The codes whose counters are off, or whether this one's are.
pub(super) async fn codes(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    only: Option<Uuid>,
) -> Result<Vec<Found>, Error> {
    let (one, this) = if only.is_some() {
        (
            "AND r.code_id = $2 AND r.coupon_id = (SELECT coupon_id FROM codes WHERE tenant_id = $1 AND id = $2)",
            "AND c.id = $2",
        )
    } else {
        ("", "")
    };
    let sql = format!(
        "WITH taken AS ({TAKEN} {one}), counted AS (SELECT code_id, CAST(SUM(uses) AS BIGINT) AS uses, \
            CAST(SUM(held) AS BIGINT) AS held FROM taken GROUP BY code_id) \
         SELECT c.coupon_id AS owner, c.id AS subject, COALESCE(n.uses, 0) AS uses, COALESCE(n.held, 0) AS held, \
            c.uses AS kept_uses, c.held AS kept_held \
         FROM codes c LEFT JOIN counted n ON n.code_id = c.id WHERE c.tenant_id = $1 {this} \
            AND (c.uses <> COALESCE(n.uses, 0) OR c.held <> COALESCE(n.held, 0)) ORDER BY c.id"
    );
    let rows = OfOwner::find_by_statement(one_or_all(connection, &sql, tenant, only)).all(connection).await?;
    let what = |row: &OfOwner| What::Code { coupon: row.owner, code: row.subject };
    Ok(rows.into_iter().map(|row| (what(&row), row.fields())).collect())
}

/// The counters of persons or organizations that are off, or whether the one of this coupon and holder is.
pub(super) async fn holders(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    scope: &str,
    only: Option<(Uuid, Uuid)>,
) -> Result<Vec<Found>, Error> {
    let (one, this) = if only.is_some() {
        (format!("AND r.coupon_id = $3 AND r.{scope}_id = $4"), "AND owner_id = $3 AND subject_id = $4")
    } else {
        (String::new(), "")
    };
    // Put under each other and added up: a full join of two lists is read by SQLite once for every row of the other.
    let sum = |column: &str| format!("CAST(SUM({column}) AS BIGINT) AS {column}");
    let both = format!(
        "SELECT owner, subject, {}, {}, {}, {} FROM (\
            SELECT coupon_id AS owner, holder AS subject, uses, held, 0 AS kept_uses, 0 AS kept_held FROM counted \
            UNION ALL SELECT owner_id, subject_id, 0, 0, uses, held FROM kept) AS both_sides \
         GROUP BY owner, subject HAVING SUM(uses) <> SUM(kept_uses) OR SUM(held) <> SUM(kept_held) ORDER BY owner, subject",
        sum("uses"),
        sum("held"),
        sum("kept_uses"),
        sum("kept_held"),
    );
    let sql = format!(
        "WITH taken AS ({TAKEN} {one}), counted AS (SELECT coupon_id, {scope}_id AS holder, \
            CAST(SUM(uses) AS BIGINT) AS uses, CAST(SUM(held) AS BIGINT) AS held \
            FROM taken WHERE {scope}_id IS NOT NULL GROUP BY coupon_id, {scope}_id), \
         kept AS (SELECT owner_id, subject_id, uses, held FROM usage_counters \
            WHERE tenant_id = $1 AND scope = $2 {this}) \
         {both}"
    );
    let statement = match only {
        Some((owner, subject)) => {
            statement(connection, &sql, [tenant.into(), scope.into(), owner.into(), subject.into()])
        }
        None => statement(connection, &sql, [tenant.into(), scope.into()]),
    };
    let rows = OfOwner::find_by_statement(statement).all(connection).await?;
    let found = |row: OfOwner| Some((What::Usage(Counter::from_columns(scope, row.owner, row.subject)?), row.fields()));
    Ok(rows.into_iter().filter_map(found).collect())
}

/// The counters of products that are off, a page of owners at a time.
pub(super) async fn products(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    scope: &str,
) -> Result<Vec<Found>, Error> {
    let owners = if scope == "free" { "persons" } else { "coupons" };
    // The first of both are among the first of each, so that neither is read to its end for every page.
    let sql = format!(
        "SELECT id FROM (SELECT id FROM {owners} WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $4) AS known UNION \
         SELECT id FROM (SELECT DISTINCT owner_id AS id FROM usage_counters WHERE tenant_id = $1 AND scope = $3 \
            AND owner_id > $2 ORDER BY owner_id LIMIT $4) AS counted \
         ORDER BY 1 LIMIT $4"
    );
    let (mut found, mut last) = (Vec::new(), Uuid::nil());
    loop {
        let values = [tenant.into(), last.into(), scope.into(), OWNERS_AT_ONCE.into()];
        let page = connection.query_all_raw(statement(connection, &sql, values)).await?;
        let (Some(first), Some(end)) = (page.first(), page.last()) else { break };
        let range = (first.try_get("", "id")?, end.try_get("", "id")?);
        found.extend(products_of(connection, tenant, scope, range).await?);
        last = range.1;
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct OfLine {
    owner: Uuid,
    product_id: Option<Uuid>,
    sku: String,
    uses: i64,
    held: i64,
}

#[derive(FromQueryResult)]
struct Kept {
    owner_id: Uuid,
    subject_id: Uuid,
    uses: i64,
    held: i64,
}

/// The counters of products that are off, of the owners from `first` to `last`.
pub(super) async fn products_of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    scope: &str,
    (first, last): (Uuid, Uuid),
) -> Result<Vec<Found>, Error> {
    let (owner, units, back) = match scope {
        "free" => ("person_id", "free_units", "reversed_free"),
        _ => ("coupon_id", "uses", "reversed_uses"),
    };
    let sql = format!(
        "SELECT r.{owner} AS owner, l.product_id, l.sku, \
            CAST(SUM(CASE r.state WHEN 'held' THEN l.{units} ELSE 0 END) AS BIGINT) AS held, \
            CAST(SUM(CASE WHEN r.state = 'held' THEN 0 WHEN r.terms ->> 'restore_uses' = 'never' THEN l.{units} \
                ELSE l.{units} - l.{back} END) AS BIGINT) AS uses \
         FROM redemptions r JOIN redemption_lines l ON l.tenant_id = r.tenant_id AND l.redemption_id = r.id \
         WHERE r.tenant_id = $1 AND r.{owner} >= $2 AND r.{owner} <= $3 \
            AND r.state IN ('held', 'confirmed', 'reversed') AND l.{units} > 0 \
         GROUP BY r.{owner}, l.product_id, l.sku"
    );
    let counted = statement(connection, &sql, [tenant.into(), first.into(), last.into()]);
    let kept = "SELECT owner_id, subject_id, uses, held FROM usage_counters \
         WHERE tenant_id = $1 AND scope = $2 AND owner_id >= $3 AND owner_id <= $4";
    let kept = statement(connection, kept, [tenant.into(), scope.into(), first.into(), last.into()]);
    let mut both: BTreeMap<(Uuid, Uuid), (UseCounters, UseCounters)> = BTreeMap::new();
    for row in OfLine::find_by_statement(counted).all(connection).await? {
        let product = product_id(&row.product_id.map_or(ProductKey::Sku(row.sku), ProductKey::Id));
        let (counted, _) = both.entry((row.owner, product)).or_default();
        (counted.uses, counted.held) = (counted.uses + row.uses, counted.held + row.held);
    }
    for row in Kept::find_by_statement(kept).all(connection).await? {
        both.entry((row.owner_id, row.subject_id)).or_default().1 = UseCounters { uses: row.uses, held: row.held };
    }
    let off = both.into_iter().filter(|(_, (counted, kept))| counted != kept);
    let found = off.filter_map(|((owner, subject), (counted, kept))| {
        let fields = differing([("uses", counted.uses, kept.uses), ("held", counted.held, kept.held)]);
        Some((What::Usage(Counter::from_columns(scope, owner, subject)?), fields))
    });
    Ok(found.collect())
}

pub(super) fn one_or_all(connection: &impl ConnectionTrait, sql: &str, tenant: Uuid, only: Option<Uuid>) -> Statement {
    match only {
        Some(id) => statement(connection, sql, [tenant.into(), id.into()]),
        None => statement(connection, sql, [tenant.into()]),
    }
}
