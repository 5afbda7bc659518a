//! Files of coupons or codes, from the upload to the outcome.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub coupon_id: Option<Uuid>,
    pub file_id: Uuid,
    pub file_name: String,
    pub size: i64,
    pub state: String,
    pub looked: Json,
    pub mapping: Json,
    pub problem: Option<String>,
    pub job_id: Option<Uuid>,
    pub row_count: i64,
    pub fresh: i64,
    pub same: i64,
    pub duplicates: i64,
    pub rejected: i64,
    pub warned: i64,
    pub made: i64,
    pub undone: i64,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub ran_by: Option<String>,
    pub ran_by_id: Option<Uuid>,
    pub ran_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub undone_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
