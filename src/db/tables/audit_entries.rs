//! Every change, by whom, with the fields before and after; never updated, never deleted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub action: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_label: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub subject_label: String,
    pub person_id: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub organization_label: Option<String>,
    pub coupon_id: Option<Uuid>,
    pub code_key: Option<String>,
    pub code_text: Option<String>,
    pub redemption_id: Option<Uuid>,
    pub changes: Json,
    pub reason: Option<String>,
    pub request_id: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
