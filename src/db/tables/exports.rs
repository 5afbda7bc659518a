//! Exports: what was asked for, by whom, and the file that came of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `user:<id>` or `key:<id>`.
    pub owner: String,
    pub subject: String,
    pub format: String,
    pub filter: Json,
    pub label: String,
    pub job_id: Uuid,
    /// Of the last try, whole or not.
    pub file_id: Option<Uuid>,
    pub row_count: i64,
    pub size: i64,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
