//! What is asked of the lists.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vouchsafe::db::Db;
use vouchsafe::db::tables::{codes, coupons};

/// One page.
pub struct Case {
    pub what: &'static str,
    pub path: String,
}

/// The pages of a tenant that `large::fill` filled.
pub async fn cases(db: &Db, tenant: Uuid, coupons: u64, now: DateTime<Utc>) -> Vec<Case> {
    let at = async |offset: u64| {
        let find = coupons::Entity::find().select_only().column(coupons::Column::Id).order_by_asc(coupons::Column::Id);
        let find = find.filter(coupons::Column::TenantId.eq(tenant)).offset(offset).limit(1);
        find.into_tuple::<Uuid>().one(db.search()).await.expect("coupons").expect("a coupon")
    };
    let (hot, middle) = (at(0).await, at(coupons / 2).await);
    let code = codes::Entity::find().filter(codes::Column::TenantId.eq(tenant)).filter(codes::Column::CouponId.eq(hot));
    let code = code.one(db.read()).await.expect("codes").expect("a code").text;
    let day = (now - TimeDelta::days(30)).format("%Y-%m-%d").to_string();
    let list = |what, query: String| Case { what, path: format!("/dashboard/coupons{query}") };
    let page = |what, path: String| Case { what, path };
    vec![
        list("list, first page", String::new()),
        list("list, page in the middle", format!("?after={middle}")),
        list("list, last page", "?before=end".to_owned()),
        list("list, by name", "?sort=name".to_owned()),
        list("list, by name, in the middle", format!("?sort=name&after={middle}")),
        list("list, by uses, most first", "?sort=-uses".to_owned()),
        list("list, by end", "?sort=valid_until".to_owned()),
        list("search, in one of ten codes", "?q=summer".to_owned()),
        list("search, in seven codes", "?q=rare".to_owned()),
        list("search, in no code", "?q=zzzzz".to_owned()),
        list("search, two letters, common", "?q=su".to_owned()),
        list("search, two letters, in no code", "?q=qz".to_owned()),
        list("search, by name", "?q=offer+77".to_owned()),
        list("filter, active", "?status=active".to_owned()),
        list("filter, paused", "?status=paused".to_owned()),
        list("filter, expired", "?status=expired".to_owned()),
        list("filter, used up", "?status=exhausted".to_owned()),
        list("filter, scheduled", "?status=scheduled".to_owned()),
        list("filter, credit", "?benefit=credit".to_owned()),
        list("filter, a common tag", "?tag=spring".to_owned()),
        list("filter, a rare tag, by name", "?tag=vip&sort=name".to_owned()),
        list("filter, product type", "?product_type=ticket".to_owned()),
        list("filter, search and status", "?q=summer&status=paused".to_owned()),
        page("coupon, half of all redemptions", format!("/dashboard/coupons/{hot}")),
        page("coupon, any other", format!("/dashboard/coupons/{middle}")),
        page("audit log", "/audit".to_owned()),
        page("audit log, of the hot code", format!("/audit?code={code}")),
        page("audit log, of an organization", "/audit?organization=Customer+7".to_owned()),
        page("audit log, by action", "/audit?action=redemption.confirmed".to_owned()),
        page("audit log, by an action there is none of", "/audit?action=coupon.deleted".to_owned()),
        page("audit log, by somebody", "/audit?person=mira".to_owned()),
        page("audit log, until a day", format!("/audit?until={day}")),
        page("attempts", "/audit/attempts".to_owned()),
        page("attempts, of the hot code", format!("/audit/attempts?code={code}")),
        page("attempts, by reason", "/audit/attempts?reason=paused".to_owned()),
        page("organizations", "/dashboard/organizations".to_owned()),
    ]
}
