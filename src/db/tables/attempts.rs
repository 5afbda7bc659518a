//! Every entry that was refused, and why.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entered: String,
    pub code_key: Option<String>,
    pub code_id: Option<Uuid>,
    pub coupon_id: Option<Uuid>,
    pub refusal: String,
    pub sentence: String,
    pub trace: Json,
    pub channel: String,
    pub user_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub api_key_id: Option<Uuid>,
    pub address: String,
    pub request_id: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
