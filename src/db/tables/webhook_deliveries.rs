//! What an endpoint is told, and what became of it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub endpoint_id: Uuid,
    pub message_id: String,
    pub event: String,
    /// What it is about: messages about the same go one after the other.
    pub subject: String,
    pub body: String,
    pub state: String,
    pub tries: i64,
    /// When it is sent next, while it waits.
    pub due_at: Option<DateTimeUtc>,
    pub status: Option<i64>,
    pub took_ms: Option<i64>,
    /// The first characters of the last answer.
    pub answer: Option<String>,
    pub failure: Option<String>,
    pub created_at: DateTimeUtc,
    pub tried_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
