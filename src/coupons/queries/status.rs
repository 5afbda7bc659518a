//! The twin of [`Coupon::status`](crate::coupons::coupon::Coupon::status) for the database. A test holds the two
//! together over a grid of coupons.

use crate::coupons::coupon::Status;
use crate::db::tables::coupons::Column;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition};

/// The machine word of a coupon's status at `now`, as an expression over its row.
#[must_use]
pub fn status_word(now: DateTime<Utc>) -> SimpleExpr {
    let used_up = Condition::all()
        .add(Column::MaxUses.is_not_null())
        .add(Expr::col(Column::Uses).gte(Expr::col(Column::MaxUses)));
    let spent = Condition::all()
        .add(Column::Budget.is_not_null())
        .add(Expr::col(Column::Budget).sub(Expr::col(Column::Spent)).lt(least_spend()));
    CaseStatement::new()
        .case(Column::DeletedAt.is_not_null(), Status::Deleted.code())
        .case(Column::PausedAt.is_not_null(), Status::Paused.code())
        .case(Column::ValidUntil.lte(now), Status::Expired.code())
        .case(Column::ValidFrom.gt(now), Status::Scheduled.code())
        .case(Condition::any().add(used_up).add(spent), Status::Exhausted.code())
        .finally(Status::Active.code())
        .into()
}

/// Whether a coupon has this status at `now`.
#[must_use]
pub fn has_status(status: Status, now: DateTime<Utc>) -> SimpleExpr {
    status_word(now).eq(status.code())
}

/// As [`Benefit::least_spend`](crate::coupons::benefit::Benefit::least_spend).
fn least_spend() -> CaseStatement {
    CaseStatement::new()
        .case(Column::Benefit.eq("credit"), Expr::col(Column::Amount))
        .case(Column::Benefit.eq("limits"), 0_i64)
        .finally(1_i64)
}
