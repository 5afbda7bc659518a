//! What the statements of the list are run with, the columns of a listed coupon, and the coupon made of them.

use super::Listed;
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::{Counters, Coupon, ProductKey, ProductScope};
use crate::coupons::queries::FirstCode;
use crate::db::bulk::padded;
use crate::db::is_postgres;
use crate::db::values::Values;
use crate::error::Error;
use crate::money::BasisPoints;
use crate::organizations::limits::{Grant, LimitChange, LimitMode, LimitValue};
use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, TryGetable, Value};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::LazyLock;
use uuid::Uuid;

/// A statement and its values.
pub(super) type Written = (String, Vec<Value>);

/// Codes of one coupon that are counted for a list.
pub const MOST_CODES: i64 = 1_000;

/// The columns of the coupon `c`, in the order in which [`listed`] reads them.
pub(super) fn columns(postgres: bool) -> &'static str {
    static SQLITE: LazyLock<String> = LazyLock::new(|| text("json_group_array", "json_array", "hex(x.product_id)", ""));
    static POSTGRES: LazyLock<String> =
        LazyLock::new(|| text("json_agg", "json_build_array", "x.product_id", "::text"));
    if postgres { &POSTGRES } else { &SQLITE }
}

/// What hangs on a coupon is one JSON text each, and none where its kind of benefit has no such thing.
fn text(all: &str, array: &str, product: &str, as_text: &str) -> String {
    let orders = "c.benefit IN ('percentage', 'fixed_amount')";
    let most = MOST_CODES + 1;
    format!(
        "c.id, c.tenant_id, c.name, c.benefit, c.percentage_bp, c.amount, c.maximum_discount, c.valid_from, c.valid_until, \
         c.max_uses, c.budget, c.paused_at, c.deleted_at, c.created_at, c.uses, c.held, c.spent, c.spent_held, \
         CASE WHEN c.benefit = 'limits' THEN (SELECT {all}({array}(l.limit_key, l.mode, l.value)){as_text} \
            FROM coupon_limits AS l WHERE l.tenant_id = c.tenant_id AND l.coupon_id = c.id) END, \
         CASE WHEN {orders} THEN (SELECT {all}(t.product_type){as_text} FROM coupon_product_types AS t \
            WHERE t.tenant_id = c.tenant_id AND t.coupon_id = c.id) END, \
         CASE WHEN {orders} THEN (SELECT {all}({array}({product}, p.product_type)){as_text} FROM coupon_products AS x \
            CROSS JOIN products AS p WHERE x.tenant_id = c.tenant_id AND x.coupon_id = c.id AND NOT x.excluded \
            AND p.tenant_id = x.tenant_id AND p.id = x.product_id) END, \
         (SELECT CAST(1 AS bigint) FROM coupon_people AS y WHERE y.tenant_id = c.tenant_id AND y.coupon_id = c.id LIMIT 1), \
         (SELECT k.text FROM codes AS k WHERE k.tenant_id = c.tenant_id AND k.coupon_id = c.id ORDER BY k.id LIMIT 1), \
         (SELECT count(*) FROM (SELECT 1 FROM codes AS k WHERE k.tenant_id = c.tenant_id AND k.coupon_id = c.id \
            LIMIT {most}) AS counted)"
    )
}

/// Runs a statement.
pub(super) async fn run(connection: &DatabaseConnection, (sql, values): Written) -> Result<Vec<QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.query_all_raw(statement).await?)
}

/// How many coupons of a part were looked at in one source, at most, and how many of all match.
pub(super) fn counts(row: &QueryResult) -> Result<(u64, u64), Error> {
    let (looked, total): (i64, i64) = (row.try_get("", "looked")?, row.try_get("", "total")?);
    Ok((looked.unsigned_abs(), total.unsigned_abs()))
}

/// The ids in the first column; a row may have none, and only counts.
pub(super) fn ids_of(rows: &[QueryResult]) -> Result<Vec<Uuid>, Error> {
    Ok(rows.iter().filter_map(|row| get(row, 0).transpose()).collect::<Result<_, _>>()?)
}

