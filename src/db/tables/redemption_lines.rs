//! What a redemption did to each line of an order.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "redemption_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub redemption_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i64,
    pub product_id: Option<Uuid>,
    pub sku: String,
    pub name: Option<String>,
    pub product_type: String,
    pub unit_price: Option<i64>,
    pub quantity: i64,
    pub units: Json,
    pub refusal: Option<String>,
    pub uses: i64,
    pub free_units: i64,
    pub discount: i64,
    pub price_after: i64,
    pub reversed_quantity: i64,
    pub reversed_uses: i64,
    pub reversed_free: i64,
    pub reversed_discount: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
