//! How redemptions are found.

mod asked;
mod find;

use crate::audit;
use crate::coupons::coupon::Terms;
use crate::db::tables::{codes, redemptions};
use crate::db::values::Values;
use crate::error::Error;
use crate::money::Currency;
use crate::organizations::definitions;
use crate::redemptions::redemption::State;
use crate::redemptions::rows::as_of;
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Statement,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

pub use asked::Asked;
pub use find::{PAGE, Wanted, page, rows};

/// A redemption as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The redemption.
    pub id: Uuid,
    /// The coupon it belongs to.
    pub coupon_id: Uuid,
    /// The text of its code.
    pub code: String,
    /// Where it stands.
    pub state: State,
    /// What it gave, in words.
    pub benefit: String,
    /// The name of the user, if one made it.
    pub user: Option<String>,
    /// Whose limits it counts against.
    pub person_id: Option<Uuid>,
    /// The organization it was for.
    pub organization_id: Option<Uuid>,
    /// Where the code was entered.
    pub channel: String,
    /// The order it was for.
    pub order_ref: Option<String>,
    /// How many uses it took.
    pub uses: i64,
    /// The order before the discount; nothing where there is none.
    pub amount_before: i64,
    /// What the code takes off, or gives.
    pub discount: i64,
    /// Until when it is held.
    pub held_until: Option<DateTime<Utc>>,
    /// Why it ended, where somebody said so.
    pub reason: Option<String>,
    /// What somebody should look at.
    pub needs_attention: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The newest redemptions of an organization.
///
/// # Errors
/// When the database does not answer.
pub async fn of_organization(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    organization: Uuid,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    let mine = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::OrganizationId.eq(organization));
    listed(connection, (tenant, currency), mine, most, now).await
}

/// The newest redemptions of a coupon.
///
/// # Errors
/// When the database does not answer.
pub async fn of_coupon(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    coupon: Uuid,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    let its = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::CouponId.eq(coupon));
    listed(connection, (tenant, currency), its, most, now).await
}

/// The newest redemptions that somebody has to look at.
///
/// # Errors
/// When the database does not answer.
pub async fn needing_attention(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    let flagged = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::NeedsAttention.is_not_null());
    listed(connection, (tenant, currency), flagged, most, now).await
}

/// How many codes each of these organizations has redeemed and kept, counted to `most` at most.
///
/// # Errors
/// When the database does not answer.
pub async fn confirmed_counts(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    organizations: &[Uuid],
    most: u64,
) -> Result<HashMap<Uuid, i64>, Error> {
    if organizations.is_empty() {
        return Ok(HashMap::new());
    }
    let mut values = Values::default();
    let tenant = values.put(tenant);
    let ids: Vec<String> = organizations.iter().map(|id| values.put(*id)).collect();
    let sql = format!(
        "SELECT o.id, (SELECT count(*) FROM (SELECT 1 FROM redemptions AS r WHERE r.tenant_id = o.tenant_id \
         AND r.organization_id = o.id AND r.state = 'confirmed' LIMIT {most}) AS counted) \
         FROM organizations AS o WHERE o.tenant_id = {tenant} AND o.id IN ({})",
        ids.join(", ")
    );
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, Vec::from(values));
    let rows = connection.query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect::<Result<_, DbErr>>()?)
}

/// One redemption.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Listed>, Error> {
    let it = redemptions::Entity::find_by_id((tenant, id));
    Ok(listed(connection, (tenant, currency), it, 1, now).await?.pop())
}

async fn listed(
    connection: &impl ConnectionTrait,
    of: (Uuid, Currency),
    found: Select<redemptions::Entity>,
    most: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Listed>, Error> {
    let rows = found.order_by_desc(redemptions::Column::Id).limit(most).all(connection).await?;
    shown(connection, of, rows.into_iter().map(|row| as_of(row, now)).collect()).await
}

/// These rows, with what their codes, users and benefits are called.
async fn shown(
    connection: &impl ConnectionTrait,
    (tenant, currency): (Uuid, Currency),
    rows: Vec<redemptions::Model>,
) -> Result<Vec<Listed>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let code_ids: BTreeSet<Uuid> = rows.iter().map(|row| row.code_id).collect();
    let codes: HashMap<Uuid, String> = codes::Entity::find()
        .filter(codes::Column::TenantId.eq(tenant))
        .filter(codes::Column::Id.is_in(code_ids))
        .all(connection)
        .await?
        .into_iter()
        .map(|code| (code.id, code.text))
        .collect();
    let labels = definitions::labels(connection, tenant).await?;
    let users = audit::queries::names(connection, rows.iter().filter_map(|row| row.user_id)).await?;
    rows.into_iter()
        .map(|row| {
            let terms: Terms = serde_json::from_value(row.terms).map_err(|error| Error::Internal(error.into()))?;
            Ok(Listed {
                id: row.id,
                coupon_id: row.coupon_id,
                code: codes.get(&row.code_id).cloned().unwrap_or_default(),
                state: State::from_word(&row.state).ok_or_else(|| anyhow!("unknown state {}", row.state))?,
                benefit: terms.benefit.words(currency, |key| labels.get(key).map(String::as_str)),
                user: row.user_id.and_then(|id| users.get(&id).cloned()),
                person_id: row.person_id,
                organization_id: row.organization_id,
                channel: row.channel,
                order_ref: row.order_ref,
                uses: row.uses,
                amount_before: row.amount_before,
                discount: row.discount,
                held_until: row.held_until,
                reason: row.reason,
                needs_attention: row.needs_attention,
                created_at: row.created_at,
                ended_at: row.ended_at,
            })
        })
        .collect()
}