/// The ids that a statement finds.
pub(super) async fn ids(connection: &DatabaseConnection, text: Written) -> Result<Vec<Uuid>, Error> {
    ids_of(&run(connection, text).await?)
}

/// These coupons, as far as there are such.
pub(super) async fn by_ids(
    connection: &DatabaseConnection,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Listed>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values = Values::default();
    let tenant = values.put(tenant);
    let ids: Vec<String> = padded(ids.iter().copied()).into_iter().map(|id| values.put(id)).collect();
    let columns = columns(is_postgres(connection));
    let sql =
        format!("SELECT {columns} FROM coupons AS c WHERE c.tenant_id = {tenant} AND c.id IN ({})", ids.join(", "));
    let rows = run(connection, (sql, values.into())).await?;
    rows.iter().map(|row| listed(row).map(|listed| (listed.coupon.id, listed))).collect()
}

/// The coupon of a row.
pub(super) fn listed(row: &QueryResult) -> Result<Listed, Error> {
    let (id, name, created): (Uuid, String, DateTime<Utc>) = (get(row, 0)?, get(row, 2)?, get(row, 13)?);
    let mut coupon = Coupon::new(id, get(row, 1)?, &name, benefit(row, id)?, created);
    coupon.valid_from = get(row, 7)?;
    coupon.valid_until = get(row, 8)?;
    coupon.max_uses = get(row, 9)?;
    coupon.budget = get(row, 10)?;
    coupon.paused_at = get(row, 11)?;
    coupon.deleted_at = get(row, 12)?;
    coupon.counters =
        Counters { uses: get(row, 14)?, held: get(row, 15)?, spent: get(row, 16)?, spent_held: get(row, 17)? };
    coupon.scope = ProductScope {
        product_types: json::<Vec<String>>(row, 19)?.into_iter().collect(),
        products: json::<Vec<(Uuid, String)>>(row, 20)?
            .into_iter()
            .map(|(product, kind)| (ProductKey::Id(product), kind))
            .collect(),
        ..ProductScope::default()
    };
    coupon.assigned_people_only = get::<Option<i64>>(row, 21)?.is_some();
    let (text, codes): (Option<String>, i64) = (get(row, 22)?, get(row, 23)?);
    Ok(Listed { coupon, code: text.map(|text| FirstCode { text, codes }) })
}

fn benefit(row: &QueryResult, id: Uuid) -> Result<Benefit, Error> {
    let (kind, percentage, amount): (String, Option<i64>, Option<i64>) = (get(row, 3)?, get(row, 4)?, get(row, 5)?);
    Ok(match (kind.as_str(), percentage.and_then(BasisPoints::new), amount) {
        ("percentage", Some(basis_points), _) => Benefit::Percentage { basis_points, max_discount: get(row, 6)? },
        ("fixed_amount", _, Some(amount)) => Benefit::FixedAmount { amount },
        ("credit", _, Some(amount)) => Benefit::Credit { amount },
        ("limits", ..) => {
            let mut found: Vec<(String, String, Option<i64>)> = json(row, 18)?;
            found.sort_unstable();
            let change = |(key, mode, value): (String, String, Option<i64>)| {
                let mode = LimitMode::from_word(&mode).ok_or_else(|| anyhow!("unknown limit mode {mode}"))?;
                Ok(LimitChange { key, grant: Grant { mode, value: LimitValue::from_column(value) } })
            };
            Benefit::Limits { changes: found.into_iter().map(change).collect::<Result<_, Error>>()? }
        }
        _ => return Err(anyhow!("coupon {id} has no readable benefit").into()),
    })
}

fn get<T: TryGetable>(row: &QueryResult, at: usize) -> Result<T, DbErr> {
    row.try_get_by_index(at)
}

fn json<T: DeserializeOwned + Default>(row: &QueryResult, at: usize) -> Result<T, Error> {
    let text: Option<String> = get(row, at)?;
    let Some(text) = text else { return Ok(T::default()) };
    Ok(serde_json::from_str(&text).context("a list of a coupon cannot be read")?)
}
