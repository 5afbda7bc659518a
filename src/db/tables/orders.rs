//! Orders, in minor units.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: String,
    pub organization_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub state: String,
    pub discount: i64,
    pub amount: i64,
    pub credit_drawn: i64,
    pub balance_after: i64,
    pub code_text: Option<String>,
    pub redemption_id: Option<Uuid>,
    pub expires_at: Option<DateTimeUtc>,
    pub settled_at: Option<DateTimeUtc>,
    pub needs_attention: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
