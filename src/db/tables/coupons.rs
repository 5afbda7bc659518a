//! Offers, with their counters. `version` moves on edits only.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub name_folded: String,
    pub description: String,
    pub note: String,
    pub benefit: String,
    pub percentage_bp: Option<i64>,
    pub amount: Option<i64>,
    pub maximum_discount: Option<i64>,
    pub minimum_amount: i64,
    pub valid_from: Option<DateTimeUtc>,
    pub valid_until: Option<DateTimeUtc>,
    pub uses_per: String,
    pub max_uses: Option<i64>,
    pub max_uses_per_person: Option<i64>,
    pub max_uses_per_organization: Option<i64>,
    pub max_uses_per_product: Option<i64>,
    pub budget: Option<i64>,
    pub discounted_periods: Option<i64>,
    pub benefit_ends: String,
    pub restore_uses: String,
    pub gift: bool,
    pub leak_uses: Option<i64>,
    pub leak_minutes: Option<i64>,
    pub created_by: Option<Uuid>,
    pub paused_at: Option<DateTimeUtc>,
    pub resumed_at: Option<DateTimeUtc>,
    pub deleted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub uses: i64,
    pub held: i64,
    pub spent: i64,
    pub spent_held: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
