//! Uses of codes by somebody, from hold to reversal.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "redemptions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub coupon_id: Uuid,
    pub code_id: Uuid,
    pub state: String,
    pub person_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub channel: String,
    pub order_ref: Option<String>,
    /// What was asked for, hashed: the same content extends a hold, another swaps it.
    pub content: Option<String>,
    pub uses: i64,
    pub amount_before: i64,
    pub discount: i64,
    pub terms: Json,
    pub held_until: Option<DateTimeUtc>,
    pub confirmed_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub benefit_ends_at: Option<DateTimeUtc>,
    pub needs_attention: Option<String>,
    pub reason: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The condition of the indexes of holds. Written out: an index for some rows serves only where the words that choose them
/// stand in the statement itself.
#[must_use]
pub fn is_held() -> Expr {
    Expr::cust("redemptions.state = 'held'")
}
