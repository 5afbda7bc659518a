//! One operator's world and its settings.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub hostname: Option<String>,
    pub base_url: Option<String>,
    pub currency: String,
    pub time_zone: String,
    pub minimum_charge: i64,
    pub support_contact: String,
    pub hold_minutes: i64,
    pub coupons_enabled: bool,
    pub full_discount_single_item: bool,
    pub free_claims_per_person: Option<i64>,
    pub sandbox_payments: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub version: i64,
    pub message_no_discount: Option<String>,
    pub message_requirements: Option<String>,
    pub message_full_discount: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
