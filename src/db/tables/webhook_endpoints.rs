//! Addresses that are told of changes, with the sealed secrets that sign what they are told.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub url: String,
    pub events: Json,
    pub secret: String,
    pub old_secret: Option<String>,
    pub old_secret_until: Option<DateTimeUtc>,
    /// The job that looks after it, while something waits.
    pub job_id: Option<Uuid>,
    /// Since when nothing was taken.
    pub failing_since: Option<DateTimeUtc>,
    pub disabled_at: Option<DateTimeUtc>,
    /// Why the program switched it off; none where somebody did.
    pub disabled_reason: Option<String>,
    pub deleted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
