//! Figures over the redemptions and refusals of a tenant, for its overview.

use crate::clock::first_id;
use crate::coupons::rule::trace::Check;
use crate::db::tables::{attempts, redemption_lines, redemptions};
use crate::error::Error;
use crate::redemptions::redemption::State;
use chrono::{DateTime, Utc};
use redemption_lines::Column as Line;
use redemptions::Column;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoSimpleExpr, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// What was redeemed in a span of time, and kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Redeemed {
    /// How many redemptions; one of which some units were reversed is one still.
    pub redemptions: i64,
    /// The uses of the units that were not reversed.
    pub uses: i64,
    /// What those were cheaper by, in minor units.
    pub discount: i64,
}

/// What was redeemed since an instant.
///
/// # Errors
/// When the database does not answer.
pub async fn since(connection: &impl ConnectionTrait, tenant: Uuid, from: DateTime<Utc>) -> Result<Redeemed, Error> {
    // PostgreSQL sums whole numbers as decimals.
    let sum = |column: SimpleExpr| Expr::expr(column.sum().cast_as("bigint")).if_null(0_i64);
    let kept = redemptions::Entity::find()
        .select_only()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::ConfirmedAt.gte(from))
        .filter(Column::State.eq(State::Confirmed.word()));
    let took = kept
        .clone()
        .column_as(Column::Id.count(), "redemptions")
        .column_as(sum(Column::Uses.into_simple_expr()), "uses")
        .column_as(sum(Column::Discount.into_simple_expr()), "discount");
    let took: Redeemed = took.into_model().one(connection).await?.unwrap_or_default();
    let lines = redemptions::Entity::belongs_to(redemption_lines::Entity)
        .from((Column::TenantId, Column::Id))
        .to((Line::TenantId, Line::RedemptionId));
    let reversed = kept
        .join(JoinType::InnerJoin, lines.into())
        .column_as(sum(Line::ReversedUses.into_simple_expr()), "uses")
        .column_as(sum(Line::ReversedDiscount.into_simple_expr()), "discount");
    let reversed: Option<(i64, i64)> = reversed.into_tuple().one(connection).await?;
    let (uses, discount) = reversed.unwrap_or_default();
    Ok(Redeemed { uses: took.uses - uses, discount: took.discount - discount, ..took })
}

/// How many redemptions each span between two neighbours of `bounds` had.
///
/// # Errors
/// When the database does not answer.
pub async fn per_span(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    bounds: &[DateTime<Utc>],
) -> Result<Vec<i64>, Error> {
    let (Some(first), ends) = (bounds.first(), bounds.get(1..).unwrap_or_default()) else { return Ok(Vec::new()) };
    let mut span = CaseStatement::new();
    for (number, end) in (0_i64..).zip(ends) {
        span = span.case(Column::ConfirmedAt.lt(*end), number);
    }
    let span: SimpleExpr = span.finally(-1_i64).into();
    let rows: Vec<(i64, i64)> = redemptions::Entity::find()
        .select_only()
        .column_as(span, "span")
        .column_as(Column::Id.count(), "redemptions")
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::ConfirmedAt.gte(*first))
        .filter(Column::State.eq(State::Confirmed.word()))
        .group_by(Expr::col("span"))
        .into_tuple()
        .all(connection)
        .await?;
    let of = |number: i64| rows.iter().find(|(span, _)| *span == number).map_or(0, |(_, count)| *count);
    Ok((0_i64..).zip(ends).map(|(number, _)| of(number)).collect())
}

/// How many redemptions are held at this instant, and the earliest end of a hold among them.
///
/// # Errors
/// When the database does not answer.
pub async fn held(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    now: DateTime<Utc>,
) -> Result<(u64, Option<DateTime<Utc>>), Error> {
    let held = redemptions::Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::State.eq(State::Held.word()))
        .filter(Column::HeldUntil.gt(now));
    let next = held.clone().order_by_asc(Column::HeldUntil).limit(1).one(connection).await?;
    Ok((held.count(connection).await?, next.and_then(|row| row.held_until)))
}

/// How often each reason refused an entry since an instant, the most frequent first.
///
/// # Errors
/// When the database does not answer.
pub async fn refusals_since(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    from: DateTime<Utc>,
) -> Result<Vec<(String, i64)>, Error> {
    let mut rows: Vec<(String, i64)> = attempts::Entity::find()
        .select_only()
        .column(attempts::Column::Refusal)
        .column_as(attempts::Column::Id.count(), "refused")
        .filter(attempts::Column::TenantId.eq(tenant))
        // Named, so that the index by refusal is read from this instant on instead of whole.
        .filter(attempts::Column::Refusal.is_in(Check::ALL.map(Check::word)))
        .filter(attempts::Column::Id.gte(first_id(from)))
        .group_by(attempts::Column::Refusal)
        .into_tuple()
        .all(connection)
        .await?;
    rows.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(rows)
}
