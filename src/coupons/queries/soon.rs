//! Coupons that want a look: those that end soon and those that are nearly used up; and how many are active. Each reads a
//! stretch of an index, however many coupons there are.

use super::list::Total;
use super::status::{LAST_DAY, USED_UP, has_status, of_tab};
use crate::coupons::coupon::{Coupon, Status};
use crate::coupons::rows;
use crate::db::is_postgres;
use crate::db::values::Values;
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

/// So many coupons are counted one by one; of more it is said that they are more.
const MOST_COUNTED: i64 = 10_000;
/// The index of them is made of the same words.
const NEARLY_USED_UP: &str = "c.max_uses > 0 AND c.uses > 0 AND c.uses < c.max_uses \
    AND c.max_uses - c.uses - c.held <= c.max_uses / 10";

/// How many coupons are active: exactly, unless there are many that are and many that are not.
///
/// # Errors
/// When the database does not answer.
pub async fn active(connection: &impl ConnectionTrait, tenant: Uuid, now: DateTime<Utc>) -> Result<Total, Error> {
    let (all, inactive) = inactive(connection, tenant, now).await?;
    if inactive <= MOST_COUNTED {
        return Ok(Total::Exactly(u64::try_from(all - inactive).unwrap_or_default()));
    }
    let mut text = Text::new(connection, tenant);
    let condition = has_status(Status::Active, true, now, &mut text.values);
    let found = text.of_both_tabs(&condition, MOST_COUNTED + 1);
    let counted: i64 = text.one(connection, &format!("SELECT count(*) AS n FROM ({found}) AS found"), "n").await?;
    let (counted, most) = (u64::try_from(counted).unwrap_or_default(), MOST_COUNTED.unsigned_abs());
    Ok(if counted > most { Total::MoreThan(most) } else { Total::Exactly(counted) })
}

/// All coupons, and those that are not active as far as they are counted.
async fn inactive(connection: &impl ConnectionTrait, tenant: Uuid, now: DateTime<Utc>) -> Result<(i64, i64), Error> {
    let mut text = Text::new(connection, tenant);
    let now = text.values.put(now);
    let conditions = [
        "c.deleted_at IS NOT NULL".to_owned(),
        "c.paused_at IS NOT NULL".to_owned(),
        format!("{LAST_DAY} <= {now}"),
        format!("c.valid_from > {now}"),
        USED_UP.to_owned(),
    ];
    let found = conditions.map(|condition| text.of_both_tabs(&condition, MOST_COUNTED + 1)).join(" UNION ");
    let sql = format!(
        "SELECT (SELECT COALESCE(CAST(SUM(coupons) AS bigint), 0) FROM coupon_totals WHERE tenant_id = $1) AS coupons, \
         (SELECT count(*) FROM ({found}) AS found) AS inactive"
    );
    let row = text.run(connection, sql).await?.pop();
    let read = |row: sea_orm::QueryResult| Ok((row.try_get("", "coupons")?, row.try_get("", "inactive")?));
    row.map_or(Ok((0, 0)), read)
}

/// Active coupons that end before an instant, the next one first.
///
/// # Errors
/// When the database does not answer.
pub async fn ending(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    before: DateTime<Utc>,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Coupon>, Error> {
    let mut text = Text::new(connection, tenant);
    let before = text.values.put(before);
    let active = has_status(Status::Active, true, now, &mut text.values);
    let condition = format!("{active} AND {LAST_DAY} <= {before}");
    let tabs = [false, true].map(|gift| {
        let tab = of_tab(gift, text.postgres);
        format!(
            "SELECT * FROM (SELECT c.id, {LAST_DAY} AS last_day FROM coupons AS c WHERE c.tenant_id = $1 AND {tab} \
             AND {condition} ORDER BY {LAST_DAY}, c.id LIMIT {most}) AS tab"
        )
    });
    let sql = format!("SELECT id FROM ({}) AS tabs ORDER BY last_day, id LIMIT {most}", tabs.join(" UNION ALL "));
    text.coupons(connection, (tenant, sql), now).await
}

/// Active coupons of whose uses at least nine in ten are taken, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn nearly_used_up(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Coupon>, Error> {
    let mut text = Text::new(connection, tenant);
    let active = has_status(Status::Active, false, now, &mut text.values);
    let sql = format!(
        "SELECT c.id FROM coupons AS c WHERE c.tenant_id = $1 AND {NEARLY_USED_UP} AND {active} \
         ORDER BY c.id DESC LIMIT {most}"
    );
    text.coupons(connection, (tenant, sql), now).await
}

/// A statement about the coupons of a tenant, which is its first value.
struct Text {
    values: Values,
    postgres: bool,
}

impl Text {
    fn new(connection: &impl ConnectionTrait, tenant: Uuid) -> Self {
        let mut values = Values::default();
        values.put(tenant);
        Self { values, postgres: is_postgres(connection) }
    }

    /// The ids of at most so many coupons of each tab: every index begins with the tenant and the tab.
    fn of_both_tabs(&self, condition: &str, most: i64) -> String {
        let tabs = [false, true].map(|gift| {
            let tab = of_tab(gift, self.postgres);
            format!(
                "SELECT * FROM (SELECT c.id FROM coupons AS c WHERE c.tenant_id = $1 AND {tab} AND {condition} \
                 LIMIT {most}) AS tab"
            )
        });
        tabs.join(" UNION ")
    }

    async fn run(self, connection: &impl ConnectionTrait, sql: String) -> Result<Vec<sea_orm::QueryResult>, Error> {
        let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, Vec::from(self.values));
        Ok(connection.query_all_raw(statement).await?)
    }

    async fn one(self, connection: &impl ConnectionTrait, sql: &str, name: &str) -> Result<i64, Error> {
        let row = self.run(connection, sql.to_owned()).await?.pop();
        Ok(row.map_or(Ok(0), |row| row.try_get("", name))?)
    }

    /// The coupons whose ids it finds, in its order.
    async fn coupons(
        self,
        connection: &impl ConnectionTrait,
        (tenant, sql): (Uuid, String),
        now: DateTime<Utc>,
    ) -> Result<Vec<Coupon>, Error> {
        let found = self.run(connection, sql).await?;
        let ids: Vec<Uuid> = found.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
        let mut loaded = rows::read(connection, tenant, &ids, now).await?;
        Ok(ids.iter().filter_map(|id| loaded.remove(id)).collect())
    }
}
