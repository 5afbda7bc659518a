//! Many codes of one coupon, made together.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub coupon_id: Uuid,
    pub prefix: String,
    pub length: i64,
    pub group_size: Option<i64>,
    pub max_uses: Option<i64>,
    pub count: i64,
    pub made: i64,
    pub job_id: Uuid,
    pub voided_at: Option<DateTimeUtc>,
    pub voided: i64,
    pub void_job_id: Option<Uuid>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
